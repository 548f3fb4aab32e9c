/** Bombs in pages: little that claims to be much, in each encoding, codec and header; with the code that each must give. */
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { CompressionName } from '../../src/parquet/codec/compress.ts'
import { compress } from '../../src/parquet/codec/compress.ts'
import { encodeDeltaI32 } from '../../src/parquet/encoding/delta-encode.ts'
import type { PageBuffer } from '../../src/parquet/encoding/page-buffer.ts'
import type { EncodingName } from '../../src/parquet/format/metadata.ts'
import type { Bomb } from './parquet-bomb.ts'
import { TEXT } from './parquet-bomb.ts'
import type { BodyOptions } from './parquet-made.ts'
import {
  column,
  dataFacts,
  dataFactsV2,
  dictionaryFacts,
  madeFile,
  madePage,
  pageOf,
} from './parquet-made.ts'
import { encoded, withLength } from './parquet-seeds-handmade.ts'

const NUMBER = column('v', 'INT64')
const OPTIONAL = { ...NUMBER, repetition: 'OPTIONAL' as const }
const VALUES_MAX = 16 * 1024 * 1024

/** A varint of up to 2^53. */
const varint = (value: number): Uint8Array => encoded(b => b.varint(value))
const zeros = (length: number): Uint8Array => new Uint8Array(length)

/** One page of `rows` INT64, required. */
function numbers(
  rows: number,
  body: Uint8Array,
  encoding: EncodingName = 'PLAIN',
  options: BodyOptions = {},
): Uint8Array {
  const page = madePage(dataFacts(rows, encoding), body, options)
  return madeFile([{ element: NUMBER, codec: options.codec ?? 'UNCOMPRESSED', pages: [page] }], rows)
}

/** One page of `rows` optional INT64 with the bytes of its levels. */
function levels(rows: number, levelBytes: Uint8Array, values: Uint8Array): Uint8Array {
  const body = new Uint8Array(Buffer.concat([withLength(levelBytes), values]))
  return madeFile([{ element: OPTIONAL, pages: [madePage(dataFacts(rows), body)] }], rows)
}

function texts(rows: number, body: Uint8Array, encoding: EncodingName = 'PLAIN'): Uint8Array {
  return madeFile([{ element: TEXT, pages: [madePage(dataFacts(rows, encoding), body)] }], rows)
}

/** A dictionary of one string of `length` bytes, and a page of `rows` times that string. */
function repeatedText(rows: number, length: number): Uint8Array {
  const dictionary = madePage(dictionaryFacts(1), withLength(zeros(length)))
  const codes = encoded(b => {
    b.byte(1)
    b.varint(2 * rows)
    b.byte(0)
  })
  const page = madePage(dataFacts(rows, 'RLE_DICTIONARY'), codes)
  return madeFile([{ element: TEXT, pages: [dictionary, page] }], rows)
}

export const RUN_BOMBS: readonly Bomb[] = [
  {
    name: 'a run of 2^30 levels in a page of 100 rows is cut',
    make: () =>
      levels(
        100,
        encoded(b => {
          b.varint(2 ** 31)
          b.byte(1)
        }),
        zeros(800),
      ),
    code: null,
  },
  {
    name: 'a bit-packed run of 2^30 groups in three bytes',
    make: () =>
      levels(
        100,
        encoded(b => {
          b.varint(2 ** 31 - 1)
          b.byte(1)
        }),
        zeros(800),
      ),
    code: 'file-corrupt',
  },
  {
    name: 'runs of no values, 10^6 of them',
    make: () => levels(100, zeros(2_000_000), zeros(800)),
    code: 'file-corrupt',
  },
  {
    name: 'a page of 2^30 values of one run',
    make: () =>
      levels(
        2 ** 30,
        encoded(b => {
          b.varint(2 ** 31)
          b.byte(0)
        }),
        zeros(0),
      ),
    code: 'limit-passed',
  },
  {
    name: 'a page of 10^8 nulls in 30 bytes',
    make: () =>
      levels(
        10 ** 8,
        encoded(b => {
          b.varint(2 * 10 ** 8)
          b.byte(0)
        }),
        zeros(0),
      ),
    code: 'limit-passed',
  },
  {
    name: 'a page of as many nulls as may be, in 30 bytes',
    make: () =>
      levels(
        VALUES_MAX,
        encoded(b => {
          b.varint(2 * VALUES_MAX)
          b.byte(0)
        }),
        zeros(0),
      ),
    code: null,
  },
  { name: 'a page of 2^31 - 1 values', make: () => numbers(2 ** 31 - 1, zeros(8)), code: 'limit-passed' },
  { name: 'a page of 10^7 values in 8 bytes', make: () => numbers(10 ** 7, zeros(8)), code: 'file-corrupt' },
  {
    name: 'levels of 2^32 - 1 bytes',
    make: () => madeFile([{ element: OPTIONAL, pages: [madePage(dataFacts(9), zeros(99).fill(0xff))] }], 9),
    code: 'file-corrupt',
  },
  {
    name: 'levels of value 2',
    make: () =>
      levels(
        8,
        encoded(b => {
          b.varint(16)
          b.byte(2)
        }),
        zeros(64),
      ),
    code: 'file-corrupt',
  },
  {
    name: 'levels that say more values than there are',
    make: () =>
      levels(
        100,
        encoded(b => {
          b.varint(200)
          b.byte(1)
        }),
        zeros(799),
      ),
    code: 'file-corrupt',
  },
  {
    name: 'levels with other nulls than the header of a v2 page',
    make: () => {
      const facts = dataFactsV2(100, 'PLAIN', { nulls: 1, definitionBytes: 3 })
      const bytes = encoded(b => {
        b.varint(200)
        b.byte(1)
      })
      return madeFile([{ element: OPTIONAL, pages: [madePage(facts, zeros(800), { levels: bytes })] }], 100)
    },
    code: 'file-corrupt',
  },
  { name: 'old levels that are cut off', make: oldLevels, code: 'file-corrupt' },
]

function oldLevels(): Uint8Array {
  const facts = { ...dataFacts(1000), definitionEncoding: 'BIT_PACKED' as const }
  return madeFile(
    [{ element: OPTIONAL, pages: [madePage(facts as ReturnType<typeof dataFacts>, zeros(124))] }],
    1000,
  )
}

const delta = (...numbers: readonly number[]): Uint8Array =>
  new Uint8Array(Buffer.concat(numbers.map(varint)))
const wholeDeltas = (b: PageBuffer, value: number, count: number): void =>
  encodeDeltaI32(b, new Int32Array(count).fill(value), 0, count, null)

export const ENCODING_BOMBS: readonly Bomb[] = [
  {
    name: 'deltas in blocks of 2^31',
    make: () => numbers(100, delta(2 ** 31, 1, 100, 0, 0), 'DELTA_BINARY_PACKED'),
    code: 'file-corrupt',
  },
  {
    name: 'deltas in 2^26 miniblocks',
    make: () => numbers(100, delta(2 ** 31, 2 ** 26, 100, 0, 0), 'DELTA_BINARY_PACKED'),
    code: 'file-corrupt',
  },
  {
    name: 'deltas in blocks of none',
    make: () => numbers(100, delta(0, 0, 100, 0, 0), 'DELTA_BINARY_PACKED'),
    code: 'file-corrupt',
  },
  {
    name: 'more deltas than the page has values, 2^32 - 1 without a bit each',
    make: () => numbers(100, delta(2 ** 31, 1, 2 ** 32 - 1, 0, 0, 0, 0, 0), 'DELTA_BINARY_PACKED'),
    code: null,
  },
  {
    name: 'a string of 2^31 - 1 bytes',
    make: () => texts(1, Uint8Array.of(255, 255, 255, 127, 1)),
    code: 'file-corrupt',
  },
  { name: 'a string of 2^32 - 1 bytes', make: () => texts(1, zeros(9).fill(255)), code: 'file-corrupt' },
  { name: '10^7 strings in 9 bytes', make: () => texts(10 ** 7, zeros(9)), code: 'file-corrupt' },
  {
    name: 'strings whose lengths add up to more than 2^32',
    make: () =>
      texts(
        100,
        encoded(b => wholeDeltas(b, 2 ** 30, 100)),
        'DELTA_LENGTH_BYTE_ARRAY',
      ),
    code: 'file-corrupt',
  },
  {
    name: 'strings of negative length',
    make: () =>
      texts(
        100,
        encoded(b => wholeDeltas(b, -1, 100)),
        'DELTA_LENGTH_BYTE_ARRAY',
      ),
    code: 'file-corrupt',
  },
  {
    name: '10^5 strings that all begin as the first, of 10^6 bytes',
    make: () => texts(100_000, prefixBomb(100_000, 1_000_000), 'DELTA_BYTE_ARRAY'),
    code: 'limit-passed',
  },
  { name: '10^6 times one string of 10^6 bytes', make: () => repeatedText(1e6, 1e6), code: 'limit-passed' },
  {
    name: 'a page whose strings have 1.5 GB, of a dictionary of 1 MB',
    make: () => repeatedText(1500, 1e6),
    code: null,
  },
  {
    name: 'codes of 3 GB of text, then plain text, of the same column',
    make: codedThenPlain,
    code: 'limit-passed',
  },
  {
    name: 'a dictionary of 2^31 - 1 entries',
    make: () => madeFile([{ element: NUMBER, pages: [madePage(dictionaryFacts(2 ** 31 - 1), zeros(8))] }], 1),
    code: 'limit-passed',
  },
  {
    name: 'a dictionary of 10^7 entries in 8 bytes',
    make: () => madeFile([{ element: NUMBER, pages: [madePage(dictionaryFacts(10 ** 7), zeros(8))] }], 1),
    code: 'file-corrupt',
  },
  {
    name: 'codes beyond the dictionary',
    make: () => coded(0, 8, Uint8Array.of(32, 200, 1, 9, 0, 0, 0)),
    code: 'file-corrupt',
  },
  { name: 'codes of 255 bits', make: () => coded(0, 8, Uint8Array.of(255, 200, 1, 0)), code: 'file-corrupt' },
  { name: 'two dictionaries', make: () => coded(1, 1, ALL_FIRST), code: 'file-corrupt' },
  {
    name: 'a dictionary behind the pages that need it',
    make: () => coded(2, 1, ALL_FIRST),
    code: 'file-corrupt',
  },
  { name: 'no dictionary', make: () => coded(3, 1, ALL_FIRST), code: 'file-corrupt' },
  { name: 'a decimal of no bytes', make: emptyDecimal, code: 'file-corrupt' },
]

/** 100 codes 0. */
const ALL_FIRST = Uint8Array.of(1, 200, 1, 0)

/** A page of 100 codes, with its dictionary of INT64 in front, twice, behind, or not there. */
function coded(variant: number, entries: number, codes: Uint8Array): Uint8Array {
  const dictionary = madePage(dictionaryFacts(entries), zeros(8 * entries))
  const page = madePage(dataFacts(100, 'RLE_DICTIONARY'), codes)
  const pages = [[dictionary, page], [dictionary, dictionary, page], [page, dictionary], [page]][variant]!
  return madeFile([{ element: NUMBER, pages }], 100)
}

function prefixBomb(count: number, length: number): Uint8Array {
  const prefixes = new Int32Array(count).fill(length)
  const suffixes = new Int32Array(count)
  prefixes[0] = 0
  suffixes[0] = length
  return encoded(b => {
    encodeDeltaI32(b, prefixes, 0, count, null)
    encodeDeltaI32(b, suffixes, 0, count, null)
    b.append(zeros(length))
  })
}

function codedThenPlain(): Uint8Array {
  const dictionary = madePage(dictionaryFacts(1), withLength(zeros(1_000_000)))
  const coded = madePage(dataFacts(3000, 'RLE_DICTIONARY'), Uint8Array.of(1, ...varint(6000), 0))
  const plain = madePage(dataFacts(1), withLength(zeros(1)))
  return madeFile([{ element: TEXT, pages: [dictionary, coded, plain] }], 3001)
}

function emptyDecimal(): Uint8Array {
  const logical = { name: 'DECIMAL', precision: 9, scale: 2 } as const
  const element = column('v', 'BYTE_ARRAY', { logical })
  return madeFile([{ element, pages: [madePage(dataFacts(1), zeros(4))] }], 1)
}

const PACKED: readonly CompressionName[] = ['SNAPPY', 'GZIP', 'BROTLI', 'ZSTD', 'LZ4_RAW']

/** As small as the codec can make it. */
function smallest(codec: CompressionName, plain: Uint8Array): Uint8Array {
  if (codec === 'GZIP') return new Uint8Array(gzipSync(plain, { level: 9 }))
  if (codec === 'BROTLI') return new Uint8Array(brotliCompressSync(plain))
  if (codec === 'ZSTD') return new Uint8Array(zstdCompressSync(plain))
  return compress(codec, plain).slice()
}

/** A page of INT64 whose compressed `body` claims to be `size` bytes. */
function claimed(codec: CompressionName, body: Uint8Array, size: number, rows: number): Uint8Array {
  return madeFile([{ element: NUMBER, codec, pages: [pageOf(dataFacts(rows), body, size, false)] }], rows)
}

const BIG = 48 * 1024 * 1024
const packedZeros = new Map<CompressionName, Uint8Array>()

/** That many zeros, packed once. */
function bigZeros(codec: CompressionName): Uint8Array {
  const packed = packedZeros.get(codec) ?? smallest(codec, zeros(BIG))
  packedZeros.set(codec, packed)
  return packed
}

export const CODEC_BOMBS: readonly Bomb[] = PACKED.flatMap(codec => [
  {
    name: `${codec}: 48 MiB of zeros, said so`,
    make: () => claimed(codec, bigZeros(codec), BIG, BIG / 8),
    code: null,
  },
  {
    name: `${codec}: 48 MiB of zeros, said to be 800 bytes`,
    make: () => claimed(codec, bigZeros(codec), 800, 100),
    code: 'file-corrupt',
  },
  {
    name: `${codec}: 800 bytes, said to be 500 MB`,
    make: () => claimed(codec, smallest(codec, zeros(800)), 500e6, 100),
    code: 'file-corrupt',
  },
  {
    name: `${codec}: 800 bytes, said to be 2^31 - 1`,
    make: () => claimed(codec, smallest(codec, zeros(800)), 2 ** 31 - 1, 100),
    code: 'limit-passed',
  },
  {
    name: `${codec}: no bytes, said to be 800`,
    make: () => claimed(codec, zeros(0), 800, 100),
    code: 'file-corrupt',
  },
  {
    name: `${codec}: a frame inside of another`,
    make: () => claimed(codec, smallest(codec, bigZeros(codec)), BIG, BIG / 8),
    code: 'file-corrupt',
  },
])
