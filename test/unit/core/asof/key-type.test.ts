import { describe, expect, it } from 'vitest'
import { keyConversion, keyConversions } from '../../../../src/core/asof/index.ts'
import type { ColumnType } from '../../../../src/core/batch/index.ts'
import { isWideDecimal, typeText } from '../../../../src/core/batch/index.ts'
import { widenTypes } from '../../../../src/plan/index.ts'

const TYPES: readonly ColumnType[] = [
  ...(['bool', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64'] as const).map(
    name => ({ name }),
  ),
  ...(['float32', 'float64', 'utf8', 'binary', 'date'] as const).map(name => ({ name })),
  ...(['s', 'ms', 'us', 'ns'] as const).flatMap(unit =>
    [true, false].map(utc => ({ name: 'timestamp' as const, unit, utc })),
  ),
  { name: 'decimal', precision: 18, scale: 0 },
  { name: 'decimal', precision: 9, scale: 2 },
  { name: 'decimal', precision: 18, scale: 9 },
  { name: 'decimal', precision: 20, scale: 2 },
  { name: 'decimal', precision: 38, scale: 2 },
  { name: 'decimal', precision: 38, scale: 9 },
  { name: 'time', unit: 'ms', utc: false },
  { name: 'time', unit: 'ns', utc: true },
]

/** Decimals beyond 64 bits match those of their scale. */
function areWideAlike(from: ColumnType, to: ColumnType): boolean {
  const isWide = isWideDecimal(from) && isWideDecimal(to)
  return isWide && from.name === 'decimal' && to.name === 'decimal' && from.scale === to.scale
}

describe('key types', () => {
  it('match exactly where the types have a common widening that 64 bits hold', () => {
    for (const from of TYPES) {
      for (const to of TYPES) {
        const pair = `${typeText(from)} in ${typeText(to)}`
        const wide = widenTypes(from, to)
        const matches = wide !== null && (!isWideDecimal(wide) || areWideAlike(from, to))
        expect([pair, keyConversion(from, to) !== null]).toEqual([pair, matches])
      }
    }
  })

  it('take decimals of more than 18 digits as their bytes, and times in the unit of the key', () => {
    const [, , decimal20, decimal38] = TYPES.filter(({ name }) => name === 'decimal').slice(1)
    expect(keyConversion(decimal20!, decimal38!)).toEqual({ to: 'text' })
    const [ms, ns] = TYPES.filter(({ name }) => name === 'time')
    expect(keyConversion(ms!, ns!)).toEqual({ to: 'int', multiply: 1_000_000, divide: 1 })
    expect(keyConversion(ns!, ms!)).toEqual({ to: 'int', multiply: 1, divide: 1_000_000 })
  })

  it('leave a value as it is where the types are one', () => {
    for (const type of TYPES) {
      const conversion = keyConversion(type, type)
      if (conversion?.to === 'int') expect(conversion).toEqual({ to: 'int', multiply: 1, divide: 1 })
    }
  })

  it('names feature, columns and types of a mismatch', () => {
    const check = {
      feature: 'airport',
      on: [{ name: 'origin', type: { name: 'int64' } }],
      keyFields: [{ name: 'airport', type: { name: 'utf8' } }],
    } as const
    expect(() => keyConversions(check)).toThrow(
      expect.objectContaining({
        code: 'key-type-mismatch',
        message: 'feature airport: event column origin is int64, key column airport is utf8',
        where: { feature: 'airport', column: 'origin' },
      }),
    )
  })

  it('wants one event column for each key column', () => {
    const field = { name: 'a', type: { name: 'utf8' } } as const
    expect(() => keyConversions({ feature: 'f', on: [field], keyFields: [field, field] })).toThrow(
      expect.objectContaining({
        code: 'key-type-mismatch',
        message: expect.stringContaining('2 key column(s) (a, a)'),
      }),
    )
  })
})
