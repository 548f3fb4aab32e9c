import { describe, expect, it } from 'vitest'
import {
  gatherStrings,
  packStrings,
  StringDictionary,
  snappyCompress,
  snappyDecompress,
  unpackStrings,
} from '../../../../src/parquet/codec/kernels.ts'

const VALUES = [
  '',
  'a',
  'sixteen bytes!!!',
  'seventeen bytes!!',
  'x'.repeat(255),
  'y'.repeat(70_000),
  'ümlaut',
  '',
]
const arena = Buffer.from(VALUES.join(''))
const offsets = Int32Array.from([
  0,
  ...VALUES.map((_, i) => Buffer.byteLength(VALUES.slice(0, i + 1).join(''))),
])

function textsOf(result: { offsets: Int32Array; bytes: Uint8Array }): string[] {
  const bytes = Buffer.from(result.bytes)
  return Array.from({ length: result.offsets.length - 1 }, (_, i) =>
    bytes.toString('utf8', result.offsets[i]!, result.offsets[i + 1]!),
  )
}

describe('packStrings and unpackStrings', () => {
  it('are inverse, through Snappy too, without a copy between', () => {
    const page = packStrings(offsets, arena, 0, VALUES.length)
    const size = page.length
    expect(size).toBe(arena.length + 4 * VALUES.length)
    const compressed = snappyCompress(page).slice()
    const unpacked = unpackStrings(snappyDecompress(compressed, size), VALUES.length)
    expect(textsOf(unpacked)).toEqual(VALUES)
    expect(unpacked.consumed).toBe(size)
  })

  it('take a range of a column that does not start at 0, nulls left out', () => {
    const valid = Uint8Array.of(1, 1, 1, 1, 1, 1, 1, 0)
    const page = packStrings(offsets, arena, 1, 8, valid)
    expect(textsOf(unpackStrings(page, 6))).toEqual(VALUES.slice(1, 7))
  })

  it('leave alone what is behind the values that were asked for', () => {
    const page = packStrings(offsets, arena, 0, VALUES.length).slice()
    const two = unpackStrings(page, 2)
    expect([textsOf(two), two.consumed]).toEqual([['', 'a'], 9])
    expect(unpackStrings(page, 0).offsets).toEqual(Int32Array.of(0))
  })

  it.each([
    ['more strings than there is room for', [0, 0, 0, 0], 2],
    ['a page of one and a half', [0, 0, 0, 0, 1, 0], 2],
    ['fewer strings than none', [0, 0, 0, 0], -1],
    ['a string beyond the page', [3, 0, 0, 0, 65, 66], 1],
    ['a string of 4 GiB', [255, 255, 255, 255, 65, 66], 1],
    ['an end before the second size', [2, 0, 0, 0, 65, 66, 0, 0], 2],
  ])('refuse %s', (_, page, count) => {
    expect(() => unpackStrings(Uint8Array.from(page), count)).toThrow(
      expect.objectContaining({ code: 'file-corrupt' }),
    )
  })

  it('refuse columns that are none, as a bug of ours', () => {
    const bug = expect.objectContaining({ code: 'bug' })
    expect(() => packStrings(Int32Array.of(0, 5, 3, 6), arena, 0, 3)).toThrow(bug)
    expect(() => packStrings(Int32Array.of(0, 9), arena.subarray(0, 8), 0, 1)).toThrow(bug)
    expect(() => packStrings(offsets, arena, 0, VALUES.length + 1)).toThrow(bug)
  })
})

describe('gatherStrings', () => {
  it('looks codes up, with several dictionaries in turn', () => {
    const one = new StringDictionary(offsets, arena)
    const other = new StringDictionary(Int32Array.of(1, 3, 3), Buffer.from('-ok-'))
    for (const dictionary of [one, one, other, one, other, other]) {
      const codes = dictionary === one ? [6, 0, 3, 3, 5, 1] : [0, 1, 0]
      const expected = codes.map(code => (dictionary === one ? VALUES[code] : ['ok', ''][code]))
      expect(textsOf(gatherStrings(dictionary, Int32Array.from(codes)))).toEqual(expected)
    }
    expect(textsOf(gatherStrings(one, new Int32Array(0)))).toEqual([])
  })

  it('takes codes that lie in its own memory', () => {
    const codes = Int32Array.from({ length: 5000 }, (_, i) => i % 7)
    const bytes = new Uint8Array(codes.buffer)
    const expected = Array.from(codes, code => VALUES[code])
    for (const dictionary of [new StringDictionary(offsets, arena), new StringDictionary(offsets, arena)]) {
      const compressed = snappyCompress(bytes).slice()
      const view = snappyDecompress(compressed, bytes.length)
      const inside = new Int32Array(view.buffer, view.byteOffset, codes.length)
      expect(textsOf(gatherStrings(dictionary, inside))).toEqual(expected)
    }
  })

  it.each([8, -1, 2 ** 31 - 1, -(2 ** 31)])('refuses code %d of 8 strings', code => {
    const dictionary = new StringDictionary(offsets, arena)
    expect(() => gatherStrings(dictionary, Int32Array.of(0, code, 1))).toThrow(
      expect.objectContaining({ code: 'file-corrupt' }),
    )
  })

  it('passes a limit before it copies 2 GiB', () => {
    const dictionary = new StringDictionary(Int32Array.of(0, 1024 * 1024), new Uint8Array(1024 * 1024))
    expect(() => gatherStrings(dictionary, new Int32Array(2048))).toThrow(/parquetColumnBytesMax/)
  })

  it('wants dictionaries that stay as they are', () => {
    const bug = expect.objectContaining({ code: 'bug' })
    expect(() => new StringDictionary(Int32Array.of(0, 5, 3), new Uint8Array(5))).toThrow(bug)
    expect(() => new StringDictionary(Int32Array.of(0, 6), new Uint8Array(5))).toThrow(bug)
    expect(() => new StringDictionary(Int32Array.of(-1, 2), new Uint8Array(5))).toThrow(bug)
    const page = snappyDecompress(snappyCompress(new Uint8Array(99)).slice(), 99)
    expect(() => new StringDictionary(Int32Array.of(0, 9), page)).toThrow(bug)
  })
})
