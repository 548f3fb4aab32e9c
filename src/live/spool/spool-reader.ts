/**
 * Reads the spool of one partition by position, while it is being written or after: frames → what the topic would have
 * given, through the same decoder.
 *
 *     00…1200.spool        00…58000.spool         (no file yet)
 *     [frame][frame][fra…] [frame][frame][fr ─ ─ ─► not whole yet: waits, or the end: read the topic from here
 *            ▲ offset
 *
 * The files are all that it shares with the writer, which may be another thread. A frame that is not whole is not there
 * yet; but where another segment follows, the one before is whole, or damaged.
 */

import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { HindcastError, located, wrapError } from '../../errors.ts'
import { FetchedRecords, type RecordDecoder } from '../kafka/wire/index.ts'
import { emptyRecords, type RecordBatch } from '../source.ts'
import {
  damageAt,
  type FrameMemory,
  frameAt,
  headAt,
  type SegmentFile,
  segmentSize,
} from './segment-bytes.ts'
import { listSegments, partitionFolder, segmentPath } from './spool-files.ts'

/** How often it is looked whether the writer has come further, ms. */
const POLL_MS = 20

export interface SpoolPlace {
  /** Of the stream. */
  readonly folder: string
  readonly topic: string
  readonly partition: number
}

/** What a read gives. */
export type SpoolRead =
  | { readonly kind: 'records'; readonly batch: RecordBatch }
  /** The offset is before what was copied, or at its end: to be read of the topic. */
  | { readonly kind: 'elsewhere' }

export interface SpoolRequest {
  readonly offset: number
  readonly bytesMax: number
  readonly waitMs: number
  readonly signal?: AbortSignal
}

/** Where the next frame begins. */
interface Cursor {
  readonly file: SegmentFile
  readonly base: number
  position: number
  /** First offset of that frame. */
  offset: number
}

export class SpoolReader {
  readonly #place: SpoolPlace
  readonly #folder: string
  readonly #decoder: RecordDecoder
  readonly #memory: FrameMemory = { bytes: new Uint8Array(0) }
  #cursor: Cursor | null = null
  /** The frame that is being handed out; it lies in `#memory`. */
  #frame: FetchedRecords | null = null
  /** From here on the topic is read; null: not known yet. */
  #endsAt: number | null = null

  /** `decoder`: may serve others too, between two reads. */
  constructor(place: SpoolPlace, decoder: RecordDecoder) {
    this.#place = place
    this.#folder = partitionFolder(place.folder, place.partition)
    this.#decoder = decoder
  }

  /** First offset that was copied and is still there. Raises `output-corrupt` where there is no spool. */
  first(): number {
    const [first] = listSegments(this.#folder)
    if (first === undefined) throw missing(this.#folder, this.#place.partition)
    return first
  }

  /**
   * Records from `offset` on, at most about `bytesMax`; waits up to `waitMs` for what is being copied, and then gives
   * none. The end of the partition is never shown: only the topic itself knows it. Raises `output-corrupt` for what is
   * damaged, with file and position, and what the decoder raises.
   */
  async read({ offset, bytesMax, waitMs, signal }: SpoolRequest): Promise<SpoolRead> {
    if (this.#endsAt !== null && offset >= this.#endsAt) return { kind: 'elsewhere' }
    const until = performance.now() + waitMs
    for (;;) {
      const frame = this.#frame
      if (frame !== null && frame.offsetNext === offset && !frame.isDone) return this.#hand(frame, bytesMax)
      if (this.#cursor?.offset !== offset || frame?.isDone === false) {
        if (!(await this.#seek(offset))) return { kind: 'elsewhere' }
      }
      const step = await this.#step(offset)
      if (step === 'end') return { kind: 'elsewhere' }
      if (step === 'moved') continue
      const leftMs = until - performance.now()
      if (leftMs <= 0 || signal?.aborted === true) {
        const nothing = emptyRecords(this.#place.partition, offset, Number.POSITIVE_INFINITY)
        return { kind: 'records', batch: nothing }
      }
      await pause(Math.min(POLL_MS, leftMs), undefined, signal === undefined ? {} : { signal }).catch(
        () => {},
      )
    }
  }

  async close(): Promise<void> {
    await this.#leave()
  }

  #hand(frame: FetchedRecords, bytesMax: number): SpoolRead {
    const cursor = this.#cursor!
    let batch: RecordBatch
    try {
      batch = this.#decoder.decode(frame, bytesMax)
    } catch (error) {
      throw located(error, { uri: cursor.file.path })
    }
    if (frame.isDone && frame.offsetNext !== cursor.offset)
      throw this.#damage(`records up to ${frame.offsetNext - 1} lie where ${cursor.offset - 1} is the last`)
    return { kind: 'records', batch: { ...batch, endOffset: Number.POSITIVE_INFINITY } }
  }

  /** Opens the next frame, or the next segment; `nothing`: neither is there yet. `offset`: where reading is to go on. */
  async #step(offset: number): Promise<'moved' | 'end' | 'nothing'> {
    const cursor = this.#cursor!
    const { partition, topic } = this.#place
    const found = await frameAt(cursor.file, cursor.position, partition, this.#memory)
    if (found === null) return this.#nextSegment(cursor)
    const { frame, length } = found
    if (frame.offset !== cursor.offset)
      throw this.#damage(`a frame from offset ${frame.offset} on lies where ${cursor.offset} is next`)
    if (frame.isEnd) {
      this.#endsAt = frame.offset
      return 'end'
    }
    const { records, aborted } = frame
    const endOffset = Number.POSITIVE_INFINITY
    // What the frame has before `offset` is passed over, as it would be of a fetch.
    this.#frame = new FetchedRecords({ topic, partition, offset, records, aborted, endOffset })
    if (this.#frame.isDone) throw this.#damage('a frame has no whole batch')
    cursor.position += length
    cursor.offset = frame.offsetNext
    return 'moved'
  }

  /** The writer begins a segment once the one before is whole. */
  async #nextSegment({ file, base, position, offset }: Cursor): Promise<'moved' | 'nothing'> {
    const next = listSegments(this.#folder).find(each => each > base)
    if (next === undefined) return 'nothing'
    if ((await frameAt(file, position, this.#place.partition, this.#memory)) !== null) return 'moved'
    if ((await segmentSize(file)) !== position) throw this.#damage('a segment ends within a frame')
    if (next !== offset) throw this.#damage(`a segment is missing: the next one begins at offset ${next}`)
    await this.#enter(next)
    return 'moved'
  }

  /** Goes to the frame that has the offset, or will have it; false: the spool begins behind it, or ends before it. */
  async #seek(offset: number): Promise<boolean> {
    this.#frame = null
    const base = listSegments(this.#folder).findLast(each => each <= offset)
    if (base === undefined) {
      this.first()
      return false
    }
    await this.#enter(base)
    const cursor = this.#cursor!
    for (;;) {
      const head = await headAt(cursor.file, cursor.position)
      if (head === null) break
      if (head.isEnd || head.offsetNext > offset) {
        cursor.offset = head.offset
        return true
      }
      cursor.position += head.length
      cursor.offset = head.offsetNext
    }
    return true
  }

  async #enter(base: number): Promise<void> {
    await this.#leave()
    const path = segmentPath(this.#folder, base)
    let handle: FileHandle
    try {
      handle = await open(path, 'r')
    } catch (error) {
      throw wrapError(error, 'file-unreadable', 'cannot open a segment of a spool', { where: { uri: path } })
    }
    this.#cursor = { file: { handle, path }, base, position: 0, offset: base }
  }

  async #leave(): Promise<void> {
    await this.#cursor?.file.handle.close()
    this.#cursor = null
  }

  #damage(message: string): HindcastError {
    const { file, position, offset } = this.#cursor!
    const { partition } = this.#place
    return located(damageAt(message, file.path, position), { partition, offset }) as HindcastError
  }
}

function missing(folder: string, partition: number): HindcastError {
  return new HindcastError('output-corrupt', `the spool of partition ${partition} is missing`, {
    where: { uri: folder, partition },
    advice: 'Put it back, or run the plan again into a new directory.',
  })
}
