import { describe, expect, it } from 'vitest'
import type { KeyBatch } from '../../../../src/core/asof/index.ts'
import {
  encodeKeys,
  gatherKeys,
  keyBytesAt,
  keyConversion,
  keyKind,
} from '../../../../src/core/asof/index.ts'
import type { Column, ColumnType } from '../../../../src/core/batch/index.ts'
import { columnOf } from '../../../property/asof-twin.ts'

function keysOf(from: ColumnType, to: ColumnType, column: Column, rows: number): KeyBatch {
  return encodeKeys([{ column, type: from, conversion: keyConversion(from, to)! }], rows)
}

/** Bytes of each key as hex; null where the key is null. */
function hexes(keys: KeyBatch): (string | null)[] {
  return Array.from({ length: keys.rows }, (_, row) =>
    keys.isNull?.[row] === 1 ? null : Buffer.from(keyBytesAt(keys, row)).toString('hex'),
  )
}

function numbers(from: ColumnType, to: ColumnType, values: readonly (number | null)[]): (string | null)[] {
  return hexes(keysOf(from, to, columnOf(from, values), values.length))
}

describe('canonical keys', () => {
  it('gives one value the same bytes in every integer width', () => {
    const values = [0, 1, -1, -128, 127, null]
    const wide = numbers({ name: 'int64' }, { name: 'int64' }, values)
    expect(wide[2]).toBe('ffffffffffffffff')
    for (const name of ['int8', 'int16', 'int32'] as const) {
      expect(numbers({ name }, { name: 'int64' }, values)).toEqual(wide)
    }
  })

  it('reads uint32 bits as unsigned', () => {
    const column: Column = { kind: 'i32', values: Int32Array.of(-1), valid: null }
    expect(hexes(keysOf({ name: 'uint32' }, { name: 'int64' }, column, 1))).toEqual(['ffffffff00000000'])
    expect(hexes(keysOf({ name: 'uint32' }, { name: 'float64' }, column, 1))).toEqual(
      numbers({ name: 'float64' }, { name: 'float64' }, [4294967295]),
    )
  })

  it('uses the memory of an int64 column as it is', () => {
    const column = columnOf({ name: 'int64' }, [5, 6])
    const keys = keysOf({ name: 'int64' }, { name: 'int64' }, column, 2)
    expect(keys.kind === 'words' && keys.words).toBe(column.kind === 'i64' && column.values)
  })

  it('knows one zero and one NaN', () => {
    const quiet = new Float64Array(Int32Array.of(1, 0x7ff80000).buffer)[0]
    const column: Column = {
      kind: 'f64',
      values: Float64Array.of(0, -0, Number.NaN, quiet, 1.5),
      valid: null,
    }
    const [zero, minus, nan, other, half] = hexes(keysOf({ name: 'float64' }, { name: 'float64' }, column, 5))
    expect(minus).toBe(zero)
    expect(other).toBe(nan)
    expect(half).not.toBe(zero)
  })

  it('finds whole floats among integers and nothing for the others', () => {
    const found = numbers({ name: 'float64' }, { name: 'int32' }, [3, 2.5, Number.NaN, 2 ** 60, -7, null])
    const [three, , , , minusSeven] = numbers({ name: 'int32' }, { name: 'int32' }, [3, 0, 0, 0, -7])
    expect(found).toEqual([three, null, null, null, minusSeven, null])
  })

  it('brings decimals and times to the unit of the key column', () => {
    const cents: ColumnType = { name: 'decimal', precision: 9, scale: 2 }
    const tenths: ColumnType = { name: 'decimal', precision: 9, scale: 1 }
    expect(numbers(cents, tenths, [150, 151])).toEqual([numbers(tenths, tenths, [15])[0], null])
    expect(numbers(tenths, cents, [15])).toEqual(numbers(cents, cents, [150]))
    expect(numbers({ name: 'int32' }, cents, [-3])).toEqual(numbers(cents, cents, [-300]))
    const seconds: ColumnType = { name: 'timestamp', unit: 's', utc: true }
    const micros: ColumnType = { name: 'timestamp', unit: 'us', utc: false }
    expect(numbers(seconds, micros, [-2])).toEqual(numbers(micros, micros, [-2e6]))
    expect(numbers(micros, seconds, [3e6, 3e6 + 1])).toEqual([numbers(seconds, seconds, [3])[0], null])
    expect(numbers({ name: 'date' }, seconds, [2])).toEqual(numbers(seconds, seconds, [172_800]))
  })

  it('scales exactly beyond 2^53 and marks what int64 cannot hold', () => {
    const seconds: ColumnType = { name: 'timestamp', unit: 's', utc: true }
    const nanos: ColumnType = { name: 'timestamp', unit: 'ns', utc: true }
    const value = 9_223_372_035n * 1_000_000_000n // just inside int64
    const exact: Column = {
      kind: 'i64',
      values: Int32Array.of(Number(BigInt.asIntN(32, value)), Number(value >> 32n)),
      valid: null,
    }
    expect(numbers(seconds, nanos, [9_223_372_035, 9_223_372_037])).toEqual([
      hexes(keysOf(nanos, nanos, exact, 1))[0],
      null,
    ])
    expect(hexes(keysOf(nanos, seconds, exact, 1))).toEqual(numbers(seconds, seconds, [9_223_372_035]))
  })

  it('tells keys of several columns apart wherever the bytes lie', () => {
    const text: ColumnType = { name: 'utf8' }
    const parts = (rows: readonly (readonly [string | null, string | null])[]): (string | null)[] => {
      const both = [0, 1].map(c => ({
        column: columnOf(
          text,
          rows.map(row => row[c]),
        ),
        type: text,
        conversion: keyConversion(text, text)!,
      }))
      return hexes(encodeKeys(both, rows.length))
    }
    const [ab, a, empty, nothing] = parts([
      ['ab', 'c'],
      ['a', 'bc'],
      ['', 'abc'],
      [null, 'abc'],
    ])
    expect(new Set([ab, a, empty]).size).toBe(3)
    expect(nothing).toBeNull()
  })

  it('gathers keys and their nulls', () => {
    const keys = keysOf({ name: 'utf8' }, { name: 'utf8' }, columnOf({ name: 'utf8' }, ['x', null, 'yy']), 3)
    expect(hexes(gatherKeys(keys, Int32Array.of(2, 1, 2)))).toEqual(['7979', null, '7979'])
    expect(gatherKeys(keys, Int32Array.of(0, 2)).isNull).toBeNull()
    const words = keysOf({ name: 'int32' }, { name: 'int32' }, columnOf({ name: 'int32' }, [1, null, 3]), 3)
    expect(hexes(gatherKeys(words, Int32Array.of(2, 1)))).toEqual(['0300000000000000', null])
  })

  it('tells the kind of batch that conversions give', () => {
    expect(keyKind([{ to: 'int', multiply: 1, divide: 1 }])).toBe('words')
    expect(keyKind([{ to: 'text' }])).toBe('bytes')
    expect(keyKind([{ to: 'float' }, { to: 'float' }])).toBe('bytes')
  })
})
