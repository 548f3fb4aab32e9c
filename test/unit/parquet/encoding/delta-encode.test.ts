import { describe, expect, it } from 'vitest'
import {
  encodeDeltaI32,
  encodeDeltaI64,
  encodeDeltaLengthStrings,
} from '../../../../src/parquet/encoding/delta-encode.ts'
import { PageBuffer } from '../../../../src/parquet/encoding/page-buffer.ts'

function written(write: (buffer: PageBuffer) => void): string {
  const buffer = new PageBuffer(1)
  write(buffer)
  return Buffer.from(buffer.written()).toString('hex')
}
const i32 = (values: number[]): string =>
  written(buffer => encodeDeltaI32(buffer, Int32Array.from(values), 0, values.length, null))
const i64 = (values: bigint[]): string => {
  const halves = new Int32Array(BigInt64Array.from(values).buffer)
  return written(buffer => encodeDeltaI64(buffer, halves, 0, values.length, null))
}

describe('delta encoding', () => {
  it("writes the format's own examples, in blocks of 128 and miniblocks of 32", () => {
    expect(i32([1, 2, 3, 4, 5])).toBe('80010405020200000000')
    const upAndDown = `800104080e0302000000c03f${'00'.repeat(6)}`
    expect(i32([7, 5, 3, 1, 2, 3, 4, 5])).toBe(upAndDown)
    expect(i64([7n, 5n, 3n, 1n, 2n, 3n, 4n, 5n])).toBe(upAndDown)
  })

  it('writes a header for no values', () => {
    expect(i32([])).toBe('8001040000')
    expect(i64([])).toBe('8001040000')
  })

  it('takes five bytes a block of even steps', () => {
    const even = Array.from({ length: 1 + 128 * 10 }, (_, i) => BigInt(i) + 2n ** 40n)
    expect(i64(even).length / 2).toBe(3 + 2 + 6 + 10 * 5)
  })

  it('pads the last miniblock with zeros, not with what was there before', () => {
    const noisy = Array.from({ length: 129 }, (_, i) => (i * i * 7919) % 1009)
    expect(i32([...noisy, 0, 1, 3])).toMatch(/(00){20}$/)
    const wide = noisy.map(value => BigInt(value) << 40n)
    expect(i64([...wide, 0n, 1n, 2n ** 50n])).toMatch(/(00){100}$/)
  })

  it('writes widths of 64 bits', () => {
    // The difference of 2^62 and −2^62 wraps to −2^63, that back to 2^63: the smallest is −2^63.
    const text = i64([-(2n ** 62n), 2n ** 62n - 1n, -(2n ** 62n) + 5n])
    expect(text.slice(0, 6)).toBe('800104')
    expect(text.length / 2).toBe(4 + 9 + 10 + 4 + 32 * 8)
  })
})

describe('encodeDeltaLengthStrings', () => {
  it('writes lengths, then bytes, of valid rows', () => {
    const bytes = Buffer.from('-HelloWorld')
    const offsets = Int32Array.of(0, 1, 6, 6, 11)
    const valid = Uint8Array.of(1, 1, 0, 1)
    expect(written(buffer => encodeDeltaLengthStrings(buffer, offsets, bytes, 1, 4, valid))).toBe(
      `800104020a0000000000${Buffer.from('HelloWorld').toString('hex')}`,
    )
    expect(written(buffer => encodeDeltaLengthStrings(buffer, offsets, bytes, 1, 4, null))).toContain(
      '48656c6c6f',
    )
  })
})
