/**
 * C1 `order: offset`: history comes out by (offset, file, row) inside each partition, timed by the running maximum of
 * event time, whatever the files, their overlap, statistics, emission size, range, spilling and where a run goes on from.
 * The twin sorts everything in one go and walks it once.
 */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { Field } from '../../src/core/batch/index.ts'
import { valueAt } from '../../src/core/batch/index.ts'
import type { DecodeRequest, Decoder, HistoryEmission, PartitionRange } from '../../src/history/index.ts'
import { openHistory } from '../../src/history/index.ts'
import type { FileUnit, PinnedFile } from '../../src/plan/index.ts'
import { cases } from './cases.ts'
import { int64Column, streamJob, utf8Column } from './history-fixture.ts'

const directory = mkdtempSync(join(tmpdir(), 'hindcast-by-offset-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const SCHEMA: readonly Field[] = [
  { name: 't', type: { name: 'int64' } },
  { name: 'p', type: { name: 'int64' } },
  { name: 'o', type: { name: 'int64' } },
  { name: 'id', type: { name: 'utf8' } },
]
const PARTITIONS = 3

interface FileRow {
  readonly time: number | null
  readonly partition: number
  readonly offset: number
}
interface Given {
  /** Units of each file. */
  readonly files: readonly (readonly { readonly rows: readonly FileRow[]; readonly statistics: boolean }[])[]
  /** Name of each file: partition and first offset; null: columns tell. */
  readonly names: readonly { readonly partition: number; readonly offsetFirst: number }[] | null
}

const time = fc.option(fc.integer({ min: 0, max: 60 }), { freq: 20 })

/** Files whose columns tell partition and offset, in any order, some offsets twice. */
const byColumns: fc.Arbitrary<Given> = fc
  .array(
    fc.array(
      fc.record({
        rows: fc.array(fc.record({ time, partition: fc.nat(PARTITIONS - 1), offset: fc.nat(40) }), {
          maxLength: 12,
        }),
        statistics: fc.boolean(),
      }),
      { maxLength: 3 },
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map(files => ({ files, names: null }))

/** Files that are named for a partition and a range of offsets; now and then two of them overlap. */
const byNames: fc.Arbitrary<Given> = fc
  .array(
    fc.record({
      partition: fc.nat(PARTITIONS - 1),
      back: fc.constantFrom(0, 0, 0, 2),
      units: fc.array(fc.record({ times: fc.array(time, { maxLength: 8 }), statistics: fc.boolean() }), {
        maxLength: 3,
      }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .chain(parts => fc.shuffledSubarray(parts, { minLength: parts.length }).map(order => ({ parts, order })))
  .map(({ parts, order }) => {
    const next = new Array<number>(PARTITIONS).fill(100)
    const named = parts.map(part => {
      const offsetFirst = Math.max(100, next[part.partition]! - part.back)
      let offset = offsetFirst
      const units = part.units.map(({ times, statistics }) => {
        const rows = times.map(t => ({ time: t, partition: part.partition, offset: offset++ }))
        return { rows, statistics }
      })
      next[part.partition] = offset
      return { part, units, name: { partition: part.partition, offsetFirst } }
    })
    const files = order.map(part => named.find(each => each.part === part)!)
    return { files: files.map(({ units }) => units), names: files.map(({ name }) => name) }
  })

const scenario = fc.record({
  given: fc.oneof(byColumns, byNames),
  rowsMax: fc.integer({ min: 1, max: 40 }),
  memoryBytes: fc.constantFrom(1, 1 << 30),
  owners: fc.constantFrom<PartitionRange[]>(
    [{ first: 0, end: 3 }],
    [
      { first: 0, end: 1 },
      { first: 1, end: 3 },
    ],
  ),
  jobFrom: fc.option(fc.integer({ min: 0, max: 30 })),
  until: fc.option(fc.integer({ min: 20, max: 61 })),
  /** Where a run goes on from: an ordering time. */
  resumedAt: fc.option(fc.integer({ min: 0, max: 60 })),
})
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never

function pin({ files, names }: Given): PinnedFile[] {
  return files.map((units, ordinal) => {
    let rowFirst = 0
    const planned = units.map(({ rows, statistics }): FileUnit => {
      const times = rows.flatMap(row => (row.time === null ? [] : [row.time]))
      const known = statistics && times.length > 0
      const unit = {
        rowFirst,
        rows: rows.length,
        bytes: 100 * rows.length,
        timeMinMs: known ? Math.min(...times) : null,
        timeMaxMs: known ? Math.max(...times) : null,
      }
      rowFirst += rows.length
      return unit
    })
    const name = names?.[ordinal]
    const file = {
      ordinal,
      path: `/f${ordinal}`,
      format: 'parquet',
      bytes: 1,
      mtimeMs: 0,
      fileId: '1',
    } as const
    const range =
      name === undefined ? {} : { range: { ...name, offsetLast: name.offsetFirst + rowFirst - 1 } }
    return { ...file, hive: {}, units: planned, ...range }
  })
}

function memoryDecoder({ files }: Given): Decoder {
  return {
    counters: { bytesRead: 0, rowsPruned: 0 },
    describe: () => Promise.reject(new Error('not asked for')),
    describeMany: () => Promise.reject(new Error('not asked for')),
    close: () => Promise.resolve(),
    decode: ({ file, unit, fields }: DecodeRequest) => {
      const all = files[file.ordinal]!.flatMap(({ rows }) => rows)
      const rows = all.slice(unit.rowFirst, unit.rowFirst + unit.rows)
      const columns = [
        int64Column(rows.map(row => row.time)),
        int64Column(rows.map(row => row.partition)),
        int64Column(rows.map(row => row.offset)),
        utf8Column(rows.map((_, i) => `${file.ordinal}:${unit.rowFirst + i}`)),
      ]
      return Promise.resolve({
        batch: { schema: fields, rows: rows.length, columns },
        fileRow: null,
        bad: [],
      })
    },
  }
}

/** `id@time` of each partition. */
function naive({ given, jobFrom, until, resumedAt }: Scenario): string[][] {
  const all = given.files.flatMap((units, file) =>
    units.flatMap(({ rows }) => rows).map((row, i) => ({ ...row, file, i })),
  )
  const good = all.filter(
    ({ time: t }) => t !== null && t >= (jobFrom ?? 0) && t < (until ?? Number.POSITIVE_INFINITY),
  )
  good.sort((a, b) => a.offset - b.offset || a.file - b.file || a.i - b.i)
  const newest = new Array<number>(PARTITIONS).fill(-1)
  const partitions = newest.map((): string[] => [])
  for (const { partition, time: t, file, i } of good) {
    newest[partition] = Math.max(newest[partition]!, t!)
    if (newest[partition]! < (resumedAt ?? 0)) continue
    partitions[partition]!.push(`${file}:${i}@${newest[partition]}`)
  }
  return partitions
}

async function actual(s: Scenario): Promise<{ partitions: string[][]; emissions: HistoryEmission[] }> {
  const files = pin(s.given)
  const history = {
    files: [],
    csv: { delimiter: ',', header: true, null: '' },
    badRows: 'quarantine',
    ...(s.given.names === null ? { partitionColumn: 'p', offsetColumn: 'o' } : {}),
    ...(s.jobFrom === null ? {} : { fromMs: s.jobFrom }),
  } as const
  const reader = await openHistory({
    stream: streamJob({ partitions: PARTITIONS, key: ['p'], order: 'offset', history }),
    plan: { name: 's', ordinal: 0, schema: SCHEMA, reads: SCHEMA, files, ownOffsets: true, live: null },
    schema: SCHEMA,
    timeline: 'ms',
    latest: 1000,
    from: Math.max(s.jobFrom ?? Number.NEGATIVE_INFINITY, s.resumedAt ?? Number.NEGATIVE_INFINITY),
    until: s.until ?? Number.POSITIVE_INFINITY,
    decoder: memoryDecoder(s.given),
    checkFile: () => Promise.resolve(),
    quarantine: () => Promise.resolve(),
    memoryBytes: s.memoryBytes,
    spillDirectory: directory,
    rowsMax: s.rowsMax,
    owners: s.owners,
  })
  const partitions: string[][] = Array.from({ length: PARTITIONS }, () => [])
  const emissions: HistoryEmission[] = []
  for (let emission = await reader.next(); emission !== null; emission = await reader.next()) {
    emissions.push(emission)
    for (const [o, { events, starts }] of emission.shares.entries()) {
      for (let p = s.owners[o]!.first; p < s.owners[o]!.end; p++) {
        const i = p - s.owners[o]!.first
        for (let row = starts[i]!; row < starts[i + 1]!; row++)
          partitions[p]!.push(`${valueAt(events.columns[3]!, SCHEMA[3]!.type, row)}@${events.time[row]}`)
      }
    }
  }
  await reader.close()
  return { partitions, emissions }
}

/** Two files have the same offset, the row of one is bad, and a run goes on behind the times of that file. */
const SAME_OFFSETS_TWICE: Scenario = {
  given: {
    files: [
      [],
      [
        {
          rows: [
            { time: null, partition: 2, offset: 100 },
            { time: 0, partition: 2, offset: 101 },
          ],
          statistics: true,
        },
      ],
      [{ rows: [{ time: 1, partition: 2, offset: 100 }], statistics: false }],
    ],
    names: [
      { partition: 0, offsetFirst: 100 },
      { partition: 2, offsetFirst: 100 },
      { partition: 2, offsetFirst: 100 },
    ],
  },
  rowsMax: 1,
  memoryBytes: 1,
  owners: [{ first: 0, end: 3 }],
  jobFrom: null,
  until: null,
  resumedAt: 1,
}

describe('history by offset', () => {
  it('comes out as the topic had it, timed by the newest event so far', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async s => {
        const { partitions, emissions } = await actual(s)
        expect(partitions).toEqual(naive(s))
        let upTo = Number.NEGATIVE_INFINITY
        for (const emission of emissions) {
          for (const { events } of emission.shares)
            for (const t of events.time) expect(t).toBeGreaterThanOrEqual(upTo)
          upTo = emission.upTo
        }
      }),
      { ...cases(2000), examples: [[SAME_OFFSETS_TWICE]] },
    )
    expect(readdirSync(directory)).toEqual([])
  })

  it('does not let memory grow behind an event that is far ahead of the others', async () => {
    const rows = Array.from({ length: 400 }, (_, i) => ({
      time: i === 3 ? 60 : i % 50,
      partition: 0,
      offset: i,
    }))
    const units = Array.from({ length: 40 }, (_, u) => ({
      rows: rows.slice(10 * u, 10 * u + 10),
      statistics: true,
    }))
    const given: Given = { files: [units], names: [{ partition: 0, offsetFirst: 0 }] }
    const s = { given, memoryBytes: 1 << 30, owners: [{ first: 0, end: 3 }], jobFrom: null, until: null }
    const { partitions, emissions } = await actual({ ...s, rowsMax: 20, resumedAt: null })
    expect(partitions[0]).toHaveLength(400)
    for (const { shares } of emissions) expect(shares[0]!.events.rows).toBeLessThanOrEqual(20)
  })
})
