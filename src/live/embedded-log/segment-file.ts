/**
 * Reading a segment: single ranges, and the walk over its batches. A segment may be growing while it is read, so
 * its size is asked for each time, and what lies past it does not exist yet.
 */

import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { wrapError } from '../../errors.ts'
import {
  type BatchHeader,
  checkBatch,
  findMagic,
  HEADER_BYTES,
  readAnyHeader,
  readHeader,
} from './batch-format.ts'
import { segmentName } from './meta.ts'

/** Headers are read in steps of this size: small batches come many at once, large ones are skipped over. */
const STEP_BYTES = 64 * 1024

export class SegmentFile {
  readonly base: number
  readonly path: string
  readonly #handle: FileHandle

  private constructor(base: number, path: string, handle: FileHandle) {
    this.base = base
    this.path = path
    this.#handle = handle
  }

  /** Opens the segment that starts at offset `base`; null where there is none. */
  static async open(folder: string, base: number): Promise<SegmentFile | null> {
    const path = join(folder, segmentName(base))
    try {
      return new SegmentFile(base, path, await open(path, 'r'))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw wrapError(error, 'file-unreadable', 'cannot open a segment', { where: { uri: path } })
    }
  }

  /** Size in bytes, a stamp that changes with every write, and whether the segment was trimmed away. */
  async state(): Promise<{ readonly size: number; readonly stamp: string; readonly deleted: boolean }> {
    try {
      const { size, mtimeMs, nlink } = await this.#handle.stat()
      return { size, stamp: `${size} ${mtimeMs}`, deleted: nlink === 0 }
    } catch (error) {
      throw wrapError(error, 'io-failed', 'cannot read the size of a segment', { where: { uri: this.path } })
    }
  }

  /** Fills `target` from `position`; returns how many bytes there were. */
  async read(target: Buffer, position: number): Promise<number> {
    let filled = 0
    try {
      while (filled < target.length) {
        const { bytesRead } = await this.#handle.read(
          target,
          filled,
          target.length - filled,
          position + filled,
        )
        if (bytesRead === 0) break
        filled += bytesRead
      }
    } catch (error) {
      throw wrapError(error, 'io-failed', 'cannot read a segment', { where: { uri: this.path } })
    }
    return filled
  }

  /**
   * Goes from header to header, beginning at `from`, as long as whole headers follow one another and their batches
   * end within `size`. `visit` ends the walk by returning false. Resolves to the
   * place after the last batch visited. CRCs are not looked at.
   */
  async walk(from: LogPlace, size: number, visit: (header: BatchHeader) => boolean): Promise<LogPlace> {
    let { position, offset } = from
    const step = Buffer.allocUnsafe(Math.max(0, Math.min(STEP_BYTES, size - position)))
    while (position + HEADER_BYTES <= size) {
      const start = position
      const bytes = step.subarray(
        0,
        await this.read(step.subarray(0, Math.min(step.length, size - start)), start),
      )
      while (position - start + HEADER_BYTES <= bytes.length) {
        const header = readHeader(bytes, position - start, position, offset)
        if (header === null || position + header.length > size || !visit(header)) return { position, offset }
        position += header.length
        offset += header.count
      }
      if (position === start) break
    }
    return { position, offset }
  }

  /**
   * Reads the batches that follow one another from `from` on and checks each: as many as fit into `bytesMax` (or a
   * step, if that is more), but one at least. `buffer` is used if it is large enough.
   */
  async readWhole(
    from: LogPlace,
    size: number,
    request: { bytesMax: number; seed: number; buffer: Buffer },
  ): Promise<WholeBatches> {
    let { buffer } = request
    const wanted = Math.max(0, Math.min(Math.max(request.bytesMax, STEP_BYTES), size - from.position))
    if (buffer.length < wanted) buffer = Buffer.allocUnsafeSlow(wanted)
    let filled = await this.read(buffer.subarray(0, wanted), from.position)
    const first = readHeader(buffer.subarray(0, filled), 0, from.position, from.offset)
    if (first !== null && first.length > filled && from.position + first.length <= size) {
      if (buffer.length < first.length) buffer = Buffer.allocUnsafeSlow(first.length)
      filled = await this.read(buffer.subarray(0, first.length), from.position)
    }
    const bytes = buffer.subarray(0, filled)
    const headers: BatchHeader[] = []
    let { position, offset } = from
    for (let at = 0; ; at = position - from.position) {
      const header = readHeader(bytes, at, position, offset)
      if (header === null || at + header.length > filled || !checkBatch(bytes, at, header, request.seed))
        break
      headers.push(header)
      position += header.length
      offset += header.count
    }
    return { buffer, headers, start: from.position, next: { position, offset } }
  }

  /** Whether the whole batch is there, unchanged. */
  async check(header: BatchHeader, seed: number): Promise<boolean> {
    const bytes = Buffer.allocUnsafe(header.length)
    return (await this.read(bytes, header.position)) === header.length && checkBatch(bytes, 0, header, seed)
  }

  /**
   * The first whole batch of offset `offset` or later that lies past `position`, wherever it starts: the proof that
   * what is at `position` is damage and not a torn tail. Null where there is none.
   */
  async findWhole(position: number, offset: number, seed: number): Promise<BatchHeader | null> {
    const { size } = await this.state()
    const bytes = Buffer.allocUnsafe(Math.max(0, size - position))
    const there = bytes.subarray(0, await this.read(bytes, position))
    for (let at = findMagic(there, 1); at !== -1; at = findMagic(there, at + 1)) {
      const header = readAnyHeader(there, at, position + at)
      if (header !== null && header.base >= offset && checkBatch(there, at, header, seed)) return header
    }
    return null
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}

/** Where a batch lies or will lie in a segment, and the offset of its first record. */
export interface LogPlace {
  readonly position: number
  readonly offset: number
}

/** Checked batches; batch i lies at `buffer[headers[i].position - start …)`. */
export interface WholeBatches {
  readonly buffer: Buffer
  readonly headers: readonly BatchHeader[]
  readonly start: number
  readonly next: LogPlace
}
