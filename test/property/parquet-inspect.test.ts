/**
 * What inspect and check compute from rows, against slow and obvious twins; and that no byte of a page can change
 * without check saying so.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CodedStrings, valueAt } from '../../src/core/batch/index.ts'
import { leafColumns } from '../../src/parquet/format/leaf-columns.ts'
import { parsePageHeader } from '../../src/parquet/format/page-header.ts'
import { schemaElements } from '../../src/parquet/format/schema-elements.ts'
import type { BoundValue, Field, GivenValue } from '../../src/parquet/index.ts'
import { batchOf, bytesSource, checkFile, readParquetFile, typeFromText } from '../../src/parquet/index.ts'
import { distinctCodes } from '../../src/parquet/inspect/distinct-codes.ts'
import { DisorderScan } from '../../src/parquet/inspect/row-disorder.ts'
import { extremesOf, nullsOf } from '../../src/parquet/inspect/value-extremes.ts'
import { exampleFile } from '../unit/parquet/inspect/forged-file.ts'
import { cases } from './cases.ts'

const VALUES: Readonly<Record<string, fc.Arbitrary<GivenValue>>> = {
  int32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  uint32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  int64: fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -3n, max: 3n })),
  uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  'timestamp[us, UTC]': fc.oneof(
    fc.bigInt({ min: -5n, max: 5n }),
    fc.bigInt({ min: -(2n ** 52n), max: 2n ** 52n }),
  ),
  float64: fc.double(),
  date: fc.integer({ min: -10, max: 10 }),
  utf8: fc.string({ unit: 'grapheme', maxLength: 6 }),
  binary: fc.uint8Array({ maxLength: 4 }),
}

interface Given {
  readonly field: Field
  readonly list: readonly GivenValue[]
}

function given(names: readonly string[]): fc.Arbitrary<Given> {
  return fc
    .constantFrom(...names)
    .chain(name =>
      fc
        .array(fc.option(VALUES[name]!, { freq: 4 }), { maxLength: 60 })
        .map(list => ({ field: { name: 'v', type: typeFromText(name)! }, list })),
    )
}

/** A value as it is compared. */
function comparable({ type }: Field, value: GivenValue): BoundValue {
  if (typeof value === 'string') return new TextEncoder().encode(value)
  if (type.name === 'float64' || value instanceof Uint8Array) return value as BoundValue
  return BigInt(value as number | bigint)
}

function compare(a: BoundValue, b: BoundValue): number {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b)
  return a < b ? -1 : a > b ? 1 : 0
}

describe('extremesOf', () => {
  it('is first and last of the sorted values', () => {
    fc.assert(
      fc.property(given(Object.keys(VALUES)), ({ field, list }) => {
        const { columns } = batchOf([field], { v: list })
        const leaf = leafColumns(schemaElements([field]))[0]!
        const sorted = list
          .filter(value => value !== null && !Number.isNaN(value))
          .map(value => comparable(field, value))
          .sort(compare)
        const found = extremesOf(leaf, columns[0]!)
        expect(nullsOf(columns[0]!)).toBe(list.filter(value => value === null).length)
        if (sorted.length === 0) expect(found).toBe(null)
        else {
          expect(compare(found!.min, sorted[0]!)).toBe(0)
          expect(compare(found!.max, sorted.at(-1)!)).toBe(0)
        }
      }),
      cases(),
    )
  })
})

describe('distinctCodes', () => {
  it('is the set of the codes of valid rows, whatever the size of the dictionary', () => {
    const rows = fc.array(fc.tuple(fc.nat(20), fc.boolean()), { maxLength: 40 })
    fc.assert(
      fc.property(rows, fc.constantFrom(21, 100, 1000), (given, entryCount) => {
        const valid = Uint8Array.from(given, ([, isValid]) => (isValid ? 1 : 0))
        const codes = Int32Array.from(given, ([code, isValid]) => (isValid ? code : 0))
        const entries = { offsets: new Int32Array(entryCount + 1), bytes: new Uint8Array(0) }
        const found = distinctCodes(new CodedStrings(codes, entries, valid.includes(0) ? valid : null))
        const expected = new Set(given.flatMap(([code, isValid]) => (isValid ? [code] : [])))
        expect([...found].sort((a, b) => a - b)).toEqual([...expected].sort((a, b) => a - b))
      }),
      cases(),
    )
  })
})

/** Rows behind the largest value so far, and the largest step back with its row. */
function slowDisorder(values: readonly (bigint | number | null)[]) {
  const found = { nulls: 0, behind: 0, step: 0, stepRow: -1 }
  for (const [row, value] of values.entries()) {
    if (value === null || Number.isNaN(value)) {
      found.nulls++
      continue
    }
    const before = values.slice(0, row).filter(one => one !== null && !Number.isNaN(one)) as (
      | bigint
      | number
    )[]
    let top: bigint | number = value
    for (const one of before) if (one > top) top = one
    if (top <= value) continue
    found.behind++
    const step = typeof top === 'bigint' ? Number(top - (value as bigint)) : top - (value as number)
    if (step > found.step) Object.assign(found, { step, stepRow: row })
  }
  return found
}

describe('DisorderScan', () => {
  it('finds what looking back at every row finds, in batches too', () => {
    const names = ['int32', 'timestamp[us, UTC]', 'float64', 'date']
    fc.assert(
      fc.property(given(names), fc.nat(60), ({ field, list }, cut) => {
        const isFloat = field.type.name === 'float64'
        const expected = slowDisorder(
          list.map(value => (value == null ? null : isFloat ? (value as number) : BigInt(value as number))),
        )
        const scan = new DisorderScan()
        for (const part of [list.slice(0, cut), list.slice(cut)])
          scan.take(batchOf([field], { v: part }).columns[0]!)
        const { nulls, behind, step, stepRow } = scan
        expect({ nulls, behind, step, stepRow }).toEqual(expected)
      }),
      cases(),
    )
  })
})

describe('batchOf', () => {
  it('gives back what went in', () => {
    fc.assert(
      fc.property(given(['int32', 'uint32', 'int64', 'uint64', 'float64', 'utf8']), ({ field, list }) => {
        const column = batchOf([field], { v: list }).columns[0]!
        const back = list.map((_, row) => valueAt(column, field.type, row))
        expect(back).toEqual(list)
      }),
      cases(),
    )
  })
})

describe('checkFile', () => {
  it('finds every byte that changes in a page, and never fails itself', async () => {
    const bytes = await exampleFile()
    const { metadata } = await readParquetFile(bytesSource(bytes))
    const pagesEnd = Math.max(
      ...metadata.rowGroups.flatMap(group =>
        group.columns.map(
          chunk => (chunk.dictionaryPagePosition ?? chunk.dataPagePosition) + chunk.compressedBytes,
        ),
      ),
    )
    const bodies = pageBodies(bytes, pagesEnd)
    expect(bodies.length).toBeGreaterThan(20)
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const changed = bytes.slice()
        changed[at]! ^= flip
        const { ok, problemCount } = await checkFile(bytesSource(changed))
        expect(ok).toBe(problemCount === 0)
        if (bodies.some(({ from, to }) => at >= from && at < to)) expect(ok).toBe(false)
        if (at >= bytes.length - 8) expect(ok).toBe(false) // length and magic
      }),
      cases(300),
    )
  })
})

/** Pages follow one another from byte 4 on. */
function pageBodies(bytes: Uint8Array, end: number): { readonly from: number; readonly to: number }[] {
  const bodies: { from: number; to: number }[] = []
  for (let at = 4; at < end; ) {
    const { header, end: from } = parsePageHeader(bytes, at, end)
    at = from + header.compressedBytes
    bodies.push({ from, to: at })
  }
  return bodies
}
