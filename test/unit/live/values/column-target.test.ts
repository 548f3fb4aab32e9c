import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ColumnBuilder, type PlainValue, typeFromText, valueAt } from '../../../../src/core/batch/index.ts'
import { targetOf } from '../../../../src/live/values/column-target.ts'

/** What a value written as `source` is in a column of type `type`: the value, the reason why none, or `no way`. */
function put(
  source: string,
  type: string,
  value: bigint | number | string | Uint8Array,
): PlainValue | undefined {
  const builder = new ColumnBuilder({ name: 'c', type: typeFromText(type)! })
  builder.reserveRow(0)
  const target = targetOf(builder, typeFromText(source)!)
  if (target === null) return 'no way'
  let reason: string | null = null
  if (typeof value === 'bigint')
    reason = target.integer(0, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)))
  else if (typeof value === 'number') target.real(0, value)
  else {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value
    reason = target.bytes(0, bytes, 0, bytes.length)
  }
  return reason ?? valueAt(builder.take(1), builder.field.type, 0)
}

const I64_MAX = 2n ** 63n - 1n

describe('integers', () => {
  it.each([
    ['int32', 'int8', -128n, -128],
    ['int32', 'int8', 128n, 'column "c" (int8) is out of range: 128'],
    ['int64', 'int32', 2147483647n, 2147483647],
    ['int64', 'int32', 2147483648n, 'column "c" (int32) is out of range: 2147483648'],
    ['int64', 'uint32', 4294967295n, 4294967295],
    ['int64', 'uint32', -1n, 'column "c" (uint32) is out of range: -1'],
    ['int64', 'int64', -I64_MAX, -I64_MAX],
    ['int64', 'uint64', -1n, 'column "c" (uint64) is out of range: -1'],
    ['uint64', 'uint64', 2n ** 64n - 1n, 2n ** 64n - 1n],
    ['uint64', 'int64', 2n ** 63n, 'column "c" (int64) is out of range: 9223372036854775808'],
    ['uint64', 'int32', 2n ** 64n - 1n, 'column "c" (int32) is out of range: 18446744073709551615'],
    ['uint64', 'float64', 2n ** 63n, 2 ** 63],
    ['int64', 'float64', I64_MAX, 2 ** 63],
    ['int32', 'float32', 16777217n, 16777216],
    ['int32', 'date', 1n, '1970-01-02'],
    ['int64', 'timestamp[ms, UTC]', 1n, '1970-01-01T00:00:00.001Z'],
    ['int64', 'time[ms]', 86_400_001n, 'column "c" (time[ms]) is out of range: 86400001'],
    ['int64', 'decimal(6,2)', 1234n, '1234.00'],
    ['uint64', 'decimal(20,0)', 2n ** 64n - 1n, '18446744073709551615'],
    ['int64', 'decimal(6,2)', 12345n, 'column "c" (decimal(6,2)) is out of range'],
    ['int32', 'bool', 1n, 'no way'],
    ['int32', 'utf8', 1n, 'no way'],
  ])('%s → %s: %s', (source, type, value, expected) => {
    expect(put(source, type, value as bigint)).toBe(expected)
  })
})

describe('times', () => {
  it.each([
    ['timestamp[ms, UTC]', 'timestamp[us]', -1n, '1969-12-31T23:59:59.999000Z'],
    ['timestamp[us]', 'timestamp[ms, UTC]', 1000n, '1970-01-01T00:00:00.001Z'],
    [
      'timestamp[us]',
      'timestamp[ms]',
      1001n,
      'column "c" (timestamp[ms]) has digits finer than its unit: 1001',
    ],
    ['timestamp[ms]', 'timestamp[ns]', 2n ** 43n, '2248-09-26T15:10:22.208000000Z'],
    [
      'timestamp[ms]',
      'timestamp[ns]',
      2n ** 44n,
      'column "c" (timestamp[ns]) is out of range: 17592186044416',
    ],
    ['timestamp[ns]', 'timestamp[s]', 4_000_000_000_000_000_000n, '2096-10-02T07:06:40Z'],
    ['timestamp[us]', 'int64', -5n, -5n],
    ['timestamp[us]', 'int32', 5n, 'no way'],
    ['timestamp[us]', 'date', 5n, 'no way'],
    ['time[ms]', 'time[us]', 86_400_000n, '24:00:00.000000'],
    ['time[ms]', 'time[us]', -1n, 'column "c" (time[us]) is out of range: -1'],
    ['time[us]', 'time[ms]', 1n, 'column "c" (time[ms]) has digits finer than its unit: 1'],
    ['time[ms]', 'int32', 5n, 5],
    ['date', 'int64', -1n, -1n],
    ['date', 'timestamp[ms]', 1n, 'no way'],
  ])('%s → %s: %s', (source, type, value, expected) => {
    expect(put(source, type, value as bigint)).toBe(expected)
  })
})

describe('text, bytes and floats', () => {
  const long = 'é'.repeat(60)
  it.each([
    ['utf8', 'utf8', 'é', 'é'],
    ['utf8', 'utf8', long, long],
    ['utf8', 'binary', 'ab', 'YWI='],
    ['binary', 'utf8', Uint8Array.of(0xc3), 'column "c" (utf8) is not UTF-8'],
    ['binary', 'utf8', new Uint8Array(50).fill(0xff), 'column "c" (utf8) is not UTF-8'],
    ['binary', 'binary', Uint8Array.of(0xff), '/w=='],
    ['utf8', 'decimal(6,2)', '12.5', '12.50'],
    ['utf8', 'timestamp[ms]', '2001-01-01T00:00:00Z', '2001-01-01T00:00:00.000Z'],
    ['utf8', 'date', 'soon', 'column "c" (date) is not a date (YYYY-MM-DD)'],
    ['utf8', 'int32', '12', 'no way'],
    ['float32', 'float64', 0.5, 0.5],
    ['float64', 'float64', Number.NaN, Number.NaN],
    ['float64', 'float32', 0.5, 'no way'],
    ['float64', 'int64', 1, 'no way'],
    ['bool', 'int32', 1, 'no way'],
  ])('%s → %s', (source, type, value, expected) => {
    expect(put(source, type, value as string)).toEqual(expected)
  })
})

/** Big-endian two's complement in as few bytes as `extra` more. */
function decimalBytes(value: bigint, extra: number): Uint8Array {
  const size = Math.max(1, Math.ceil((value.toString(2).length + 1) / 8)) + extra
  const hex = BigInt.asUintN(8 * size, value)
    .toString(16)
    .padStart(2 * size, '0')
  return Buffer.from(hex, 'hex')
}

describe('decimals', () => {
  it('are exact in every width, precision and scale, or refused', () => {
    const scaled = fc
      .tuple(fc.integer({ min: 1, max: 38 }), fc.integer({ min: 0, max: 38 }))
      .filter(([p, s]) => s <= p)
    fc.assert(
      fc.property(
        scaled,
        fc.integer({ min: 0, max: 38 }),
        fc
          .integer({ min: 1, max: 128 })
          .chain(bits => fc.bigInt({ min: -(2n ** BigInt(bits)), max: 2n ** BigInt(bits) })),
        fc.nat(4),
        ([precision, scale], from, value, extra) => {
          const power = scale - from
          const digits = power >= 0 ? value * 10n ** BigInt(power) : value / 10n ** BigInt(-power)
          const isExact = power >= 0 || value % 10n ** BigInt(-power) === 0n
          const limit = 10n ** BigInt(precision)
          const found = put(
            `decimal(38,${from})`,
            `decimal(${precision},${scale})`,
            decimalBytes(value, extra),
          )
          if (isExact && digits < limit && digits > -limit)
            expect(BigInt(String(found).replace('.', ''))).toBe(digits)
          else expect(found).toMatch(/is out of range|has digits finer than its scale/)
        },
      ),
      { numRuns: Number(process.env.HINDCAST_CASES ?? 1000) },
    )
  })

  it('end where their digits end', () => {
    for (const precision of [1, 9, 10, 18, 19, 38]) {
      const type = `decimal(${precision},0)`
      const most = 10n ** BigInt(precision) - 1n
      for (const value of [most, -most])
        expect(put('decimal(38,0)', type, decimalBytes(value, 0))).toBe(String(value))
      for (const value of [most + 1n, -most - 1n])
        expect(put('decimal(38,0)', type, decimalBytes(value, 0))).toMatch(/is out of range/)
    }
  })

  it('of no bytes, and of very many, are refused', () => {
    expect(put('decimal(9,2)', 'decimal(9,2)', new Uint8Array(0))).toMatch(/is a decimal without bytes/)
    expect(put('decimal(9,2)', 'decimal(9,2)', new Uint8Array(1000).fill(7))).toMatch(/is out of range/)
    expect(put('decimal(9,2)', 'decimal(9,2)', new Uint8Array(1000).fill(0xff))).toBe('-0.01')
  })
})
