import { describe, expect, it } from 'vitest'
import { checkCodes, lookUpF64, lookUpI32, lookUpI64 } from '../../../../src/parquet/encoding/dictionary.ts'

const CODES = Int32Array.of(99, 2, 0, 2, 99)

describe('dictionary look-up', () => {
  it('finds int32, halves and doubles', () => {
    const out = new Int32Array(5)
    lookUpI32(Int32Array.of(10, 11, 12), CODES, 1, 3, out, 1, 3)
    expect(Array.from(out)).toEqual([0, 12, 10, 12, 0])
    const halves = new Int32Array(10)
    lookUpI64(Int32Array.of(1, -1, 2, -2, 3, -3), CODES, 1, 3, halves, 1, 3)
    expect(Array.from(halves)).toEqual([0, 0, 3, -3, 1, -1, 3, -3, 0, 0])
    const doubles = new Float64Array(5)
    lookUpF64(Float64Array.of(1.5, NaN, -0), CODES, 1, 3, doubles, 1, 3)
    expect(Array.from(doubles)).toEqual([0, -0, 1.5, -0, 0])
  })

  it.each([
    [Int32Array.of(0, 3), 3, 'value 1 of the page has code 3 in a dictionary of 3 entries'],
    [Int32Array.of(-1, 0), 3, 'value 0 of the page has code 4294967295'],
    [Int32Array.of(0, -(2 ** 31)), 3, 'value 1 of the page has code 2147483648'],
    [Int32Array.of(0, 0), 0, 'value 0 of the page has code 0 in a dictionary of 0 entries'],
    [Int32Array.of(2 ** 31 - 1, 0), 3, 'value 0 of the page has code 2147483647'],
  ])('refuses %o in %i entries, with nothing written', (codes, size, message) => {
    const out = new Int32Array(4).fill(7)
    expect(() => lookUpI32(new Int32Array(size), codes, 0, 2, out, 0, size)).toThrow(message)
    expect(() => lookUpI64(new Int32Array(2 * size), codes, 0, 2, out, 0, size)).toThrow(message)
    expect(() => lookUpF64(new Float64Array(size), codes, 0, 2, new Float64Array(2), 0, size)).toThrow(
      message,
    )
    expect(Array.from(out)).toEqual([7, 7, 7, 7])
  })

  it('needs no dictionary for no codes', () => {
    expect(() => checkCodes(CODES, 0, 0, 0)).not.toThrow()
    expect(() => checkCodes(CODES, 1, 3, 3)).not.toThrow()
  })
})
