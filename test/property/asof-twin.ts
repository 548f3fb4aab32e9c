/**
 * C4 word by word over plain objects: the slow twin of `core/asof` and of the feature stores.
 */

import type { Column, ColumnType } from '../../src/core/batch/index.ts'
import { nullColumn, physicalKind, setI64 } from '../../src/core/batch/index.ts'

export interface TwinVersion {
  readonly key: string | null
  readonly time: number
  readonly sub: number
  /** Tick and ns; null: readable at its own time. */
  readonly available: readonly [number, number] | null
  readonly deleted: boolean
  readonly value: string | null
}

export interface TwinEvent {
  readonly key: string | null
  readonly time: number
  readonly sub: number
}

export interface TwinPolicy {
  readonly inclusive: boolean
  readonly lag: number
  readonly maxAge: number
  readonly stale: boolean
  readonly completeFrom: number
  readonly completeThrough: number
}

export interface TwinAnswer {
  readonly status: 'hit' | 'absent' | 'expired' | 'unavailable'
  readonly value: string | null
  readonly versionTime: number | null
}

type Instant = readonly [number, number]

/** `versions` in the order in which they were written. */
export function twinLookUp(
  versions: readonly TwinVersion[],
  event: TwinEvent,
  policy: TwinPolicy,
): TwinAnswer {
  const none = (status: TwinAnswer['status']): TwinAnswer => ({ status, value: null, versionTime: null })
  if (event.key === null) return none('absent')
  const t: Instant = [event.time, event.sub]
  const passing = versions
    .map((version, sequence) => ({ version, sequence }))
    .filter(({ version }) => {
      if (version.key !== event.key) return false
      const own: Instant = [version.time + policy.lag, version.sub]
      const readable =
        version.available !== null && compare(version.available, own) > 0 ? version.available : own
      return policy.inclusive ? compare(readable, t) <= 0 : compare(readable, t) < 0
    })
    .sort(
      (a, b) =>
        compare([a.version.time, a.version.sub], [b.version.time, b.version.sub]) ||
        compare(availableOf(a.version), availableOf(b.version)) ||
        a.sequence - b.sequence,
    )
  const newest = passing.at(-1)?.version
  const past = event.time - policy.lag > policy.completeThrough
  if (past && !policy.stale) return none('unavailable')
  const reachesLost = event.time - policy.maxAge < policy.completeFrom
  if (!past && reachesLost && (newest === undefined || newest.time < policy.completeFrom))
    return none('unavailable')
  if (newest === undefined || newest.deleted) return none('absent')
  if (compare([newest.time + policy.maxAge, newest.sub], t) < 0) return none('expired')
  return { status: 'hit', value: newest.value, versionTime: newest.time }
}

function availableOf(version: TwinVersion): Instant {
  return version.available ?? [-Infinity, 0]
}

function compare(a: Instant, b: Instant): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1
  return a[1] - b[1]
}

/** A column of the texts or whole numbers (`null` for null), of any type that can hold them. */
export function columnOf(type: ColumnType, values: readonly (string | number | null)[]): Column {
  const empty = nullColumn(type, values.length)
  const valid = values.includes(null) ? Uint8Array.from(values, value => (value === null ? 0 : 1)) : null
  switch (physicalKind(type)) {
    case 'i32':
      return { kind: 'i32', values: Int32Array.from(values, value => Number(value ?? 0)), valid }
    case 'f64':
      return { kind: 'f64', values: Float64Array.from(values, value => Number(value ?? 0)), valid }
    case 'i64': {
      const halves = (empty as { values: Int32Array }).values
      values.forEach((value, row) => {
        setI64(halves, row, Number(value ?? 0))
      })
      return { kind: 'i64', values: halves, valid }
    }
    case 'bytes': {
      const parts = values.map(value => new TextEncoder().encode(String(value ?? '')))
      const offsets = new Int32Array(values.length + 1)
      parts.forEach((part, row) => {
        offsets[row + 1] = offsets[row] + part.length
      })
      const bytes = new Uint8Array(offsets[values.length])
      parts.forEach((part, row) => {
        bytes.set(part, offsets[row])
      })
      return { kind: 'bytes', offsets, bytes, valid }
    }
  }
}
