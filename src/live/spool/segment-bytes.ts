/**
 * Bytes of one segment of a spool: its size, a range of it, and the frame at a position. A segment may grow while it is
 * read: what lies past its size does not exist yet.
 */

import type { FileHandle } from 'node:fs/promises'
import { HindcastError, wrapError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import {
  FRAME_HEAD_BYTES,
  type FrameHead,
  frameDamage,
  readFrame,
  readFrameHead,
  type SpoolFrame,
} from './frame-format.ts'

export interface SegmentFile {
  readonly handle: FileHandle
  readonly path: string
}

/** Memory for one frame after the other. */
export interface FrameMemory {
  bytes: Uint8Array
}

/** Sizes are rounded up to this: fetches of many partitions are small, and each has its own memory. */
const STEP_BYTES = 16 * 1024

/** Makes it long enough for a frame; what one very long batch needed is not kept. What it held is lost. */
export function makeRoom(memory: FrameMemory, length: number): void {
  const rounded = Math.ceil(length / STEP_BYTES) * STEP_BYTES
  const kept = Math.max(4 * rounded, LIMITS.kafkaPartitionFetchBytes + STEP_BYTES)
  if (memory.bytes.length < length || memory.bytes.length > kept) memory.bytes = new Uint8Array(rounded)
}

export async function segmentSize({ handle, path }: SegmentFile): Promise<number> {
  try {
    return (await handle.stat()).size
  } catch (error) {
    throw wrapError(error, 'io-failed', 'cannot read the size of a segment', { where: { uri: path } })
  }
}

/** Fills `target` from `position` on; false where there is less. */
async function readRange(
  { handle, path }: SegmentFile,
  target: Uint8Array,
  position: number,
): Promise<boolean> {
  try {
    for (let filled = 0; filled < target.length; ) {
      const left = target.length - filled
      const { bytesRead } = await handle.read(target, filled, left, position + filled)
      if (bytesRead === 0) return false
      filled += bytesRead
    }
    return true
  } catch (error) {
    throw wrapError(error, 'io-failed', 'cannot read a segment', { where: { uri: path } })
  }
}

/** The head of the frame at `position`, unchecked; null where it is not there yet. `output-corrupt`: there is none. */
export async function headAt(file: SegmentFile, position: number): Promise<FrameHead | null> {
  const bytes = new Uint8Array(FRAME_HEAD_BYTES)
  if (!(await readRange(file, bytes, position))) return null
  return placed(file, position, () => readFrameHead(bytes))
}

/** The frame at `position`, checked, in `memory`; null where not all of it is there yet. */
export async function frameAt(
  file: SegmentFile,
  position: number,
  partition: number,
  memory: FrameMemory,
): Promise<{ readonly frame: SpoolFrame; readonly length: number } | null> {
  const head = await headAt(file, position)
  if (head === null || position + head.length > (await segmentSize(file))) return null
  makeRoom(memory, head.length)
  const bytes = memory.bytes.subarray(0, head.length)
  if (!(await readRange(file, bytes, position))) return null
  return { frame: placed(file, position, () => readFrame(bytes, partition)), length: head.length }
}

/** Damage names the file and the place in it. */
function placed<Value>({ path }: SegmentFile, position: number, read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    throw error instanceof HindcastError && error.code !== 'bug'
      ? damageAt(error.message, path, position)
      : error
  }
}

/** `output-corrupt` with the file and the place in it. */
export function damageAt(message: string, path: string, position: number): HindcastError {
  const { code, advice } = frameDamage(message)
  return new HindcastError(code, `${message} (at byte ${position})`, { where: { uri: path }, advice })
}
