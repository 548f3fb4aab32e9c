import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { readColumnIndex, readOffsetIndex } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import type { ByteRange, ColumnIndex, OffsetIndex } from '../../../../src/parquet/format/metadata.ts'
import {
  encodeColumnIndex,
  encodeOffsetIndex,
  parseColumnIndex,
  parseOffsetIndex,
} from '../../../../src/parquet/format/page-index.ts'
import { footerLength, parseMetadata, TAIL_BYTES } from '../../../../src/parquet/format/read-metadata.ts'
import { ThriftWriter } from '../../../../src/parquet/format/thrift-writer.ts'

/** Written by Polars, with page indexes. */
const FLIGHTS = join(
  dirname(createRequire(import.meta.url).resolve('vega-datasets')),
  '../data/flights-3m.parquet',
)

const OFFSETS: OffsetIndex = {
  positions: new Float64Array([4, 1004, 2 ** 40]),
  lengths: new Int32Array([1000, 500, 2 ** 30]),
  rowFirst: new Float64Array([0, 100, 2 ** 33]),
}
const BOUNDS: ColumnIndex = {
  nullPages: new Uint8Array([0, 1, 0]),
  mins: [new Uint8Array([1, 2]), new Uint8Array(0), new Uint8Array([3])],
  maxs: [new Uint8Array([2]), new Uint8Array(0), new Uint8Array([4])],
  order: 'ASCENDING',
  nulls: new Float64Array([0, 100, 2 ** 40]),
}

function dataViewOf(bytes: Uint8Array): { view: DataView; offset: number } {
  return { view: new DataView(bytes.slice().buffer), offset: 0 }
}

describe('page indexes', () => {
  it('come back as they were', () => {
    expect(parseOffsetIndex(encodeOffsetIndex(OFFSETS))).toEqual(OFFSETS)
    expect(parseColumnIndex(encodeColumnIndex(BOUNDS))).toEqual(BOUNDS)
    const bare: ColumnIndex = { ...BOUNDS, order: 'UNORDERED', nulls: null }
    expect(parseColumnIndex(encodeColumnIndex(bare))).toEqual(bare)
  })

  it('of more than 14 pages come back too', () => {
    const pages = Array.from({ length: 1000 }, (_, i) => i)
    const offsets: OffsetIndex = {
      positions: Float64Array.from(pages, i => 100 * i),
      lengths: new Int32Array(1000).fill(100),
      rowFirst: Float64Array.from(pages, i => 10 * i),
    }
    expect(parseOffsetIndex(encodeOffsetIndex(offsets))).toEqual(offsets)
  })

  it('of Polars are read as hyparquet reads them, and ours by hyparquet', () => {
    const bytes = new Uint8Array(readFileSync(FLIGHTS))
    const end = bytes.length - TAIL_BYTES
    const { rowGroups } = parseMetadata(bytes.subarray(end - footerLength(bytes), end))
    const at = ({ position, length }: ByteRange): Uint8Array => bytes.subarray(position, position + length)
    const element = { name: 'x', type: 'BYTE_ARRAY' } as const
    let seen = 0
    for (const group of rowGroups) {
      for (const chunk of group.columns) {
        const offsets = parseOffsetIndex(at(chunk.offsetIndex!))
        const bounds = parseColumnIndex(at(chunk.columnIndex!))
        for (const theirs of [at(chunk.offsetIndex!), encodeOffsetIndex(offsets)]) {
          expect(
            readOffsetIndex(dataViewOf(theirs)).page_locations.map(page => [
              Number(page.offset),
              page.compressed_page_size,
              Number(page.first_row_index),
            ]),
          ).toEqual([...offsets.positions].map((p, i) => [p, offsets.lengths[i], offsets.rowFirst[i]]))
        }
        const raw = readColumnIndex(dataViewOf(at(chunk.columnIndex!)), element)
        const ours = readColumnIndex(dataViewOf(encodeColumnIndex(bounds)), element)
        expect(ours).toEqual({ ...raw, null_counts: bounds.nulls && [...bounds.nulls].map(BigInt) })
        expect(bounds.nullPages.length).toBe(offsets.positions.length)
        seen += bounds.nullPages.length
      }
    }
    expect(seen).toBeGreaterThan(50)
  })

  it.each<[string, Partial<OffsetIndex>]>([
    ['overlap', { positions: new Float64Array([4, 1003, 2000]) }],
    ['go back in rows', { rowFirst: new Float64Array([0, 100, 99]) }],
    ['do not begin with row 0', { rowFirst: new Float64Array([1, 100, 101]) }],
    ['are empty', { lengths: new Int32Array([1000, 0, 1]) }],
    ['lie before the file', { positions: new Float64Array([-1, 1004, 2000]) }],
  ])('whose pages %s are refused', (_, change) => {
    expect(() => parseOffsetIndex(encodeOffsetIndex({ ...OFFSETS, ...change }))).toThrow(/is out of order/)
  })

  it('whose lists do not match, or that lack one, are refused', () => {
    const bytes = encodeColumnIndex({ ...BOUNDS, nulls: null })
    bytes[1]! -= 0x10 // one null page less, whose byte becomes the head of another field
    expect(() => parseColumnIndex(bytes)).toThrow(/thrift|lists of the column index|lacks/)
    const writer = new ThriftWriter()
    writer.beginStruct()
    writer.endStruct()
    expect(() => parseColumnIndex(writer.finish())).toThrow(/lacks its bounds/)
    expect(() => parseOffsetIndex(writer.finish())).toThrow(/has no pages/)
    expect(() =>
      parseColumnIndex(encodeColumnIndex({ ...BOUNDS, nulls: new Float64Array([0, -1, 0]) })),
    ).toThrow(/page 1 of the column index has -1 nulls/)
  })

  it('that promise more pages than they have bytes are refused before anything is allocated', () => {
    const promise = new Uint8Array([0x19, 0xfc, 0xff, 0xff, 0x03, ...new Array<number>(100).fill(0)])
    expect(() => parseOffsetIndex(promise)).toThrow(/the bytes end/)
    const short = new Uint8Array([0x19, 0x8c, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    expect(() => parseOffsetIndex(short)).toThrow(/8 pages is longer than its bytes/)
    const many = new Uint8Array(2 ** 21 + 10)
    many.set([0x19, 0xf1, 0x81, 0x80, 0x80, 0x01])
    expect(() => parseColumnIndex(many)).toThrow(/is more than 1048576/)
  })
})
