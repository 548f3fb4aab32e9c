import { describe, expect, it } from 'vitest'
import { PageBuffer } from '../../../../src/parquet/encoding/page-buffer.ts'
import {
  codeBitWidth,
  encodeCodes,
  encodeLevels,
  encodeRleI32,
  encodeRleU8,
} from '../../../../src/parquet/encoding/rle-encode.ts'

function written(write: (buffer: PageBuffer) => void): string {
  const buffer = new PageBuffer(1)
  write(buffer)
  return Buffer.from(buffer.written()).toString('hex')
}
const rle = (values: number[], bitWidth: number): string =>
  written(buffer => encodeRleI32(buffer, Int32Array.from(values), 0, values.length, null, bitWidth))
const times = (count: number, value: number): number[] => new Array<number>(count).fill(value)

describe('encodeRleI32', () => {
  it("writes the format's own example: 0…7 of 3 bits", () => {
    expect(rle([0, 1, 2, 3, 4, 5, 6, 7], 3)).toBe('0388c6fa')
  })

  it('writes runs of 8 and more as such', () => {
    expect(rle(times(8, 5), 4)).toBe('1005')
    expect(rle(times(300, 0x1234), 20)).toBe('d804341200')
  })

  it('fills a group before a run, and pads only the last', () => {
    // 1, 2 and six of the 5s; then the other nine 5s; then 3, padded
    expect(rle([1, 2, ...times(15, 5), 3], 4)).toBe('0321555555' + '1205' + '0303000000')
    expect(rle([1, 2, ...times(13, 5)], 4)).toBe('0521555555' + '55555505')
  })

  it('does not look behind its rows', () => {
    const seven = written(buffer => encodeRleI32(buffer, Int32Array.from(times(9, 5)), 0, 7, null, 4))
    expect(seven).toBe('0355555505')
    const levels = written(buffer => encodeRleU8(buffer, new Uint8Array(40).fill(1), 0, 31, 1))
    expect(levels).toBe('09ffffff7f')
  })

  it('writes nothing for nothing', () => {
    expect(rle([], 4)).toBe('')
  })

  it('leaves out rows that are not valid', () => {
    const valid = Uint8Array.of(1, 1, 0, 1, 1)
    expect(written(buffer => encodeRleI32(buffer, Int32Array.of(9, 1, 7, 2, 3), 1, 5, valid, 4))).toBe(
      '0321030000',
    )
  })
})

describe('encodeCodes', () => {
  it('writes the width first, and never width 0', () => {
    expect([0, 1, 2, 3, 4, 5, 256, 257, 2 ** 31].map(codeBitWidth)).toEqual([1, 1, 1, 2, 2, 3, 8, 9, 31])
    expect(written(buffer => encodeCodes(buffer, new Int32Array(100), 0, 100, null, 1))).toBe('01c80100')
    expect(written(buffer => encodeCodes(buffer, new Int32Array(0), 0, 0, null, 1))).toBe('01')
  })
})

describe('encodeLevels', () => {
  it('is one run where all are valid', () => {
    expect(written(buffer => encodeLevels(buffer, null, 5, 105))).toBe('c80101')
    expect(written(buffer => encodeLevels(buffer, new Uint8Array(105).fill(1), 5, 105))).toBe('c80101')
    expect(written(buffer => encodeLevels(buffer, null, 5, 5))).toBe('')
  })

  it('is bits where runs are short', () => {
    expect(written(buffer => encodeLevels(buffer, Uint8Array.of(0, 1, 0, 1, 1), 1, 5))).toBe('030d')
  })
})
