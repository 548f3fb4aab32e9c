/**
 * Scenarios for the merge: a few sources with tiny time ranges, so that ties, late records, overlaps and seams meet
 * all the time.
 */

import fc from 'fast-check'
import type { EventBatch } from '../../src/core/batch/index.ts'
import type { LiveOffer, SourceSpec } from '../../src/core/watermark/index.ts'

export interface Row {
  /** Unique in the scenario: what the output is compared by. */
  readonly id: number
  readonly time: number
  readonly sub: number
  readonly offset: number | null
  /** The identity of the event. */
  readonly who: string
}

export interface LiveRow extends Row {
  readonly offset: number
  readonly timestamp: number
}

export interface ScenarioSource {
  readonly spec: SourceSpec
  /** In C1 order. */
  readonly history: readonly Row[]
  /** In offset order. */
  readonly live: readonly LiveRow[]
  readonly liveEnd: number
}

export interface Scenario {
  readonly sources: readonly ScenarioSource[]
  readonly boundaries: readonly number[]
}

export function compareRows(a: Row, b: Row): number {
  return a.time - b.time || a.sub - b.sub || (a.offset ?? 0) - (b.offset ?? 0) || a.id - b.id
}

const TIME_MAX = 40
const time = fc.integer({ min: 0, max: TIME_MAX })
const rawRow = fc.record({
  time,
  sub: fc.integer({ min: 0, max: 2 }),
  who: fc.constantFrom('a', 'b', 'c'),
  hole: fc.constantFrom(0, 0, 0, 1, 3),
  /** Record timestamp − event time. */
  lag: fc.integer({ min: -6, max: 6 }),
  /** Live rows before a seam by time are mostly copies of history. */
  copies: fc.integer({ min: 0, max: 3 }),
})
type RawRow = typeof rawRow extends fc.Arbitrary<infer T> ? T : never

const rawSource = fc.record({
  kind: fc.constantFrom('history', 'live', 'time', 'offset') as fc.Arbitrary<
    'history' | 'live' | 'time' | 'offset'
  >,
  history: fc.array(rawRow, { maxLength: 14 }),
  live: fc.array(rawRow, { maxLength: 14 }),
  disorder: fc.integer({ min: 0, max: 12 }),
  late: fc.constantFrom('side', 'emit') as fc.Arbitrary<'side' | 'emit'>,
  maxFuture: fc.constantFrom(0, 3, 100),
  at: fc.integer({ min: 5, max: 35 }),
  overlap: fc.integer({ min: 0, max: 20 }),
  hasIdentity: fc.constantFrom(true, true, false),
  beforeSeam: fc.constantFrom('side', 'emit') as fc.Arbitrary<'side' | 'emit'>,
  /** How many offsets live starts before the end of history. */
  rereads: fc.constantFrom(0, 0, 2),
})
type RawSource = typeof rawSource extends fc.Arbitrary<infer T> ? T : never

/** `sourcesMax`: at most so many sources. */
export function scenarios(sourcesMax = 3): fc.Arbitrary<Scenario> {
  return fc
    .record({
      raw: fc.array(rawSource, { minLength: 1, maxLength: sourcesMax }),
      boundaries: fc.uniqueArray(fc.integer({ min: 1, max: TIME_MAX + 5 }), { maxLength: 5 }),
      hasSub: fc.boolean(),
    })
    .map(({ raw, boundaries, hasSub }) => {
      const nextId = counter()
      return {
        sources: raw.map((source, i) => sourceOf(source, i, hasSub, nextId)),
        boundaries: boundaries.sort((a, b) => a - b),
      }
    })
}

function counter(): () => number {
  let next = 0
  return () => next++
}

function sourceOf(raw: RawSource, index: number, hasSub: boolean, nextId: () => number): ScenarioSource {
  const { kind } = raw
  const withHistory = kind !== 'live'
  const withLive = kind !== 'history'
  let offset = 100 * (index + 1)
  const next = (hole: number): number => {
    offset += hole
    return offset++
  }
  const row = (r: RawRow, hasOffset: boolean): Row => ({
    id: nextId(),
    time: r.time,
    sub: hasSub ? r.sub : 0,
    offset: hasOffset ? next(r.hole) : null,
    who: r.who,
  })
  const history = (withHistory ? raw.history : [])
    .filter(r => kind !== 'time' || r.time < raw.at)
    .map(r => row(r, kind === 'offset'))
    .sort(compareRows)
  const historyEnd = offset
  const rereads = kind === 'offset' ? history.filter(r => r.offset! >= historyEnd - raw.rereads) : []
  const again = [...rereads].sort((a, b) => a.offset! - b.offset!)
  const live = [
    ...again.map((r): LiveRow => ({ ...r, id: nextId(), offset: r.offset!, timestamp: r.time })),
    ...(withLive ? raw.live : []).map((r): LiveRow => {
      const copy =
        kind === 'time' && r.copies > 0
          ? history[(r.time * 7 + r.lag + 10) % Math.max(1, history.length)]
          : undefined
      const { time: t, sub, who } = copy ?? { time: r.time, sub: hasSub ? r.sub : 0, who: r.who }
      return { id: nextId(), time: t, sub, who, offset: next(r.hole), timestamp: t + r.lag }
    }),
  ]
  const offsetStart = live.length > 0 ? live[0].offset : historyEnd
  const name = { stream: 2 * index, name: `stream-${index}` }
  const liveSpec = { offsetStart, disorder: raw.disorder, late: raw.late, maxFuture: raw.maxFuture }
  const { at, overlap, beforeSeam } = raw
  const spec: SourceSpec =
    kind === 'history'
      ? { ...name, history: true, live: null, seam: null }
      : kind === 'live'
        ? { ...name, history: false, live: liveSpec, seam: null }
        : kind === 'offset'
          ? { ...name, history: true, live: liveSpec, seam: { by: 'offset' } }
          : {
              ...name,
              history: true,
              live: liveSpec,
              seam: { by: 'time', at, overlap, identity: raw.hasIdentity ? [1] : [], beforeSeam },
            }
  return { spec, history, live, liveEnd: offset }
}

/** A batch of rows; `sub` is there when any row of the scenario may have one. */
export function batchOf(stream: number, rows: readonly Row[]): EventBatch {
  const text = rows.map(row => new TextEncoder().encode(row.who))
  const offsets = new Int32Array(rows.length + 1)
  for (const [i, bytes] of text.entries()) offsets[i + 1] = offsets[i] + bytes.length
  const bytes = new Uint8Array(offsets[rows.length])
  for (const [i, part] of text.entries()) bytes.set(part, offsets[i])
  const hasOffset = rows.length > 0 && rows[0].offset !== null
  return {
    schema: [
      { name: 'id', type: { name: 'int32' } },
      { name: 'who', type: { name: 'utf8' } },
    ],
    rows: rows.length,
    columns: [
      { kind: 'i32', values: Int32Array.from(rows, row => row.id), valid: null },
      { kind: 'bytes', offsets, bytes, valid: null },
    ],
    stream,
    partition: 3,
    time: Float64Array.from(rows, row => row.time),
    sub: Int32Array.from(rows, row => row.sub),
    sourceOffset: hasOffset ? Float64Array.from(rows, row => row.offset!) : null,
  }
}

export function offerOf(stream: number, rows: readonly LiveRow[], offsetNext: number): LiveOffer {
  const events = batchOf(stream, rows)
  return {
    events: rows.length > 0 ? events : { ...events, sourceOffset: new Float64Array(0) },
    timestamps: Float64Array.from(rows, row => row.timestamp),
    offsetNext,
  }
}

/** The ids of a batch. */
export function idsOf(batch: EventBatch): number[] {
  const column = batch.columns[0]
  return column.kind === 'i32' ? [...column.values] : []
}
