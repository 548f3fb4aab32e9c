/** Seed files made by hand: what of the format neither our writer nor DuckDB's writes. */
import type { CompressionName } from '../../src/parquet/codec/compress.ts'
import {
  encodeSplitF64,
  encodeSplitI32,
  encodeSplitI64,
} from '../../src/parquet/encoding/byte-stream-split-encode.ts'
import {
  encodeDeltaI32,
  encodeDeltaI64,
  encodeDeltaLengthStrings,
} from '../../src/parquet/encoding/delta-encode.ts'
import { PageBuffer } from '../../src/parquet/encoding/page-buffer.ts'
import { encodeCodes, encodeRleU8 } from '../../src/parquet/encoding/rle-encode.ts'
import type { EncodingName, SchemaElement } from '../../src/parquet/format/metadata.ts'
import type { MadeColumn } from './parquet-made.ts'
import { column, dataFacts, dataFactsV2, dictionaryFacts, madeFile, madePage } from './parquet-made.ts'
import type { PagePart } from './parquet-parts.ts'
import type { SeedFile } from './parquet-seeds.ts'

const ROWS = 100
const CODECS: readonly CompressionName[] = ['UNCOMPRESSED', 'SNAPPY', 'ZSTD', 'LZ4_RAW']

/** Bytes that `write` puts into a buffer. */
export function encoded(write: (buffer: PageBuffer) => void): Uint8Array {
  const buffer = new PageBuffer()
  write(buffer)
  return buffer.written().slice()
}

interface Kind {
  readonly element: SchemaElement
  readonly encoding: EncodingName
  /** Values of `count` rows. */
  readonly values: (count: number) => Uint8Array
}

const words = (count: number): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => (i * 2654435761) % 5000)
const bytes = (count: number, width: number): Uint8Array =>
  Uint8Array.from({ length: count * width }, (_, i) => (i * 31) & 127)

const KINDS: readonly Kind[] = [
  kind(column('v', 'INT32'), 'DELTA_BINARY_PACKED', n =>
    encoded(b => encodeDeltaI32(b, words(n), 0, n, null)),
  ),
  kind(column('v', 'INT64'), 'DELTA_BINARY_PACKED', n =>
    encoded(b => encodeDeltaI64(b, words(2 * n), 0, n, null)),
  ),
  kind(column('v', 'INT32'), 'BYTE_STREAM_SPLIT', n => encoded(b => encodeSplitI32(b, words(n), 0, n, null))),
  kind(column('v', 'INT64'), 'BYTE_STREAM_SPLIT', n =>
    encoded(b => encodeSplitI64(b, words(2 * n), 0, n, null)),
  ),
  kind(column('v', 'DOUBLE'), 'BYTE_STREAM_SPLIT', n =>
    encoded(b => encodeSplitF64(b, Float64Array.from(words(n)), 0, n, null)),
  ),
  kind(column('v', 'INT96'), 'PLAIN', n => int96(n)),
  kind(column('v', 'FIXED_LEN_BYTE_ARRAY', { typeLength: 5 }), 'PLAIN', n => bytes(n, 5)),
  kind(column('v', 'FIXED_LEN_BYTE_ARRAY', { typeLength: 5 }), 'BYTE_STREAM_SPLIT', n => bytes(n, 5)),
  kind(column('v', 'FIXED_LEN_BYTE_ARRAY', { typeLength: 16, logical: { name: 'UUID' } }), 'PLAIN', n =>
    bytes(n, 16),
  ),
  kind(column('v', 'FIXED_LEN_BYTE_ARRAY', { typeLength: 2, logical: { name: 'FLOAT16' } }), 'PLAIN', n =>
    bytes(n, 2),
  ),
  kind(decimalColumn('FIXED_LEN_BYTE_ARRAY', 7, 16), 'PLAIN', n => bytes(n, 7).map(byte => byte & 15)),
  kind(decimalColumn('INT32', null, 9), 'DELTA_BINARY_PACKED', n =>
    encoded(b => encodeDeltaI32(b, words(n), 0, n, null)),
  ),
  kind(decimalColumn('BYTE_ARRAY', null, 12), 'DELTA_LENGTH_BYTE_ARRAY', n => lengthStrings(n)),
  kind(column('v', 'BYTE_ARRAY', { logical: { name: 'STRING' } }), 'DELTA_LENGTH_BYTE_ARRAY', n =>
    lengthStrings(n),
  ),
  kind(column('v', 'BYTE_ARRAY', { logical: { name: 'STRING' } }), 'DELTA_BYTE_ARRAY', n => prefixStrings(n)),
  kind(column('v', 'BOOLEAN'), 'RLE', n => withLength(runs(n))),
  kind(column('v', 'BYTE_ARRAY'), 'RLE_DICTIONARY', n =>
    encoded(b =>
      encodeCodes(
        b,
        words(n).map(value => value & 7),
        0,
        n,
        null,
        8,
      ),
    ),
  ),
  kind(column('v', 'INT64'), 'RLE_DICTIONARY', n =>
    encoded(b =>
      encodeCodes(
        b,
        words(n).map(value => value & 7),
        0,
        n,
        null,
        8,
      ),
    ),
  ),
]

/** Each kind required and optional, in v1 and v2 pages, with checksums and offset indexes. */
export function handmadeSeeds(): readonly SeedFile[] {
  return KINDS.flatMap((made, k) =>
    [0, 1, 2, 3].map(variant => {
      const codec = CODECS[(k + variant) % CODECS.length]!
      const isOptional = variant % 2 === 1
      const element = {
        ...made.element,
        repetition: isOptional ? ('OPTIONAL' as const) : ('REQUIRED' as const),
      }
      const pages = [
        ...dictionaryOf(made, codec),
        ...[0, 1, 2].map(() => dataPage(made, codec, isOptional, variant >= 2)),
      ]
      const file: MadeColumn = { element, codec, pages, isIndexed: true }
      const name = `made-${element.physical}-${made.encoding}-${k}-${variant}`
      return { name, bytes: madeFile([file], 3 * ROWS) }
    }),
  )
}

function kind(element: SchemaElement, encoding: EncodingName, values: Kind['values']): Kind {
  return { element, encoding, values }
}

function decimalColumn(
  physical: 'INT32' | 'BYTE_ARRAY' | 'FIXED_LEN_BYTE_ARRAY',
  typeLength: number | null,
  precision: number,
): SchemaElement {
  return column('v', physical, { typeLength, logical: { name: 'DECIMAL', precision, scale: 2 } })
}

function dictionaryOf({ element, encoding }: Kind, codec: CompressionName): readonly PagePart[] {
  if (encoding !== 'RLE_DICTIONARY') return []
  const plain =
    element.physical === 'INT64'
      ? bytes(8, 8)
      : encoded(b => {
          for (let i = 0; i < 8; i++) {
            b.u32(i)
            b.append(bytes(i, 1))
          }
        })
  return [madePage(dictionaryFacts(8), plain, { codec, crc: true })]
}

function dataPage(made: Kind, codec: CompressionName, isOptional: boolean, isV2: boolean): PagePart {
  const valid = Uint8Array.from({ length: ROWS }, (_, i) => (i % 7 === 3 ? 0 : 1))
  const present = isOptional ? valid.reduce((sum, value) => sum + value, 0) : ROWS
  const values = made.values(present)
  const levels = isOptional ? encoded(b => encodeRleU8(b, valid, 0, ROWS, 1)) : new Uint8Array(0)
  if (isV2) {
    const counts = { nulls: ROWS - present, definitionBytes: levels.length }
    return madePage(dataFactsV2(ROWS, made.encoding, counts), values, { codec, levels, crc: true })
  }
  const body = isOptional ? Buffer.concat([withLength(levels), values]) : values
  return madePage(dataFacts(ROWS, made.encoding), new Uint8Array(body), { codec, crc: true })
}

function runs(count: number): Uint8Array {
  return encoded(b =>
    encodeRleU8(
      b,
      Uint8Array.from({ length: count }, (_, i) => (i >> 4) & 1),
      0,
      count,
      1,
    ),
  )
}

export function withLength(content: Uint8Array): Uint8Array {
  return encoded(b => {
    b.u32(content.length)
    b.append(content)
  })
}

function int96(count: number): Uint8Array {
  return encoded(b => {
    for (let i = 0; i < count; i++) {
      b.u32(i * 1000)
      b.u32(i)
      b.u32(2_450_000 + i)
    }
  })
}

function lengthStrings(count: number): Uint8Array {
  const lengths = Int32Array.from({ length: count }, (_, i) => 1 + (i % 5))
  const total = lengths.reduce((sum, length) => sum + length, 0)
  return encoded(b => {
    encodeDeltaI32(b, lengths, 0, count, null)
    b.append(bytes(total, 1))
  })
}

function prefixStrings(count: number): Uint8Array {
  const prefixes = Int32Array.from({ length: count }, (_, i) => i % 3)
  return encoded(b => {
    encodeDeltaI32(b, prefixes, 0, count, null)
    b.append(suffixes(count))
  })
}

function suffixes(count: number): Uint8Array {
  const offsets = Int32Array.from({ length: count + 1 }, (_, i) => 2 * i)
  return encoded(b => encodeDeltaLengthStrings(b, offsets, bytes(2 * count, 1), 0, count, null))
}
