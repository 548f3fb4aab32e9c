import { describe, expect, it } from 'vitest'
import { compress } from '../../../../src/parquet/codec/compress.ts'
import { decompress } from '../../../../src/parquet/codec/decompress.ts'
import { packStrings } from '../../../../src/parquet/codec/kernels.ts'

const CODECS = ['SNAPPY', 'GZIP', 'BROTLI', 'ZSTD', 'LZ4_RAW'] as const
const line = Buffer.from('user-17;clicked;2024-05-01T10:00:00Z\n')

describe.each(CODECS)('%s', codec => {
  it('makes text a tenth of it or less, and gives it back', () => {
    const input = new Uint8Array(Buffer.concat(Array(3000).fill(line)))
    const compressed = compress(codec, input).slice()
    expect(compressed.length).toBeLessThan(input.length / 10)
    expect(Buffer.compare(decompress(codec, compressed, input.length), input)).toBe(0)
  })

  it('takes a page that the kernels packed', () => {
    const page = packStrings(Int32Array.of(0, 4, 7), Buffer.from('user-17'), 0, 2)
    const expected = page.slice()
    expect(decompress(codec, compress(codec, page).slice(), expected.length).slice()).toEqual(expected)
  })
})

it('UNCOMPRESSED is the input itself', () => {
  expect(compress('UNCOMPRESSED', line)).toBe(line)
})
