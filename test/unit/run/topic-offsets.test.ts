import { describe, expect, it } from 'vitest'
import type { StreamJob } from '../../../src/job/index.ts'
import type { PlanNote } from '../../../src/plan/index.ts'
import type { DescribedFile } from '../../../src/run/describe-files.ts'
import { seamForecast } from '../../../src/run/offset-notes.ts'
import { type TopicOffsets, topicOffsets } from '../../../src/run/topic-offsets.ts'
import { streamJob } from '../../property/history-fixture.ts'

const HISTORY = { files: ['/d'], csv: { delimiter: ',', header: true, null: '' }, badRows: 'fail' } as const
const LIVE = {
  place: { kind: 'log', directory: '/log' },
  spool: false,
  stop: { kind: 'never' },
} as const

function file(path: string, rows: number): DescribedFile {
  const format = path.endsWith('.parquet') ? 'parquet' : 'jsonl'
  const folders = path.split('/').filter(part => part.includes('='))
  const hive = Object.fromEntries(folders.map(part => part.split('=') as [string, string]))
  const units = [{ rowFirst: 0, rows, bytes: 1, timeMinMs: null, timeMaxMs: null }]
  return {
    listed: { path, bytes: 1, mtimeMs: 0, fileId: path, hive },
    format,
    description: { schema: [], units, unsupported: [], notes: [] },
  }
}

function judged(
  part: Partial<StreamJob>,
  ...files: readonly [string, number][]
): TopicOffsets & { notes: string[] } {
  const notes: PlanNote[] = []
  const stream = streamJob({ history: HISTORY, ...part })
  const described = files.map(([path, rows]) => file(path, rows))
  const offsets = topicOffsets(stream, described, notes)
  for (const { about } of notes) expect(about).toBe('streams.s')
  return { ...offsets, notes: notes.map(({ level, text }) => `${level}: ${text}`) }
}

function refused(part: Partial<StreamJob>, ...files: readonly [string, number][]): unknown {
  try {
    judged(part, ...files)
  } catch (error) {
    return error
  }
  return null
}

describe('the offsets of a stream', () => {
  it('are its own where it has no history', () => {
    const stream = streamJob({ live: LIVE })
    expect(topicOffsets(stream, [], [])).toEqual({ files: [], ownOffsets: true })
  })

  it('come from names where each tells them', () => {
    const { files, ownOffsets, notes } = judged({}, ['/d/t+0+0+9.parquet', 10], ['/d/t+1+4.parquet', 3])
    expect(files.map(({ range, partition }) => [range, partition])).toEqual([
      [{ partition: 0, offsetFirst: 0, offsetLast: 9 }, undefined],
      [{ partition: 1, offsetFirst: 4, offsetLast: 6 }, undefined],
    ])
    expect(ownOffsets).toBe(true)
    expect(notes).toEqual([
      expect.stringMatching(/^info: names in two forms: 1 of 2 files tell/),
      'info: no file is named for partition 2; 3 of 4',
    ])
  })

  it('are not the output’s at a seam by time', () => {
    const seam = { by: 'time', atMs: 0, overlapMs: 0, beforeSeam: 'side' } as const
    const { files, ownOffsets } = judged({ seam, live: LIVE }, ['/d/t+0+0+9.parquet', 10])
    expect([files[0]!.range?.offsetLast, ownOffsets]).toEqual([9, false])
  })

  it('come from the column where the job names one; names tell the partition, and where live begins', () => {
    const history = { ...HISTORY, offsetColumn: 'o' }
    const { files, ownOffsets, notes } = judged(
      { history, order: 'offset' },
      ['/k=a/t+0+0+9.parquet', 5],
      ['/k=b/t+0+1.parquet', 5],
      ['/more.parquet', 1],
    )
    expect(files.map(({ range }) => range)).toEqual([
      { partition: 0, offsetFirst: 0, offsetLast: 9 },
      { partition: 0, offsetFirst: 1, offsetLast: null },
      undefined,
    ])
    expect(ownOffsets).toBe(true)
    expect(notes).toEqual([])
  })

  it('are not taken from the names of some: those keep their partition', () => {
    const { files, ownOffsets, notes } = judged({}, ['/d/more.parquet', 1], ['/d/t+3+0+9.parquet', 10])
    expect(files.map(({ range, partition }) => [range, partition])).toEqual([
      [undefined, undefined],
      [undefined, 3],
    ])
    expect(ownOffsets).toBe(false)
    expect(notes).toEqual([expect.stringMatching(/^warning: 1 of 2 files have .*first \/d\/more\.parquet/)])
  })

  it('are counted where only their order is known, and pinned only where that is needed', () => {
    const short: [string, number] = ['/d/t+0+0+9.parquet', 8]
    const byTime = judged({ partitions: 1 }, short)
    expect(byTime.files[0]).toMatchObject({ partition: 0 })
    expect(byTime.files[0]).not.toHaveProperty('range')
    const byOffset = judged({ partitions: 1, order: 'offset' }, short)
    expect(byOffset.files[0]!.range).toEqual({ partition: 0, offsetFirst: 0, offsetLast: 9 })
    for (const { ownOffsets, notes } of [byTime, byOffset]) {
      expect(ownOffsets).toBe(false)
      expect(notes).toEqual([
        'warning: fewer rows than offsets: /d/t+0+0+9.parquet by 2 (2 in all), explained only by compaction or markers of transactions',
        expect.stringContaining('`_offset` is counted'),
      ])
    }
  })

  it('of text are taken from the names, and said to be unchecked', () => {
    const { files, ownOffsets, notes } = judged({ partitions: 1 }, ['/d/t+0+5.json', 99])
    expect(files[0]!.range).toEqual({ partition: 0, offsetFirst: 5, offsetLast: null })
    expect(ownOffsets).toBe(true)
    expect(notes).toEqual([expect.stringMatching(/^info: 1 text file not held against/)])
  })

  it('name at most five gaps, and how many there are', () => {
    const files = Array.from({ length: 9 }, (_, i): [string, number] => [
      `/d/t+0+${10 * i}+${10 * i + 4}.parquet`,
      5,
    ])
    const { notes, ownOffsets } = judged({ partitions: 1 }, ...files)
    expect(ownOffsets).toBe(true)
    expect(notes).toHaveLength(1)
    expect(notes[0]!.match(/of partition 0/g)).toHaveLength(5)
    expect(notes[0]).toMatch(/offsets 45–49 of partition 0, behind .*; and 3 more \(40 offsets in all\)/)
  })
})

describe('a plan is refused', () => {
  it.each<[string, Partial<StreamJob>, [string, number][], string]>([
    ['order: offset without offsets', { order: 'offset' }, [['/d/a.parquet', 1]], 'streams.s.order'],
    [
      'a seam by offset without them',
      { seam: { by: 'offset' }, live: LIVE },
      [['/d/a.parquet', 1]],
      'streams.s.seam',
    ],
    [
      'order: offset where one file has none',
      { order: 'offset' },
      [
        ['/d/t+0+0+9.parquet', 10],
        ['/d/z.parquet', 1],
      ],
      'streams.s.order',
    ],
    [
      'order: offset of two topics',
      { order: 'offset' },
      [
        ['/d/t+0+0+9.parquet', 10],
        ['/d/u+0+10+19.parquet', 10],
      ],
      'streams.s.order',
    ],
    [
      'order: offset of text in several folders that does not tell its end',
      { order: 'offset' },
      [
        ['/d/h=0/t+0+0.json', 10],
        ['/d/h=1/t+0+10.json', 10],
      ],
      'streams.s.order',
    ],
    [
      'the same offsets twice',
      {},
      [
        ['/d/t+0+0.parquet', 10],
        ['/d/t+0+0.keys.parquet', 10],
      ],
      'streams.s.history.files',
    ],
    ['a partition beyond those of the stream', {}, [['/d/t+4+0+9.parquet', 10]], 'streams.s.partitions'],
  ])('for %s', (_, part, files, path) => {
    expect(refused(part, ...files)).toMatchObject({
      code: 'job-invalid',
      where: { path, uri: files.at(-1)![0] },
      advice: expect.stringMatching(/./),
    })
  })

  it('for nothing of two topics where order is by time', () => {
    const { ownOffsets, notes } = judged(
      { partitions: 1 },
      ['/d/t+0+0+9.parquet', 10],
      ['/d/u+0+0+9.parquet', 10],
    )
    expect(ownOffsets).toBe(false)
    expect(notes).toEqual([
      expect.stringMatching(/^warning: offsets are not taken .* of topic t, and .* of u$/),
    ])
  })
})

describe('folders partition=N', () => {
  const files: [string, number][] = [
    ['/d/partition=0/a.parquet', 1],
    ['/d/partition=12/a.parquet', 1],
  ]

  it('are pointed out where events are parted by key', () => {
    expect(judged({}, ...files).notes).toEqual([expect.stringContaining('`partitionColumn: partition`')])
  })

  it.each<[string, Partial<StreamJob>, [string, number][]]>([
    ['the job names a column', { history: { ...HISTORY, partitionColumn: 'partition' } }, files],
    ['a folder has another value', {}, [...files, ['/d/partition=x/a.parquet', 1]]],
    ['a file lies elsewhere', {}, [...files, ['/d/a.parquet', 1]]],
    ['the key is the partition', { partitioner: 'column' }, files],
  ])('are not where %s', (_, part, files) => {
    expect(judged(part, ...files).notes).toEqual([])
  })
})

describe('the seam of a plan', () => {
  it.each<[string, [string, number], [number, number], string | null]>([
    ['meets', ['/d/t+0+0+9.parquet', 10], [0, 10], null],
    ['meets, though short', ['/d/t+0+0+9.parquet', 9], [10, 90], null],
    ['has lost offsets', ['/d/t+0+0+9.parquet', 10], [13, 90], 'offsets 10–12 of partition 0'],
    ['has another log', ['/d/t+0+0+9.parquet', 10], [0, 9], 'files go to offset 9 and its log to 8'],
    ['is not known before text is read', ['/d/t+0+0.json', 10], [13, 90], null],
  ])('%s', (_, each, [first, next], expected) => {
    const job = streamJob({ history: HISTORY, live: LIVE, seam: { by: 'offset' }, partitions: 1 })
    const { files, ownOffsets } = topicOffsets(job, [file(...each)], [])
    const live = {
      sourceId: 'x',
      partitions: 1,
      offsetFirst: [first],
      offsetNext: [next],
      leaderEpochs: [null],
      retentionMs: null,
      keptMs: null,
      valuePin: null,
    }
    const notes = seamForecast(job, { name: 's', ordinal: 0, schema: [], reads: [], files, ownOffsets, live })
    expect(notes).toEqual(
      expected === null
        ? []
        : [{ level: 'warning', about: 'streams.s', text: expect.stringContaining(expected) }],
    )
  })
})
