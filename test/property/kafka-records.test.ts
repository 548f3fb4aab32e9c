/**
 * The record decoder against the model of a partition: whatever the log, the offset asked for, the bytes a fetch brings
 * and the pieces it is decoded in, the rows and holes together are those that the model has.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ExplainedHole } from '../../src/core/seam/index.ts'
import { FetchedRecords, RecordDecoder } from '../../src/live/kafka/wire/index.ts'
import type { RecordBatch } from '../../src/live/source.ts'
import { cases } from './cases.ts'
import type { ModelLog } from './kafka-log-twin.ts'
import { addOffset, answerOf, logOf, logSteps, readOf } from './kafka-log-twin.ts'

interface Row {
  readonly offset: number
  readonly timestampMs: number
  readonly key: string | null
  readonly value: string | null
}

const hex = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString('hex')

function rowsOf(batch: RecordBatch): Row[] {
  return Array.from({ length: batch.rows }, (_, i) => ({
    offset: batch.offset[i],
    timestampMs: batch.timestampMs[i],
    key:
      batch.keyNull[i] === 1
        ? null
        : hex(batch.keyBytes.subarray(batch.keyOffsets[i], batch.keyOffsets[i + 1])),
    value:
      batch.valueNull?.[i] === 1
        ? null
        : hex(batch.bytes.subarray(batch.valueOffsets[i], batch.valueOffsets[i + 1])),
  }))
}

/** Reads a log from `offset` to its end, as a source does: fetch, decode in pieces, fetch again. */
function readAll(
  log: ModelLog,
  offset: number,
  cuts: readonly { readonly fetch: number; readonly piece: number }[],
) {
  const decoder = new RecordDecoder()
  const rows: Row[] = []
  const holes: ExplainedHole[] = []
  let next = offset
  let bytesNeeded = 0
  const end = log.batches.length === 0 ? offset : log.batches[log.batches.length - 1].last + 1
  for (let i = 0; next < end; i++) {
    expect(i).toBeLessThan(1000)
    const cut = cuts[i % cuts.length]
    const answer = answerOf(log, next, Math.max(cut.fetch, bytesNeeded))
    const fetched = new FetchedRecords({
      topic: 't',
      partition: 4,
      offset: next,
      ...answer,
      endOffset: log.endOffset,
    })
    while (!fetched.isDone) {
      const before = fetched.offsetNext
      const batch = decoder.decode(fetched, cut.piece)
      expect(batch.offsetNext).toBe(fetched.offsetNext)
      expect(batch).toMatchObject({ partition: 4, endOffset: log.endOffset })
      rows.push(...rowsOf(batch))
      for (const hole of batch.holes) {
        expect(hole.first).toBeGreaterThanOrEqual(before)
        expect(hole.last).toBeLessThan(batch.offsetNext)
        for (let o = hole.first; o <= hole.last; o++) addOffset(holes, o, hole.why)
      }
      expect(fetched.leaderEpoch).toBe(3)
    }
    bytesNeeded = fetched.offsetNext === next ? fetched.bytesNeeded : 0
    if (fetched.offsetNext === next) expect(bytesNeeded).toBeGreaterThan(answer.records.length)
    next = fetched.offsetNext
  }
  return { rows, holes }
}

describe('the record decoder', () => {
  it('gives the committed records and explains every other offset, however the log is cut', () => {
    const cut = fc.record({
      fetch: fc.oneof(fc.integer({ min: 1, max: 700 }), fc.constant(1_000_000)),
      piece: fc.constantFrom(1, 300, 1_000_000),
    })
    fc.assert(
      fc.property(
        logSteps,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.array(cut, { minLength: 1, maxLength: 5 }),
        (steps, share, cuts) => {
          const log = logOf(steps)
          const first = log.batches[0]?.base ?? log.endOffset
          const offset = first - 2 + Math.floor(share * (log.endOffset + 2 - first))
          const expected = readOf(log, offset)
          const read = readAll(log, offset, cuts)
          expect(read.rows).toEqual(
            expected.rows.map(({ offset, timestampMs, key, value }) => ({
              offset,
              timestampMs,
              key: hex(key),
              value: hex(value),
            })),
          )
          expect(read.holes).toEqual(expected.holes)
        },
      ),
      cases(400),
    )
  })

  it('is put to the test by logs that have all there is', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(logSteps, steps => {
        const log = logOf(steps)
        const { rows, holes } = readOf(log, log.batches[0]?.base ?? 0)
        for (const { why } of holes) seen.add(why)
        if (rows.some(({ value }) => value === null)) seen.add('null')
        const producers = log.aborted.map(({ producerId }) => producerId)
        if (new Set(producers).size < producers.length) seen.add('two aborted of one producer')
        if (log.batches.some(({ records }) => records.length === 0)) seen.add('empty batch')
      }),
      { ...cases(300), seed: 1 },
    )
    expect([...seen].sort()).toEqual([
      'aborted',
      'compacted',
      'control',
      'empty batch',
      'null',
      'two aborted of one producer',
    ])
  })
})
