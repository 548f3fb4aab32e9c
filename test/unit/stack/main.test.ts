/** `npm run stack` where it does not get as far as a server. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type Ended, lastJsonLine, spawnProgram, withTempDirectory } from '../../harness/index.ts'

const MAIN = fileURLToPath(new URL('../../stack/main.ts', import.meta.url))

function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return withTempDirectory(
    directory => spawnProgram(MAIN, [...args, '--directory', directory], { env }).ended,
  )
}

describe('npm run stack', () => {
  it.each([
    [[], 'no command'],
    [['start'], 'no command is called start'],
    [['up', 'spark'], 'no server is called spark; there are hdfs, kafka, hbase'],
    [['up', '--brokers', 'two'], 'two is no number from 1 to 9'],
    [['up', '--fast'], "Unknown option '--fast'"],
  ])('%j is refused', async (args, message) => {
    const { code, stderr, stdout } = await run(args)
    expect(code).toBe(2)
    expect(stderr).toContain(message)
    expect(stderr).toContain('npm run stack -- help says what there is.')
    expect(stdout).toBe('')
  })

  it('help says what there is', async () => {
    const { code, stdout } = await run(['help'])
    expect(code).toBe(0)
    expect(stdout).toContain('up [hdfs] [kafka] [hbase]')
  })

  it('up without Java and Maven says what to install', async () => {
    const { code, stderr } = await run(['up'], { PATH: '' })
    expect(code).toBe(2)
    expect(stderr).toMatch(/there is no Java: install .*; there is no Maven: install /)
  })

  it.each(['status', 'down'])('%s of nothing is an empty object, also without Java', async command => {
    const ended = await run([command], { PATH: '' })
    expect(ended.code, ended.stderr).toBe(0)
    expect(lastJsonLine(ended)).toEqual({})
  })
})
