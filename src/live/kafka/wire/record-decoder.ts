/**
 * Record batches of one partition, as a fetch brought them → `RecordBatch`es, a piece at a time.
 *
 *     bytes of a fetch:  … asked ▼
 *     [ batch ][ aborted ][ marker ]   [ batch ][ batch, cu
 *        rows    aborted   control  ▲     rows    bytesNeeded
 *                                   compacted
 *
 * Invariants: every offset from the one asked for up to `offsetNext` is either a row or in one hole, whatever pieces a
 * partition is cut into; a row's batch had its CRC checked; a damaged batch is only told when all before it was handed
 * out. What is missing inside or between batches was compacted: nothing else removes records.
 */

import type { HoleReason } from '../../../core/seam/index.ts'
import { located } from '../../../errors.ts'
import { LIMITS } from '../../../limits.ts'
import type { RecordBatch } from '../../source.ts'
import { AbortedTransactions } from './aborted-transactions.ts'
import { appendRecords, RECORD_BYTES_MIN, RECORD_FAILURES } from './append-records.ts'
import type { BatchHeader } from './batch-header.ts'
import { batchEpoch, batchLength, HEADER_BYTES, readBatchHeader } from './batch-header.ts'
import { batchDamage, passed } from './damage.ts'
import { decompressRecords } from './decompress-records.ts'
import type { AbortedTransaction } from './fetch-response.ts'
import { RecordColumns } from './record-columns.ts'
import { RecordReader } from './record-reader.ts'

/** What a fetch brought of one partition. */
export interface FetchedBytes {
  readonly topic: string
  readonly partition: number
  /** The offset that was asked for: what lies before it is passed over. */
  readonly offset: number
  readonly records: Uint8Array
  /** Transactions as the broker listed them (read_committed); null: none are left out. */
  readonly aborted: readonly AbortedTransaction[] | null
  /** End of the partition, for the RecordBatch. */
  readonly endOffset: number
}

/**
 * The way through what a fetch brought of one partition; only the decoder and `passOver` move it. It holds no memory but the fetch's, so
 * many may wait for one decoder.
 */
export class FetchedRecords {
  readonly partition: number
  readonly endOffset: number
  readonly topic: string
  /** All bytes, as a plain array: hot loops meet one kind. */
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly transactions: AbortedTransactions | null
  /** As the broker listed them. */
  readonly aborted: FetchedBytes['aborted']
  /** Where the next batch begins. */
  position = 0
  /** Offset to go on from; at the end, to fetch from. */
  offsetNext: number
  /** Epoch of the leader that wrote the last batch that was decoded (lastFetchedEpoch of a fetch); −1: none yet. */
  leaderEpoch = -1
  /** Last offset of the batch before; −1 where there was none. */
  lastOffset = -1

  constructor({ topic, partition, offset, records, aborted, endOffset }: FetchedBytes) {
    this.topic = topic
    this.partition = partition
    this.endOffset = endOffset
    this.offsetNext = offset
    this.bytes = new Uint8Array(records.buffer, records.byteOffset, records.byteLength)
    this.view = new DataView(records.buffer, records.byteOffset, records.byteLength)
    this.aborted = aborted
    this.transactions = aborted === null ? null : new AbortedTransactions(aborted)
  }

  /** Epoch of the leader that wrote the next batch; read before it was checked. */
  get epochNext(): number {
    return batchEpoch(this.view, this.position)
  }

  /** No whole batch is left. */
  get isDone(): boolean {
    return this.bytes.length - this.position < batchLength(this.view, this.position)
  }

  /**
   * Length of the batch that the bytes end within, as far as they tell; 0 where they end with a whole one. Where nothing
   * was decoded before it, the next fetch must ask for at least so many bytes.
   */
  get bytesNeeded(): number {
    const isCut = this.isDone && this.position < this.bytes.length
    return isCut ? batchLength(this.view, this.position) : 0
  }
}

/** Decodes what fetches brought, one call at a time; one for a lane, since it keeps the memory that it works in. */
export class RecordDecoder {
  readonly #columns = new RecordColumns()
  readonly #reader = new RecordReader()

  /**
   * The next records of `fetched`: one whole batch, and more until they hold `bytesMax` bytes or none is left. Rows may be 0: then
   * look at `offsetNext`, `isDone` and `bytesNeeded`. Raises, with topic, partition and the batch's offset,
   * `reply-invalid` for damage, `limit-passed` for a bomb, `unsupported` for an old format or a new codec; always once
   * what lies before was handed out, and again if asked again.
   */
  decode(fetched: FetchedRecords, bytesMax: number): RecordBatch {
    const { topic, partition, endOffset } = fetched
    const columns = this.#columns
    const offsetFirst = fetched.offsetNext
    while (!fetched.isDone) {
      // Each position that is handed out has one epoch, exactly: it tells later whether the log was cut below it.
      if (fetched.offsetNext > offsetFirst && fetched.epochNext !== fetched.leaderEpoch) break
      try {
        this.#decodeBatch(fetched)
      } catch (thrown) {
        columns.rollBack()
        if (fetched.offsetNext > offsetFirst) break
        columns.take()
        throw located(thrown, { topic, partition, offset: fetched.offsetNext })
      }
      if (columns.sizeBytes >= bytesMax) break
    }
    const { offsetNext, leaderEpoch } = fetched
    return {
      partition,
      ...columns.take(),
      offsetNext,
      endOffset,
      ...(leaderEpoch < 0 ? {} : { leaderEpoch }),
    }
  }

  /** Gathers one batch and goes on behind it; if it raises, nothing has changed. */
  #decodeBatch(fetched: FetchedRecords): void {
    const { bytes, view, position, transactions, lastOffset } = fetched
    const header = readBatchHeader(bytes, view, position)
    const where = { offset: header.baseOffset }
    if (header.baseOffset <= lastOffset)
      throw batchDamage(`a record batch does not follow the one before, which ends at ${lastOffset}`, where)
    const body = bytes.subarray(position + HEADER_BYTES, header.end)
    try {
      const isAborted = transactions?.isAborted(header) ?? false
      if (header.isControl) {
        if (isAbortMarker(header, body, this.#reader)) transactions?.close(header.producerId)
        this.#skip(fetched, header, 'control')
      } else if (isAborted) this.#skip(fetched, header, 'aborted')
      else if (header.lastOffset >= fetched.offsetNext) this.#append(fetched, header, body)
    } catch (thrown) {
      throw located(thrown, where)
    }
    fetched.position = header.end
    fetched.lastOffset = header.lastOffset
    fetched.leaderEpoch = header.leaderEpoch
    fetched.offsetNext = Math.max(fetched.offsetNext, header.lastOffset + 1)
  }

  #skip(fetched: FetchedRecords, header: BatchHeader, why: HoleReason): void {
    const { offsetNext } = fetched
    const { baseOffset, lastOffset } = header
    const columns = this.#columns
    if (baseOffset > offsetNext) columns.addHole(offsetNext, baseOffset - 1, 'compacted')
    if (lastOffset >= offsetNext) columns.addHole(Math.max(baseOffset, offsetNext), lastOffset, why)
    columns.commit(columns.rows)
  }

  #append(fetched: FetchedRecords, header: BatchHeader, body: Uint8Array): void {
    const columns = this.#columns
    const records = recordsOf(header, body)
    columns.reserve(header.count, records.length)
    columns.bytes.set(records, columns.valueEnd)
    const facts = { ...header, offsetFrom: fetched.offsetNext }
    const rows = appendRecords(columns, this.#reader, records.length, facts)
    if (rows < 0) throw batchDamage(`a record batch ${RECORD_FAILURES.get(rows)}`)
    columns.commit(rows)
  }
}

/**
 * Goes over all whole batches without decoding them; each has its CRC checked. Raises as `decode` does of headers, and then
 * has not moved: what was gone over before is to be had whole or not at all.
 */
export function passOver(fetched: FetchedRecords): void {
  const { bytes, view, topic, partition } = fetched
  let { position, lastOffset, leaderEpoch } = fetched
  while (bytes.length - position >= batchLength(view, position)) {
    try {
      const header = readBatchHeader(bytes, view, position)
      if (header.baseOffset <= lastOffset)
        throw batchDamage(`a record batch does not follow the one before, which ends at ${lastOffset}`, {
          offset: header.baseOffset,
        })
      position = header.end
      lastOffset = header.lastOffset
      leaderEpoch = header.leaderEpoch
    } catch (thrown) {
      throw located(thrown, { topic, partition, offset: fetched.offsetNext })
    }
  }
  fetched.position = position
  fetched.lastOffset = lastOffset
  fetched.leaderEpoch = leaderEpoch
  fetched.offsetNext = Math.max(fetched.offsetNext, lastOffset + 1)
}

/** The records, decompressed, where there can be as many as the header says. */
function recordsOf({ count, codec }: BatchHeader, body: Uint8Array): Uint8Array {
  if (count < 0) throw batchDamage(`a record batch cannot have ${count} records`)
  if (count > LIMITS.kafkaBatchRecordsMax)
    throw passed(
      `a record batch has ${count} records, more than ${LIMITS.kafkaBatchRecordsMax} (kafkaBatchRecordsMax)`,
    )
  // The cleaner leaves a bare header where a producer's last sequence number is still needed.
  const records = count === 0 ? body : decompressRecords(codec, body)
  if (count * RECORD_BYTES_MIN > records.length)
    throw batchDamage(`a record batch of ${records.length} bytes cannot have ${count} records`)
  return records
}

/**
 * Whether a control batch takes back its producer's transaction: the first record's key is `version i16 type i16`, and
 * type 0 is an abort. One that compaction has emptied says nothing. Other types (commit, those of controllers) are let
 * pass.
 */
function isAbortMarker(header: BatchHeader, body: Uint8Array, reader: RecordReader): boolean {
  if (header.count === 0) return false
  const records = recordsOf(header, body)
  reader.bytes = records
  reader.at = 0
  const length = reader.int()
  const recordEnd = reader.at + length
  reader.at++
  reader.long()
  reader.int()
  const keyLength = reader.int()
  const key = reader.at
  if (length < 0 || recordEnd > records.length || keyLength < 4 || keyLength > recordEnd - key)
    throw batchDamage('a control record has no type')
  return records[key + 2] === 0 && records[key + 3] === 0
}
