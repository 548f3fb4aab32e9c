/**
 * Appends to one partition.
 *
 *     append ─► queue ─► batches of about 1 MiB ─► write ─► (fsync) ─► acknowledge, in order
 *                 ▲ what comes meanwhile waits and is written together (group commit)
 *
 * Invariants: an append is acknowledged after its last batch is written, and with `fsync: 'batch'` after it is on
 * disk. A segment is durable before the next one begins. After a failed write the torn bytes are cut off again and
 * everything queued is refused; whole batches are never taken back, since readers may have them. After a failed
 * fsync nobody knows what is on disk: the writer refuses everything until it is opened again.
 */

import { type FileHandle, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { HindcastError } from '../../errors.ts'
import { syncDirectory, wrapWriteError } from '../../files/index.ts'
import { LIMITS } from '../../limits.ts'
import { encodeBatch, HEADER_BYTES, type LogRecord, recordBytes } from './batch-format.ts'
import { listSegments, segmentName } from './meta.ts'
import { type RecoveredEnd, recoverPartition } from './recovery.ts'

/** Bytes written before they are synced and acknowledged together. */
const ROUND_BYTES = 16 * LIMITS.logBatchBytes

/** Where records went: offsets `first … next - 1` of the partition. */
export interface Appended {
  readonly partition: number
  readonly first: number
  readonly next: number
}

export interface PartitionWriterOptions {
  readonly folder: string
  readonly partition: number
  readonly seed: number
  readonly segmentBytes: number
  /** Whether an append waits for the disk. */
  readonly syncEach: boolean
}

interface Job {
  readonly records: readonly LogRecord[]
  /** Records written. */
  done: number
  /** Offset of its first record, once that is written. */
  first: number
  readonly resolve: (appended: Appended) => void
  readonly reject: (error: HindcastError) => void
}

export class PartitionWriter {
  /** Bytes that were cut off when the partition was opened. */
  readonly cutBytes: number
  readonly #options: PartitionWriterOptions
  #handle: FileHandle
  #base: number
  #position: number
  #offset: number
  #runningMax: number
  #queue: Job[] = []
  #dirty = false
  #broken: HindcastError | null = null
  #buffer: Buffer = Buffer.alloc(0)
  /** Writes, syncs and closing follow one another. */
  #turn: Promise<void> = Promise.resolve()
  #draining = false

  private constructor(options: PartitionWriterOptions, end: RecoveredEnd, handle: FileHandle) {
    this.#options = options
    this.cutBytes = end.cutBytes
    this.#handle = handle
    this.#base = end.base
    this.#position = end.place.position
    this.#offset = end.place.offset
    this.#runningMax = end.runningMax
  }

  /** Recovers the partition and opens it; the caller holds the log's lock. */
  static async open(options: PartitionWriterOptions): Promise<PartitionWriter> {
    const end = await recoverPartition(options.folder, options.partition, options.seed)
    const path = join(options.folder, segmentName(end.base))
    try {
      return new PartitionWriter(options, end, await open(path, 'r+'))
    } catch (error) {
      throw wrapWriteError(error, path)
    }
  }

  /** First offset held and next to be written. */
  ends(): { first: number; next: number } {
    return { first: listSegments(this.#options.folder)[0]!, next: this.#offset }
  }

  /** Appends the records one after another. Rejects with `disk-full` or `io-failed`, naming what did get written. */
  append(records: readonly LogRecord[]): Promise<Appended> {
    return new Promise((resolve, reject) => {
      for (const record of records) checkRecord(record)
      this.#queue.push({ records, done: 0, first: this.#offset, resolve, reject })
      if (this.#draining) return
      this.#draining = true
      this.#inTurn(() => this.#drain())
    })
  }

  /** Resolves when everything acknowledged so far is on disk. */
  async sync(): Promise<void> {
    await this.#inTurn(() => this.#sync())
    if (this.#broken !== null) throw this.#broken
  }

  /** Deletes the segments that lie wholly below the offset, oldest first; resolves to the first offset now held. */
  async trim(beforeOffset: number): Promise<number> {
    const { folder } = this.#options
    const bases = listSegments(folder)
    let first = 0
    try {
      while (first + 1 < bases.length && bases[first + 1]! <= beforeOffset) {
        await unlink(join(folder, segmentName(bases[first]!)))
        first++
      }
      if (first > 0) syncDirectory(folder)
    } catch (error) {
      throw wrapWriteError(error, folder)
    }
    return bases[first]!
  }

  /** Writes and syncs what is queued, then lets go of the file. */
  async close(): Promise<void> {
    await this.#inTurn(() => this.#sync())
    await this.#inTurn(() => this.#handle.close())
    if (this.#broken !== null) throw this.#broken
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work)
    return this.#turn
  }

  /** Writes the queue out round by round. Never rejects: the jobs are told. */
  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const written: Job[] = []
      let failure: HindcastError | null = this.#broken
      try {
        for (let bytes = 0; failure === null && this.#queue.length > 0 && bytes < ROUND_BYTES; ) {
          const records = this.#gather()
          bytes += await this.#write(records)
          this.#advance(records.length, written)
        }
      } catch (error) {
        failure = wrapWriteError(error, this.#path())
      }
      if (this.#options.syncEach) await this.#sync()
      for (const job of written) {
        if (this.#broken === null || !this.#options.syncEach) job.resolve(this.#appended(job))
        else job.reject(this.#broken)
      }
      if (failure !== null) for (const job of this.#queue.splice(0)) job.reject(this.#refusal(job, failure))
    }
    this.#draining = false
  }

  /** The next records of the queue that make one batch. */
  #gather(): readonly LogRecord[] {
    const records: LogRecord[] = []
    let bytes = HEADER_BYTES
    for (const job of this.#queue) {
      for (let i = job.done; i < job.records.length; i++) {
        const record = job.records[i]!
        bytes += recordBytes(record)
        if (bytes > LIMITS.logBatchBytes && records.length > 0) return records
        records.push(record)
      }
    }
    return records
  }

  /** Writes one batch; returns its length. A torn one is cut off again. */
  async #write(records: readonly LogRecord[]): Promise<number> {
    if (records.length === 0) return 0
    let needed = HEADER_BYTES
    for (const record of records) needed += recordBytes(record)
    if (this.#position > 0 && this.#position + needed > this.#options.segmentBytes) await this.#roll()
    if (this.#buffer.length < needed)
      this.#buffer = Buffer.allocUnsafeSlow(Math.max(needed, LIMITS.logBatchBytes))
    const place = { base: this.#offset, runningMax: this.#runningMax, seed: this.#options.seed }
    const { length, runningMax } = encodeBatch(records, place, this.#buffer)
    this.#dirty = true
    try {
      for (let at = 0; at < length; ) {
        const { bytesWritten } = await this.#handle.write(this.#buffer, at, length - at, this.#position + at)
        at += bytesWritten
      }
    } catch (error) {
      await this.#handle.truncate(this.#position).catch(inner => this.#break(inner))
      throw error
    }
    this.#position += length
    this.#offset += records.length
    this.#runningMax = runningMax
    return length
  }

  /** Closes the segment for good and begins the next one. */
  async #roll(): Promise<void> {
    await this.#sync()
    if (this.#broken !== null) throw this.#broken
    const path = join(this.#options.folder, segmentName(this.#offset))
    const next = await open(path, 'wx+')
    try {
      syncDirectory(this.#options.folder)
    } catch (error) {
      // Not begun after all, so that it can be tried again.
      await next.close()
      await unlink(path)
      throw error
    }
    const old = this.#handle
    this.#handle = next
    this.#base = this.#offset
    this.#position = 0
    await old.close()
  }

  /** Moves what is complete from the queue to `written`. */
  #advance(count: number, written: Job[]): void {
    let left = count
    let first = this.#offset - count
    let complete = 0
    for (const job of this.#queue) {
      if (job.done === 0) job.first = first
      const taken = Math.min(left, job.records.length - job.done)
      job.done += taken
      left -= taken
      first += taken
      if (job.done < job.records.length) break
      complete++
    }
    written.push(...this.#queue.splice(0, complete))
  }

  async #sync(): Promise<void> {
    if (!this.#dirty || this.#broken !== null) return
    try {
      await this.#handle.datasync()
      this.#dirty = false
    } catch (error) {
      this.#break(error)
    }
  }

  /** From here on nothing is accepted: what is on disk is not known. */
  #break(cause: unknown): void {
    this.#broken ??= wrapWriteError(cause, this.#path())
  }

  #appended(job: Job): Appended {
    return { partition: this.#options.partition, first: job.first, next: job.first + job.records.length }
  }

  #refusal(job: Job, failure: HindcastError): HindcastError {
    const { partition } = this.#options
    const progress =
      job.done === 0
        ? 'nothing of this append is'
        : `the first ${job.done} of ${job.records.length} records of this append are`
    return new HindcastError(failure.code, `${failure.message}; ${progress} in the log`, {
      where: { uri: this.#path(), partition, offset: this.#offset },
      advice: failure.advice,
      cause: failure,
    })
  }

  #path(): string {
    return join(this.#options.folder, segmentName(this.#base))
  }
}

function checkRecord(record: LogRecord): void {
  if (recordBytes(record) > LIMITS.recordBytesMax) {
    throw new HindcastError(
      'limit-passed',
      `a record of ${recordBytes(record)} bytes is longer than ${LIMITS.recordBytesMax}`,
      {
        advice: 'Split the record, or store its large part elsewhere.',
      },
    )
  }
  if (!Number.isSafeInteger(record.timestampMs)) {
    throw new HindcastError(
      'argument-invalid',
      `the record timestamp ${record.timestampMs} is not a whole number of milliseconds`,
    )
  }
}
