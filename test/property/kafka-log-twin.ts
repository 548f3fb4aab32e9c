/**
 * A partition of Kafka as a model: producers with and without transactions, markers, a cleaner that removes records and
 * whole batches; what a broker would answer to a fetch; and what a reader must make of it, told from the model alone.
 */
import fc from 'fast-check'
import type { ExplainedHole } from '../../src/core/seam/index.ts'
import type { AbortedTransaction } from '../../src/live/kafka/wire/index.ts'
import type { PlainBatch, PlainRecord } from './kafka-batch-bytes.ts'
import { batchBytes, int, PLAIN_CODECS } from './kafka-batch-bytes.ts'

export interface ModelBatch extends PlainBatch {
  /** Its transaction ended by an abort. */
  readonly isAborted: boolean
  readonly bytes: Uint8Array
}

export interface ModelLog {
  readonly batches: readonly ModelBatch[]
  /** Aborted transactions, with the offset of their marker. */
  readonly aborted: readonly (AbortedTransaction & { readonly markerOffset: number })[]
  readonly endOffset: number
}

/** What happened to a partition, in order. */
export interface LogStep {
  readonly producer: number
  readonly kind: 'plain' | 'transactional' | 'commit' | 'abort'
  readonly records: readonly (Omit<PlainRecord, 'offset'> & { readonly isRemoved: boolean })[]
  readonly codec: PlainBatch['codec']
  readonly baseTimestampMs: number
  readonly appendTimeMs: number | null
  /** The cleaner has removed the whole batch; it may do so with markers too. */
  readonly isRemoved: boolean
  /** Offsets that are missing before it. */
  readonly gap: number
}

const PRODUCERS = 3
/** Where offsets begin: beyond 32 bits. */
const BASE = 2 ** 33 - 7

const bytes = fc.uint8Array({ maxLength: 12 })
const record = fc.record({
  timestampMs: fc.oneof(
    fc.integer({ min: -1, max: 200 }),
    fc.constantFrom(1_700_000_000_000, 2 ** 50, 2 ** 33),
  ),
  key: fc.option(bytes),
  value: fc.option(fc.oneof(bytes, fc.uint8Array({ minLength: 100, maxLength: 300 }))),
  headers: fc.array(fc.record({ key: bytes, value: fc.option(bytes) }), { maxLength: 2 }),
  isRemoved: fc.boolean().map(Boolean),
})

const logStep: fc.Arbitrary<LogStep> = fc.record({
  producer: fc.integer({ min: 0, max: PRODUCERS - 1 }),
  kind: fc.constantFrom('plain', 'transactional', 'transactional', 'commit', 'abort', 'abort'),
  records: fc.array(record, { minLength: 1, maxLength: 6 }),
  codec: fc.constantFrom(...PLAIN_CODECS),
  baseTimestampMs: fc.constantFrom(0, 1_700_000_000_000),
  appendTimeMs: fc.option(fc.constantFrom(5, 1_700_000_000_001), { freq: 4 }),
  isRemoved: fc.integer({ min: 0, max: 5 }).map(n => n === 0),
  gap: fc.integer({ min: -6, max: 3 }).map(n => Math.max(0, n)),
})

export const logSteps = fc.array(logStep, { minLength: 1, maxLength: 14 })

/** A log of one batch of records. */
export const oneBatch = logStep.map(step => logOf([{ ...step, kind: 'plain', isRemoved: false }]).batches[0])

/** The log that the steps make; all transactions are ended, as they are below the last stable offset. */
export function logOf(steps: readonly LogStep[]): ModelLog {
  const batches: ModelBatch[] = []
  const aborted: ModelLog['aborted'][number][] = []
  /** Of each producer with an open transaction: its first offset and its batches. */
  const open = new Map<number, { readonly first: number; readonly indexes: number[] }>()
  let next = BASE
  const append = (batch: PlainBatch, isRemoved: boolean): void => {
    if (!isRemoved) batches.push({ ...batch, isAborted: false, bytes: batchBytes(batch) })
    next = batch.last + 1
  }
  const end = (producer: number, marker: 'commit' | 'abort', isRemoved: boolean): void => {
    const transaction = open.get(producer)
    if (transaction === undefined) return
    open.delete(producer)
    // A marker only goes once nothing of its transaction is left, and what brokers tell of the transaction goes with it
    // (CleanedTransactionMetadata of Kafka's LogCleaner).
    const isGone = isRemoved && transaction.indexes.length === 0
    if (marker === 'abort' && !isGone) {
      aborted.push({ producerId: producer, firstOffset: transaction.first, markerOffset: next })
      for (const index of transaction.indexes) batches[index] = { ...batches[index], isAborted: true }
    }
    append(markerBatch(next, producer, marker), isGone)
  }
  for (const step of steps) {
    next += step.gap
    if (step.kind === 'commit' || step.kind === 'abort') {
      end(step.producer, step.kind, step.isRemoved)
      continue
    }
    // A producer with a transaction writes all of its records in it.
    const isTransactional = step.kind === 'transactional' || open.has(step.producer)
    if (isTransactional && !open.has(step.producer)) open.set(step.producer, { first: next, indexes: [] })
    if (isTransactional && !step.isRemoved) open.get(step.producer)?.indexes.push(batches.length)
    append(dataBatch(step, next, isTransactional), step.isRemoved)
  }
  for (const producer of [...open.keys()]) end(producer, 'abort', false)
  return { batches, aborted, endOffset: next }
}

function dataBatch(step: LogStep, base: number, isTransactional: boolean): PlainBatch {
  const records = step.records.map((plain, i) => ({ ...plain, offset: base + i }))
  return {
    base,
    last: base + records.length - 1,
    leaderEpoch: 3,
    codec: step.codec,
    baseTimestampMs: step.baseTimestampMs,
    appendTimeMs: step.appendTimeMs,
    marker: null,
    isTransactional,
    producerId: isTransactional ? step.producer : -1,
    records: records.filter(plain => !plain.isRemoved),
  }
}

export function markerBatch(offset: number, producerId: number, marker: 'commit' | 'abort'): PlainBatch {
  const key = Uint8Array.from([0, 0, ...int(marker === 'abort' ? 0 : 1, 2)])
  const value = Uint8Array.from([0, 0, 0, 0, 0, 0])
  return {
    base: offset,
    last: offset,
    leaderEpoch: 3,
    codec: 'none',
    baseTimestampMs: 9,
    appendTimeMs: null,
    marker,
    isTransactional: true,
    producerId,
    records: [{ offset, timestampMs: 9, key, value, headers: [] }],
  }
}

/** What a broker answers: batches from the one with `offset` on, cut at `bytesMax`, and the transactions that touch it. */
export function answerOf(
  log: ModelLog,
  offset: number,
  bytesMax: number,
): { readonly records: Uint8Array; readonly aborted: readonly AbortedTransaction[] } {
  const batches = log.batches.filter(batch => batch.last >= offset)
  const whole = Buffer.concat(batches.map(batch => batch.bytes))
  const records = new Uint8Array(whole.subarray(0, bytesMax))
  let size = 0
  const sent = batches.filter(batch => {
    const isSent = size < bytesMax
    size += batch.bytes.length
    return isSent
  })
  const upper = sent.length === 0 ? offset : sent[sent.length - 1].last + 1
  const aborted = log.aborted.filter(
    ({ firstOffset, markerOffset }) => markerOffset >= offset && firstOffset < upper,
  )
  return { records, aborted: aborted.map(({ producerId, firstOffset }) => ({ producerId, firstOffset })) }
}

/** What a reader of committed records gets from `offset` on. */
export function readOf(
  log: ModelLog,
  offset: number,
): { readonly rows: readonly PlainRecord[]; readonly holes: readonly ExplainedHole[] } {
  const rows: PlainRecord[] = []
  const holes: ExplainedHole[] = []
  let next = offset
  const miss = (last: number, why: ExplainedHole['why']): void => {
    for (; next <= last; next++) addOffset(holes, next, why)
  }
  for (const batch of log.batches) {
    if (batch.last < offset) continue
    miss(batch.base - 1, 'compacted')
    if (batch.marker !== null) miss(batch.last, 'control')
    else if (batch.isAborted) miss(batch.last, 'aborted')
    else {
      for (const plain of batch.records) {
        if (plain.offset < next) continue
        miss(plain.offset - 1, 'compacted')
        rows.push({ ...plain, timestampMs: batch.appendTimeMs ?? plain.timestampMs })
        next = plain.offset + 1
      }
      miss(batch.last, 'compacted')
    }
  }
  return { rows, holes }
}

/** One more offset without a record; neighbours with the same reason are one hole. */
export function addOffset(holes: ExplainedHole[], offset: number, why: ExplainedHole['why']): void {
  const before = holes.at(-1)
  if (before !== undefined && before.last + 1 === offset && before.why === why)
    holes[holes.length - 1] = { ...before, last: offset }
  else holes.push({ first: offset, last: offset, why })
}
