/**
 * Footers, page headers and indexes: what is encoded is parsed back, and bytes that are cut, flipped or made up give a
 * HindcastError or a value, in bounded time. No other error gets out.
 */
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { HindcastError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import { parseBloomHeader } from '../../src/parquet/format/bloom-filter.ts'
import { leafColumns } from '../../src/parquet/format/leaf-columns.ts'
import type {
  ColumnChunk,
  ColumnIndex,
  FileMetadata,
  OffsetIndex,
  PageHeader,
  Statistics,
} from '../../src/parquet/format/metadata.ts'
import { encodePageHeader, parsePageHeader } from '../../src/parquet/format/page-header.ts'
import {
  encodeColumnIndex,
  encodeOffsetIndex,
  parseColumnIndex,
  parseOffsetIndex,
} from '../../src/parquet/format/page-index.ts'
import { parseMetadata } from '../../src/parquet/format/read-metadata.ts'
import { schemaElements } from '../../src/parquet/format/schema-elements.ts'
import { boundsOf } from '../../src/parquet/format/statistics-value.ts'
import { ENCODINGS } from '../../src/parquet/format/thrift-names.ts'
import { timeBounds } from '../../src/parquet/format/time-bounds.ts'
import { encodeMetadata } from '../../src/parquet/format/write-metadata.ts'
import { duckDbFile, EVERY_TYPE } from '../unit/parquet/format/duckdb-file.ts'
import { cases } from './cases.ts'

const count = fc.oneof(fc.nat({ max: 1000 }), fc.maxSafeNat())
const bytes = fc.uint8Array({ maxLength: 20 })
const encoding = fc.constantFrom(...ENCODINGS.filter(name => name !== null))
const range = fc.option(fc.record({ position: fc.integer({ min: 1 }), length: fc.integer({ min: 1 }) }))

const statistics: fc.Arbitrary<Statistics> = fc
  .record({
    min: fc.option(bytes),
    max: fc.option(bytes),
    minIsExact: fc.boolean(),
    maxIsExact: fc.boolean(),
    nulls: fc.option(count),
    distinct: fc.option(count),
  })
  .map(made => ({
    ...made,
    minIsExact: made.minIsExact && made.min !== null,
    maxIsExact: made.maxIsExact && made.max !== null,
  }))

const type = fc.oneof(
  fc
    .constantFrom('bool', 'int8', 'uint16', 'int32', 'uint64', 'date', 'float32', 'float64', 'utf8', 'binary')
    .map(name => ({ name })),
  fc.record({ name: fc.constant('timestamp'), unit: fc.constantFrom('ms', 'us', 'ns'), utc: fc.boolean() }),
  fc.record({
    name: fc.constant('decimal'),
    precision: fc.integer({ min: 1, max: 18 }),
    scale: fc.constant(1),
  }),
)
const schema = fc
  .array(fc.record({ name: fc.string({ unit: 'binary' }).filter(wellFormed), type }), { maxLength: 6 })
  .map(fields => schemaElements(fields as Parameters<typeof schemaElements>[0]))

/** Names are written as UTF-8, which has no place for half a surrogate pair. */
function wellFormed(text: string): boolean {
  return text.isWellFormed()
}

/** A chunk of any column; type and path are set by the schema. */
const chunk = fc.record({
  filePath: fc.option(fc.string()),
  encrypted: fc.constant(false),
  encodings: fc.uniqueArray(encoding),
  codec: fc.constantFrom('UNCOMPRESSED', 'SNAPPY', 'ZSTD', 'LZ4_RAW'),
  values: count,
  uncompressedBytes: count,
  compressedBytes: fc.nat(),
  dataPagePosition: count,
  dictionaryPagePosition: fc.option(fc.integer({ min: 1 })),
  statistics: fc.option(statistics),
  columnIndex: range,
  offsetIndex: range,
  bloomFilter: fc.option(
    fc.record({ position: fc.integer({ min: 1 }), length: fc.option(fc.integer({ min: 1 })) }),
  ),
}) satisfies fc.Arbitrary<Omit<ColumnChunk, 'physical' | 'path'>>

const metadata: fc.Arbitrary<FileMetadata> = schema.chain(elements => {
  const leaves = elements.slice(1)
  const sorting = fc.record({
    column: fc.integer({ min: 0, max: Math.max(0, leaves.length - 1) }),
    descending: fc.boolean(),
    nullsFirst: fc.boolean(),
  })
  const columns = fc
    .tuple(...leaves.map(() => chunk))
    .map(chunks =>
      chunks.map((made, i) => ({ ...made, physical: leaves[i]!.physical!, path: [leaves[i]!.name] })),
    )
  const rowGroup = fc.record({
    rows: fc.nat(),
    uncompressedBytes: count,
    columns,
    sorting: fc.array(sorting, { maxLength: leaves.length }),
  })
  return fc
    .record({
      version: fc.constantFrom(1, 2),
      schema: fc.constant(elements),
      rowGroups: fc.array(rowGroup, { maxLength: 4 }),
      keyValues: fc.array(fc.record({ key: fc.string(), value: fc.option(fc.string()) }), { maxLength: 20 }),
      createdBy: fc.option(fc.string()),
    })
    .map(made => ({ ...made, rows: made.rowGroups.reduce((sum, group) => sum + group.rows, 0) }))
})

const sizes = {
  uncompressedBytes: fc.integer({ min: 1000, max: LIMITS.parquetPageBytesMax }),
  compressedBytes: fc.integer({ min: 1000, max: LIMITS.parquetPageBytesMax }),
  crc: fc.option(fc.integer({ min: 0, max: 2 ** 32 - 1 })),
}
const pageHeader: fc.Arbitrary<PageHeader> = fc.oneof(
  fc.record({
    ...sizes,
    type: fc.constant('data' as const),
    values: fc.nat({ max: LIMITS.parquetPageValuesMax }),
    encoding,
    definitionEncoding: encoding,
    repetitionEncoding: encoding,
    statistics: fc.option(statistics),
  }),
  fc.record({
    ...sizes,
    type: fc.constant('data-v2' as const),
    values: fc.integer({ min: 1000, max: LIMITS.parquetPageValuesMax }),
    nulls: fc.nat({ max: 1000 }),
    rows: fc.nat({ max: 1000 }),
    encoding,
    definitionBytes: fc.nat({ max: 500 }),
    repetitionBytes: fc.nat({ max: 500 }),
    isCompressed: fc.boolean(),
    statistics: fc.option(statistics),
  }),
  fc.record({ ...sizes, type: fc.constant('dictionary' as const), values: fc.nat({ max: 1000 }), encoding }),
)

const offsetIndex: fc.Arbitrary<OffsetIndex> = fc
  .array(fc.tuple(fc.nat(), fc.integer({ min: 1 }), fc.nat()), { maxLength: 30 })
  .map(pages => {
    let [end, row] = [0, 0]
    const rows = pages.map(([gap, length, more], i) => {
      const position = end + gap
      end = position + length
      row += i === 0 ? 0 : more
      return [position, length, row] as const
    })
    return {
      positions: Float64Array.from(rows, page => page[0]),
      lengths: Int32Array.from(rows, page => page[1]),
      rowFirst: Float64Array.from(rows, page => page[2]),
    }
  })

const columnIndex: fc.Arbitrary<ColumnIndex> = fc
  .tuple(
    fc.array(fc.tuple(fc.boolean(), bytes, bytes, count), { maxLength: 30 }),
    fc.constantFrom('UNORDERED' as const, 'ASCENDING' as const, 'DESCENDING' as const),
    fc.boolean(),
  )
  .map(([pages, order, hasNulls]) => ({
    nullPages: Uint8Array.from(pages, page => (page[0] ? 1 : 0)),
    mins: pages.map(page => page[1]),
    maxs: pages.map(page => page[2]),
    order,
    nulls: hasNulls ? Float64Array.from(pages, page => page[3]) : null,
  }))

describe('what is encoded is parsed back', () => {
  it('as metadata', () => {
    fc.assert(
      fc.property(metadata, made => {
        expect(parseMetadata(encodeMetadata(made))).toEqual(made)
      }),
      cases(),
    )
  })

  it('as a page header', () => {
    fc.assert(
      fc.property(pageHeader, bytes, (header, rest) => {
        const head = encodePageHeader(header)
        const all = new Uint8Array([...head, ...rest])
        expect(parsePageHeader(all, 0, all.length)).toEqual({ header, end: head.length })
      }),
      cases(3000),
    )
  })

  it('as indexes', () => {
    fc.assert(
      fc.property(offsetIndex, columnIndex, (offsets, bounds) => {
        expect(parseOffsetIndex(encodeOffsetIndex(offsets))).toEqual(offsets)
        expect(parseColumnIndex(encodeColumnIndex(bounds))).toEqual(bounds)
      }),
      cases(),
    )
  })
})

/** Everything that reads footers, on bytes that may be anything. */
function readAll(footer: Uint8Array): number {
  const { schema, rowGroups } = parseMetadata(footer)
  const leaves = leafColumns(schema)
  let known = 0
  for (const group of rowGroups) {
    for (const [i, column] of group.columns.entries()) {
      if (boundsOf(leaves[i]!, column.statistics) !== null) known++
      timeBounds(leaves[i]!, column.statistics, 'us')
    }
  }
  return known
}

/** 1 where it was refused properly, 0 where there was nothing to refuse; anything else gets out. */
function refused(work: () => unknown): number {
  try {
    work()
    return 0
  } catch (thrown) {
    if (!(thrown instanceof HindcastError) || thrown.code === 'bug') throw thrown
    expect(['file-corrupt', 'unsupported', 'limit-passed']).toContain(thrown.code)
    return 1
  }
}

interface Mutation {
  readonly at: number
  readonly byte: number
  readonly how: 'set' | 'flip' | 'insert' | 'delete'
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat({ max: 1_000_000 }),
  byte: fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0x7f, 0x80, 0xff, 0xfc, 0x1c, 0x19, 0)),
  how: fc.constantFrom('set', 'flip', 'insert', 'delete'),
})

function mutated(original: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  const mutant = [...original]
  for (const { at, byte, how } of mutations) {
    const i = at % Math.max(1, mutant.length)
    if (how === 'set') mutant[i] = byte
    else if (how === 'flip') mutant[i] = mutant[i]! ^ (1 << (byte & 7))
    else mutant.splice(i, how === 'delete' ? 1 + (byte & 3) : 0, ...(how === 'insert' ? [byte, byte] : []))
  }
  return new Uint8Array(mutant)
}

describe('damaged bytes', () => {
  let footers: Uint8Array[]

  beforeAll(async () => {
    const flat = await duckDbFile(EVERY_TYPE)
    const nested = await duckDbFile(
      `SELECT [i] AS a, {b: i, c: 'x'} AS d, MAP {'k': i} AS e FROM range(10) t(i)`,
    )
    footers = [flat.footer, nested.footer].map(footer => footer.slice())
  })

  it('of a footer that is cut off are refused wherever that is', () => {
    for (const footer of footers) {
      for (let end = 0; end < footer.length; end++)
        expect(refused(() => readAll(footer.subarray(0, end)))).toBe(1)
      expect(readAll(footer)).toBeGreaterThanOrEqual(0)
    }
  })

  it('of a footer give a typed error or a value', () => {
    let [all, bad] = [0, 0]
    fc.assert(
      fc.property(fc.nat(), fc.array(mutation, { minLength: 1, maxLength: 4 }), (which, mutations) => {
        const mutant = mutated(footers[which % footers.length]!, mutations)
        const start = performance.now()
        bad += refused(() => readAll(mutant))
        all++
        expect(performance.now() - start).toBeLessThan(1000)
      }),
      cases(5000),
    )
    expect(bad).toBeGreaterThan(0)
    expect(bad).toBeLessThan(all)
  })

  it('of page headers, indexes and bloom filters give a typed error or a value', () => {
    const parse = (mutant: Uint8Array): void => {
      refused(() => parsePageHeader(mutant, 0, mutant.length))
      refused(() => parseOffsetIndex(mutant))
      refused(() => parseColumnIndex(mutant))
      refused(() => parseBloomHeader(mutant))
    }
    const encoded = fc.oneof(
      pageHeader.map(encodePageHeader),
      offsetIndex.map(encodeOffsetIndex),
      columnIndex.map(encodeColumnIndex),
      fc.uint8Array({ maxLength: 200 }),
    )
    let refusals = 0
    fc.assert(
      fc.property(encoded, fc.array(mutation, { minLength: 1, maxLength: 3 }), (original, mutations) => {
        const mutant = mutated(original, mutations)
        parse(mutant)
        refusals += refused(() => parseMetadata(mutant))
      }),
      cases(5000),
    )
    expect(refusals).toBeGreaterThan(0)
  })
})
