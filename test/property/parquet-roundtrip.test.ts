/**
 * Reader ∘ writer = identity, bit for bit: generated schemas, values, encodings, codecs and cuts into appends, row
 * groups and pages; all rows, ranges of them, several ranges a row group, in any portions, of any columns.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Column, Schema } from '../../src/core/batch/index.ts'
import { typeText } from '../../src/core/batch/index.ts'
import type { LeafColumn, ParquetFile, RowRange, WriteOptions } from '../../src/parquet/index.ts'
import {
  bytesSource,
  checkFile,
  MemorySink,
  ParquetWriter,
  planRead,
  RowReader,
  readParquetFile,
} from '../../src/parquet/index.ts'
import { Chance } from '../unit/sinks/random-batch.ts'
import { cases } from './cases.ts'
import {
  asWritten,
  type ColumnRecipe,
  columnText,
  makeColumn,
  schemaOf,
  sliceColumn,
  TYPE_NAMES,
} from './parquet-roundtrip-columns.ts'

const recipes = fc.array(
  fc.record<ColumnRecipe>({
    type: fc.constantFrom(...TYPE_NAMES),
    shape: fc.constantFrom('wild', 'few', 'rising', 'turning'),
    nulls: fc.constantFrom(0, 0, 1, 20, 95, 100),
    seed: fc.nat(),
  }),
  { minLength: 1, maxLength: 5 },
)

const options = fc.record<
  Required<Pick<WriteOptions, 'codec' | 'encodings' | 'pageRows' | 'rowGroupRows' | 'pageBytes'>>
>({
  // zlib makes a decoder anew for every page, which takes most of the time where there are many.
  codec: fc.oneof(
    {
      weight: 15,
      arbitrary: fc.constantFrom('SNAPPY' as const, 'UNCOMPRESSED' as const, 'LZ4_RAW' as const),
    },
    { weight: 1, arbitrary: fc.constantFrom('ZSTD' as const, 'GZIP' as const, 'BROTLI' as const) },
  ),
  encodings: fc.constantFrom('auto', 'plain'),
  pageRows: fc.constantFrom(1, 7, 64, 100, 100, 1000, 1000, 32_768),
  rowGroupRows: fc.constantFrom(1, 50, 333, 2000, 1_000_000),
  pageBytes: fc.constantFrom(1, 40, 700, 700, 1_000_000, 1_000_000, 1_000_000),
})

/** Rows of each append: none, one, many small ones, or enough that a dictionary is judged. */
const appends = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 12 }),
  fc.constantFrom<number[]>([], [1], [1500], [1024, 1, 600], [300, 300, 300, 300]),
)

interface Written {
  readonly schema: Schema
  /** All rows of each column, as the file has them. */
  readonly columns: readonly Column[]
  readonly rows: number
  readonly bytes: Uint8Array
}

async function write(
  schema: Schema,
  columns: readonly Column[],
  cuts: readonly number[],
  chosen: WriteOptions,
): Promise<Uint8Array> {
  const sink = new MemorySink()
  const writer = new ParquetWriter(sink, schema, chosen)
  let row = 0
  for (const rows of cuts) {
    const from = row
    await writer.append({
      schema,
      rows,
      columns: columns.map(column => sliceColumn(column, from, from + rows)),
    })
    row += rows
  }
  const size = await writer.close()
  expect([writer.rows, size]).toEqual([row, sink.bytes.length])
  return sink.bytes
}

async function written(
  made: readonly ColumnRecipe[],
  cuts: readonly number[],
  chosen: WriteOptions,
): Promise<Written> {
  const schema = schemaOf(made)
  const rows = cuts.reduce((sum, cut) => sum + cut, 0)
  const columns = made.map(recipe => makeColumn(recipe, rows))
  const bytes = await write(schema, columns, cuts, chosen)
  return { schema, rows, bytes, columns: columns.map((column, c) => asWritten(column, schema[c]!.type)) }
}

/** Rows as they come, in portions from the seed. */
async function portions(reader: RowReader, chance: Chance): Promise<Column[][]> {
  const read: Column[][] = []
  while (reader.rowsLeft > 0) {
    const most = Math.min(reader.rowsLeft, [1, 13, 500, 100_000][chance.below(4)]!)
    read.push(await reader.read(1 + chance.below(most)))
  }
  return read
}

/** Each portion is what the same rows of the original are. */
function expectPortions(
  read: readonly (readonly Column[])[],
  want: readonly Column[],
  ranges: readonly RowRange[],
): void {
  const rows = ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i))
  let at = 0
  for (const portion of read) {
    const count = portion[0]!.kind === 'bytes' ? portion[0]!.offsets.length - 1 : rowsOf(portion[0]!)
    const taken = rows.slice(at, at + count)
    at += count
    portion.forEach((column, c) => {
      expect(columnText(column)).toBe(columnText(picked(want[c]!, taken)))
    })
  }
  expect(at).toBe(rows.length)
}

function rowsOf(column: Exclude<Column, { kind: 'bytes' }>): number {
  return column.kind === 'i64' ? column.values.length / 2 : column.values.length
}

/** The rows of a column, one by one. */
function picked(column: Column, rows: readonly number[]): Column {
  const flags = Uint8Array.from(rows, row => (column.valid === null ? 1 : column.valid[row]!))
  const valid = flags.includes(0) ? flags : null
  switch (column.kind) {
    case 'i32':
      return { kind: 'i32', values: Int32Array.from(rows, row => column.values[row]!), valid }
    case 'i64': {
      const halves = rows.flatMap(row => [column.values[2 * row]!, column.values[2 * row + 1]!])
      return { kind: 'i64', values: Int32Array.from(halves), valid }
    }
    case 'f64': {
      // As whole numbers: a NaN that is moved as a float may change its bits.
      const bits = new BigUint64Array(column.values.slice().buffer)
      return {
        kind: 'f64',
        values: new Float64Array(BigUint64Array.from(rows, row => bits[row]!).buffer),
        valid,
      }
    }
    case 'bytes': {
      const texts = rows.map(row => column.bytes.subarray(column.offsets[row], column.offsets[row + 1]))
      const offsets = Int32Array.from([0, ...texts.map(text => text.length)])
      for (let i = 0; i < texts.length; i++) offsets[i + 1]! += offsets[i]!
      return { kind: 'bytes', offsets, bytes: new Uint8Array(Buffer.concat(texts)), valid }
    }
  }
}

function types(schema: Schema): string[] {
  return schema.map(({ type }) =>
    typeText(type.name === 'timestamp' && type.unit === 's' ? { ...type, unit: 'ms' } : type),
  )
}

/** Some of the columns, in any order. */
function someLeaves(file: ParquetFile, chance: Chance): LeafColumn[] {
  const leaves = file.leaves.filter(() => chance.below(3) > 0)
  return chance.below(2) === 0 ? leaves : leaves.reverse()
}

describe('what is written', () => {
  it('is read back bit for bit, and nothing is wrong with the file', async () => {
    await fc.assert(
      fc.asyncProperty(recipes, appends, options, fc.nat(), async (made, cuts, chosen, seed) => {
        const { schema, rows, bytes, columns } = await written(made, cuts, chosen)
        const source = bytesSource(bytes)
        const file = await readParquetFile(source)
        expect(file.leaves.map(leaf => typeText(leaf.type!))).toEqual(types(schema))
        expect(file.metadata.rows).toBe(rows)
        const read = await portions(
          new RowReader(source, planRead(file, file.leaves), file.leaves),
          new Chance(seed),
        )
        expectPortions(read, columns, [{ from: 0, to: rows }])
        const { problems } = await checkFile(source, { problemsMax: 100_000 })
        // Text that is no UTF-8 is kept, and told.
        expect(problems.filter(({ message }) => !message.includes('no UTF-8'))).toEqual([])
      }),
      cases(300),
    )
  })

  it('is read back in any ranges of rows and any columns, by the page index', async () => {
    await fc.assert(
      fc.asyncProperty(recipes, appends, options, fc.nat(), async (made, cuts, chosen, seed) => {
        const { rows, bytes, columns } = await written(made, cuts, chosen)
        const chance = new Chance(seed)
        const source = bytesSource(bytes)
        const file = await readParquetFile(source)
        const leaves = someLeaves(file, chance)
        fc.pre(leaves.length > 0)
        const from = chance.below(rows + 1)
        const range = { from, to: from + chance.below(rows - from + 1) }
        const ranges: RowRange[] = []
        const plan = planRead(file, leaves, range, (rowGroup, within) => {
          const parts = partsOf(within, chance)
          const first = file.metadata.rowGroups.slice(0, rowGroup).reduce((sum, group) => sum + group.rows, 0)
          ranges.push(...parts.map(part => ({ from: first + part.from, to: first + part.to })))
          return parts
        })
        const read = await portions(new RowReader(source, plan, leaves), chance)
        expectPortions(
          read,
          leaves.map(leaf => columns[leaf.index]!),
          ranges,
        )
      }),
      cases(300),
    )
  })

  it('can be written again from what was read, and is the same', async () => {
    await fc.assert(
      fc.asyncProperty(recipes, appends, options, options, async (made, cuts, chosen, otherwise) => {
        const { schema, rows, bytes, columns } = await written(made, cuts, chosen)
        const source = bytesSource(bytes)
        const file = await readParquetFile(source)
        const again = new MemorySink()
        const asRead = file.leaves.map((leaf, c) => ({ name: schema[c]!.name, type: leaf.type! }))
        const writer = new ParquetWriter(again, asRead, otherwise)
        // Strings come as codes of each row group's dictionary, and are written as such.
        const reader = new RowReader(source, planRead(file, file.leaves), file.leaves)
        while (reader.rowsLeft > 0) {
          const part = Math.min(reader.rowsLeft, 700)
          await writer.append({ schema: asRead, rows: part, columns: await reader.read(part) })
        }
        await writer.close()
        const copy = await readParquetFile(bytesSource(again.bytes))
        const copied = new RowReader(bytesSource(again.bytes), planRead(copy, copy.leaves), copy.leaves)
        expectPortions(rows === 0 ? [] : [await copied.read(rows)], columns, [{ from: 0, to: rows }])
      }),
      cases(300),
    )
  })
})

/** None, one or several stretches of the range, apart from each other. */
function partsOf({ from, to }: RowRange, chance: Chance): RowRange[] {
  if (chance.below(3) === 0) return [{ from, to }]
  const cuts = Array.from({ length: 2 * chance.below(4) }, () => from + chance.below(to - from + 1))
  const edges = [...new Set(cuts)].sort((a, b) => a - b)
  const parts: RowRange[] = []
  for (let i = 0; i + 1 < edges.length; i += 2) parts.push({ from: edges[i]!, to: edges[i + 1]! })
  return parts
}
