import { describe, expect, it } from 'vitest'
import { deltaI32, deltaI64 } from '../../../../src/parquet/encoding/delta.ts'

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))

function i32(text: string, count: number): { values: number[]; left: number } {
  const bytes = hex(text)
  const out = new Int32Array(count + 2).fill(-7)
  const position = deltaI32(bytes, 0, bytes.length, count, out, 1)
  expect([out[0], out[count + 1]]).toEqual([-7, -7])
  return { values: Array.from(out.subarray(1, count + 1)), left: bytes.length - position }
}

function i64(text: string, count: number): { values: bigint[]; left: number } {
  const bytes = hex(text)
  const out = new Int32Array(2 * count + 4).fill(-1)
  const position = deltaI64(bytes, 0, bytes.length, count, out, 1)
  const values = Array.from(new BigInt64Array(out.buffer))
  expect([values[0], values[count + 1]]).toEqual([-1n, -1n])
  return { values: values.slice(1, count + 1), left: bytes.length - position }
}

const ONE_TO_FIVE = '8001 01 05 02  02 00'
// The differences of 7, 5, 3, 1, 2, 3, 4, 5 less −2 are 0 0 0 3 3 3 3: two bits each, padded to 128 values.
const UP_AND_DOWN = `8001 01 08 0e  03 02 c03f${'00'.repeat(30)}`

describe('delta', () => {
  it("reads the format's own examples, with blocks of 128", () => {
    expect(i32(ONE_TO_FIVE, 5)).toEqual({ values: [1, 2, 3, 4, 5], left: 0 })
    expect(i64(ONE_TO_FIVE, 5)).toEqual({ values: [1n, 2n, 3n, 4n, 5n], left: 0 })
    expect(i32(UP_AND_DOWN, 8)).toEqual({ values: [7, 5, 3, 1, 2, 3, 4, 5], left: 0 })
    expect(i64(UP_AND_DOWN, 8)).toEqual({ values: [7n, 5n, 3n, 1n, 2n, 3n, 4n, 5n], left: 0 })
  })

  it('reads one value, and none', () => {
    expect(i32('8001 04 01 03', 1)).toEqual({ values: [-2], left: 0 })
    expect(i64(`8001 04 01 ${'ff'.repeat(9)}01`, 1)).toEqual({ values: [-(2n ** 63n)], left: 0 })
    expect(i64('8001 04 00 00 aa', 0)).toEqual({ values: [], left: 1 })
    expect(i32('', 0)).toEqual({ values: [], left: 0 })
    expect(i64('', 0)).toEqual({ values: [], left: 0 })
  })

  it('passes values that are not wanted, and stops behind them', () => {
    expect(i32(`${ONE_TO_FIVE} aabb`, 2)).toEqual({ values: [1, 2], left: 2 })
    expect(i64(`${UP_AND_DOWN} aabb`, 0)).toEqual({ values: [], left: 2 })
  })

  it('has no miniblocks behind the last value, whatever their widths say', () => {
    expect(i32('8001 04 03 02  02 00ff80ff aa', 3)).toEqual({ values: [1, 2, 3], left: 1 })
  })

  it('lets the padding of the last miniblock be missing, but no wanted value', () => {
    expect(i32('8001 01 08 0e  03 02 c03f', 8).values).toEqual([7, 5, 3, 1, 2, 3, 4, 5])
    expect(() => i32('8001 01 08 0e  03 02 c0', 8)).toThrow(
      'a miniblock of 7 deltas needs 2 bytes, 1 are left',
    )
  })

  it('wraps around', () => {
    // 2^31 − 1, then + 1; 2^63 − 1, then + 1
    expect(i32('8001 01 02 feffffff0f  02 00', 2).values).toEqual([2 ** 31 - 1, -(2 ** 31)])
    expect(i64(`8001 01 02 fe${'ff'.repeat(8)}01  02 00`, 2).values).toEqual([2n ** 63n - 1n, -(2n ** 63n)])
  })

  it('tells differences that pass int32 by one from those that do not', () => {
    const ones = `1f ffffff7f${'00'.repeat(492)}`
    // From 2^32 − 1 on, so that the low half carries.
    const last = 2n ** 32n - 1n
    for (const [min, delta] of [
      ['00', 2n ** 31n - 1n],
      ['02', 2n ** 31n],
      ['01', 2n ** 31n - 2n],
    ] as const) {
      expect(i64(`8001 01 02 feffffff1f ${min} ${ones}`, 2).values).toEqual([last, last + delta])
    }
  })

  it('takes widths above 32 for int32, of which the lower bits count', () => {
    expect(i32(`8001 01 02 02  00 28 05000000ff${'00'.repeat(635)}`, 2).values).toEqual([1, 6])
  })

  it.each([
    ['8000 01 05 02 02 00', 'a block of deltas has 0 values'],
    ['40 01 05 02 02 00', 'a block of deltas has 64 values'],
    ['8001 00 05 02 02 00', 'a block of 128 deltas has 0 miniblocks'],
    ['8001 08 05 02 02 00', 'a block of 128 deltas has 8 miniblocks'],
    ['8001 03 05 02 02 00', 'a block of 128 deltas has 3 miniblocks'],
    ['8001 01 04 02 02 00', '4 deltas where the page has 5 values'],
    ['8001 01 05 02 02', 'the widths of miniblocks are cut off'],
    ['8001 01 05 02 02 41', 'deltas of 65 bits'],
    ['8001 01 05 02 02 ff', 'deltas of 255 bits'],
    ['8001 01 05 02', 'the smallest delta of a block is cut off'],
    ['8001 01 05 80', 'the first value of deltas is cut off'],
    [`8001 01 05 ${'ff'.repeat(9)}02 00`, 'the first value of deltas has more than 64 bits'],
    ['8001 01', 'the number of deltas is cut off'],
    ['ffffffff10 01 05 02 02 00', 'the block size of deltas has more than 32 bits'],
    ['', 'the block size of deltas is cut off'],
  ])('refuses %s', (text, message) => {
    expect(() => i32(text, 5)).toThrow(message)
    expect(() => i64(text, 5)).toThrow(message)
  })

  it('is not led on by a count of 2^32 without bytes', () => {
    expect(() => i64('80808008 01 ffffffff0f 02  02 00', 5)).toThrow(
      'the smallest delta of a block is cut off',
    )
  })
})
