/** A checksum that misses a difference would make unequal readers look equal. */
import { describe, expect, it } from 'vitest'
import { bytesOfBitmap, ColumnChecksum, wordsOf } from '../../../../bench/parquet/checksum.ts'

const textOf = (fill: (column: ColumnChecksum) => void): string => {
  const column = new ColumnChecksum()
  fill(column)
  return column.text
}
const doubles = (values: number[], valid: number[] | null = null) =>
  textOf(column =>
    column.addWords(wordsOf(Float64Array.from(values)), 2, values.length, valid && Uint8Array.from(valid)),
  )
const strings = (values: (string | null)[]) => textOf(column => column.addStrings(values))

describe('ColumnChecksum', () => {
  it('does not depend on batches', () => {
    const values = Int32Array.from({ length: 1000 }, (_, i) => i * 7919)
    const whole = textOf(column => column.addWords(values, 1, 1000, null))
    const parts = textOf(column => {
      column.addWords(values.subarray(0, 13), 1, 13, null)
      column.addWords(values.subarray(13), 1, 987, null)
    })
    expect(parts).toBe(whole)
    expect(whole.startsWith('1000:')).toBe(true)
  })

  it('sees order, a single bit, the sign of zero, rows and nulls', () => {
    const seen = [
      doubles([1, 2, 3]),
      doubles([1, 3, 2]),
      doubles([1, 2, 3.0000000000000004]),
      doubles([0, 2, 3]),
      doubles([-0, 2, 3]),
      doubles([1, 2]),
      doubles([1, 2, 3], [1, 1, 0]),
      doubles([1, 2, 3], [1, 0, 1]),
    ]
    expect(new Set(seen).size).toBe(seen.length)
  })

  it('sees the high bits of a word', () => {
    const sums = Array.from({ length: 32 }, (_, bit) =>
      textOf(column => column.addWords(Int32Array.of(1 << bit, 5, 6), 1, 3, null)),
    )
    expect(new Set(sums).size).toBe(32)
  })

  it('takes what lies under a null for nothing', () => {
    expect(doubles([1, 77, 3], [1, 0, 1])).toBe(doubles([1, 0, 3], [1, 0, 1]))
  })

  it('tells text apart by where it is cut, and empty from null', () => {
    const seen = [strings(['ab', 'c']), strings(['a', 'bc']), strings(['', 'abc']), strings([null, 'abc'])]
    expect(new Set(seen).size).toBe(seen.length)
  })

  it('is the same for strings and for their bytes', () => {
    const bytes = new TextEncoder().encode('xgrößeyes')
    const viaBytes = textOf(column =>
      column.addText(Int32Array.of(1, 8, 8, 11), bytes, 3, Uint8Array.of(1, 0, 1)),
    )
    expect(viaBytes).toBe(strings(['größe', null, 'yes']))
  })
})

describe('bytesOfBitmap', () => {
  it('reads bits from low to high, from any bit on', () => {
    const bitmap = Uint8Array.of(0b1010_0110, 0b0000_0011)
    expect([...bytesOfBitmap(bitmap, 0, 10)]).toEqual([0, 1, 1, 0, 0, 1, 0, 1, 1, 1])
    expect([...bytesOfBitmap(bitmap, 5, 4)]).toEqual([1, 0, 1, 1])
  })
})
