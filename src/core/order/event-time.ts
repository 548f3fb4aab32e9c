/**
 * Event times of a batch in ticks of the job's timeline (see core/time), and which rows have none that can be used.
 *
 * A row is bad when its time is null, is no whole number that 2^53 ticks can hold, or lies beyond the latest time
 * the job believes (C2 `maxFuture`). Bad rows are named, never moved to some other time.
 */

import { HindcastError } from '../../errors.ts'
import type { Column, ColumnType } from '../batch/index.ts'
import { i64ToBigInt, i64ToNumber, typeText } from '../batch/index.ts'
import type { Ticks, Timeline, TimeUnit } from '../time.ts'
import { isoOfMs, msFromTicks } from '../time.ts'

export interface EventTimes {
  /** Ticks; 0 where the row is bad. */
  readonly time: Float64Array
  /** 0…999 on a `ns` timeline, else null. */
  readonly sub: Int32Array | null
  /** Rows that cannot be used, ascending, and why. */
  readonly bad: readonly { readonly row: number; readonly reason: string }[]
}

export interface EventTimeSpec {
  readonly column: string
  readonly type: ColumnType
  /** Declared unit, for plain numbers. */
  readonly unit: TimeUnit | undefined
  readonly timeline: Timeline
  /** Latest time that is believed. */
  readonly latest: Ticks
}

const DAY_MS = 86_400_000
const MS_PER: Record<Exclude<TimeUnit, 'us' | 'ns'>, number> = { s: 1000, ms: 1 }

/** Unit of a time column: its own, or the declared one for numbers; an error where neither or both tell. */
export function timeUnitOf(
  column: string,
  type: ColumnType,
  declared: TimeUnit | undefined,
): TimeUnit | 'day' {
  const own = type.name === 'timestamp' ? type.unit : type.name === 'date' ? 'day' : null
  if (own !== null && declared === undefined) return own
  if (own !== null) {
    throw new HindcastError(
      'job-invalid',
      `time column ${column} is ${typeText(type)}, which has its own unit`,
      {
        where: { column },
        advice: `Remove \`unit: ${declared}\` from \`time:\`.`,
      },
    )
  }
  const numeric = /^(u?int(8|16|32|64)|float(32|64))$/.test(type.name)
  if (numeric && declared !== undefined) return declared
  throw new HindcastError(
    'job-invalid',
    `time column ${column} is ${typeText(type)}${numeric ? ' and needs a unit' : ''}`,
    {
      where: { column },
      advice: numeric
        ? 'Write `time: { column: …, unit: s | ms | us | ns }`.'
        : 'Use a TIMESTAMP, DATE or numeric column; for text declare `columns: { …: timestamp[ms] }`.',
    },
  )
}

export function eventTimes(column: Column, spec: EventTimeSpec): EventTimes {
  const rows =
    column.kind === 'i64' ? column.values.length / 2 : column.kind === 'bytes' ? 0 : column.values.length
  const time = new Float64Array(rows)
  const unit = timeUnitOf(spec.column, spec.type, spec.unit)
  if (unit === 'ns') return nanoTimes(column, time, spec)
  const factor = ticksPerUnit(unit, spec.timeline)
  if (column.kind === 'i64') fillI64(column.values, time, factor)
  else if (column.kind === 'i32') fillI32(column.values, time, factor, spec.type.name === 'uint32')
  else if (column.kind === 'f64') fillF64(column.values, time, factor)
  return { time, sub: spec.timeline === 'ns' ? new Int32Array(rows) : null, bad: findBad(column, time, spec) }
}

function ticksPerUnit(unit: Exclude<TimeUnit, 'ns'> | 'day', timeline: Timeline): number {
  const ticks = timeline === 'ms' ? 1 : 1000
  if (unit === 'us') return ticks / 1000
  return unit === 'day' ? DAY_MS * ticks : MS_PER[unit] * ticks
}

function fillI64(values: Int32Array, time: Float64Array, factor: number): void {
  for (let i = 0; i < time.length; i++) time[i] = i64ToNumber(values[2 * i]!, values[2 * i + 1]!) * factor
}

function fillI32(values: Int32Array, time: Float64Array, factor: number, unsigned: boolean): void {
  if (unsigned) for (let i = 0; i < time.length; i++) time[i] = (values[i]! >>> 0) * factor
  else for (let i = 0; i < time.length; i++) time[i] = values[i]! * factor
}

/** Fractions of a tick are rounded down. */
function fillF64(values: Float64Array, time: Float64Array, factor: number): void {
  for (let i = 0; i < time.length; i++) time[i] = Math.floor(values[i]! * factor)
}

/** int64 nanoseconds = high · 2^32 + low, and 2^32 = 4294967 · 1000 + 296: exact without BigInt. */
function nanoTimes(column: Column, time: Float64Array, spec: EventTimeSpec): EventTimes {
  const sub = new Int32Array(time.length)
  if (column.kind === 'i64') {
    const values = column.values
    for (let i = 0; i < time.length; i++) {
      const high = values[2 * i + 1]!
      const rest = high * 296 + (values[2 * i]! >>> 0)
      const quotient = Math.floor(rest / 1000)
      time[i] = high * 4294967 + quotient
      sub[i] = rest - quotient * 1000
    }
  } else if (column.kind !== 'bytes') {
    for (let i = 0; i < time.length; i++) {
      time[i] = Math.floor(column.values[i]! / 1000)
      sub[i] = Math.floor(column.values[i]!) - time[i]! * 1000
    }
  }
  return { time, sub, bad: findBad(column, time, spec) }
}

function findBad(column: Column, time: Float64Array, spec: EventTimeSpec): { row: number; reason: string }[] {
  const bad: { row: number; reason: string }[] = []
  const valid = column.valid
  const latest = Math.min(spec.latest, Number.MAX_SAFE_INTEGER)
  for (let i = 0; i < time.length; i++) {
    if (valid !== null && valid[i] === 0) {
      bad.push({ row: i, reason: `time column ${spec.column} is null` })
      time[i] = 0
    } else if (!(time[i]! <= latest && time[i]! >= -Number.MAX_SAFE_INTEGER)) {
      bad.push({ row: i, reason: badTimeReason(column, i, time[i]!, spec) })
      time[i] = 0
    }
  }
  return bad
}

function badTimeReason(column: Column, row: number, ticks: number, spec: EventTimeSpec): string {
  const raw =
    column.kind === 'i64'
      ? String(i64ToBigInt(column.values[2 * row]!, column.values[2 * row + 1]!, spec.type.name === 'uint64'))
      : String(column.kind === 'bytes' ? '' : column.values[row])
  if (!(Math.abs(ticks) <= Number.MAX_SAFE_INTEGER))
    return `time column ${spec.column} holds ${raw}, which is no time`
  const iso = isoOfMs(msFromTicks(ticks, spec.timeline))
  const latest = isoOfMs(msFromTicks(spec.latest, spec.timeline))
  return `time column ${spec.column} holds ${raw} (${iso}), later than ${latest} (plan time + maxFuture)`
}
