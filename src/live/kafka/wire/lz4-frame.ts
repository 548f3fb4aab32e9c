/**
 * What an LZ4 frame says of its size, before anything of it is decompressed. Source: lz4/lz4, `lz4_Frame_format.md`.
 * Little-endian:
 *
 *     frame := 0x184D2204 u32  flags u8  blockSize u8  [ contentSize u64 ]  headerChecksum u8  block… end u32 (0)
 *              [ contentChecksum u32 ]
 *     block := length u32 (bit 31: not compressed)  bytes  [ blockChecksum u32 ]
 *     flags := version (01) independent blockChecksum contentSize contentChecksum 0 dictionary
 *
 * Java's producer leaves the content size out, and no checksum of LZ4 is looked at: the batch has its CRC32C.
 */

import { batchDamage } from './damage.ts'

const MAGIC = 0x184d2204
const HEADER_BYTES = 7
/** A byte of a size stands for so many. */
const RATIO_MAX = 255
const FLAG_DICTIONARY = 0x01
const FLAG_CONTENT_CHECKSUM = 0x04
const FLAG_CONTENT_SIZE = 0x08
const FLAG_BLOCK_CHECKSUM = 0x10

/** What the frames hold at most by the sizes of their blocks. Raises `reply-invalid` where they are not whole. */
export function lz4SizeMax(input: Uint8Array): number {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  let sizeMax = 0
  let at = 0
  while (at < input.length) {
    if (input.length - at < HEADER_BYTES || view.getUint32(at, true) !== MAGIC) throw bad()
    const flags = input[at + 4]
    const blockCode = (input[at + 5] >>> 4) & 7
    if (flags >>> 6 !== 1 || (flags & FLAG_DICTIONARY) !== 0 || blockCode < 4) throw bad()
    const blockMax = 65536 << (2 * (blockCode - 4))
    const blockTail = (flags & FLAG_BLOCK_CHECKSUM) !== 0 ? 4 : 0
    at += HEADER_BYTES + ((flags & FLAG_CONTENT_SIZE) !== 0 ? 8 : 0)
    for (;;) {
      if (input.length - at < 4) throw bad()
      const word = view.getUint32(at, true)
      at += 4
      if (word === 0) break
      const length = word & 0x7fffffff
      if (length > blockMax || length > input.length - at) throw bad()
      sizeMax += word >>> 31 === 1 ? length : Math.min(blockMax, RATIO_MAX * length)
      at += length + blockTail
    }
    at += (flags & FLAG_CONTENT_CHECKSUM) !== 0 ? 4 : 0
    if (at > input.length) throw bad()
  }
  return sizeMax
}

function bad(): Error {
  return batchDamage('the lz4 data of a record batch are no whole frame')
}
