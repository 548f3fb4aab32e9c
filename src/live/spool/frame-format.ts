/**
 * The frames of a spool: what fetches brought of one partition, as they brought it, so that whoever reads the copy
 * decodes what the topic would have given: the same rows, holes, aborted transactions and epochs. Big-endian, as the
 * record batches are:
 *
 *     segment := frame …               frames follow one another without a gap of offsets
 *     frame   := head  aborted × (producerId i64  firstOffset i64)  record batches
 *     head    :=  0 magic u32          "HSPL"
 *                 4 crc u32            CRC32C of [8 … length)
 *                 8 length u32         of the whole frame
 *                12 version u8         1
 *                13 kind u8            1 records, 2 the end: what follows is read of the topic
 *                14 reserved u16       0
 *                16 partition i32
 *                20 leaderEpoch i32    of the last batch (of an end: of the one before); −1: not known
 *                24 offset i64         that was asked for: the first batch may begin before it
 *                32 offsetNext i64     behind the last batch; of an end: the same as offset
 *                40 aborted i32        how many follow; −1: the broker leaves none out
 *
 * Pure. Invariant: no count or length is believed before it was held against what there is.
 */

import { assert, HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { crc32c } from '../crc32c.ts'
import type { RawRecords } from '../source.ts'

export const FRAME_HEAD_BYTES = 44

const MAGIC = 0x4853504c
const VERSION = 1
const KIND_RECORDS = 1
const KIND_END = 2
const CRC_FROM = 8
const ABORTED_BYTES = 16

/** What stands in the head of a frame. Only what was read by `readFrame` has been checked. */
export interface FrameHead {
  /** Bytes of the whole frame. */
  readonly length: number
  readonly isEnd: boolean
  readonly offset: number
  readonly offsetNext: number
  readonly leaderEpoch: number
}

/** A frame; its records are a view of the bytes it was read from. */
export interface SpoolFrame extends RawRecords {
  /** Copying ended here. */
  readonly isEnd: boolean
}

/** Bytes that a frame of these records takes. */
export function frameLength({ aborted, records }: Pick<RawRecords, 'aborted' | 'records'>): number {
  return FRAME_HEAD_BYTES + ABORTED_BYTES * (aborted?.length ?? 0) + records.length
}

/** Writes a frame of records to the beginning of `target`; returns its length. */
export function writeRecordsFrame(raw: RawRecords, partition: number, target: Uint8Array): number {
  const { aborted, records, offset, offsetNext } = raw
  assert(offset < offsetNext, `a frame of offsets [${offset}, ${offsetNext}) holds nothing`)
  const view = viewOf(target)
  let at = FRAME_HEAD_BYTES
  for (const { producerId, firstOffset } of aborted ?? []) {
    putInt64(view, at, producerId)
    putInt64(view, at + 8, firstOffset)
    at += ABORTED_BYTES
  }
  target.set(records, at)
  return seal(target, { ...raw, partition, kind: KIND_RECORDS, abortedCount: aborted?.length ?? -1 })
}

/** The end of a copy: `offset` is where the topic itself is to be read from. */
export function endFrame(partition: number, offset: number, leaderEpoch: number): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEAD_BYTES)
  const records = bytes.subarray(0, 0)
  const nothing = { offset, offsetNext: offset, leaderEpoch, aborted: null, records }
  seal(bytes, { ...nothing, partition, kind: KIND_END, abortedCount: -1 })
  return bytes
}

interface Sealed extends RawRecords {
  readonly partition: number
  readonly kind: number
  readonly abortedCount: number
}

function seal(target: Uint8Array, frame: Sealed): number {
  const length = frameLength(frame)
  assert(length <= LIMITS.spoolFrameBytesMax, `a frame of ${length} bytes is longer than any fetch`)
  const view = viewOf(target)
  view.setUint32(0, MAGIC)
  view.setUint32(8, length)
  view.setUint8(12, VERSION)
  view.setUint8(13, frame.kind)
  view.setUint16(14, 0)
  view.setInt32(16, frame.partition)
  view.setInt32(20, frame.leaderEpoch)
  putInt64(view, 24, frame.offset)
  putInt64(view, 32, frame.offsetNext)
  view.setInt32(40, frame.abortedCount)
  view.setUint32(4, crc32c(target, CRC_FROM, length))
  return length
}

/**
 * The head at the beginning of `bytes`, for whoever looks how far a frame reaches. Raises `output-corrupt` where no frame
 * begins there.
 */
export function readFrameHead(bytes: Uint8Array): FrameHead {
  assert(bytes.length >= FRAME_HEAD_BYTES, 'a head is read whole')
  const view = viewOf(bytes)
  if (view.getUint32(0) !== MAGIC) throw frameDamage('no frame begins here')
  const length = view.getUint32(8)
  if (length < FRAME_HEAD_BYTES || length > LIMITS.spoolFrameBytesMax)
    throw frameDamage(`a frame cannot be ${length} bytes long`)
  return {
    length,
    isEnd: view.getUint8(13) === KIND_END,
    offset: getInt64(view, 24),
    offsetNext: getInt64(view, 32),
    leaderEpoch: view.getInt32(20),
  }
}

/** The frame that `bytes` are, from end to end. Raises `output-corrupt` where they are not one of this partition. */
export function readFrame(bytes: Uint8Array, partition: number): SpoolFrame {
  const { length, isEnd, offset, offsetNext, leaderEpoch } = readFrameHead(bytes)
  if (length !== bytes.length) throw frameDamage(`a frame of ${length} bytes is cut at ${bytes.length}`)
  const view = viewOf(bytes)
  if (crc32c(bytes, CRC_FROM, length) !== view.getUint32(4))
    throw frameDamage('a frame does not match its CRC32C: it was changed after it was written')
  const [version, kind] = [view.getUint8(12), view.getUint8(13)]
  if (version !== VERSION || (kind !== KIND_RECORDS && kind !== KIND_END))
    throw frameDamage(`a frame of version ${version}, kind ${kind}, is not one of this Hindcast`)
  if (view.getInt32(16) !== partition)
    throw frameDamage(`a frame is of partition ${view.getInt32(16)}, not of ${partition}`)
  const isInOrder = isEnd ? offset === offsetNext : offset < offsetNext
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(offsetNext) || offset < 0 || !isInOrder)
    throw frameDamage(`a frame cannot hold offsets [${offset}, ${offsetNext})`)
  const count = view.getInt32(40)
  if (count < -1 || Math.max(0, count) * ABORTED_BYTES > length - FRAME_HEAD_BYTES)
    throw frameDamage(`a frame of ${length} bytes cannot list ${count} aborted transactions`)
  const from = FRAME_HEAD_BYTES + Math.max(0, count) * ABORTED_BYTES
  const aborted = count < 0 ? null : abortedOf(view, count)
  return { isEnd, offset, offsetNext, leaderEpoch, aborted, records: bytes.subarray(from) }
}

function abortedOf(view: DataView, count: number): NonNullable<RawRecords['aborted']> {
  return Array.from({ length: count }, (_, i) => {
    const at = FRAME_HEAD_BYTES + i * ABORTED_BYTES
    return { producerId: getInt64(view, at), firstOffset: getInt64(view, at + 8) }
  })
}

/** Bytes of a spool that are not what was written; the place is added by those who know it. */
export function frameDamage(message: string): HindcastError {
  return new HindcastError('output-corrupt', message, {
    advice:
      'The copy of the topic cannot be read further: run the plan again into a new directory while the topic still holds what it begins with.',
  })
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function putInt64(view: DataView, at: number, value: number): void {
  view.setInt32(at, Math.floor(value / 2 ** 32))
  view.setUint32(at + 4, value >>> 0)
}

function getInt64(view: DataView, at: number): number {
  return view.getInt32(at) * 2 ** 32 + view.getUint32(at + 4)
}
