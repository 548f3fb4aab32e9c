/**
 * The two forms that snappy data have in Kafka: one raw block (librdkafka), or blocks in the framing of Java's
 * snappy-java, which is not the framing of google/snappy. Source: xerial/snappy-java, `SnappyOutputStream.java`.
 *
 *     framed := header { length i32 (big-endian) block }        a header may come again where streams were joined
 *     header := 82 "SNAPPY" 00  version i32  compatibleVersion i32
 *     block  := size uvarint (of the output)  …
 */

import { batchDamage, passed } from './damage.ts'

const MAGIC = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00)
const HEADER_BYTES = 16
/** Blocks of a batch: of the least size that snappy-java makes (1 KiB), so many fill the largest batch. */
const CHUNKS_MAX = 65_536
/** Three bytes become 64 at most. */
const RATIO_MAX = 22

/** A block [start, end) and the size that it says it has. */
export interface SnappyChunk {
  readonly start: number
  readonly end: number
  readonly size: number
}

/**
 * The blocks in their order. Raises `reply-invalid` where the framing does not hold or a size cannot be, and
 * `limit-passed` beyond CHUNKS_MAX.
 */
export function snappyChunks(input: Uint8Array): SnappyChunk[] {
  if (!isHeader(input, 0)) return [chunkOf(input, 0, input.length)]
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  const chunks: SnappyChunk[] = []
  let at = HEADER_BYTES
  while (at < input.length) {
    if (isHeader(input, at)) {
      at += HEADER_BYTES
      continue
    }
    if (input.length - at < 4) throw bad('end within the length of a block')
    const start = at + 4
    const length = view.getInt32(at)
    if (length < 0 || length > input.length - start) throw bad('have a block longer than what is left')
    at = start + length
    if (chunks.length === CHUNKS_MAX) throw passed(`a record batch has more than ${CHUNKS_MAX} snappy blocks`)
    chunks.push(chunkOf(input, start, at))
  }
  return chunks
}

function isHeader(input: Uint8Array, at: number): boolean {
  return input.length - at >= HEADER_BYTES && MAGIC.every((byte, i) => input[at + i] === byte)
}

function chunkOf(input: Uint8Array, start: number, end: number): SnappyChunk {
  let size = 0
  for (let i = 0; i < 5 && start + i < end; i++) {
    const byte = input[start + i]
    size += (byte & 0x7f) * 2 ** (7 * i)
    if (byte >= 0x80) continue
    if (size > RATIO_MAX * (end - start)) throw bad(`have ${end - start} bytes that cannot hold ${size}`)
    return { start, end, size }
  }
  throw bad('have a block without a size')
}

function bad(what: string): Error {
  return batchDamage(`the snappy data of a record batch ${what}`)
}
