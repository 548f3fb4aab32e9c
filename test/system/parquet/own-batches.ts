/**
 * Batches to write: every type that a file of ours can have, with random values; columns of few values; and columns
 * `up_…` that rise with the row, so that statistics can rule row groups and pages out.
 */
import type { Batch, Column, ColumnType, Schema } from '../../../src/core/batch/index.ts'
import { isWideDecimal, typeFromText, typeText, wideDecimalBytes } from '../../../src/core/batch/index.ts'
import { type Chance, EVERY_TYPE, randomBatch } from '../../unit/sinks/random-batch.ts'

/** A column made from its row number; null where the row is null. */
interface MadeColumn {
  readonly name: string
  readonly type: string
  readonly value: (row: number) => bigint | number | string
}

const MADE: readonly MadeColumn[] = [
  { name: 'up_int32', type: 'int32', value: row => 3 * row - 1000 },
  { name: 'up_int64', type: 'int64', value: row => BigInt(row) * 1_000_000_000_000n - 500_000_000_000_000n },
  { name: 'up_us', type: 'timestamp[us]', value: row => BigInt(row) * 61_000_001n - 10_000_000_000n },
  { name: 'up_utc', type: 'timestamp[us, UTC]', value: row => BigInt(row) * 3_600_000_001n - 9_999_999n },
  { name: 'up_text', type: 'utf8', value: row => `key-${String(row).padStart(6, '0')}` },
  { name: 'up_float64', type: 'float64', value: row => row / 4 - 100 },
  { name: 'up_date', type: 'date', value: row => row - 300 },
  { name: 'up_decimal', type: 'decimal(18,4)', value: row => BigInt(row) * 12_345n - 1_000_000n },
  {
    name: 'up_wide',
    type: 'decimal(38,10)',
    value: row => (BigInt(row) - 900n) * 1_000_000_007n ** 3n,
  },
  { name: 'up_time', type: 'time[us]', value: row => BigInt(row) * 20_000_003n },
  {
    name: 'few_text',
    type: 'utf8',
    value: row => ['', 'LHR', 'a longer one, of more bytes', 'é', 'zz'][row % 5]!,
  },
  { name: 'few_int32', type: 'int32', value: row => [7, -7, 2 ** 31 - 1][row % 3]! },
  { name: 'one_text', type: 'utf8', value: () => 'always' },
  { name: 'one_uint64', type: 'uint64', value: () => -1n },
  // Bounds of zeros have a sign of their own, whatever the zeros have.
  { name: 'zeros32', type: 'float32', value: row => [0, Number.NaN][row % 2]! },
  { name: 'zeros64', type: 'float64', value: row => [-0, Number.NaN][row % 2]! },
  { name: 'blob', type: 'binary', value: row => `\u0000${row % 700}` },
]

/** Letters and digits only, so that every tool takes the names. */
function plainName(type: ColumnType): string {
  return typeText(type)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replace(/_$/, '')
}

export const SCHEMA: Schema = [
  ...EVERY_TYPE.map(({ type }) => ({ name: plainName(type), type })),
  ...MADE.map(({ name, type }) => ({ name, type: typeFromText(type)! })),
]

/** Rows [from, from + rows) of an endless table; the same seed gives the same rows only for the same cuts. */
export function ownBatch(from: number, rows: number, chance: Chance, nullsIn1000: number): Batch {
  const random = randomBatch(EVERY_TYPE, rows, chance, nullsIn1000)
  const made = MADE.map(column => madeColumn(column, from, rows, chance, nullsIn1000))
  return { schema: SCHEMA, rows, columns: [...random.columns, ...made] }
}

function madeColumn(
  { type, value }: MadeColumn,
  from: number,
  rows: number,
  chance: Chance,
  nullsIn1000: number,
): Column {
  const flags = Uint8Array.from({ length: rows }, () => (chance.below(1000) < nullsIn1000 ? 0 : 1))
  const valid = flags.includes(0) ? flags : null
  const values = Array.from(flags, (flag, i) => (flag === 1 ? value(from + i) : null))
  const isWide = isWideDecimal(typeFromText(type)!)
  if (isWide || type === 'utf8' || type === 'binary') {
    const texts = values.map(given => {
      if (given === null || !isWide) return Buffer.from(String(given ?? ''))
      return wideDecimalBytes(BigInt(given))
    })
    const offsets = new Int32Array(rows + 1)
    texts.forEach((text, i) => {
      offsets[i + 1] = offsets[i]! + text.length
    })
    return { kind: 'bytes', offsets, bytes: new Uint8Array(Buffer.concat(texts)), valid }
  }
  if (type.startsWith('float'))
    return { kind: 'f64', values: Float64Array.from(values, v => Number(v ?? 0)), valid }
  if (type === 'int32' || type === 'date')
    return { kind: 'i32', values: Int32Array.from(values, v => Number(v ?? 0)), valid }
  const wide = BigInt64Array.from(values, v => BigInt(v ?? 0))
  return { kind: 'i64', values: new Int32Array(wide.buffer), valid }
}
