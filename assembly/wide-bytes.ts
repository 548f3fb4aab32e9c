/**
 * Copies in steps of 16 bytes.
 *
 * Invariant of all kernels: behind every region lie SLACK (64) bytes that may be read and overwritten, so a copy
 * may run up to 15 bytes past its end. What is written past the end is overwritten later or never looked at.
 */

/** From here on the engine's own copy is faster than a loop, in spite of the call. */
const BULK_MIN: usize = 256

/**
 * Row d repeats the numbers 0 … d−1: the shuffle that makes 16 bytes of period d out of the d bytes before them.
 * Row 0 is never used.
 */
const PATTERNS: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1,
  0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 0, 1, 2, 3, 0, 1, 2, 3,
  0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5,
  0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3,
  4, 5, 6, 7, 8, 9, 10, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6,
  7, 8, 9, 10, 11, 12, 0, 1, 2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8,
  9, 10, 11, 12, 13, 14, 0,
])

/** The largest multiple of d that is at most 16: how far one shuffled store reaches. */
const STRIDES: usize = memory.data<u8>([0, 16, 16, 15, 16, 15, 12, 14, 16, 9, 10, 11, 12, 13, 14, 15])

/** Copies `size` bytes; the regions do not overlap, or `to` lies at least 16 bytes behind `from`. */
export function copyWide(to: usize, from: usize, size: usize): void {
  v128.store(to, v128.load(from))
  for (let done: usize = 16; done < size; done += 16) v128.store(to + done, v128.load(from + done))
}

/** The same for any size; the regions do not overlap. */
export function copyApart(to: usize, from: usize, size: usize): void {
  if (size < BULK_MIN) copyWide(to, from, size)
  else memory.copy(to, from, size)
}

/** Repeats what lies `distance` (at least 1) bytes before `to` for `size` bytes, as LZ77 has it: the two may overlap. */
export function copyMatch(to: usize, distance: usize, size: usize): void {
  if (distance >= 16) {
    if (size < BULK_MIN || distance < size) copyWide(to, to - distance, size)
    else memory.copy(to, to - distance, size)
    return
  }
  if (size <= distance) {
    v128.store(to, v128.load(to - distance))
    return
  }
  const pattern = v128.swizzle(v128.load(to - distance), v128.load(PATTERNS + (distance << 4)))
  const stride = <usize>load<u8>(STRIDES + distance)
  for (let done: usize = 0; done < size; done += stride) v128.store(to + done, pattern)
}

/** How many bytes are equal at `a` and `b`, of those before `end` (where `b` stops). Reads up to 7 bytes further. */
export function equalBytes(a: usize, b: usize, end: usize): usize {
  const start = b
  while (b < end) {
    const difference = load<u64>(a) ^ load<u64>(b)
    if (difference !== 0) {
      const equal = b - start + <usize>(ctz<u64>(difference) >>> 3)
      return min<usize>(equal, end - start)
    }
    a += 8
    b += 8
  }
  return end - start
}
