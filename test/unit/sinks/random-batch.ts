/** Batches of every column type, from a seed: input for tests of sinks. */
import type { Batch, Column, ColumnType, Schema } from '../../../src/core/batch/index.ts'
import { isWideDecimal, physicalKind, typeFromText, wideDecimalBytes } from '../../../src/core/batch/index.ts'

/** One column of each type that a sample can have, nanoseconds with UTC included. */
export const EVERY_TYPE: Schema = [
  'bool',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'float32',
  'float64',
  'utf8',
  'binary',
  'date',
  'timestamp[s]',
  'timestamp[ms]',
  'timestamp[us]',
  'timestamp[ns]',
  'timestamp[s, UTC]',
  'timestamp[ms, UTC]',
  'timestamp[us, UTC]',
  'timestamp[ns, UTC]',
  'decimal(3,1)',
  'decimal(9,2)',
  'decimal(18,6)',
  'decimal(19,2)',
  'decimal(38,10)',
  'time[ms]',
  'time[us]',
  'time[ns]',
  'time[ms, UTC]',
  'time[us, UTC]',
  'time[ns, UTC]',
].map(text => ({ name: text.replaceAll("'", ''), type: typeFromText(text)! }))

/** Whole numbers below `bound`, the same for the same seed. */
export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = (seed ^ 0x9e3779b9) | 1
  }

  below(bound: number): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return (this.#state >>> 0) % bound
  }
}

/** A batch with `nullsIn1000` nulls in 1000 rows; at 0 no column has a validity. */
export function randomBatch(schema: Schema, rows: number, chance: Chance, nullsIn1000: number): Batch {
  return { schema, rows, columns: schema.map(field => randomColumn(field.type, rows, chance, nullsIn1000)) }
}

function randomColumn(type: ColumnType, rows: number, chance: Chance, nullsIn1000: number): Column {
  const flags = Uint8Array.from({ length: rows }, () => (chance.below(1000) < nullsIn1000 ? 0 : 1))
  const valid = flags.includes(0) ? flags : null
  switch (physicalKind(type)) {
    case 'i32':
      return {
        kind: 'i32',
        values: Int32Array.from(flags, flag => (flag ? randomI32(type, chance) : 0)),
        valid,
      }
    case 'f64':
      return {
        kind: 'f64',
        values: Float64Array.from(flags, flag => (flag ? randomF64(type, chance) : 0)),
        valid,
      }
    case 'i64': {
      const wide = BigInt64Array.from(flags, flag => (flag ? randomI64(type, chance) : 0n))
      return { kind: 'i64', values: new Int32Array(wide.buffer), valid }
    }
    case 'bytes':
      return {
        kind: 'bytes',
        ...randomTexts(flags, isWideDecimal(type) ? randomWide(type) : randomText, chance),
        valid,
      }
  }
}

function randomI32(type: ColumnType, chance: Chance): number {
  const bits = { bool: 1, int8: 8, uint8: 8, int16: 16, uint16: 16, int32: 32, uint32: 32, date: 20 }[
    type.name as 'bool'
  ]
  const value = chance.below(2 ** bits)
  return type.name.startsWith('int') ? (value << (32 - bits)) >> (32 - bits) : value | 0
}

function randomF64(type: ColumnType, chance: Chance): number {
  const special = [Number.NaN, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, 1e308]
  if (chance.below(10) === 0)
    return type.name === 'float32' ? special[chance.below(4)]! : special[chance.below(6)]!
  const value = (chance.below(2 ** 32) - 2 ** 31) / 1024
  return type.name === 'float32' ? Math.fround(value) : value * Math.PI
}

function randomI64(type: ColumnType, chance: Chance): bigint {
  const wide = BigInt.asIntN(64, (BigInt(chance.below(2 ** 32)) << 32n) | BigInt(chance.below(2 ** 32)))
  if (type.name === 'decimal') return wide % 10n ** BigInt(type.precision)
  if (type.name === 'time')
    return (
      BigInt.asUintN(63, wide) % { ms: 86_400_000n, us: 86_400_000_000n, ns: 86_400_000_000_000n }[type.unit]
    )
  if (type.name !== 'timestamp') return wide
  // Years 1843 to 2096, which all units hold.
  const us = wide % 4_000_000_000_000_000n
  return { s: us / 1_000_000n, ms: us / 1000n, us, ns: us * 1000n + 123n }[type.unit]
}

function randomTexts(
  flags: Uint8Array,
  random: (chance: Chance) => Uint8Array,
  chance: Chance,
): { offsets: Int32Array; bytes: Uint8Array } {
  const texts = Array.from(flags, flag => (flag ? random(chance) : new Uint8Array(0)))
  const lead = chance.below(3) // offsets need not start at 0
  const offsets = new Int32Array(flags.length + 1)
  offsets[0] = lead
  texts.forEach((text, i) => {
    offsets[i + 1] = offsets[i]! + text.length
  })
  const bytes = new Uint8Array(offsets[flags.length]!)
  texts.forEach((text, i) => {
    bytes.set(text, offsets[i])
  })
  return { offsets, bytes }
}

/** Numbers of any magnitude that the decimal has, its largest among them. */
function randomWide(type: ColumnType): (chance: Chance) => Uint8Array {
  const most = 10n ** BigInt((type as { precision: number }).precision) - 1n
  return chance => {
    if (chance.below(10) === 0) return wideDecimalBytes([most, -most, 0n, -1n][chance.below(4)]!)
    let bits = 0n
    for (let i = 0; i < 4; i++) bits = (bits << 32n) | BigInt(chance.below(2 ** 32))
    const value = BigInt.asIntN(1 + chance.below(128), bits)
    return wideDecimalBytes(value % (most + 1n))
  }
}

function randomText(chance: Chance): Uint8Array {
  const lengths = [0, 1, 4, 11, 12, 13, 16, 40, 300]
  const letters = ['a', 'b', 'Z', '9', '"', "'", '\0', 'é', '语', '🛫']
  let text = ''
  for (let left = lengths[chance.below(lengths.length)]!; left > 0; left--)
    text += letters[chance.below(letters.length)]
  return new TextEncoder().encode(text)
}
