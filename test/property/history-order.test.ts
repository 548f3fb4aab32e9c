/**
 * C1: history comes out in (time, ns, tie columns, file ordinal, row ordinal) inside each partition, whatever the
 * units, their overlap, missing statistics, emission size, range and spilling. The twin sorts everything in one go.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { Field } from '../../src/core/batch/index.ts'
import { valueAt } from '../../src/core/batch/index.ts'
import { partitionOfKey } from '../../src/core/order/index.ts'
import type { DecodeRequest, Decoder } from '../../src/history/index.ts'
import { openHistory } from '../../src/history/index.ts'
import type { FileUnit, PinnedFile } from '../../src/plan/index.ts'
import { cases } from './cases.ts'
import { int64Column, streamJob, utf8Column } from './history-fixture.ts'

const directory = mkdtempSync(join(tmpdir(), 'hindcast-order-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const SCHEMA: readonly Field[] = [
  { name: 't', type: { name: 'int64' } },
  { name: 'k', type: { name: 'int64' } },
  { name: 'tie', type: { name: 'int64' } },
  { name: 'id', type: { name: 'utf8' } },
]
const PARTITIONS = 3

const row = fc.record({
  time: fc.option(fc.integer({ min: 0, max: 60 }), { freq: 20 }),
  key: fc.nat(5),
  tie: fc.nat(2),
})
const scenario = fc.record({
  files: fc.array(
    fc.array(fc.record({ rows: fc.array(row, { maxLength: 12 }), statistics: fc.boolean() }), {
      maxLength: 4,
    }),
    { minLength: 1, maxLength: 4 },
  ),
  rowsMax: fc.integer({ min: 1, max: 40 }),
  memoryBytes: fc.constantFrom(1, 1 << 30),
  tieBreak: fc.boolean(),
  owners: fc.constantFrom(
    [{ first: 0, end: 3 }],
    [
      { first: 0, end: 1 },
      { first: 1, end: 3 },
    ],
    [
      { first: 0, end: 1 },
      { first: 1, end: 2 },
      { first: 2, end: 3 },
    ],
  ),
  from: fc.option(fc.integer({ min: 0, max: 30 })),
  until: fc.option(fc.integer({ min: 20, max: 61 })),
})
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never

function pin(s: Scenario): PinnedFile[] {
  return s.files.map((units, ordinal) => {
    let rowFirst = 0
    const planned = units.map((unit): FileUnit => {
      const times = unit.rows.flatMap(r => (r.time === null ? [] : [r.time]))
      const known = unit.statistics && times.length > 0
      const planned = {
        rowFirst,
        rows: unit.rows.length,
        bytes: 100 * unit.rows.length,
        timeMinMs: known ? Math.min(...times) : null,
        timeMaxMs: known ? Math.max(...times) : null,
      }
      rowFirst += unit.rows.length
      return planned
    })
    return {
      ordinal,
      path: `/f${ordinal}`,
      format: 'parquet',
      bytes: 1,
      mtimeMs: 0,
      fileId: '1',
      hive: {},
      units: planned,
    }
  })
}

function memoryDecoder(s: Scenario): Decoder {
  return {
    counters: { bytesRead: 0, rowsPruned: 0 },
    describe: () => Promise.reject(new Error('not asked for')),
    describeMany: () => Promise.reject(new Error('not asked for')),
    close: () => Promise.resolve(),
    decode: ({ file, unit, fields }: DecodeRequest) => {
      const rows = s.files[file.ordinal]!.flatMap(u => u.rows).slice(unit.rowFirst, unit.rowFirst + unit.rows)
      const columns = [
        int64Column(rows.map(r => r.time)),
        int64Column(rows.map(r => r.key)),
        int64Column(rows.map(r => r.tie)),
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

function naive(s: Scenario): string[][] {
  const all = s.files.flatMap((units, file) => units.flatMap(u => u.rows).map((r, i) => ({ ...r, file, i })))
  const good = all.filter(r => r.time !== null && r.time >= (s.from ?? 0) && r.time < (s.until ?? 1000))
  good.sort((a, b) => a.time! - b.time! || (s.tieBreak ? a.tie - b.tie : 0) || a.file - b.file || a.i - b.i)
  const partitions: string[][] = Array.from({ length: PARTITIONS }, () => [])
  for (const r of good)
    partitions[partitionOfKey(Buffer.from(String(r.key)), 'murmur2', PARTITIONS)]!.push(`${r.file}:${r.i}`)
  return partitions
}

function rangeOf({ first, end }: { first: number; end: number }): number[] {
  return Array.from({ length: end - first }, (_, i) => first + i)
}

describe('C1 order of history', () => {
  it('equals one big sort, for any units and any emission size', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async s => {
        let bad = 0
        const files = pin(s)
        const history = await openHistory({
          stream: streamJob({
            key: ['k'],
            time: { column: 't', unit: 'ms' },
            partitions: PARTITIONS,
            tieBreak: s.tieBreak ? ['tie'] : [],
          }),
          plan: {
            name: 's',
            ordinal: 0,
            schema: SCHEMA,
            reads: SCHEMA,
            files,
            ownOffsets: false,
            live: null,
          },
          schema: SCHEMA,
          timeline: 'ms',
          latest: 1e15,
          from: s.from ?? Number.NEGATIVE_INFINITY,
          until: s.until ?? Number.POSITIVE_INFINITY,
          decoder: memoryDecoder(s),
          checkFile: () => Promise.resolve(),
          quarantine: (_, __, rows) => {
            bad += rows.length
            return Promise.resolve()
          },
          memoryBytes: s.memoryBytes,
          spillDirectory: directory,
          rowsMax: s.rowsMax,
          owners: s.owners,
        })
        const out: string[][] = Array.from({ length: PARTITIONS }, () => [])
        let upTo = Number.NEGATIVE_INFINITY
        for (let e = await history.next(); e !== null; e = await history.next()) {
          for (const [o, { events, starts }] of e.shares.entries()) {
            for (const [i, p] of rangeOf(s.owners[o]!).entries()) {
              for (let row = starts[i]!; row < starts[i + 1]!; row++) {
                expect(events.time[row]).toBeGreaterThanOrEqual(upTo)
                expect(events.time[row]).toBeLessThan(e.upTo)
                out[p]!.push(String(valueAt(events.columns[3]!, SCHEMA[3]!.type, row)))
              }
            }
          }
          upTo = e.upTo
        }
        await history.close()
        expect(out).toEqual(naive(s))
        if (s.from === null && s.until === null)
          expect(bad).toBe(
            s.files
              .flat()
              .flatMap(u => u.rows)
              .filter(r => r.time === null).length,
          )
      }),
      cases(),
    )
  })
})
