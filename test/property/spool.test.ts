/**
 * The spool of a partition against the model of a topic: what a reader makes of the copy is what the topic gave, wherever
 * it begins and however fetches, segments and reads are cut. A copy that was cut at any byte is a prefix, and goes on; a
 * byte that was changed is told, with the file.
 */
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ExplainedHole } from '../../src/core/seam/index.ts'
import { HindcastError } from '../../src/errors.ts'
import { recordSpan } from '../../src/live/kafka/record-span.ts'
import { FetchedRecords, passOver, RecordDecoder } from '../../src/live/kafka/wire/index.ts'
import { SpoolReader } from '../../src/live/spool/spool-reader.ts'
import { SpoolWriter } from '../../src/live/spool/spool-writer.ts'
import { withTempDirectory } from '../harness/index.ts'
import { cases } from './cases.ts'
import { batchBytes } from './kafka-batch-bytes.ts'
import type { ModelLog } from './kafka-log-twin.ts'
import { addOffset, answerOf, logOf, logSteps, oneBatch, readOf } from './kafka-log-twin.ts'

const PARTITION = 4

/** How a copy is made. */
interface Form {
  readonly fetchBytes: number
  readonly segmentBytes: number
}

const form = fc.record({
  fetchBytes: fc.constantFrom(1, 300, 1_000_000),
  segmentBytes: fc.constantFrom(1, 400, 2000, 1_000_000),
})
const share = fc.double({ min: 0, max: 0.999, noNaN: true })

function open(folder: string, log: ModelLog, { segmentBytes }: Form): Promise<SpoolWriter> {
  const start = { offset: beginOf(log), leaderEpoch: -1 }
  return SpoolWriter.open({ folder, partition: PARTITION, start, segmentBytes })
}

function beginOf(log: ModelLog): number {
  return (log.batches[0]?.base ?? log.endOffset) - 2
}

/** Where the last batch ends: what is behind it was compacted, and no fetch tells of it. */
function endOf(log: ModelLog): number {
  return log.batches.length === 0 ? beginOf(log) : log.batches[log.batches.length - 1].last + 1
}

/** Copies what is missing, as fetches of whole batches bring it, and says that it is over. */
async function copy(writer: SpoolWriter, log: ModelLog, { fetchBytes }: Form): Promise<void> {
  while (writer.offsetNext < endOf(log)) {
    const offset = writer.offsetNext
    let bytes = fetchBytes
    let answer = answerOf(log, offset, bytes)
    let span = recordSpan(answer.records, offset)
    while (span.bytes === 0) {
      bytes *= 4
      answer = answerOf(log, offset, bytes)
      span = recordSpan(answer.records, offset)
    }
    const { offsetNext, leaderEpoch } = span
    const records = answer.records.subarray(0, span.bytes)
    const { aborted } = answer
    const endOffset = log.endOffset
    const fetched = new FetchedRecords({
      topic: 't',
      partition: PARTITION,
      offset,
      records,
      aborted,
      endOffset,
    })
    passOver(fetched)
    expect(fetched).toMatchObject({ offsetNext, leaderEpoch, isDone: true })
    await writer.append({ offset, offsetNext, leaderEpoch, aborted, records })
  }
  await writer.end()
}

async function copied(folder: string, log: ModelLog, how: Form): Promise<void> {
  const writer = await open(folder, log, how)
  await copy(writer, log, how)
  await writer.close()
}

interface Read {
  /** Offset and value of each row. */
  readonly rows: readonly string[]
  readonly holes: readonly ExplainedHole[]
  /** Where the topic takes over; null: nothing more is there yet. */
  readonly end: number | null
}

async function read(folder: string, offset: number, bytesMax: number): Promise<Read> {
  const reader = new SpoolReader({ folder, topic: 't', partition: PARTITION }, new RecordDecoder())
  const rows: string[] = []
  const holes: ExplainedHole[] = []
  try {
    for (let next = offset, end: number | null = null; ; ) {
      const found = await reader.read({ offset: next, bytesMax, waitMs: 0 })
      if (found.kind === 'elsewhere') end = next
      if (found.kind === 'elsewhere' || found.batch.offsetNext === next) return { rows, holes, end }
      const { batch } = found
      expect(batch).toMatchObject({
        partition: PARTITION,
        leaderEpoch: 3,
        endOffset: Number.POSITIVE_INFINITY,
      })
      for (let i = 0; i < batch.rows; i++) {
        const value = batch.bytes.subarray(batch.valueOffsets[i], batch.valueOffsets[i + 1])
        rows.push(`${batch.offset[i]} ${Buffer.from(value).toString('hex')}`)
      }
      for (const { first, last, why } of batch.holes)
        for (let o = first; o <= last; o++) addOffset(holes, o, why)
      next = batch.offsetNext
    }
  } finally {
    await reader.close()
  }
}

/** The same of the model. */
function expected(log: ModelLog, offset: number): Read {
  const { rows, holes } = readOf(log, offset)
  return {
    rows: rows.map(({ offset: at, value }) => `${at} ${Buffer.from(value ?? []).toString('hex')}`),
    holes,
    end: Math.max(offset, endOf(log)),
  }
}

function segmentsOf(folder: string): string[] {
  const inside = join(folder, String(PARTITION))
  return readdirSync(inside)
    .sort()
    .map(name => join(inside, name))
}

function expectPrefix(found: Read, whole: Read): void {
  expect(whole.rows.slice(0, found.rows.length)).toEqual(found.rows)
}

describe('what is copied', () => {
  it('has the CRC of each batch checked, and is taken whole or not at all', () => {
    fc.assert(
      fc.property(oneBatch, oneBatch, share, (first, second, at) => {
        const after = { ...second, base: first.last + 1, last: first.last + 1 + second.last - second.base }
        const records = Buffer.concat([first.bytes, batchBytes(after)])
        // behind what the CRC does not cover: base offset, length, epoch, magic
        const from = first.bytes.length + 17
        records[from + Math.floor(at * (records.length - from))] ^= 1
        const place = { topic: 't', partition: PARTITION, offset: first.base, aborted: [], endOffset: 0 }
        const fetched = new FetchedRecords({ ...place, records })
        expect(() => passOver(fetched)).toThrow(
          expect.objectContaining({
            code: 'reply-invalid',
            where: { topic: 't', partition: PARTITION, offset: first.last + 1 },
          }),
        )
        expect(fetched).toMatchObject({ position: 0, offsetNext: first.base, leaderEpoch: -1 })
      }),
      cases(200),
    )
  })
})

describe('a spool', () => {
  it('gives what the topic gave, from any offset on', async () => {
    await fc.assert(
      fc.asyncProperty(logSteps, form, share, fc.constantFrom(1, 300, 1_000_000), (steps, how, at, piece) =>
        withTempDirectory(async folder => {
          const log = logOf(steps)
          await copied(folder, log, how)
          const offset = beginOf(log) + Math.floor(at * (endOf(log) - beginOf(log)))
          expect(await read(folder, offset, piece)).toEqual(expected(log, offset))
        }),
      ),
      cases(150),
    )
  })

  it('that was cut at any byte is a prefix, and becomes whole again', async () => {
    await fc.assert(
      fc.asyncProperty(logSteps, form, share, share, (steps, how, which, at) =>
        withTempDirectory(async folder => {
          const log = logOf(steps)
          await copied(folder, log, how)
          const whole = expected(log, beginOf(log))
          const segments = segmentsOf(folder)
          // a writer that dies leaves nothing behind the place where it was
          const kept = segments.slice(0, 1 + Math.floor(which * (segments.length - 1)))
          for (const path of segments.slice(kept.length)) rmSync(path)
          const last = kept.at(-1)!
          truncateSync(last, Math.floor(at * statSync(last).size))
          const cut = await read(folder, beginOf(log), 1_000_000)
          expect(cut.end).toBeNull()
          expectPrefix(cut, whole)
          const writer = await open(folder, log, how)
          await copy(writer, log, how)
          await writer.close()
          expect(await read(folder, beginOf(log), 1_000_000)).toEqual(whole)
        }),
      ),
      cases(150),
    )
  })

  it('that was changed in any byte says so, with the file', async () => {
    let told = 0
    await fc.assert(
      fc.asyncProperty(
        logSteps,
        form,
        share,
        share,
        fc.integer({ min: 1, max: 255 }),
        (steps, how, which, at, flip) =>
          withTempDirectory(async folder => {
            const log = logOf(steps)
            await copied(folder, log, how)
            const segments = segmentsOf(folder)
            const path = segments[Math.min(segments.length - 1, Math.floor(which * segments.length))]
            const bytes = readFileSync(path)
            bytes[Math.min(bytes.length - 1, Math.floor(at * bytes.length))] ^= flip
            writeFileSync(path, bytes)
            const found = await read(folder, beginOf(log), 1_000_000).catch((error: unknown) => error)
            if (found instanceof HindcastError) {
              told++
              expect(found).toMatchObject({ code: 'output-corrupt', where: { uri: path } })
            } else {
              // the length of the end reaches beyond it: it looks as if it were still being written
              expect(path).toBe(segments.at(-1))
              expect((found as Read).end).toBeNull()
              expectPrefix(found as Read, expected(log, beginOf(log)))
            }
          }),
      ),
      cases(200),
    )
    expect(told).toBeGreaterThan(0)
  })
})
