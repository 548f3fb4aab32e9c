/**
 * The entries of a dictionary that a page of coded strings uses, each once: what is true of them is true of the rows.
 *
 * Invariant: cost follows the rows of the page, not the dictionary: a hostile file has a large one and many small pages.
 */

import type { CodedStrings } from '../../core/batch/index.ts'

/** A mark an entry pays where there are not so many times more entries than rows. */
const ENTRIES_PER_ROW = 8

/** Codes of the rows that are not null, without repetition. */
export function distinctCodes({ codes, entries, valid }: CodedStrings): Int32Array {
  const entryCount = entries.offsets.length - 1
  return entryCount > ENTRIES_PER_ROW * codes.length
    ? bySet(codes, valid)
    : byMarks(codes, valid, new Uint8Array(entryCount))
}

function bySet(codes: Int32Array, valid: Uint8Array | null): Int32Array {
  const seen = new Set<number>()
  for (let i = 0; i < codes.length; i++) if (valid === null || valid[i] === 1) seen.add(codes[i]!)
  return Int32Array.from(seen)
}

function byMarks(codes: Int32Array, valid: Uint8Array | null, seen: Uint8Array): Int32Array {
  const distinct = new Int32Array(Math.min(codes.length, seen.length))
  let count = 0
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!
    if (seen[code] === 1 || (valid !== null && valid[i] === 0)) continue
    seen[code] = 1
    distinct[count++] = code
  }
  return distinct.subarray(0, count)
}
