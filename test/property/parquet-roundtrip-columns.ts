/**
 * Columns for the round-trip property, from a seed: for each type the values where mistakes show, in the shapes that
 * make a writer choose its encodings. Also the obvious comparison of columns, bit for bit.
 */
import type { Column, ColumnType, Schema } from '../../src/core/batch/index.ts'
import {
  columnRows,
  isWideDecimal,
  nullColumn,
  physicalKind,
  typeFromText,
  wideDecimalBytes,
} from '../../src/core/batch/index.ts'
import { Chance, EVERY_TYPE } from '../unit/sinks/random-batch.ts'

/**
 * - `wild`: extremes and random bits; next to nothing repeats
 * - `few`: three values, which a dictionary holds
 * - `rising`: sorted, which DELTA is for
 * - `turning`: few values first, wild ones behind, so that a dictionary is given up half-way
 */
export type Shape = 'wild' | 'few' | 'rising' | 'turning'

export interface ColumnRecipe {
  readonly type: string
  readonly shape: Shape
  /** Nulls in 100 rows; 100: there is no value. */
  readonly nulls: number
  readonly seed: number
}

export const TYPE_NAMES: readonly string[] = [
  ...EVERY_TYPE.map(({ name }) => name),
  'decimal(1,0)',
  'decimal(10,10)',
  'decimal(18,0)',
  'decimal(38,0)',
]

export function schemaOf(recipes: readonly ColumnRecipe[]): Schema {
  return recipes.map(({ type }, c) => ({ name: `c${c}`, type: typeFromText(type)! }))
}

/** All rows of a column; `sliceColumn` cuts them into batches. */
export function makeColumn(recipe: ColumnRecipe, rows: number): Column {
  const type = typeFromText(recipe.type)!
  const chance = new Chance(recipe.seed)
  const valid = Uint8Array.from({ length: rows }, () => (chance.below(100) < recipe.nulls ? 0 : 1))
  const values = shaped(recipe.shape, rows, () => wildValue(type, chance), chance)
  if (!valid.includes(1)) return nullColumn(type, rows)
  return pack(type, values, valid.includes(0) ? valid : null)
}

type Value = bigint | Uint8Array

function shaped(shape: Shape, rows: number, wild: () => Value, chance: Chance): Value[] {
  const pool = [wild(), wild(), wild()]
  const few = (): Value => pool[chance.below(pool.length)]!
  const values = Array.from({ length: rows }, (_, row) => {
    if (shape === 'few') return few()
    return shape === 'turning' && row < rows / 2 ? few() : wild()
  })
  return shape === 'rising' ? values.sort(compare) : values
}

function compare(a: Value, b: Value): number {
  if (a instanceof Uint8Array || b instanceof Uint8Array)
    return Buffer.compare(a as Uint8Array, b as Uint8Array)
  return a < b ? -1 : a > b ? 1 : 0
}

/** Whole numbers as they are, floats as their bits in 64, strings as bytes. */
function wildValue(type: ColumnType, chance: Chance): Value {
  const bits = (BigInt(chance.below(2 ** 32)) << 32n) | BigInt(chance.below(2 ** 32))
  switch (type.name) {
    case 'bool':
      return bits & 1n
    case 'decimal': {
      const most = 10n ** BigInt(type.precision) - 1n
      return isWideDecimal(type) ? wideDecimal(bits, most, chance) : edged(bits, most, chance)
    }
    case 'time':
      return BigInt.asUintN(64, edged(bits, DAY_TICKS[type.unit], chance)) % (DAY_TICKS[type.unit] + 1n)
    case 'timestamp':
      // Seconds become milliseconds in a file.
      return type.unit === 's' ? edged(bits, (2n ** 63n - 1n) / 1000n, chance) : wholeNumber(bits, 64, chance)
    case 'float32':
      return floatBits(Math.fround(doubleOf(wildDouble(bits, chance))))
    case 'float64':
      return wildDouble(bits, chance)
    case 'utf8':
    case 'binary':
      return wildBytes(chance)
    case 'date':
      return wholeNumber(bits, 32, chance)
    default:
      return wholeNumber(bits, Number(/\d+/.exec(type.name)![0]), chance)
  }
}

/** Between −most and most. */
function edged(bits: bigint, most: bigint, chance: Chance): bigint {
  const edges = [most, -most, 0n, 1n, -1n]
  return edges[chance.below(20)] ?? BigInt.asIntN(64, bits) % (most + 1n)
}

const DAY_TICKS = { ms: 86_400_000n, us: 86_400_000_000n, ns: 86_400_000_000_000n }

/** Between −most and most, of any magnitude. */
function wideDecimal(bits: bigint, most: bigint, chance: Chance): Uint8Array {
  const wide = BigInt.asIntN(1 + chance.below(128), bits * BigInt(chance.below(2 ** 32)) * bits)
  const edges = [most, -most, 0n, 1n, -1n, 2n ** 64n, -(2n ** 64n)]
  return wideDecimalBytes((edges[chance.below(20)] ?? wide) % (most + 1n))
}

/** Of so many bits, signed; the memory of unsigned types has the same. */
function wholeNumber(bits: bigint, width: number, chance: Chance): bigint {
  const high = 2n ** BigInt(width - 1)
  const edges = [-high, high - 1n, 0n, 1n, -1n]
  const near = BigInt(chance.below(100))
  return BigInt.asIntN(width, edges[chance.below(20)] ?? (chance.below(2) === 0 ? near : bits))
}

/** Bits of ±0, infinities, subnormals and NaN with payloads, or of anything. */
function wildDouble(bits: bigint, chance: Chance): bigint {
  const edges = [0n, 1n << 63n, 0x7ff0000000000000n, 0xfff0000000000000n, 1n, 0x7fefffffffffffffn]
  const nans = [0x7ff8000000000000n, 0xfff8dead00000000n, 0x7ff8000000000001n, 0x7ff0000000000001n]
  return (
    [...edges, ...nans][chance.below(40)] ??
    (chance.below(2) === 0 ? floatBits(chance.below(2 ** 20) / 8) : bits)
  )
}

const WORDS = [
  ...['', 'a', 'prefix-', 'prefix-b', 'é', '语', '🛫', '\0', 'x'.repeat(70)].map(text => Buffer.from(text)),
]
/** Bytes that are no text: cut characters, a surrogate, an overlong form. */
const BROKEN = ['ff', 'c3', 'e8af', 'eda080', 'c080', 'f4908080'].map(hex => Buffer.from(hex, 'hex'))

function wildBytes(chance: Chance): Uint8Array {
  const parts = Array.from({ length: chance.below(4) }, () => {
    const words = chance.below(8) === 0 ? BROKEN : WORDS
    return words[chance.below(words.length)]!
  })
  if (chance.below(2) === 0) parts.push(Buffer.from(String(chance.below(1000))))
  return new Uint8Array(Buffer.concat(parts))
}

const scratch = new DataView(new ArrayBuffer(8))

function floatBits(value: number): bigint {
  scratch.setFloat64(0, value)
  return scratch.getBigUint64(0)
}

function doubleOf(bits: bigint): number {
  scratch.setBigUint64(0, bits)
  return scratch.getFloat64(0)
}

/** The memory form; under a null it is zero. */
function pack(type: ColumnType, values: readonly Value[], valid: Uint8Array | null): Column {
  const present = (row: number): boolean => valid === null || valid[row] === 1
  const wide = (): BigUint64Array =>
    BigUint64Array.from(values, (value, row) => (present(row) ? BigInt.asUintN(64, value as bigint) : 0n))
  switch (physicalKind(type)) {
    case 'i32':
      return {
        kind: 'i32',
        values: Int32Array.from(values, (v, row) => (present(row) ? narrow(v, type) : 0)),
        valid,
      }
    case 'i64':
      return { kind: 'i64', values: new Int32Array(wide().buffer), valid }
    case 'f64':
      return { kind: 'f64', values: new Float64Array(wide().buffer), valid }
    case 'bytes': {
      const texts = values.map((value, row) => (present(row) ? (value as Uint8Array) : new Uint8Array(0)))
      const offsets = new Int32Array(values.length + 1)
      texts.forEach((text, row) => {
        offsets[row + 1] = offsets[row]! + text.length
      })
      return { kind: 'bytes', offsets, bytes: new Uint8Array(Buffer.concat(texts)), valid }
    }
  }
}

/** Small unsigned numbers are positive in memory; uint32 keeps its bits. */
function narrow(value: Value, type: ColumnType): number {
  const width = type.name === 'uint8' ? 8 : type.name === 'uint16' ? 16 : 0
  return Number(width > 0 ? BigInt.asUintN(width, value as bigint) : value)
}

/** Rows [from, to), views of the same memory. */
export function sliceColumn(column: Column, from: number, to: number): Column {
  const flags = column.valid === null ? null : column.valid.subarray(from, to)
  const valid = flags?.includes(0) ? flags : null
  switch (column.kind) {
    case 'i32':
      return { kind: 'i32', values: column.values.subarray(from, to), valid }
    case 'i64':
      return { kind: 'i64', values: column.values.subarray(2 * from, 2 * to), valid }
    case 'f64':
      return { kind: 'f64', values: column.values.subarray(from, to), valid }
    case 'bytes':
      return { kind: 'bytes', offsets: column.offsets.subarray(from, to + 1), bytes: column.bytes, valid }
  }
}

/** What a file gives back for the column: it has no seconds, so they come as milliseconds. */
export function asWritten(column: Column, type: ColumnType): Column {
  if (type.name !== 'timestamp' || type.unit !== 's' || column.kind !== 'i64') return column
  const seconds = new BigInt64Array(column.values.slice().buffer)
  return { ...column, values: new Int32Array(seconds.map(value => value * 1000n).buffer) }
}

/** The whole of a column as text, bit for bit: equal columns have equal text, however their strings lie in memory. */
export function columnText(column: Column): string {
  const rows = columnRows(column)
  const valid = column.valid === null ? 'no nulls' : hex(column.valid)
  if (column.kind !== 'bytes') return `${column.kind} ${rows} ${valid} ${hex(column.values)}`
  const texts = Array.from({ length: rows }, (_, row) =>
    hex(column.bytes.subarray(column.offsets[row], column.offsets[row + 1])),
  )
  return `bytes ${rows} ${valid} ${texts.join(',')}`
}

function hex({ buffer, byteOffset, byteLength }: Uint8Array | Int32Array | Float64Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('hex')
}
