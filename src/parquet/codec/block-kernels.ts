/**
 * Snappy and LZ4 blocks, in the WebAssembly of assembly/.
 *
 * Invariants: what comes back is a view of the kernels' memory, good until the next call of any kernel of this
 * thread (which may read it in place); input of any bytes gives the right output or `file-corrupt`.
 *
 * Speed of pages of 1 MiB, one core, MB/s of what is not compressed (compress / decompress; hyparquet decompresses
 * the last four at 280–350):
 *
 *                        Snappy           LZ4
 *     doubles         9900 / 15200    7200 / 13500   copies; nothing matches
 *     ids < 10^6       390 /  800      290 /  2000   int64
 *     times            430 /  820      380 /   810   int64, rising
 *     small ints       270 /  680      320 /  1090   int32
 *     PLAIN strings    440 / 1040      350 /  1240
 */

import { LIMITS } from '../../limits.ts'
import { corrupt, passed } from '../damage.ts'
import { kernelMemory, TABLE_POSITION } from './kernel-memory.ts'

/** The output has no room for all: assembly/failure.ts. */
const OUTPUT_PASSED = -3

/** What a kernel's failure means: assembly/failure.ts. */
const FAILURES: ReadonlyMap<number, string> = new Map([
  [-1, 'ends within an element'],
  [-2, 'has a literal longer than what is left of it'],
  [OUTPUT_PASSED, 'holds more bytes than its size says'],
  [-4, 'has a match that begins before the output'],
  [-6, 'is not framed as it claims to be'],
])

/** Three bytes become 64 at most. */
const SNAPPY_RATIO_MAX = 22
/** A byte of a size stands for 255. */
const LZ4_RATIO_MAX = 255

/**
 * Decompresses a Snappy block. `size` is what the page header promises: it must equal the size in the block and the
 * bytes that come out. Raises `file-corrupt`, and `limit-passed` beyond `LIMITS.parquetPageBytesMax`.
 */
export function snappyDecompress(input: Uint8Array, size: number): Uint8Array {
  checkSize(size)
  const preambleBytes = checkPreamble(input, size)
  if (size > SNAPPY_RATIO_MAX * input.length)
    throw corrupt(`Snappy data of ${input.length} bytes cannot hold ${size}`)
  const memory = kernelMemory()
  const from = memory.enter([input])[0]!
  const to = memory.take(size)
  const written = memory.kernels.snappyDecompress(from + preambleBytes, from + input.length, to, to + size)
  checkWritten('Snappy data', written, size)
  return memory.bytes(to, size)
}

/** Compresses to a Snappy block. */
export function snappyCompress(input: Uint8Array): Uint8Array {
  checkSize(input.length)
  const memory = kernelMemory()
  const from = memory.enter([input])[0]!
  const to = memory.take(32 + input.length + Math.ceil(input.length / 6))
  return memory.bytes(to, memory.kernels.snappyCompress(from, input.length, to, TABLE_POSITION))
}

/**
 * Decompresses LZ4: one block without framing (codec LZ4_RAW), or framed as Hadoop or as `lz4` do (codec LZ4).
 * Raises as `snappyDecompress` does. Checksums of frames are not verified.
 */
export function lz4Decompress(
  input: Uint8Array,
  size: number,
  framing: 'block' | 'hadoop' | 'frames' = 'block',
): Uint8Array {
  checkSize(size)
  if (size > LZ4_RATIO_MAX * input.length)
    throw corrupt(`LZ4 data of ${input.length} bytes cannot hold ${size}`)
  const memory = kernelMemory()
  const from = memory.enter([input])[0]!
  const to = memory.take(size)
  const [fromEnd, toEnd] = [from + input.length, to + size]
  const { kernels } = memory
  let written: number
  if (framing === 'block') written = kernels.lz4Block(from, fromEnd, to, toEnd, to)
  else if (framing === 'hadoop') written = kernels.lz4Hadoop(from, fromEnd, to, toEnd)
  else written = kernels.lz4Frames(from, fromEnd, to, toEnd)
  checkWritten('LZ4 data', written, size)
  return memory.bytes(to, size)
}

/**
 * Decompresses LZ4 frames whose content nobody has given a size: null where they hold more than `sizeMax` bytes. Raises
 * as `lz4Decompress` does.
 */
export function lz4FramesUpTo(input: Uint8Array, sizeMax: number): Uint8Array | null {
  checkSize(sizeMax)
  const memory = kernelMemory()
  const from = memory.enter([input])[0]!
  const to = memory.take(sizeMax)
  const written = memory.kernels.lz4Frames(from, from + input.length, to, to + sizeMax)
  if (written === OUTPUT_PASSED) return null
  if (written < 0) throw corrupt(`LZ4 data ${FAILURES.get(written) ?? `is refused (${written})`}`)
  return memory.bytes(to, written)
}

/** Compresses to one LZ4 block, as codec LZ4_RAW has it. */
export function lz4Compress(input: Uint8Array): Uint8Array {
  checkSize(input.length)
  const memory = kernelMemory()
  const from = memory.enter([input])[0]!
  const to = memory.take(16 + input.length + Math.ceil(input.length / 255))
  return memory.bytes(to, memory.kernels.lz4Compress(from, input.length, to, TABLE_POSITION))
}

/** Bytes of the preamble: a varint of up to 32 bits, the size of the output. */
function checkPreamble(input: Uint8Array, size: number): number {
  let said = 0
  for (let i = 0; i < 5 && i < input.length; i++) {
    const byte = input[i]!
    said += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) {
      if (said !== size) throw corrupt(`Snappy data say ${said} bytes where the page header says ${size}`)
      return i + 1
    }
  }
  throw corrupt('Snappy data end within their size, or it has more than 32 bits')
}

function checkSize(size: number): void {
  if (!(size >= 0)) throw corrupt(`a page cannot have ${size} bytes`)
  if (size > LIMITS.parquetPageBytesMax)
    throw passed(`a page of ${size} bytes is larger than ${LIMITS.parquetPageBytesMax} (parquetPageBytesMax)`)
}

function checkWritten(what: string, written: number, size: number): void {
  if (written < 0) throw corrupt(`${what} ${FAILURES.get(written) ?? `is refused (${written})`}`)
  if (written !== size) throw corrupt(`${what} of ${written} bytes where the page header says ${size}`)
}
