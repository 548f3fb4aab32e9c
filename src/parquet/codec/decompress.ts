/**
 * Decompression of a page.
 *
 * Invariants: exactly the promised bytes come out, or an error; no codec may produce, and none allocates, more than
 * was promised, so that a bomb costs nothing; the promise itself is bounded by `LIMITS.parquetPageBytesMax`.
 * The result may be a view of the kernels' memory, good until the next call of any kernel of this thread.
 */

import * as zlib from 'node:zlib'
import { LIMITS } from '../../limits.ts'
import { corrupt, passed, unsupported } from '../damage.ts'
import type { CodecName } from '../format/metadata.ts'
import { lz4Decompress, snappyDecompress } from './block-kernels.ts'

/** zlib writes into one piece of memory of the promised size, but trusts no promise beyond so many times its input… */
const PROMISE_RATIO = 64
/** … or this many bytes, whichever is more: what is then missing comes in further pieces. */
const PROMISE_BYTES = 1024 * 1024
/** Behind the promised bytes, so that zlib sees that there are no more without another piece. */
const SPARE_BYTES = 64
/** Frames of a page: each costs Node's decoder a start, and writers make one. */
const ZSTD_FRAMES_MAX = 4096
const LZ4_FRAME_MAGIC = 0x184d2204

/**
 * Decompresses `input` to exactly `size` bytes. Raises `file-corrupt` where it does not hold them, `limit-passed` where
 * `size` is beyond `LIMITS.parquetPageBytesMax`, `unsupported` for LZO.
 */
export function decompress(codec: CodecName, input: Uint8Array, size: number): Uint8Array {
  if (size > LIMITS.parquetPageBytesMax)
    throw passed(`a page of ${size} bytes is larger than ${LIMITS.parquetPageBytesMax} (parquetPageBytesMax)`)
  if (!(size >= 0)) throw corrupt(`a page cannot have ${size} bytes`)
  // Some writers leave pages of nulls without any compressed bytes.
  if (size === 0 && input.length === 0) return input
  switch (codec) {
    case 'UNCOMPRESSED':
      return expectSize(codec, input, size)
    case 'SNAPPY':
      return snappyDecompress(input, size)
    case 'LZ4_RAW':
      return lz4Decompress(input, size)
    case 'LZ4':
      return decompressOldLz4(input, size)
    case 'GZIP':
      // Like other readers, this takes zlib's own format too, which some writers put under the name of gzip.
      return inflate(codec, size, () => zlib.unzipSync(input, inflateOptions(input, size)))
    case 'BROTLI':
      return inflate(codec, size, () => zlib.brotliDecompressSync(input, inflateOptions(input, size)))
    case 'ZSTD':
      return decompressZstd(input, size)
    case 'LZO':
      throw unsupported('the codec LZO is not read', 'Write the file anew with Snappy or zstd.')
  }
}

/**
 * Codec LZ4 is deprecated since it was never said what it means: parquet-cpp wrote LZ4 frames, then bare blocks; the
 * others write Hadoop's framing. Each is told by what it looks like, the bare block by being nothing else.
 */
function decompressOldLz4(input: Uint8Array, size: number): Uint8Array {
  if (input.length >= 4 && littleEndian32(input) === LZ4_FRAME_MAGIC)
    return lz4Decompress(input, size, 'frames')
  try {
    return lz4Decompress(input, size, 'hadoop')
  } catch {
    return lz4Decompress(input, size)
  }
}

/** One frame or several: Node's decoder stops after the first and says how much it read. */
function decompressZstd(input: Uint8Array, size: number): Uint8Array {
  const pieces: Uint8Array[] = []
  let at = 0
  let length = 0
  while (at < input.length) {
    if (pieces.length === ZSTD_FRAMES_MAX) throw passed(`a page has more than ${ZSTD_FRAMES_MAX} ZSTD frames`)
    const rest = input.subarray(at)
    const { piece, read } = zstdFrame(rest, size - length)
    pieces.push(piece)
    length += piece.length
    at += read
  }
  return expectSize('ZSTD', pieces.length === 1 ? pieces[0]! : joined(pieces, length), size)
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const output = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    output.set(piece, at)
    at += piece.length
  }
  return output
}

function zstdFrame(input: Uint8Array, size: number): { readonly piece: Uint8Array; readonly read: number } {
  let read = 0
  const piece = inflate('ZSTD', null, () => {
    // `info` is documented; its type is not declared.
    const { buffer, engine } = zlib.zstdDecompressSync(input, {
      ...inflateOptions(input, size),
      info: true,
    }) as unknown as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } }
    read = engine.bytesWritten
    return buffer
  })
  if (read === 0) throw corrupt('the ZSTD data of a page hold no frame where one is expected')
  return { piece, read }
}

function inflateOptions(input: Uint8Array, size: number): { chunkSize: number; maxOutputLength: number } {
  const trusted = Math.min(size, Math.max(PROMISE_BYTES, PROMISE_RATIO * input.length))
  return { chunkSize: trusted + SPARE_BYTES, maxOutputLength: Math.max(1, size) }
}

/** Runs a decoder of node:zlib; `size` null leaves the look at the size to the caller. */
function inflate(codec: CodecName, size: number | null, decode: () => Uint8Array): Uint8Array {
  let output: Uint8Array
  try {
    // No Buffer: its `slice` means something else, and hot loops would be compiled for two kinds of arrays.
    const { buffer, byteOffset, byteLength } = decode()
    output = new Uint8Array(buffer, byteOffset, byteLength)
  } catch (thrown) {
    throw corrupt(`the ${codec} data of a page do not decompress: ${reasonOf(thrown)}`)
  }
  return size === null ? output : expectSize(codec, output, size)
}

function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  if ('code' in thrown && thrown.code === 'ERR_BUFFER_TOO_LARGE')
    return 'they hold more than the page header says'
  return thrown.message
}

function expectSize(codec: CodecName, output: Uint8Array, size: number): Uint8Array {
  if (output.length !== size)
    throw corrupt(`the ${codec} data of a page have ${output.length} bytes where its header says ${size}`)
  return output
}

function littleEndian32(bytes: Uint8Array): number {
  return (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0
}
