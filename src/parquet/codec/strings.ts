/**
 * Strings in bulk, in the WebAssembly of assembly/strings.ts: PLAIN pages to arenas and back, and dictionary codes to
 * arenas. An arena is bytes with count + 1 positions from 0, as a `BytesColumn` has them.
 *
 * Invariants: results are views of the kernels' memory, good until the next call of any kernel of this thread,
 * which may read them in place (a page that `snappyDecompress` gave is not copied). Nothing that a file says is used
 * before it is checked: sizes against the page, codes against the dictionary, sums against `LIMITS`.
 *
 * Speed, one core, ns a string of 4 / 12 / 40 bytes: unpack 2.6 / 4.0 / 4.7 (a loop over bytes in JavaScript:
 * 15 / 40 / 72), gather 3.9 / 3.8 / 5.4, pack 2.9 / 3.3 / 5.1.
 */

import { assert } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { corrupt, passed } from '../damage.ts'
import { kernelMemory } from './kernel-memory.ts'

/** Views of the kernels' memory. String i is `bytes[offsets[i] … offsets[i + 1])`; `offsets[0]` is 0. */
export interface StringArena {
  readonly offsets: Int32Array
  readonly bytes: Uint8Array
}

export interface UnpackedStrings extends StringArena {
  /** Bytes of the page that the values took, from its start. */
  readonly consumed: number
}

const RANGE_BAD = 'positions of strings do not rise, or pass their bytes'

const TRUNCATED = -1
const OUTPUT_PASSED = -3

/**
 * Takes `count` PLAIN values of BYTE_ARRAY off the start of `page`. Raises `file-corrupt` where the page does not
 * hold them.
 */
export function unpackStrings(page: Uint8Array, count: number): UnpackedStrings {
  // Each value has 4 bytes at least: so many are looked for before memory is taken for them.
  if (!(count >= 0 && count <= page.length / 4))
    throw corrupt(`a page of ${page.length} bytes cannot hold ${count} strings`)
  const pageLength = page.length // growing memory may take the view away
  const memory = kernelMemory()
  const from = memory.enter([page])[0]!
  const offsets = memory.take(4 * (count + 1))
  const arena = memory.take(pageLength - 4 * count)
  const size = memory.kernels.unpackStrings(from, from + pageLength, count, offsets, arena)
  if (size < 0)
    throw corrupt(
      size === TRUNCATED
        ? `the page ends before the size of one of its ${count} strings`
        : 'a string is longer than what is left of its page',
    )
  return {
    offsets: memory.int32s(offsets, count + 1),
    bytes: memory.bytes(arena, size),
    consumed: size + 4 * count,
  }
}

/**
 * The strings of a dictionary page, kept as the caller gives them; the arrays must not change or move afterwards (so:
 * copies, no views of the kernels' memory). The dictionary that was used last stays in the kernels' memory. To make
 * one is a call of a kernel.
 */
export class StringDictionary {
  readonly offsets: Int32Array
  readonly bytes: Uint8Array
  readonly size: number

  /** `offsets` has one entry more than there are strings; need not start at 0. */
  constructor(offsets: Int32Array, bytes: Uint8Array) {
    assert(offsets.length > 0, 'a dictionary has no positions')
    const memory = kernelMemory()
    assert(
      !memory.holds(offsets) && !memory.holds(bytes),
      'a dictionary would lie in memory that calls reuse',
    )
    this.offsets = offsets
    this.bytes = bytes
    this.size = offsets.length - 1
    const position = memory.enter([offsets])[0]!
    const failure = memory.kernels.checkOffsets(position, this.size, bytes.length)
    assert(failure === 0, 'positions of a dictionary do not rise, or pass its bytes')
  }
}

/** Where the resident dictionary lies. */
let resident: {
  readonly dictionary: StringDictionary
  readonly offsets: number
  readonly bytes: number
} | null = null

/**
 * The strings of `codes`. Raises `file-corrupt` where a code is not in the dictionary, and `limit-passed` where the
 * strings have more than `LIMITS.parquetColumnBytesMax` bytes together; nothing is copied before.
 */
export function gatherStrings(dictionary: StringDictionary, codes: Int32Array): StringArena {
  const memory = kernelMemory()
  const count = codes.length
  const isResident = resident?.dictionary === dictionary
  if (!isResident) {
    memory.unpin()
    resident = null
  }
  const inputs = isResident ? [codes] : [codes, dictionary.offsets, dictionary.bytes]
  const positions = memory.enter(inputs)
  if (!isResident) {
    memory.pin(positions[1]!, positions[2]! + dictionary.bytes.length)
    resident = { dictionary, offsets: positions[1]!, bytes: positions[2]! }
  }
  const { offsets: entries, bytes } = resident!
  const offsets = memory.take(4 * (count + 1))
  const max = LIMITS.parquetColumnBytesMax
  const size = memory.kernels.placeStrings(positions[0]!, count, entries, dictionary.size, offsets, max)
  if (size === OUTPUT_PASSED)
    throw passed(`the strings of a column have more than ${max} bytes (parquetColumnBytesMax)`)
  if (size < 0) throw corrupt(`an index is not in its dictionary of ${dictionary.size} strings`)
  const arena = memory.take(size)
  memory.kernels.gatherStrings(positions[0]!, count, entries, bytes, offsets, arena)
  return { offsets: memory.int32s(offsets, count + 1), bytes: memory.bytes(arena, size) }
}

/**
 * PLAIN values of strings [from, to) of a `BytesColumn`. Where `valid` (one byte a string of the column) is given,
 * those with 0 are left out. Raises `limit-passed` where they make a page beyond `LIMITS.parquetPageBytesMax`.
 */
export function packStrings(
  offsets: Int32Array,
  bytes: Uint8Array,
  from: number,
  to: number,
  valid: Uint8Array | null = null,
): Uint8Array {
  assert(from >= 0 && from <= to && to < offsets.length, 'a range of strings that the column does not have')
  const [first, end] = [offsets[from]!, offsets[to]!]
  assert(first >= 0 && first <= end && end <= bytes.length, RANGE_BAD)
  const size = end - first + 4 * (to - from)
  if (size > LIMITS.parquetPageBytesMax)
    throw passed(`a page of ${size} bytes is larger than ${LIMITS.parquetPageBytesMax} (parquetPageBytesMax)`)
  const inputs = [offsets.subarray(from, to + 1), bytes.subarray(first, end)]
  if (valid !== null) inputs.push(valid.subarray(from, to))
  const memory = kernelMemory()
  const positions = memory.enter(inputs)
  assert(memory.kernels.checkOffsets(positions[0]!, to - from, end) === 0, RANGE_BAD)
  const out = memory.take(size)
  const written = memory.kernels.packStrings(positions[0]!, to - from, positions[1]!, positions[2] ?? 0, out)
  return memory.bytes(out, written)
}
