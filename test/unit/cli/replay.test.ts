import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { makeTempDirectory, removeTempDirectory } from '../../harness/index.ts'
import { REPLAYED, runMain } from './recorder.ts'

const directory = makeTempDirectory()
const jobFile = join(directory, 'job.yaml')
writeFileSync(
  jobFile,
  `name: j
streams: { events: { key: [k], time: { column: t, unit: ms }, partitions: 2, history: { files: 'h/*.parquet' } } }
output: { directory: out }
`,
)
const ARGS = ['replay', jobFile, '--to-topic', 'copy', '--brokers', '127.0.0.1:1,127.0.0.1:2']

describe('hindcast replay', () => {
  afterAll(() => removeTempDirectory(directory))

  it('hands over what was typed, and says where each partition is', async () => {
    const times = ['--from', '2024-01-01', '--until', '2024-01-02T00:00:00Z', '--stream', 'events']
    const ended = await runMain([...ARGS, '--speed', '60x', '--create', ...times])
    expect(ended.code, ended.stderr).toBe(0)
    expect(ended.calls).toHaveLength(1)
    expect(ended.calls[0]).toMatchObject({
      name: 'replayHistory',
      args: [
        { name: 'j' },
        {
          access: { brokers: ['127.0.0.1:1', '127.0.0.1:2'] },
          topic: 'copy',
          create: true,
          stream: 'events',
          speed: 60,
          fromMs: Date.UTC(2024, 0, 1),
          untilMs: Date.UTC(2024, 0, 2),
        },
      ],
    })
    expect(ended.stdout).toBe(
      [
        'complete     5 events to copy, 2 s (3 rows/s)',
        'partition 0  5 events, up to 2024-01-01T00:00:00.000Z',
        'partition 1  0 events',
        'bad          1 row of history cannot be used, left out',
        '',
      ].join('\n'),
    )
  })

  it('is as fast as it goes unless told, and ends with a line of JSON and the code of its signal', async () => {
    const ended = await runMain([...ARGS, '--json'], {
      answers: { replayHistory: async () => ({ ...REPLAYED, state: 'interrupted' }) },
    })
    expect(ended.code).toBe(130)
    expect(ended.calls[0]!.args[1]).toMatchObject({ speed: Number.POSITIVE_INFINITY, create: false })
    expect(JSON.parse(ended.stdout)).toMatchObject({
      state: 'interrupted',
      rows: 5,
      partitions: [{ partition: 0 }, {}],
    })
  })

  it.each([
    ['--speed', '0x'],
    ['--speed', '60'],
    ['--speed', 'fast'],
    ['--from', 'yesterday'],
  ])('refuses %s %s', async (option, value) => {
    const ended = await runMain([...ARGS, option, value])
    expect(ended.code).toBe(2)
    expect(ended.stderr).toContain(option)
  })
})
