/** What the two readers of Avro values share: counts of blocks, indexes, UUIDs. */

import { LIMITS } from '../../limits.ts'
import type { ByteCursor } from './byte-cursor.ts'

/** The index of a union's branch or an enum's symbol, of which there are `count`; -1 for a fault. */
export function indexBelow(cursor: ByteCursor, count: number): number {
  if (!cursor.zigzag()) return -1
  if (cursor.high === 0 && cursor.low >= 0 && cursor.low < count) return cursor.low
  cursor.fail(`an index of a union or an enum is not below ${count}`)
  return -1
}

/**
 * How many items the block at the cursor has: 0 for the last one, -1 for a fault. Its size in bytes, where it has one, is
 * checked and otherwise not needed.
 */
export function blockCount(cursor: ByteCursor): number {
  if (!cursor.zigzag()) return -1
  let { low, high } = cursor
  if (high < 0) {
    low = -low | 0
    high = low === 0 ? -high | 0 : ~high
    if (cursor.zigzagLength() < 0) return -1
  }
  // An item has a byte at least, or it is of a type that never has one.
  const count = high === 0 && low >= 0 ? low : Number.POSITIVE_INFINITY
  if (count <= Math.max(cursor.end - cursor.pos, LIMITS.valueItemsMax)) return count
  cursor.fail('a block has more items than bytes')
  return -1
}

/** The text of the 16 bytes at `pos`: 8-4-4-4-12. */
export function uuidText(bytes: Uint8Array, pos: number): string {
  const hex = Buffer.from(bytes.subarray(pos, pos + 16)).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
