import { describe, expect, it } from 'vitest'
import {
  countValid,
  expandF64,
  expandI32,
  expandI64,
  expandOffsets,
} from '../../../../src/parquet/encoding/expand.ts'

const VALID = Uint8Array.of(9, 1, 0, 0, 1, 1, 0)

describe('expand', () => {
  it('counts', () => {
    expect(countValid(VALID, 1, 6)).toBe(3)
  })

  it('spreads int32, with zeros under nulls', () => {
    const values = Int32Array.of(8, 1, 2, 3, 77, 77, 77, 8)
    expandI32(values, 1, VALID, 1, 6, 3)
    expect(Array.from(values)).toEqual([8, 1, 0, 0, 2, 3, 0, 8])
  })

  it('spreads halves', () => {
    const values = Int32Array.of(8, 8, 1, -1, 2, -2, 3, -3, 7, 7, 7, 7, 7, 7, 8, 8)
    expandI64(values, 1, VALID, 1, 6, 3)
    expect(Array.from(values)).toEqual([8, 8, 1, -1, 0, 0, 0, 0, 2, -2, 3, -3, 0, 0, 8, 8])
  })

  it('spreads doubles without touching their bits', () => {
    const values = new Float64Array(3)
    new BigUint64Array(values.buffer)[0] = 0x7ff0000000000123n
    expandF64(values, 0, Uint8Array.of(0, 0, 1), 0, 3, 1)
    expect(Array.from(new BigUint64Array(values.buffer))).toEqual([0n, 0n, 0x7ff0000000000123n])
  })

  it('spreads offsets: a null is an empty string', () => {
    const offsets = Int32Array.of(8, 100, 101, 103, 106, 77, 77, 77, 8)
    expandOffsets(offsets, 1, VALID, 1, 6, 3)
    expect(Array.from(offsets)).toEqual([8, 100, 101, 101, 101, 103, 106, 106, 8])
  })

  it('takes all and none', () => {
    const values = Int32Array.of(1, 2, 3)
    expandI32(values, 0, Uint8Array.of(1, 1, 1), 0, 3, 3)
    expect(Array.from(values)).toEqual([1, 2, 3])
    expandI32(values, 0, Uint8Array.of(0, 0, 0), 0, 3, 0)
    expect(Array.from(values)).toEqual([0, 0, 0])
    const offsets = Int32Array.of(5, 9, 9)
    expandOffsets(offsets, 0, Uint8Array.of(0, 0), 0, 2, 0)
    expect(Array.from(offsets)).toEqual([5, 5, 5])
  })

  it.each([2, 4, 7, 0])('refuses %i values for three valid rows', packed => {
    const message = `${packed} values for 6 rows of which 3 are valid`
    expect(() => expandI32(new Int32Array(8), 1, VALID, 1, 6, packed)).toThrow(message)
    expect(() => expandI64(new Int32Array(16), 1, VALID, 1, 6, packed)).toThrow(message)
    expect(() => expandF64(new Float64Array(8), 1, VALID, 1, 6, packed)).toThrow(message)
    expect(() => expandOffsets(new Int32Array(9), 1, VALID, 1, 6, packed)).toThrow(message)
  })
})
