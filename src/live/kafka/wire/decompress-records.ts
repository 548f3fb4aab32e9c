/**
 * Decompression of the records of a batch.
 *
 * Invariants: no codec gives, and none makes room for, more than `LIMITS.kafkaRecordsBytesMax` bytes, so that a bomb costs
 * no more than a batch may; no size that the bytes say is believed beyond what so many bytes can hold. The result may
 * be a view of memory that the next call of any codec of this thread uses again.
 */

import * as zlib from 'node:zlib'
import { HindcastError } from '../../../errors.ts'
import { LIMITS } from '../../../limits.ts'
import { lz4FramesUpTo, snappyDecompress } from '../../../parquet/index.ts'
import { batchDamage, passed } from './damage.ts'
import { lz4SizeMax } from './lz4-frame.ts'
import { snappyChunks } from './snappy-chunks.ts'

/** Names of the codecs by their numbers in a batch's attributes. */
export const CODEC_NAMES = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

/** Pieces of zlib's output: as long as usual records make it, so that one is enough. */
const PIECE_RATIO = 8
const PIECE_BYTES_MIN = 16 * 1024
const PIECE_BYTES_MAX = 1024 * 1024
/** Frames of a batch: each costs Node's decoder a start, and producers make one. */
const ZSTD_FRAMES_MAX = 64

/**
 * Decompresses all of `input`. Raises `limit-passed` where it holds more than `LIMITS.kafkaRecordsBytesMax`, `unsupported`
 * for a codec that is not known, else `reply-invalid`.
 */
export function decompressRecords(codec: number, input: Uint8Array): Uint8Array {
  switch (codec) {
    case 0:
      return input
    case 1:
      return gunzip(input)
    case 2:
      return unsnappy(input)
    case 3:
      return unlz4(input)
    case 4:
      return unzstd(input)
    default:
      throw new HindcastError('unsupported', `records compressed by codec ${codec} are not read`, {
        advice: `Set \`compression.type\` of the topic to one of ${CODEC_NAMES.join(', ')}.`,
      })
  }
}

function gunzip(input: Uint8Array): Uint8Array {
  return byZlib('gzip', () => zlib.gunzipSync(input, outputOptions(input, LIMITS.kafkaRecordsBytesMax)))
}

function unsnappy(input: Uint8Array): Uint8Array {
  const chunks = snappyChunks(input)
  const size = chunks.reduce((sum, chunk) => sum + chunk.size, 0)
  if (size > LIMITS.kafkaRecordsBytesMax) throw tooLarge('snappy')
  return byKernel('snappy', () => {
    const decoded = chunks.map(({ start, end, size }) => ({ block: input.subarray(start, end), size }))
    if (decoded.length === 1) return snappyDecompress(decoded[0].block, decoded[0].size)
    const output = new Uint8Array(size)
    let at = 0
    for (const { block, size } of decoded) {
      output.set(snappyDecompress(block, size), at)
      at += size
    }
    return output
  })
}

function unlz4(input: Uint8Array): Uint8Array {
  const sizeMax = lz4SizeMax(input)
  const output = byKernel('lz4', () => lz4FramesUpTo(input, Math.min(sizeMax, LIMITS.kafkaRecordsBytesMax)))
  if (output !== null) return output
  if (sizeMax > LIMITS.kafkaRecordsBytesMax) throw tooLarge('lz4')
  throw batchDamage('the lz4 data of a record batch hold more than the sizes of their blocks allow')
}

/** One frame or several: Node's decoder stops after the first and says how much it read. */
function unzstd(input: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = []
  let at = 0
  let length = 0
  while (at < input.length || pieces.length === 0) {
    if (pieces.length === ZSTD_FRAMES_MAX)
      throw passed(`a record batch has more than ${ZSTD_FRAMES_MAX} zstd frames`)
    const rest = input.subarray(at)
    let read = 0
    const piece = byZlib('zstd', () => {
      // `info` is documented; its type is not declared.
      const { buffer, engine } = zlib.zstdDecompressSync(rest, {
        ...outputOptions(rest, LIMITS.kafkaRecordsBytesMax - length),
        info: true,
      }) as unknown as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } }
      read = engine.bytesWritten
      return buffer
    })
    if (read === 0) throw batchDamage('the zstd data of a record batch hold no frame where one is expected')
    pieces.push(piece)
    length += piece.length
    at += read
  }
  if (pieces.length === 1) return pieces[0]
  return new Uint8Array(Buffer.concat(pieces, length))
}

function outputOptions(
  input: Uint8Array,
  maxOutputLength: number,
): { chunkSize: number; maxOutputLength: number } {
  const usual = Math.min(PIECE_BYTES_MAX, PIECE_RATIO * input.length)
  return { chunkSize: Math.max(PIECE_BYTES_MIN, usual), maxOutputLength: Math.max(1, maxOutputLength) }
}

function byZlib(codec: string, decode: () => Buffer): Uint8Array {
  try {
    // No Buffer, so that hot loops meet one kind of array.
    const { buffer, byteOffset, byteLength } = decode()
    return new Uint8Array(buffer, byteOffset, byteLength)
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown
    if ('code' in thrown && thrown.code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(codec)
    throw damaged(codec, thrown)
  }
}

/** What the kernels say is about pages of Parquet files; here it is about a batch. */
function byKernel<Output>(codec: string, decode: () => Output): Output {
  try {
    return decode()
  } catch (thrown) {
    throw thrown instanceof HindcastError && thrown.code === 'file-corrupt' ? damaged(codec, thrown) : thrown
  }
}

function damaged(codec: string, cause: Error): HindcastError {
  return batchDamage(`the ${codec} data of a record batch do not decompress: ${cause.message}`)
}

function tooLarge(codec: string): HindcastError {
  return passed(
    `the ${codec} data of a record batch hold more than ${LIMITS.kafkaRecordsBytesMax} bytes (kafkaRecordsBytesMax)`,
  )
}
