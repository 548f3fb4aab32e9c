/**
 * Reads one partition of an embedded log by offset, while it may be written, cut and trimmed by its writer.
 *
 * Invariants: every record handed out comes from a batch whose CRC holds; offsets follow one another without holes;
 * nothing past the last whole batch is touched. Calls are taken one at a time, since they share cursor and buffer.
 */

import { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { emptyRecords, type RecordBatch } from '../source.ts'
import { type BatchHeader, batchParts } from './batch-format.ts'
import { corrupt, LogTail, noSegments } from './log-tail.ts'
import { listSegments } from './meta.ts'
import { toRecords } from './record-batch.ts'
import { type LogPlace, SegmentFile } from './segment-file.ts'
import { SparseIndex } from './sparse-index.ts'

/** Step of searches that read whole segments. */
const SCAN_BYTES = 1024 * 1024

export class PartitionReader {
  readonly #folder: string
  readonly #partition: number
  readonly #seed: number
  readonly #tail: LogTail
  readonly #index = new SparseIndex()
  /** Where the last fetch ended. */
  #file: SegmentFile | null = null
  #place: LogPlace = { position: 0, offset: -1 }
  #buffer: Buffer = Buffer.alloc(0)
  #turn: Promise<unknown> = Promise.resolve()

  constructor(folder: string, partition: number, seed: number) {
    this.#folder = folder
    this.#partition = partition
    this.#seed = seed
    this.#tail = new LogTail(folder, partition, seed)
  }

  /** First offset held and next to be written. Raises `log-corrupt` where the end is damage. */
  ends(): Promise<{ first: number; next: number }> {
    return this.#inTurn(async () => {
      await this.#tail.refresh()
      if (this.#tail.damage !== null) throw this.#tail.damage
      return { first: this.#first(), next: this.#tail.offset }
    })
  }

  /** The records from `offset` on that are there now: none at the end. */
  fetch(offset: number, bytesMax: number): Promise<RecordBatch> {
    return this.#inTurn(async () => {
      await this.#tail.refresh()
      const end = this.#tail.offset
      if (offset === end && this.#tail.damage !== null) throw this.#tail.damage
      if (offset === end) return emptyRecords(this.#partition, offset, end)
      if (!(offset < end) || !Number.isInteger(offset)) throw this.#outOfRange(offset, this.#first(), end)
      if (this.#file === null || this.#place.offset !== offset) await this.#seek(offset)
      return this.#read(offset, Math.min(bytesMax, LIMITS.logFetchBytesMax))
    })
  }

  /** First offset whose timestamp is at or after the time; the next to be written where there is none. */
  offsetFor(timestampMs: number): Promise<number> {
    return this.#inTurn(async () => {
      await this.#tail.refresh()
      const bases = listSegments(this.#folder)
      for (let i = await this.#segmentFor(bases, timestampMs); i < bases.length; i++) {
        const found = await this.#searchSegment(bases[i]!, timestampMs)
        if (found !== null) return found
      }
      return this.#tail.offset
    })
  }

  async close(): Promise<void> {
    await this.#turn.catch(() => {})
    await this.#tail.close()
    await this.#file?.close()
    this.#file = null
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work, work)
    this.#turn = result.catch(() => {})
    return result
  }

  #first(): number {
    const first = listSegments(this.#folder)[0]
    if (first === undefined) throw noSegments(this.#folder)
    return first
  }

  /** Puts the cursor on the batch that holds `offset`. */
  async #seek(offset: number): Promise<void> {
    for (;;) {
      const bases = listSegments(this.#folder)
      const base = bases.findLast(first => first <= offset)
      if (base === undefined) throw this.#outOfRange(offset, bases[0] ?? offset, this.#tail.offset)
      const file = await SegmentFile.open(this.#folder, base)
      if (file === null) continue
      await this.#file?.close()
      this.#file = file
      this.#place = await file.walk(this.#index.floor(base, offset), await this.#wholeBytes(file), header => {
        this.#index.note(base, { position: header.position, offset: header.base })
        return header.base + header.count <= offset
      })
      return
    }
  }

  async #read(offset: number, bytesMax: number): Promise<RecordBatch> {
    for (;;) {
      const file = this.#file!
      const size = await this.#wholeBytes(file)
      const batches = await file.readWhole(this.#place, size, {
        bytesMax,
        seed: this.#seed,
        buffer: this.#buffer,
      })
      this.#buffer = batches.buffer
      if (batches.headers.length > 0) {
        this.#place = batches.next
        this.#index.note(file.base, batches.next)
        return toRecords(batches, { partition: this.#partition, offset, endOffset: this.#tail.offset })
      }
      // What is wanted exists, so it is in the next segment or it is damaged.
      if (size !== this.#place.position) throw corrupt(this.#partition, this.#place, file.path)
      await this.#nextSegment(file)
    }
  }

  async #nextSegment(file: SegmentFile): Promise<void> {
    const next = await SegmentFile.open(this.#folder, this.#place.offset)
    if (next !== null) {
      await file.close()
      this.#file = next
      this.#place = { position: 0, offset: next.base }
      return
    }
    const first = this.#first()
    if (first > this.#place.offset) throw this.#outOfRange(this.#place.offset, first, this.#tail.offset)
    throw new HindcastError('log-corrupt', `the segment of offset ${this.#place.offset} is missing`, {
      where: { uri: this.#folder, partition: this.#partition, offset: this.#place.offset },
      advice: 'Restore the segment from a copy.',
    })
  }

  /** Bytes of a segment that may be read: in the last one, only what the tail has found whole. */
  async #wholeBytes(file: SegmentFile): Promise<number> {
    const { base, bytes } = this.#tail.segment
    return file.base === base ? bytes : (await file.state()).size
  }

  /**
   * Index of the segment where the search for a time begins: the last one that begins before any record reaches
   * the time, since `runningMax` never falls.
   */
  async #segmentFor(bases: readonly number[], timestampMs: number): Promise<number> {
    let low = 0
    let high = bases.length
    while (low < high) {
      const middle = (low + high) >>> 1
      let before = false
      await this.#scan(bases[middle]!, 1, header => {
        before = header.runningMax < timestampMs
        return true
      })
      if (before) low = middle + 1
      else high = middle
    }
    return Math.max(0, low - 1)
  }

  async #searchSegment(base: number, timestampMs: number): Promise<number | null> {
    let found: number | null = null
    await this.#scan(base, SCAN_BYTES, (header, bytes, at) => {
      if (header.batchMax < timestampMs) return false
      const { timestamps } = batchParts(at, header.count)
      for (let i = 0; found === null && i < header.count; i++) {
        if (bytes.readDoubleLE(timestamps + 8 * i) >= timestampMs) found = header.base + i
      }
      return found !== null
    })
    return found
  }

  /** Goes over the checked batches of a segment until `visit` says that it is done; does nothing if it was trimmed. */
  async #scan(
    base: number,
    stepBytes: number,
    visit: (header: BatchHeader, bytes: Buffer, at: number) => boolean,
  ): Promise<void> {
    const file = await SegmentFile.open(this.#folder, base)
    if (file === null) return
    try {
      const size = await this.#wholeBytes(file)
      let place: LogPlace = { position: 0, offset: base }
      while (place.position < size) {
        const batches = await file.readWhole(place, size, {
          bytesMax: stepBytes,
          seed: this.#seed,
          buffer: this.#buffer,
        })
        if (batches.headers.length === 0) throw corrupt(this.#partition, place, file.path)
        for (const header of batches.headers) {
          if (visit(header, batches.buffer, header.position - batches.start)) return
        }
        place = batches.next
      }
    } finally {
      await file.close()
    }
  }

  #outOfRange(offset: number, first: number, next: number): HindcastError {
    const where = { uri: this.#folder, partition: this.#partition, offset }
    if (offset < first) {
      return new HindcastError(
        'offset-out-of-range',
        `offsets ${offset}…${first - 1} are no longer held: the log begins at ${first}`,
        {
          where,
          advice: `Start at ${first}, and accept that what lies before it is lost.`,
        },
      )
    }
    return new HindcastError(
      'offset-out-of-range',
      `offset ${offset} has not been written: the log ends at ${next}`,
      {
        where,
        advice: 'Check that this is the log the position comes from.',
      },
    )
  }
}
