/**
 * The as-of lookup (C4): for each event, the version that was true at its time, or why there is none.
 *
 *     hit           the version found is readable, not too old, and nothing newer can have been lost
 *     absent        no version, none could have been lost; or the newest is a delete; or the key is null
 *     expired       the newest version that passes the boundary is older than `maxAge`
 *     unavailable   a version that would have been eligible can have been lost: it cannot be told
 *
 * Two readings that the contract leaves open, both to the safe side: a delete is absent however old it is, and
 * a version found from before `completeFrom` is unavailable, since a newer one can have been lost. What could
 * only have been lost outside `maxAge` makes nothing unavailable. Of a store of cells, each column is looked up on its
 * own: see column-times.ts.
 *
 * Cost: one binary search in the key's versions a row, about two cache misses; 3–4 M rows/s and core at 2 M
 * versions of 200 k keys (bench/stages/join.ts).
 */

import { classifyColumns, doubtColumns, hideUnlessHit } from './column-times.ts'
import { KEY_NULL } from './key-index.ts'
import type { AsOfPolicy, EventTimes, Lookup } from './lookup.ts'
import { STATUS_ABSENT, STATUS_EXPIRED, STATUS_HIT, STATUS_TEXT, STATUS_UNAVAILABLE } from './lookup.ts'
import type { VersionTable } from './table.ts'

export interface AsOfResult {
  /** Version found, whatever its status; −1: none. Only a hit may be shown. */
  readonly position: Int32Array
  /** Time of the version found, ticks; 0 where there is none. */
  readonly versionTime: Float64Array
  readonly status: Uint8Array
  /** Lookups by status. */
  readonly counts: readonly number[]
  /** Lookups past `completeThrough` that were answered with what there was. */
  readonly stale: number
  /** Where columns are looked up each on its own, for each: 1 where it has a value. Null: where the lookup is a hit. */
  readonly columnHits?: readonly Uint8Array[] | null
}

/** Looks every event up: row i has the key number `keys[i]` of `findKeys` and the time `events.time[i]`. */
export function lookUpAsOf(
  table: VersionTable,
  keys: Int32Array,
  events: EventTimes,
  policy: AsOfPolicy,
): AsOfResult {
  const rows = keys.length
  const position = new Int32Array(rows)
  const lookup = {
    keys,
    events,
    policy,
    position,
    versionTime: new Float64Array(rows),
    status: new Uint8Array(rows),
  }
  if (table.versions === 0) position.fill(-1)
  else if (events.sub === null && table.atSub === null) search(table, lookup)
  else searchSub(table, lookup)
  const { columnTimes = null } = table
  let columnHits: readonly Uint8Array[] | null = null
  if (columnTimes !== null) columnHits = classifyColumns(table.columns, columnTimes, lookup)
  else if (policy.maxAge === Infinity && table.deleted === null) classifyPlain(position, lookup.status)
  else classify(table, lookup)
  const doubtAny = columnTimes === null ? doubt : doubtColumns
  const stale = isComplete(table) ? 0 : doubtAny(table, lookup)
  if (columnHits !== null) hideUnlessHit(columnHits, lookup.status)
  return {
    position,
    versionTime: lookup.versionTime,
    status: lookup.status,
    counts: countStatus(lookup.status),
    stale,
    columnHits,
  }
}

function countStatus(status: Uint8Array): number[] {
  const counts = new Int32Array(STATUS_TEXT.length)
  for (let i = 0; i < status.length; i++) counts[status[i]]++
  return Array.from(counts)
}

/**
 * Rows looked up together. Their reads are started one kind after the other, before anything branches on
 * them, so that cache misses overlap instead of each waiting for a mispredicted branch: twice as fast.
 */
const BLOCK = 128

/** The last version of each key with at ≤ t − lag, or < where exclusive; −1 where there is none. */
function search(table: VersionTable, lookup: Lookup): void {
  const { start, at, time } = table
  const { keys, events, policy, position, versionTime } = lookup
  const eventTime = events.time
  // Ticks are whole numbers, so "< t − lag" is "≤ t − lag − 1".
  const back = policy.inclusive ? policy.lag : policy.lag + 1
  const first = new Int32Array(BLOCK)
  const end = new Int32Array(BLOCK)
  const probe = new Float64Array(BLOCK)
  for (let base = 0; base < keys.length; base += BLOCK) {
    const rows = Math.min(BLOCK, keys.length - base)
    for (let j = 0; j < rows; j++) {
      const k = keys[base + j]
      first[j] = k < 0 ? 0 : start[k]
      end[j] = k < 0 ? 0 : start[k + 1]
    }
    for (let j = 0; j < rows; j++) probe[j] = at[(first[j] + end[j]) >>> 1]
    for (let j = 0; j < rows; j++) {
      const limit = eventTime[base + j] - back
      let low = first[j]
      let high = end[j]
      if (low < high) {
        const middle = (low + high) >>> 1
        if (probe[j] <= limit) low = middle + 1
        else high = middle
      }
      while (low < high) {
        const middle = (low + high) >>> 1
        if (at[middle] <= limit) low = middle + 1
        else high = middle
      }
      position[base + j] = low === first[j] ? -1 : low - 1
    }
    // Still in the cache here; random memory again for whoever asks later.
    for (let j = base; j < base + rows; j++) versionTime[j] = position[j] < 0 ? 0 : time[position[j]]
  }
}

/** The same with nanoseconds: (at, atSub) ≤ (t − lag, sub), or < where exclusive. */
function searchSub(table: VersionTable, lookup: Lookup): void {
  const { start, at, atSub } = table
  const { keys, policy, position, versionTime } = lookup
  const { time, sub } = lookup.events
  const subBack = policy.inclusive ? 0 : 1
  for (let i = 0; i < keys.length; i++) {
    const k = keys[i]
    if (k < 0) {
      position[i] = -1
      continue
    }
    const limit = time[i] - policy.lag
    const limitSub = (sub === null ? 0 : sub[i]) - subBack
    const first = start[k]
    let low = first
    let high = start[k + 1]
    while (low < high) {
      const middle = (low + high) >>> 1
      const passes =
        at[middle] < limit || (at[middle] === limit && (atSub === null ? 0 : atSub[middle]) <= limitSub)
      if (passes) low = middle + 1
      else high = middle
    }
    position[i] = low === first ? -1 : low - 1
    if (position[i] >= 0) versionTime[i] = table.time[position[i]]
  }
}

function classifyPlain(position: Int32Array, status: Uint8Array): void {
  for (let i = 0; i < position.length; i++) status[i] = position[i] >>> 31 // −1 is absent (1), else hit (0)
}

function classify(table: VersionTable, lookup: Lookup): void {
  const { sub, deleted } = table
  const { events, position, versionTime, status } = lookup
  const { maxAge } = lookup.policy
  for (let i = 0; i < position.length; i++) {
    const p = position[i]
    if (p < 0 || (deleted !== null && deleted[p] === 1)) {
      status[i] = STATUS_ABSENT
      continue
    }
    const age = events.time[i] - versionTime[i]
    const older = age > maxAge || (age === maxAge && subAt(events.sub, i) > subAt(sub, p))
    status[i] = older ? STATUS_EXPIRED : STATUS_HIT
  }
}

function subAt(sub: Int32Array | null, i: number): number {
  return sub === null ? 0 : sub[i]
}

function isComplete(table: VersionTable): boolean {
  return (
    table.completeFrom === -Infinity && table.completeThrough === Infinity && table.completeFromOfKey === null
  )
}

/** Marks as unavailable what the store may have lost; returns how many lookups were answered stale. */
function doubt(table: VersionTable, lookup: Lookup): number {
  const { keys, events, policy, position, versionTime, status } = lookup
  const ofKey = table.completeFromOfKey
  let stale = 0
  for (let i = 0; i < keys.length; i++) {
    const k = keys[i]
    if (k === KEY_NULL) continue
    const t = events.time[i]
    if (t - policy.lag > table.completeThrough) {
      if (policy.stale) stale++
      else status[i] = STATUS_UNAVAILABLE
      continue
    }
    const from = ofKey !== null && k >= 0 && ofKey[k] > table.completeFrom ? ofKey[k] : table.completeFrom
    if (t - policy.maxAge >= from) continue
    if (position[i] < 0 || versionTime[i] < from) status[i] = STATUS_UNAVAILABLE
  }
  return stale
}
