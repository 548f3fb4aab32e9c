import { snappyUncompress } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../../src/limits.ts'
import {
  lz4Compress,
  lz4Decompress,
  snappyCompress,
  snappyDecompress,
} from '../../../../src/parquet/codec/kernels.ts'
import { twinSnappyBlock } from '../../../property/parquet-codec-twin.ts'

/** Numbers of a linear congruence: the same in each run. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

const SIZE = 200_000
const next = chance(7)
const bytesOf = (array: Float64Array | Int32Array): Uint8Array => new Uint8Array(array.buffer)
const fill = (value: (i: number) => number): Uint8Array =>
  Uint8Array.from({ length: SIZE }, (_, i) => value(i))
const words = ['clicked', 'viewed', 'bought', 'tensor', 'gradient', 'the', 'a']
const text = Array.from({ length: 30_000 }, () => words[Math.floor(next() * words.length)]).join(' ')

const SHAPES: Readonly<Record<string, Uint8Array>> = {
  empty: new Uint8Array(0),
  'one byte': Uint8Array.of(42),
  'fifteen bytes': fill(i => i).subarray(0, 15),
  zeros: fill(() => 0),
  'period 3': fill(i => i % 3),
  'period 17': fill(i => i % 17),
  chance: fill(() => next() * 256),
  doubles: bytesOf(Float64Array.from({ length: SIZE / 8 }, next)),
  'int64 ids': bytesOf(Int32Array.from({ length: SIZE / 4 }, (_, i) => (i % 2 === 0 ? next() * 1e6 : 0))),
  text: new Uint8Array(Buffer.from(text)),
  'a block and one byte': fill(i => (i * i) >> 5).subarray(0, 65_537),
  'chance, then itself': new Uint8Array(
    Buffer.concat([fill(i => (i * 7919) % 251), fill(i => (i * 7919) % 251)]),
  ),
}

describe.each(Object.entries(SHAPES))('%s', (_, input) => {
  it('comes back from Snappy, ours and hyparquet', () => {
    const compressed = snappyCompress(input).slice()
    expect(compressed.length).toBeLessThanOrEqual(32 + input.length + input.length / 6)
    expect(Buffer.compare(snappyDecompress(compressed, input.length), input)).toBe(0)
    const theirs = new Uint8Array(input.length)
    if (input.length > 0) snappyUncompress(compressed, theirs)
    expect(Buffer.compare(theirs, input)).toBe(0)
  })

  it('comes back from LZ4', () => {
    const compressed = lz4Compress(input).slice()
    expect(compressed.length).toBeLessThanOrEqual(16 + input.length + input.length / 255)
    expect(Buffer.compare(lz4Decompress(compressed, input.length), input)).toBe(0)
  })
})

describe('Snappy', () => {
  it('becomes smaller where there is something to win', () => {
    expect(snappyCompress(SHAPES.zeros!).length).toBeLessThan(SIZE / 20)
    expect(snappyCompress(SHAPES.text!).length).toBeLessThan(text.length / 2)
    expect(snappyCompress(SHAPES.doubles!).length).toBeLessThan(1.001 * SIZE)
  })

  it('copies from further back than 64 KiB, which only other writers do', () => {
    const literal = SHAPES.chance!
    for (const distance of [65_535, 65_536, 100_000, SIZE]) {
      const copy = { kind: 'copy', form: 3, distance, size: 63 } as const
      const { input, output } = twinSnappyBlock([{ kind: 'literal', bytes: literal }, copy, copy])
      expect(output.length).toBe(SIZE + 128)
      expect(Buffer.compare(snappyDecompress(input, output.length), output)).toBe(0)
    }
  })

  it.each([
    ['a size that the page header does not have', [5, 0x10, 1, 2, 3, 4, 5], 4],
    ['no end of the size', [0x84, 0x80, 0x80, 0x80, 0x80, 0x80], 4],
    ['a size beyond 32 bits', [0x84, 0x80, 0x80, 0x80, 0x10, 0x0c, 1, 2, 3, 4], 4],
    ['a literal beyond the input', [4, 0x0c, 1, 2, 3], 4],
    ['a literal of 4 GiB', [4, 0xfc, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4], 4],
    ['a literal beyond the output', [4, 0x10, 1, 2, 3, 4, 5], 4],
    ['a copy from before the output', [8, 0x0c, 1, 2, 3, 4, 0x01, 5], 8],
    ['a copy from nowhere', [8, 0x0c, 1, 2, 3, 4, 0x01, 0], 8],
    ['a copy from 4 GiB back', [8, 0x0c, 1, 2, 3, 4, 0x0f, 0xff, 0xff, 0xff, 0xff], 8],
    ['a copy beyond the output', [8, 0x0c, 1, 2, 3, 4, 0x05, 4], 8],
    ['half a copy', [8, 0x0c, 1, 2, 3, 4, 0x0e, 4], 8],
    ['too little', [8, 0x0c, 1, 2, 3, 4], 8],
    ['nothing', [], 8],
  ])('refuses %s', (_, block, size) => {
    expect(() => snappyDecompress(Uint8Array.from(block), size)).toThrow(
      expect.objectContaining({ code: 'file-corrupt' }),
    )
  })
})

describe('limits', () => {
  it('hold for what is promised, before anything is allocated', () => {
    const size = LIMITS.parquetPageBytesMax
    expect(() => snappyDecompress(new Uint8Array(9), size + 1)).toThrow(/parquetPageBytesMax/)
    expect(() => lz4Decompress(new Uint8Array(9), size + 1)).toThrow(/parquetPageBytesMax/)
    const preamble = [0x80, 0x80, 0x80, 0x80, 0x02]
    expect(() => snappyDecompress(Uint8Array.from([...preamble, 0, 0]), size)).toThrow(/cannot hold/)
    expect(() => lz4Decompress(new Uint8Array(9), size)).toThrow(/cannot hold/)
  })

  it.each([
    ['literal', [0xf0]],
    ['match', [0x1f, 1, 1, 0]],
  ])('hold for an LZ4 %s whose size would wrap around', (_, start) => {
    const input = new Uint8Array(18 * 1024 * 1024).fill(255) // 255 × 17 Mi > 2^32
    input.set(start)
    input[input.length - 1] = 0
    expect(() => lz4Decompress(input, 1000)).toThrow(expect.objectContaining({ code: 'file-corrupt' }))
  })
})
