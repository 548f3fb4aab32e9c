import * as zlib from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { HindcastError } from '../../../../src/errors.ts'
import { LIMITS } from '../../../../src/limits.ts'
import { compress } from '../../../../src/parquet/codec/compress.ts'
import { decompress } from '../../../../src/parquet/codec/decompress.ts'
import type { CodecName } from '../../../../src/parquet/format/metadata.ts'

const TEXT = new Uint8Array(Buffer.from('It was the best of times, it was the worst of times. '.repeat(40)))
const HALF = TEXT.length / 2
const [FIRST, SECOND] = [TEXT.subarray(0, HALF), TEXT.subarray(HALF)]
const CODECS = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'ZSTD', 'LZ4_RAW'] as const

function codeOf(codec: CodecName, input: Uint8Array, size: number): string {
  try {
    decompress(codec, input, size)
    return 'no error'
  } catch (thrown) {
    return (thrown as HindcastError).code
  }
}

function be32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function le32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

const block = (bytes: Uint8Array): Uint8Array => compress('LZ4_RAW', bytes).slice()

describe.each(CODECS)('%s', codec => {
  const compressed = compress(codec, TEXT).slice()

  it('gives exactly what was promised', () => {
    expect(decompress(codec, compressed, TEXT.length)).toEqual(TEXT)
    const empty = compress(codec, new Uint8Array(0)).slice()
    expect(decompress(codec, empty, 0)).toEqual(new Uint8Array(0))
  })

  it('is corrupt where the promise is wrong by a byte, or by much', () => {
    for (const size of [
      TEXT.length - 1,
      TEXT.length + 1,
      -1,
      -TEXT.length,
      0,
      1,
      10 * TEXT.length,
      LIMITS.parquetPageBytesMax,
    ])
      expect(codeOf(codec, compressed, size), `${size}`).toBe('file-corrupt')
  })

  it('is corrupt wherever it is cut', () => {
    for (let length = 0; length < compressed.length; length += 1 + (length >> 4))
      expect(codeOf(codec, compressed.subarray(0, length), TEXT.length), `${length}`).toBe('file-corrupt')
  })

  it('passes a limit before it looks at the bytes', () => {
    expect(codeOf(codec, compressed, LIMITS.parquetPageBytesMax + 1)).toBe('limit-passed')
  })

  it('has no bytes for a page without values', () => {
    expect(decompress(codec, new Uint8Array(0), 0).length).toBe(0)
  })
})

describe('gzip', () => {
  it('may have several members, or be in the format of zlib', () => {
    const members = Buffer.concat([zlib.gzipSync(FIRST), zlib.gzipSync(SECOND)])
    expect(decompress('GZIP', members, TEXT.length)).toEqual(TEXT)
    expect(decompress('GZIP', zlib.deflateSync(TEXT), TEXT.length)).toEqual(TEXT)
  })
})

describe('zstd', () => {
  it('may have several frames, some of them to be skipped', () => {
    const skipped = Buffer.concat([le32(0x184d2a50), le32(5), Buffer.from('aside')])
    const frames = [zlib.zstdCompressSync(FIRST), skipped, zlib.zstdCompressSync(SECOND), skipped]
    expect(decompress('ZSTD', Buffer.concat(frames), TEXT.length)).toEqual(TEXT)
  })

  it('is refused where it is nothing but frames', () => {
    const frame = zlib.zstdCompressSync(new Uint8Array(0))
    expect(codeOf('ZSTD', Buffer.concat(Array(5000).fill(frame)), 1)).toBe('limit-passed')
  })
})

describe('bombs', () => {
  it.each(['GZIP', 'BROTLI', 'ZSTD'] as const)('%s: memory stays near the promise', codec => {
    const bomb = compress(codec, new Uint8Array(256 * 1024 * 1024)).slice()
    const before = process.memoryUsage().rss
    expect(codeOf(codec, bomb, 1000)).toBe('file-corrupt')
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 * 1024)
  })
})

describe('LZ4, as it was before LZ4_RAW', () => {
  it('has the framing of Hadoop: pieces of blocks', () => {
    const [a, b] = [block(FIRST), block(SECOND)]
    const onePiece = [be32(TEXT.length), be32(a.length), a, be32(b.length), b]
    const twoPieces = [be32(HALF), be32(a.length), a, be32(HALF), be32(b.length), b]
    for (const parts of [onePiece, twoPieces])
      expect(decompress('LZ4', Buffer.concat(parts), TEXT.length)).toEqual(TEXT)
  })

  it('may be a block without framing', () => {
    expect(decompress('LZ4', block(TEXT), TEXT.length)).toEqual(TEXT)
  })

  it('may be frames: with content size and checksums, with a stored block', () => {
    const all = block(TEXT)
    const plain = [le32(0x184d2204), [0x60, 0x40, 0x82], le32(all.length), all, le32(0)]
    expect(decompress('LZ4', concat(plain), TEXT.length)).toEqual(TEXT)
    const [a, sum] = [block(FIRST), le32(0)]
    const full = [le32(0x184d2204), [0x7c, 0x40], le32(TEXT.length), le32(0), [0]]
    const blocks = [le32(a.length), a, sum, le32(2 ** 31 + HALF), SECOND, sum, le32(0), sum]
    expect(decompress('LZ4', concat([...full, ...blocks]), TEXT.length)).toEqual(TEXT)
    expect(decompress('LZ4', concat([...plain, ...plain]), 2 * TEXT.length)).toEqual(concat([TEXT, TEXT]))
  })

  it('has frames whose blocks look back into those before, where they say so', () => {
    const first = [...le32(9), 0x80, ...Buffer.from('abcdefgh')] // a block of 8 literal bytes
    const back = [...le32(8), 0x00, 8, 0, 0x40, ...Buffer.from('1234')] // 4 bytes from 8 back, then 4 literal ones
    const frame = (flags: number): Uint8Array =>
      concat([le32(0x184d2204), [flags, 0x40, 0], first, back, le32(0)])
    expect(Buffer.from(decompress('LZ4', frame(0x40), 16)).toString()).toBe('abcdefghabcd1234')
    expect(codeOf('LZ4', frame(0x60), 16)).toBe('file-corrupt')
  })

  it('is corrupt wherever its framing is cut', () => {
    const a = block(TEXT)
    const framed = [
      concat([be32(TEXT.length), be32(a.length), a]),
      concat([le32(0x184d2204), [0x60, 0x40, 0x82], le32(a.length), a, le32(0)]),
    ]
    for (const whole of framed)
      for (let length = 1; length < whole.length; length++)
        expect(codeOf('LZ4', whole.subarray(0, length), TEXT.length), `${length}`).toBe('file-corrupt')
  })
})

it('LZO is not read', () => {
  expect(codeOf('LZO', TEXT, TEXT.length)).toBe('unsupported')
})

function concat(parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.map(part => Uint8Array.from(part))))
}
