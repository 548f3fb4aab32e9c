import { describe, expect, it } from 'vitest'
import {
  plainBool,
  plainF32,
  plainF64,
  plainFixed,
  plainI32,
  plainI64,
  plainInt96,
} from '../../../../src/parquet/encoding/plain.ts'

/** Values behind a byte that shifts them, as they lie in a page. */
function page(fill: (view: DataView) => void, length: number): Uint8Array {
  const bytes = new Uint8Array(1 + length)
  fill(new DataView(bytes.buffer, 1))
  return bytes
}

describe('plain values', () => {
  it('are int32', () => {
    const bytes = page(view => {
      view.setInt32(0, -2, true)
      view.setInt32(4, 2 ** 31 - 1, true)
    }, 8)
    const out = new Int32Array(4)
    expect(plainI32(bytes, 1, 9, 2, out, 1)).toBe(9)
    expect(Array.from(out)).toEqual([0, -2, 2 ** 31 - 1, 0])
  })

  it('are int64 as halves', () => {
    const bytes = page(view => {
      view.setBigInt64(0, -(2n ** 63n), true)
      view.setBigInt64(8, 2n ** 32n + 5n, true)
    }, 16)
    const out = new Int32Array(8)
    expect(plainI64(bytes, 1, 17, 2, out, 1)).toBe(17)
    expect(Array.from(out)).toEqual([0, 0, 0, -(2 ** 31), 5, 1, 0, 0])
  })

  it('are doubles, bit by bit', () => {
    const bytes = page(view => {
      view.setFloat64(0, -0, true)
      view.setBigUint64(8, 0x7ff0000000000123n, true)
    }, 16)
    const out = new Float64Array(3)
    expect(plainF64(bytes, 1, 17, 2, out, 1)).toBe(17)
    expect(Object.is(out[1], -0)).toBe(true)
    expect(new BigUint64Array(out.buffer)[2]).toBe(0x7ff0000000000123n)
  })

  it('are floats, widened', () => {
    const floats = [1.5, -0, Infinity, NaN, 2 ** -149, 16777216]
    const bytes = page(view => {
      for (const [i, value] of floats.entries()) view.setFloat32(4 * i, value, true)
    }, 24)
    const out = new Float64Array(8).fill(7)
    expect(plainF32(bytes, 1, 25, 6, out, 1)).toBe(25)
    expect(Array.from(out)).toEqual([7, ...floats, 7])
  })

  it('are booleans, lowest bit first', () => {
    const out = new Int32Array(12).fill(7)
    expect(plainBool(Uint8Array.of(0, 0b10100101, 0b10), 1, 3, 10, out, 1)).toBe(3)
    expect(Array.from(out)).toEqual([7, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 7])
  })

  it('are bytes of a fixed length', () => {
    const out = new Uint8Array(9)
    expect(plainFixed(Uint8Array.of(9, 1, 2, 3, 4, 5, 6), 1, 7, 2, 3, out, 1)).toBe(7)
    expect(Array.from(out)).toEqual([0, 0, 0, 1, 2, 3, 4, 5, 6])
  })

  it('must all be there', () => {
    const bytes = new Uint8Array(24)
    const short = 'bytes need'
    expect(() => plainI32(bytes, 1, 8, 2, new Int32Array(2), 0)).toThrow(
      '2 values of 4 bytes need 8 bytes, 7 are left',
    )
    expect(() => plainI64(bytes, 0, 15, 2, new Int32Array(4), 0)).toThrow(short)
    expect(() => plainF64(bytes, 0, 15, 2, new Float64Array(2), 0)).toThrow(short)
    expect(() => plainF32(bytes, 0, 7, 2, new Float64Array(2), 0)).toThrow(short)
    expect(() => plainInt96(bytes, 0, 23, 2, new Int32Array(4), 0)).toThrow(short)
    expect(() => plainFixed(bytes, 0, 5, 2, 3, new Uint8Array(6), 0)).toThrow(short)
    expect(() => plainBool(bytes, 0, 1, 9, new Int32Array(9), 0)).toThrow(
      '9 booleans need 2 bytes, 1 are left',
    )
  })
})

describe('plainInt96', () => {
  function read(times: [day: number, ns: bigint][]): bigint[] {
    const bytes = page(view => {
      for (const [i, [day, ns]] of times.entries()) {
        view.setBigInt64(12 * i, ns, true)
        view.setInt32(12 * i + 8, day, true)
      }
    }, 12 * times.length)
    const out = new Int32Array(2 * times.length + 2)
    expect(plainInt96(bytes, 1, bytes.length, times.length, out, 1)).toBe(bytes.length)
    return Array.from(new BigInt64Array(out.buffer)).slice(1)
  }

  it('is nanoseconds since 1970', () => {
    const day = 86_400_000_000_000n
    expect(
      read([
        [2_440_588, 0n],
        [2_440_588, 1n],
        [2_440_587, day - 1n],
        [2_460_000, 12_345_678_901_234n],
        [2_440_588, -5n],
        [2_440_589, day + 7n],
      ]),
    ).toEqual([0n, 1n, -1n, 19_412n * day + 12_345_678_901_234n, -5n, 2n * day + 7n])
  })

  it('reaches to the ends of int64, and refuses what lies behind', () => {
    const day = 86_400_000_000_000n
    const last = 2n ** 63n - 1n
    const lastDay = Number(last / day) + 2_440_588
    expect(read([[lastDay, last % day]])).toEqual([last])
    expect(() => read([[lastDay, (last % day) + 1n]])).toThrow('value 0 of the page, an INT96 time')
    const firstDay = 2_440_588 - Number(last / day) - 1
    expect(read([[firstDay, day - (last % day) - 1n]])).toEqual([-(2n ** 63n)])
    expect(() => read([[firstDay, day - (last % day) - 2n]])).toThrow('years 1677 to 2262')
    expect(() =>
      read([
        [2_440_588, 0n],
        [5_373_484, 0n],
      ]),
    ).toThrow('value 1 of the page, an INT96 time of Julian day 5373484')
    expect(() => read([[2_440_588, 2n ** 63n - 1n]])).toThrow('int64 nanoseconds')
    // Days and nanoseconds that cancel out would not be exact.
    expect(() => read([[2_440_588 - 100_000, 100_000n * day + 1n]])).toThrow('int64 nanoseconds')
    expect(() => read([[2 ** 31 - 1, -(2n ** 63n)]])).toThrow('int64 nanoseconds')
  })
})
