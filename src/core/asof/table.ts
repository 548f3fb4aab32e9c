/**
 * Version tables: what an as-of lookup (C4) reads. Compressed sparse rows: the versions of key k are the
 * positions [start[k], start[k + 1]), in the order in which they become the answer.
 *
 *        keys   ─index──►  k ──start──►  [ v0 v1 v2 … )   at, time, deleted, columns
 *
 * Invariant: inside a key both `at` and `time` ascend (each with its `sub`), and `at` strictly. So "the newest
 * version time, then the latest available, then the last written" of all readable versions is simply the last
 * position whose `at` passes the boundary. Versions that can never be the answer are not in the table; see
 * `version-table.ts`, which makes it so.
 */

import type { Column, Schema } from '../batch/index.ts'
import { columnBytes } from '../batch/index.ts'
import type { Ticks } from '../time.ts'
import type { KeyIndex } from './key-index.ts'

/** Plain data: structured clone passes it on, and shares it between threads where it lies in shared memory. */
export interface VersionTable {
  /** Which number k a key has: see `findKeys`. */
  readonly index: KeyIndex
  readonly versions: number
  /** keys + 1 entries. */
  readonly start: Int32Array
  /**
   * The version decides lookups whose `t − lag` is later than this (inclusive: not earlier):
   * max(version time, available − lag). The same memory as `time` where versions have no `available`.
   */
  readonly at: Float64Array
  /** ns beyond the tick of `at` on a `ns` timeline, else null. */
  readonly atSub: Int32Array | null
  /** Version time, ticks. */
  readonly time: Float64Array
  /** ns beyond the tick of `time` on a `ns` timeline, else null. */
  readonly sub: Int32Array | null
  /** 1 marks a version that deletes; null: none does. */
  readonly deleted: Uint8Array | null
  readonly schema: Schema
  readonly columns: readonly Column[]
  /**
   * Of a store of cells, in which each column is looked up on its own: for each the time of its value, ticks. A null with
   * a time is known to be one since then; with NaN there was never a value. Absent: the time of the version is that of all.
   */
  readonly columnTimes?: readonly Float64Array[]
  /** Version times for which nothing can have been lost: [completeFrom, completeThrough]. */
  readonly completeFrom: Ticks
  readonly completeThrough: Ticks
  /** A later `completeFrom` of single keys (a store that keeps the newest n versions); null: none has one. */
  readonly completeFromOfKey: Float64Array | null
}

/** Memory that a table keeps alive, bytes. */
export function tableBytes(table: VersionTable): number {
  const { index, start, at, atSub, time, sub, deleted, columns, columnTimes, completeFromOfKey } = table
  const arrays = [
    index.slots,
    index.words,
    index.offsets,
    index.bytes,
    start,
    time,
    sub,
    deleted,
    completeFromOfKey,
    ...(columnTimes ?? []),
  ]
  if (at !== time) arrays.push(at, atSub)
  let bytes = 0
  for (const array of arrays) bytes += array?.byteLength ?? 0
  for (const column of columns) bytes += columnBytes(column)
  return bytes
}
