import { describe, expect, it } from 'vitest'
import {
  compareDecimals,
  isWideDecimal,
  nullColumn,
  physicalKind,
  typeFromText,
  typeText,
  valueAt,
  WIDE_DECIMAL_BYTES,
  WideNumber,
  wideDecimalAt,
  wideDecimalBytes,
} from '../../../../src/core/batch/index.ts'

const MOST = 2n ** 127n - 1n
const NUMBERS = [0n, 1n, -1n, 255n, -256n, 2n ** 63n, -(2n ** 64n), 10n ** 38n - 1n, MOST, -MOST - 1n]

function written(number: WideNumber): bigint {
  const bytes = new Uint8Array(3 + WIDE_DECIMAL_BYTES).fill(0xaa)
  number.write(bytes, 3)
  expect(bytes.subarray(0, 3)).toEqual(Uint8Array.of(0xaa, 0xaa, 0xaa))
  return wideDecimalAt(bytes, 3, bytes.length)
}

describe('wide decimals', () => {
  it('are 16 bytes, big-endian in two’s complement', () => {
    for (const number of NUMBERS) {
      const bytes = wideDecimalBytes(number)
      expect(bytes).toHaveLength(WIDE_DECIMAL_BYTES)
      expect(wideDecimalAt(bytes, 0, bytes.length)).toBe(number)
    }
    expect(Buffer.from(wideDecimalBytes(-2n)).toString('hex')).toBe(`${'f'.repeat(31)}e`)
    expect(wideDecimalAt(Uint8Array.of(0x80), 0, 1)).toBe(-128n)
    expect(wideDecimalAt(new Uint8Array(0), 0, 0)).toBe(0n)
  })

  it('are decimals of 19 to 38 digits, in columns of bytes', () => {
    const kinds = ['decimal(18,2)', 'decimal(19,2)', 'decimal(38,38)'].map(text => {
      const type = typeFromText(text)!
      expect(typeText(type)).toBe(text)
      return [isWideDecimal(type), physicalKind(type)]
    })
    expect(kinds).toEqual([
      [false, 'i64'],
      [true, 'bytes'],
      [true, 'bytes'],
    ])
    expect(typeFromText('decimal(39,2)')).toBeNull()
    expect(isWideDecimal({ name: 'binary' })).toBe(false)
  })

  it('come as text with all digits, and null where there is none', () => {
    const type = typeFromText('decimal(38,10)')!
    const bytes = wideDecimalBytes(1n - 10n ** 38n)
    const offsets = Int32Array.of(0, 0, 16)
    const column = { kind: 'bytes', offsets, bytes, valid: Uint8Array.of(0, 1) } as const
    expect(valueAt(column, type, 0)).toBeNull()
    expect(valueAt(column, type, 1)).toBe(`-${'9'.repeat(28)}.${'9'.repeat(10)}`)
    expect(valueAt(nullColumn(type, 1), type, 0)).toBeNull()
  })

  it('are ordered by value', () => {
    const texts = ['-10.00', '-9.50', '-0.01', '0.00', '0.50', '9.00', '10.00']
    expect(texts.toReversed().sort(compareDecimals)).toEqual(texts)
    expect(compareDecimals('0.00', '-0.00')).toBe(0)
  })
})

describe('WideNumber', () => {
  it('takes halves and bytes', () => {
    const number = new WideNumber()
    const halves: [number, number, boolean, bigint][] = [
      [-1, -1, false, -1n],
      [-1, -1, true, 2n ** 64n - 1n],
      [0, 1 << 31, false, -(2n ** 63n)],
      [0, -1, false, -(2n ** 32n)],
      [5, 0, false, 5n],
    ]
    for (const [low, high, unsigned, expected] of halves) {
      number.setHalves(low, high, unsigned)
      expect(written(number)).toBe(expected)
      expect(written(number)).toBe(expected) // writing changes nothing
    }
    for (const expected of NUMBERS) {
      number.setBytes(wideDecimalBytes(expected), 0)
      expect(written(number)).toBe(expected)
    }
  })

  it('says where 127 bits are not enough', () => {
    const number = new WideNumber()
    number.setZero()
    expect(number.shiftDigits(1_000_000)).toBe(true) // 0
    number.multiplyAdd(10, 1)
    expect(number.shiftDigits(38)).toBe(true)
    expect(written(number)).toBe(10n ** 38n)
    expect(number.shiftDigits(1)).toBe(false)
    number.setBytes(wideDecimalBytes(2n ** 126n), 0)
    expect(number.multiplyAdd(2, 0)).toBe(false)
  })
})

describe('times of day', () => {
  it.each([
    ['time[ms]', 0, '00:00:00.000'],
    ['time[ms, UTC]', 86_399_999, '23:59:59.999'],
    ['time[us]', 3_723_000_004, '01:02:03.000004'],
    ['time[ns]', 1, '00:00:00.000000001'],
    ['time[ms]', 86_400_000, '24:00:00.000'],
    ['time[ms]', 86_400_001, '86400001 ms'],
    ['time[us]', -1, '-1 us'],
  ])('%s of %d is %s', (text, ticks, expected) => {
    const type = typeFromText(text)!
    expect([typeText(type), physicalKind(type)]).toEqual([text, 'i64'])
    const values = new Int32Array(new BigInt64Array([BigInt(ticks)]).buffer)
    expect(valueAt({ kind: 'i64', values, valid: null }, type, 0)).toBe(expected)
  })

  it('have no seconds', () => {
    expect(typeFromText('time[s]')).toBeNull()
    expect(typeFromText('time')).toBeNull()
  })
})
