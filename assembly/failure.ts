/**
 * What a kernel answers when it refuses: a negative number, so that it never traps and never looks like a count.
 * The host (src/parquet/codec/kernels.ts) turns each into a sentence; keep the two lists equal.
 */

/** The input ends within a length, a tag or a value. */
export const TRUNCATED: i32 = -1
/** A literal, or a value, is longer than what is left of the input. */
export const INPUT_PASSED: i32 = -2
/** More comes out than the region of the output holds. */
export const OUTPUT_PASSED: i32 = -3
/** A match points to before the first byte of the output. */
export const DISTANCE_BAD: i32 = -4
/** A code or position that the dictionary does not have. */
export const CODE_BAD: i32 = -5
/** Framing around blocks that is not what it claims to be. */
export const FRAME_BAD: i32 = -6
