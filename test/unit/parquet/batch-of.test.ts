import { describe, expect, it } from 'vitest'
import type { GivenValue } from '../../../src/parquet/index.ts'
import { batchOf, rowObject, typeFromText } from '../../../src/parquet/index.ts'

function one(type: string, value: GivenValue): unknown {
  return rowObject(batchOf([{ name: 'v', type: typeFromText(type)! }], { v: [null, value] }), 1).v
}

describe('batchOf', () => {
  it.each([
    ['bool', true, true],
    ['int8', -128, -128],
    ['uint32', 4294967295, 4294967295],
    ['int64', 2n ** 63n - 1n, '9223372036854775807'],
    ['uint64', 2n ** 64n - 1n, '18446744073709551615'],
    ['date', 19_000, '2022-01-08'],
    ['date', new Date('2022-01-08'), '2022-01-08'],
    ['timestamp[s]', new Date('2022-01-08T10:00:00Z'), '2022-01-08T10:00:00Z'],
    ['timestamp[us, UTC]', new Date('2022-01-08T10:00:00.001Z'), '2022-01-08T10:00:00.001000Z'],
    ['timestamp[ns]', 1n, '1970-01-01T00:00:00.000000001Z'],
    ['decimal(9,2)', 12_345, '123.45'],
    ['decimal(38,2)', -(10n ** 38n - 1n), `-${'9'.repeat(36)}.99`],
    ['decimal(19,0)', 7, '7'],
    ['time[ms]', 86_399_999, '23:59:59.999'],
    ['time[ns, UTC]', 86_400_000_000_000n, '24:00:00.000000000'],
    ['float32', 0.1, Math.fround(0.1)],
    ['float64', Number.NaN, 'NaN'],
    ['utf8', 'é🛫', 'é🛫'],
    ['binary', Uint8Array.of(255), '/w=='],
    ['int32', undefined, null],
  ])('takes %s from %s', (type, value, expected) => {
    expect(one(type, value)).toBe(expected)
  })

  it.each([
    ['int8', 128],
    ['uint8', -1],
    ['int32', 1.5],
    ['int32', '1'],
    ['int64', 2 ** 53],
    ['uint64', 2n ** 64n],
    ['bool', 1],
    ['date', new Date('2022-01-08T01:00:00Z')],
    ['timestamp[s]', new Date(1)],
    ['timestamp[ms]', new Date(Number.NaN)],
    ['decimal(3,1)', 1000],
    ['decimal(38,1)', 10n ** 38n],
    ['decimal(19,1)', '1'],
    ['time[ms]', -1],
    ['time[ms]', 86_400_001],
    ['float64', '1'],
    ['utf8', Uint8Array.of(1)],
    ['binary', 'x'],
  ])('refuses %s from %s', (type, value) => {
    expect(() => one(type, value)).toThrow(/column 'v' \(\w+\) cannot hold/)
  })

  it('wants lists of one length', () => {
    const schema = ['a', 'b'].map(name => ({ name, type: typeFromText('int32')! }))
    expect(() => batchOf(schema, { a: [1], b: [] })).toThrow(
      /column 'b' \(int32\) has 0 values, column 'a' has 1/,
    )
    expect(batchOf([], {})).toEqual({ schema: [], rows: 0, columns: [] })
  })
})
