/**
 * A column of a file → the type the stream wants, where that is wider (plan/widen.ts says what may become what).
 * A value is never changed into another: one that the wanted type does not reach (a date of the year 3000 in
 * nanoseconds) is a misfit, and its row is set aside.
 */

import type { Column, ColumnType, I64Column } from '../../core/batch/index.ts'
import { isWideDecimal, physicalKind, sameType, typeText } from '../../core/batch/index.ts'
import type { TimeUnit } from '../../core/time.ts'
import { HindcastError } from '../../errors.ts'
import { widensTo } from '../../plan/index.ts'
import { widenDecimal } from './widen-decimal.ts'

export interface WidenedColumn {
  readonly column: Column
  /** Rows whose value does not fit, ascending. */
  readonly misfits: readonly number[]
}

const NONE: readonly number[] = []

/** Raises `schema-conflict` where `to` is no widening of `from`. */
export function widenColumn(column: Column, from: ColumnType, to: ColumnType): WidenedColumn {
  if (sameType(from, to)) return { column, misfits: NONE }
  if (!widensTo(from, to)) {
    const message = `the column is ${typeText(from)}, which does not widen to ${typeText(to)} without loss`
    throw new HindcastError('schema-conflict', message, {
      advice: 'Make a new plan: the file has another schema now.',
    })
  }
  const [kind, wanted] = [physicalKind(from), physicalKind(to)]
  if (to.name === 'decimal' && isWideDecimal(to)) return widenDecimal(column, from, to.scale)
  if (to.name === 'timestamp' || to.name === 'time')
    return scaled(asI64(column, from), timeFactor(from, to.unit))
  if (to.name === 'decimal') return scaled(asI64(column, from), 10 ** (to.scale - scaleOf(from)))
  if (kind === wanted) return { column, misfits: NONE }
  if (wanted === 'i64') return { column: asI64(column, from), misfits: NONE }
  return { column: asF64(column, from), misfits: NONE }
}

function scaleOf(type: ColumnType): number {
  return type.name === 'decimal' ? type.scale : 0
}

const PER_DAY: Readonly<Record<TimeUnit, number>> = { s: 86_400, ms: 86_400e3, us: 86_400e6, ns: 86_400e9 }
const PER_SECOND: Readonly<Record<TimeUnit, number>> = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 }

function timeFactor(from: ColumnType, unit: TimeUnit): number {
  if (from.name === 'date') return PER_DAY[unit]
  return from.name === 'timestamp' || from.name === 'time' ? PER_SECOND[unit] / PER_SECOND[from.unit] : 1
}

function asI64(column: Column, type: ColumnType): I64Column {
  if (column.kind === 'i64') return column
  const { values, valid } = column as Extract<Column, { kind: 'i32' }>
  const halves = new Int32Array(2 * values.length)
  const signed = type.name !== 'uint32'
  for (let i = 0; i < values.length; i++) {
    halves[2 * i] = values[i]!
    halves[2 * i + 1] = signed ? values[i]! >> 31 : 0
  }
  return { kind: 'i64', values: halves, valid }
}

function asF64(column: Column, type: ColumnType): Column {
  const { values, valid } = column as Extract<Column, { kind: 'i32' }>
  const numbers =
    type.name === 'uint32' ? Float64Array.from(values, value => value >>> 0) : Float64Array.from(values)
  return { kind: 'f64', values: numbers, valid }
}

/**
 * Multiplies by a whole number below 2^47, exactly: by its lower 16 bits and the rest apart, since low × rest stays
 * below 2^63 only in halves. `top` may be inexact where it is far beyond int32, which is a misfit anyway.
 */
function scaled({ values, valid }: I64Column, factor: number): WidenedColumn {
  if (factor === 1) return { column: { kind: 'i64', values, valid }, misfits: NONE }
  const out = new Int32Array(values.length)
  const misfits: number[] = []
  const [factorLow, factorHigh] = [factor % TWO_16, Math.floor(factor / TWO_16)]
  for (let i = 0; i < values.length; i += 2) {
    const lowest = values[i]! & 0xffff
    const middle = values[i]! >>> 16
    const high = values[i + 1]!
    // value × factor = Σ parts × 2^16k; each part stays below 2^49
    const part0 = lowest * factorLow
    const part1 = lowest * factorHigh + middle * factorLow + Math.floor(part0 / TWO_16)
    const part2 = middle * factorHigh + high * factorLow + Math.floor(part1 / TWO_16)
    const top = high * factorHigh * TWO_16 + part2
    out[i] = ((part1 % TWO_16) * TWO_16) | (part0 % TWO_16)
    out[i + 1] = top
    if (top > 2147483647 || top < -2147483648) misfits.push(i / 2)
  }
  return { column: { kind: 'i64', values: out, valid }, misfits }
}

const TWO_16 = 65_536
