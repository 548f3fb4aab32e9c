/**
 * Appends to the spool of one partition.
 *
 *     append ─► frame in memory ─► write ─► fsync every spoolSyncBytes, at the end of a segment, when nothing comes
 *     open   ─► the last segment is gone over; what a dead writer left unfinished is cut off, and copied again
 *     end    ─► a segment of its own that says so: those before it can go once they were read
 *
 * Invariants: frames follow one another without a gap of offsets; a segment is whole and durable before the next one
 * begins. What was cut off is not lost silently: the topic is asked for it again, and says by name what it no longer has.
 * One call at a time, but for `trim`.
 */

import { type FileHandle, open, unlink } from 'node:fs/promises'
import { assert } from '../../errors.ts'
import { syncDirectory, wrapWriteError } from '../../files/index.ts'
import { LIMITS } from '../../limits.ts'
import type { RawRecords } from '../source.ts'
import { endFrame, frameLength, writeRecordsFrame } from './frame-format.ts'
import { type FrameMemory, makeRoom, segmentSize } from './segment-bytes.ts'
import { listSegments, makeFolder, partitionFolder, segmentPath } from './spool-files.ts'
import { type SegmentEnd, wholeFrames } from './whole-frames.ts'

export interface SpoolStart {
  /** Where the copy begins, if nothing was copied yet. */
  readonly offset: number
  /** Epoch of the leader that wrote the record before it; −1: not known. */
  readonly leaderEpoch: number
}

export interface WriterOptions {
  /** Of the stream. */
  readonly folder: string
  readonly partition: number
  readonly start: SpoolStart
  /** Size at which segments are closed; that of limits.ts unless a test is in a hurry. */
  readonly segmentBytes?: number
}

export class SpoolWriter {
  readonly partition: number
  /** Bytes of a torn frame that were cut off at opening. */
  readonly cutBytes: number
  readonly #folder: string
  readonly #segmentBytes: number
  /** Sizes of the segments, by first offset, ascending. */
  readonly #sizes: Map<number, number>
  #handle: FileHandle
  #base: number
  #end: SegmentEnd
  #bytes: number
  #unsynced = 0
  readonly #memory: FrameMemory = { bytes: new Uint8Array(0) }

  private constructor(options: WriterOptions, recovered: Recovered) {
    this.partition = options.partition
    this.cutBytes = recovered.cutBytes
    this.#folder = partitionFolder(options.folder, options.partition)
    this.#segmentBytes = options.segmentBytes ?? LIMITS.spoolSegmentBytes
    this.#sizes = recovered.sizes
    this.#handle = recovered.handle
    this.#base = recovered.base
    this.#end = recovered.end
    this.#bytes = [...recovered.sizes.values()].reduce((sum, size) => sum + size, 0)
  }

  /** Goes on where the spool ends, or begins it. Raises `output-corrupt`, `disk-full`, `io-failed`. */
  static async open(options: WriterOptions): Promise<SpoolWriter> {
    const folder = partitionFolder(options.folder, options.partition)
    makeFolder(folder)
    return new SpoolWriter(options, await recover(folder, options))
  }

  /** Offset to copy next. */
  get offsetNext(): number {
    return this.#end.offsetNext
  }

  /** Epoch of the leader that wrote the record before it; −1: not known. */
  get leaderEpoch(): number {
    return this.#end.leaderEpoch
  }

  /** Nothing more is copied: from `offsetNext` on the topic itself is read. */
  get isEnded(): boolean {
    return this.#end.isEnded
  }

  /** Bytes on the disk. */
  get bytes(): number {
    return this.#bytes
  }

  get segments(): number {
    return this.#sizes.size
  }

  /** What follows. It is copied before this returns, and written when the promise resolves; `disk-full`, `io-failed`. */
  append(raw: RawRecords): Promise<void> {
    assert(raw.offset === this.offsetNext && !this.isEnded, 'a spool goes on where it ends')
    const length = frameLength(raw)
    makeRoom(this.#memory, length)
    writeRecordsFrame(raw, this.partition, this.#memory.bytes)
    const { offsetNext, leaderEpoch } = raw
    return this.#write(this.#memory.bytes.subarray(0, length), { offsetNext, leaderEpoch, isEnded: false })
  }

  /** Makes what was appended durable. */
  async sync(): Promise<void> {
    if (this.#unsynced === 0) return
    await this.#guarded(() => this.#handle.datasync())
    this.#unsynced = 0
  }

  /** Says that copying is over, durably. */
  async end(): Promise<void> {
    if (this.isEnded) return
    if (this.#end.position > 0) await this.#roll()
    const { offsetNext, leaderEpoch } = this.#end
    const bytes = endFrame(this.partition, offsetNext, leaderEpoch)
    await this.#write(bytes, { offsetNext, leaderEpoch, isEnded: true })
    await this.sync()
  }

  /** Removes the segments that lie wholly below the offset; resolves to the first offset that is left. */
  async trim(beforeOffset: number): Promise<number> {
    const bases = [...this.#sizes.keys()]
    let first = 0
    for (; first + 1 < bases.length && bases[first + 1]! <= beforeOffset; first++) {
      const base = bases[first]!
      await this.#guarded(() => unlink(segmentPath(this.#folder, base)))
      this.#bytes -= this.#sizes.get(base)!
      this.#sizes.delete(base)
    }
    if (first > 0) await this.#guarded(async () => syncDirectory(this.#folder))
    return bases[first]!
  }

  async close(): Promise<void> {
    try {
      await this.sync()
    } finally {
      await this.#guarded(() => this.#handle.close())
    }
  }

  async #write(bytes: Uint8Array, then: Omit<SegmentEnd, 'position'>): Promise<void> {
    const { length } = bytes
    if (this.#end.position > 0 && this.#end.position + length > this.#segmentBytes) await this.#roll()
    const { position } = this.#end
    await this.#guarded(async () => {
      for (let at = 0; at < length; ) {
        const { bytesWritten } = await this.#handle.write(bytes, at, length - at, position + at)
        at += bytesWritten
      }
    })
    this.#end = { ...then, position: position + length }
    this.#sizes.set(this.#base, position + length)
    this.#bytes += length
    this.#unsynced += length
    if (this.#unsynced >= LIMITS.spoolSyncBytes) await this.sync()
  }

  /** Closes the segment for good and begins the next one. */
  async #roll(): Promise<void> {
    await this.sync()
    const base = this.offsetNext
    const next = await this.#guarded(() => open(segmentPath(this.#folder, base), 'wx+'))
    const old = this.#handle
    this.#handle = next
    this.#base = base
    this.#end = { ...this.#end, position: 0 }
    this.#sizes.set(base, 0)
    await this.#guarded(async () => {
      syncDirectory(this.#folder)
      await old.close()
    })
  }

  async #guarded<Value>(work: () => Promise<Value>): Promise<Value> {
    try {
      return await work()
    } catch (error) {
      throw wrapWriteError(error, segmentPath(this.#folder, this.#base))
    }
  }
}

interface Recovered {
  readonly handle: FileHandle
  readonly base: number
  readonly end: SegmentEnd
  readonly sizes: Map<number, number>
  readonly cutBytes: number
}

/** Finds the end of what is whole; a segment without a frame is as if it had not been begun. */
async function recover(folder: string, { partition, start }: WriterOptions): Promise<Recovered> {
  const bases = listSegments(folder)
  for (;;) {
    const base = bases.at(-1) ?? start.offset
    const path = segmentPath(folder, base)
    let handle: FileHandle
    try {
      handle = await open(path, bases.length === 0 ? 'wx+' : 'r+')
      if (bases.length === 0) syncDirectory(folder)
    } catch (error) {
      throw wrapWriteError(error, path)
    }
    try {
      const end = await wholeFrames({ handle, path, partition }, { ...start, offset: base })
      const cutBytes = (await segmentSize({ handle, path })) - end.position
      if (end.position === 0 && bases.length > 1) {
        await handle.close()
        await unlink(path)
        bases.pop()
        continue
      }
      if (cutBytes > 0) await handle.truncate(end.position)
      const sizes = new Map<number, number>()
      for (const each of bases.slice(0, -1)) sizes.set(each, await sizeAt(segmentPath(folder, each)))
      sizes.set(base, end.position)
      return { handle, base, end, sizes, cutBytes }
    } catch (error) {
      await handle.close().catch(() => undefined)
      throw wrapWriteError(error, path)
    }
  }
}

async function sizeAt(path: string): Promise<number> {
  const handle = await open(path, 'r')
  try {
    return await segmentSize({ handle, path })
  } finally {
    await handle.close()
  }
}
