/**
 * The order of versions inside a key (C4): by version time, then `available`, then order of arrival. The last of
 * those that are readable is the answer of a lookup.
 */

import type { Ticks } from '../time.ts'
import { KEY_NULL } from './key-index.ts'
import type { VersionChunk } from './version-chunk.ts'

/** All versions of some chunks one below the other, in order of arrival. */
export interface FlatVersions {
  readonly keys: Int32Array
  readonly time: Float64Array
  readonly sub: Int32Array | null
  /** max(time, available − lag): the `at` of the table. */
  readonly readable: Float64Array
  readonly readableSub: Int32Array | null
  readonly available: Float64Array | null
  readonly availableSub: Int32Array | null
  readonly deleted: Uint8Array | null
}

/** A chunk with the number of each row's key. */
export interface NumberedChunk {
  readonly chunk: VersionChunk
  readonly keys: Int32Array
}

export interface OrderedVersions {
  readonly flat: FlatVersions
  /** Versions of key k are `order[start[k] … start[k + 1])`. */
  readonly start: Int32Array
  /** Row numbers, counted through all chunks; without versions of null keys. */
  readonly order: Int32Array
}

/** Versions of `keys` keys grouped by key and sorted by (time, available, arrival); `lag` tells when they become readable. */
export function orderVersions(entries: readonly NumberedChunk[], keys: number, lag: Ticks): OrderedVersions {
  const rows = entries.reduce((sum, entry) => sum + entry.chunk.rows, 0)
  const flat = flatten(entries, rows, lag)
  const { start, order } = groupByKey(flat.keys, keys)
  sortWithinKeys(start, order, flat)
  return { flat, start, order }
}

function flatten(entries: readonly NumberedChunk[], rows: number, lag: Ticks): FlatVersions {
  const keys = new Int32Array(rows)
  const time = new Float64Array(rows)
  const chunks = entries.map(entry => entry.chunk)
  const sub = chunks.some(chunk => chunk.sub !== null) ? new Int32Array(rows) : null
  const available = chunks.some(chunk => chunk.available !== null) ? new Float64Array(rows) : null
  const availableSub = chunks.some(chunk => chunk.availableSub !== null) ? new Int32Array(rows) : null
  const deleted = chunks.some(chunk => chunk.deleted !== null) ? new Uint8Array(rows) : null
  let base = 0
  for (const entry of entries) {
    const { chunk } = entry
    keys.set(entry.keys, base)
    time.set(chunk.time, base)
    if (chunk.sub !== null) sub?.set(chunk.sub, base)
    if (chunk.deleted !== null) deleted?.set(chunk.deleted, base)
    if (chunk.availableSub !== null) availableSub?.set(chunk.availableSub, base)
    if (chunk.available !== null) available?.set(chunk.available, base)
    else available?.fill(-Infinity, base, base + chunk.rows)
    base += chunk.rows
  }
  if (available === null)
    return { keys, time, sub, readable: time, readableSub: sub, available, availableSub, deleted }
  const readable = new Float64Array(rows)
  const readableSub = sub === null && availableSub === null ? null : new Int32Array(rows)
  for (let i = 0; i < rows; i++) {
    const ownSub = sub === null ? 0 : sub[i]
    const laterSub = availableSub === null ? 0 : availableSub[i]
    const later = available[i] - lag
    const wins = later > time[i] || (later === time[i] && laterSub > ownSub)
    readable[i] = wins ? later : time[i]
    if (readableSub !== null) readableSub[i] = wins ? laterSub : ownSub
  }
  return { keys, time, sub, readable, readableSub, available, availableSub, deleted }
}

/** Counting sort of row numbers by key; stable, so rows of a key stay in order of arrival. */
function groupByKey(keys: Int32Array, count: number): { start: Int32Array; order: Int32Array } {
  const start = new Int32Array(count + 1)
  for (let i = 0; i < keys.length; i++) if (keys[i] !== KEY_NULL) start[keys[i] + 1]++
  for (let k = 0; k < count; k++) start[k + 1] += start[k]
  const order = new Int32Array(start[count])
  const next = start.slice(0, count)
  for (let i = 0; i < keys.length; i++) if (keys[i] !== KEY_NULL) order[next[keys[i]]++] = i
  return { start, order }
}

/** Below this, insertion beats the comparator sort. */
const INSERTION_MAX = 32

function sortWithinKeys(start: Int32Array, order: Int32Array, flat: FlatVersions): void {
  const before = (a: number, b: number): number => compareVersions(flat, a, b)
  for (let k = 0; k + 1 < start.length; k++) {
    const from = start[k]
    const to = start[k + 1]
    let sorted = true
    for (let i = from + 1; i < to && sorted; i++) sorted = compareVersions(flat, order[i - 1], order[i]) < 0
    if (sorted) continue
    if (to - from > INSERTION_MAX) {
      order.subarray(from, to).sort(before)
      continue
    }
    for (let i = from + 1; i < to; i++) {
      const row = order[i]
      let j = i - 1
      for (; j >= from && compareVersions(flat, order[j], row) > 0; j--) order[j + 1] = order[j]
      order[j + 1] = row
    }
  }
}

/** By (time, available, arrival): negative where `a` loses to `b`. */
function compareVersions(flat: FlatVersions, a: number, b: number): number {
  if (flat.time[a] !== flat.time[b]) return flat.time[a] < flat.time[b] ? -1 : 1
  if (flat.sub !== null && flat.sub[a] !== flat.sub[b]) return flat.sub[a] - flat.sub[b]
  if (flat.available !== null && flat.available[a] !== flat.available[b]) {
    return flat.available[a] < flat.available[b] ? -1 : 1
  }
  if (flat.availableSub !== null && flat.availableSub[a] !== flat.availableSub[b]) {
    return flat.availableSub[a] - flat.availableSub[b]
  }
  return a - b
}
