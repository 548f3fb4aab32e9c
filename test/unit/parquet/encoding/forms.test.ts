import { describe, expect, it } from 'vitest'
import {
  decimalFixed,
  decimalStrings,
  float16,
  uuidStrings,
  widenI32,
} from '../../../../src/parquet/encoding/forms.ts'

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const wide = (halves: Int32Array): bigint[] => Array.from(new BigInt64Array(halves.buffer))

function fixed(text: string, width: number): bigint[] {
  const bytes = hex(text)
  const count = bytes.length / width
  const out = new Int32Array(2 * count)
  expect(decimalFixed(bytes, 0, bytes.length, count, width, out, 0)).toBe(bytes.length)
  return wide(out)
}

describe('decimals', () => {
  it('are big-endian two’s complement of any length', () => {
    expect(fixed('7f 80 ff 00', 1)).toEqual([127n, -128n, -1n, 0n])
    expect(fixed('0100 fffe', 2)).toEqual([256n, -2n])
    expect(fixed('7fffffff80 8000000000', 5)).toEqual([0x7fffffff80n, -(2n ** 39n)])
    expect(fixed('7fffffffffffffff 8000000000000000', 8)).toEqual([2n ** 63n - 1n, -(2n ** 63n)])
    expect(fixed('007fffffffffffffff ff8000000000000000', 9)).toEqual([2n ** 63n - 1n, -(2n ** 63n)])
    expect(fixed('ffffffffffffffffffffffffffffff85', 16)).toEqual([-123n])
  })

  it.each([
    ['008000000000000000', 9],
    ['ff7fffffffffffffff', 9],
    ['010000000000000000', 9],
    ['80000000000000000000000000000000', 16],
  ])('refuse %s, which 64 bits cannot hold', (text, width) => {
    expect(() => fixed(`${'00'.repeat(width)}${text}`, width)).toThrow(
      'value 1 of the page is a decimal that 64 bits cannot hold',
    )
  })

  it('are strings of different lengths', () => {
    const out = new Int32Array(8)
    decimalStrings(Int32Array.of(1, 2, 5, 14), hex('aa ff 000100 007fffffffffffffff'), 3, out, 1)
    expect(wide(out)).toEqual([0n, -1n, 256n, 2n ** 63n - 1n])
    expect(() => decimalStrings(Int32Array.of(0, 1, 1), hex('01'), 2, out, 0)).toThrow(
      'value 1 of the page is a decimal of no bytes',
    )
  })

  it('are int32', () => {
    const out = new Int32Array(6)
    widenI32(Int32Array.of(9, -5, 2 ** 31 - 1), 1, 2, out, 1)
    expect(wide(out)).toEqual([0n, -5n, 2n ** 31n - 1n])
  })

  it('must all be there', () => {
    expect(() => decimalFixed(hex('0102030405'), 0, 5, 2, 3, new Int32Array(4), 0)).toThrow('need 6 bytes')
    expect(() => decimalFixed(hex('01'), 0, 1, 1, 0, new Int32Array(2), 0)).toThrow('no bytes')
  })
})

describe('float16', () => {
  it('is exact', () => {
    const bytes = hex('003c 00c0 ff7b 0100 ff03 0080 007c 00fc 007e 0000')
    const out = new Float64Array(11)
    expect(float16(bytes, 0, 20, 10, out, 1)).toBe(20)
    expect(Array.from(out)).toEqual([
      0,
      1,
      -2,
      65504,
      2 ** -24,
      1023 * 2 ** -24,
      -0,
      Infinity,
      -Infinity,
      NaN,
      0,
    ])
    expect(() => float16(bytes, 0, 19, 10, out, 0)).toThrow('need 20 bytes')
  })
})

describe('uuidStrings', () => {
  it('has 36 lower-case characters', () => {
    const bytes = hex('00112233445566778899AABBCCDDEEFF ffffffffffffffffffffffffffffffff')
    const { offsets, bytes: text, end } = uuidStrings(bytes, 0, 32, 2)
    expect(Array.from(offsets)).toEqual([0, 36, 72])
    expect(Buffer.from(text).toString()).toBe(
      '00112233-4455-6677-8899-aabbccddeeffffffffff-ffff-ffff-ffff-ffffffffffff',
    )
    expect(end).toBe(32)
    expect(() => uuidStrings(bytes, 0, 31, 2)).toThrow('need 32 bytes')
  })
})
