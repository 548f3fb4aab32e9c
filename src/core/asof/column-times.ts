/**
 * Lookups in a store of cells (C4): one search has found the version of the row, in which every column has its newest
 * value with the time of its own; here each column is judged on its own, and then the lookup.
 *
 *     hit           some column has a value that is not too old; those that have none, or one too old, are null
 *     expired       there are values, all of them too old
 *     absent        there is none
 *     unavailable   of some column a newer value can have been lost: a null would be silent, so the lookup cannot be told
 */

import type { Column } from '../batch/index.ts'
import { KEY_NULL } from './key-index.ts'
import type { Lookup } from './lookup.ts'
import { STATUS_ABSENT, STATUS_EXPIRED, STATUS_HIT, STATUS_UNAVAILABLE } from './lookup.ts'
import type { VersionTable } from './table.ts'

/** Sets status and version time (the newest used) of each lookup; returns for each column where it has a value. */
export function classifyColumns(
  columns: readonly Column[],
  columnTimes: readonly Float64Array[],
  lookup: Lookup,
): Uint8Array[] {
  lookup.status.fill(STATUS_ABSENT)
  lookup.versionTime.fill(0)
  return columnTimes.map((times, c) => classifyColumn(columns[c]!, times, lookup))
}

function classifyColumn({ valid }: Column, times: Float64Array, lookup: Lookup): Uint8Array {
  const { position, versionTime, status } = lookup
  const { time, sub } = lookup.events
  const { maxAge } = lookup.policy
  const hits = new Uint8Array(position.length)
  for (let i = 0; i < hits.length; i++) {
    const p = position[i]!
    if (p < 0 || (valid !== null && valid[p] === 0)) continue
    const own = times[p]!
    const age = time[i]! - own
    const isOlder = age > maxAge || (age === maxAge && sub !== null && sub[i]! > 0)
    const wanted = isOlder ? STATUS_EXPIRED : STATUS_HIT
    if (!isOlder) hits[i] = 1
    else if (status[i] === STATUS_HIT) continue
    if (status[i] !== wanted || own > versionTime[i]!) versionTime[i] = own
    status[i] = wanted
  }
  return hits
}

/**
 * Marks as unavailable what the store may have lost; returns how many lookups were answered stale. A version that is in
 * the table was known in all its columns when it was made, so that only what all keys may have lost is asked of each.
 */
export function doubtColumns(table: VersionTable, lookup: Lookup): number {
  const { keys, events, policy, position, status } = lookup
  const { completeFrom, completeThrough } = table
  const ofKey = table.completeFromOfKey
  let stale = 0
  for (let i = 0; i < keys.length; i++) {
    const k = keys[i]!
    if (k === KEY_NULL) continue
    const t = events.time[i]!
    if (t - policy.lag > completeThrough) {
      if (policy.stale) stale++
      else status[i] = STATUS_UNAVAILABLE
      continue
    }
    const p = position[i]!
    const since = t - policy.maxAge
    const ofThis = ofKey !== null && k >= 0 ? ofKey[k]! : -Infinity
    const isLost = p < 0 ? since < ofThis || since < completeFrom : since < ofThis && table.time[p]! < ofThis
    if (isLost || (p >= 0 && since < completeFrom && isOlderInAny(table, p))) status[i] = STATUS_UNAVAILABLE
  }
  return stale
}

/** Whether some column of the version has been what it is from before all is known; NaN is. */
function isOlderInAny(table: VersionTable, p: number): boolean {
  const { columnTimes = [], completeFrom } = table
  for (let c = 0; c < columnTimes.length; c++) if (!(columnTimes[c]![p]! >= completeFrom)) return true
  return false
}

/** A lookup that is no hit shows none of its columns. */
export function hideUnlessHit(columnHits: readonly Uint8Array[], status: Uint8Array): void {
  for (const hits of columnHits)
    for (let i = 0; i < status.length; i++) if (status[i] !== STATUS_HIT) hits[i] = 0
}
