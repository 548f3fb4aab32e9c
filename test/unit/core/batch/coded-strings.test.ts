import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BytesColumn, Column } from '../../../../src/core/batch/index.ts'
import {
  CodedStrings,
  columnRows,
  concatColumns,
  entriesOf,
  gatherColumn,
  isCoded,
  shareCodes,
  sliceColumn,
} from '../../../../src/core/batch/index.ts'
import { scatterColumn } from '../../../../src/core/order/index.ts'

const UTF8 = new TextEncoder()

/** The same rows, coded and spelt out; null rows have code 0. */
function columnOf(texts: readonly (string | null)[]): CodedStrings {
  const entries = ['', ...new Set(texts.filter(text => text !== null))]
  const codes = Int32Array.from(texts, text => (text === null ? 0 : entries.indexOf(text)))
  const valid = texts.includes(null) ? Uint8Array.from(texts, text => (text === null ? 0 : 1)) : null
  return new CodedStrings(codes, entriesOf(entries.map(text => UTF8.encode(text))), valid)
}

function textsOf(column: Column): (string | null)[] {
  const { offsets, bytes, valid } = column as BytesColumn
  const text = (i: number): string => Buffer.from(bytes.subarray(offsets[i], offsets[i + 1])).toString('utf8')
  return Array.from({ length: columnRows(column) }, (_, i) => (valid?.[i] === 0 ? null : text(i)))
}

const texts = fc.array(fc.option(fc.constantFrom('', 'a', 'bb', 'ä', 'long enough to matter')), {
  minLength: 1,
  maxLength: 60,
})

describe('coded strings', () => {
  it('are the strings they stand for, sliced, gathered and joined', () => {
    fc.assert(
      fc.property(texts, texts, fc.nat(), (a, b, seed) => {
        const [x, y] = [columnOf(a), columnOf(b)]
        expect(textsOf(x)).toEqual(a)
        const [from, to] = [seed % a.length, a.length]
        expect(textsOf(sliceColumn(x, from, to))).toEqual(a.slice(from, to))
        const rows = Int32Array.from(a, (_, i) => (i * 7 + seed) % a.length)
        expect(textsOf(gatherColumn(x, rows))).toEqual([...rows].map(row => a[row]))
        expect(textsOf(concatColumns([x, y]))).toEqual([...a, ...b])
      }),
    )
  })

  it('are scattered as codes of one dictionary, as long as that is small', () => {
    const a = Array.from({ length: 100 }, (_, i) => ['x', 'y', null][i % 3]!)
    const b = Array.from({ length: 100 }, (_, i) => ['y', 'z'][i % 2]!)
    const even = Int32Array.from({ length: 100 }, (_, i) => 2 * i)
    const all = Int32Array.from({ length: 100 }, (_, i) => i)
    const sources = [
      { rows: all, dest: even },
      { rows: all, dest: even.map(place => place + 1) },
    ]
    const scattered = scatterColumn('bytes', [columnOf(a), columnOf(b)], sources, 200)
    expect(isCoded(scattered)).toBe(true)
    expect(textsOf(scattered)).toEqual(a.flatMap((text, i) => [text, b[i]!]))
    const many = Array.from({ length: 100 }, (_, i) => `text ${i}`)
    const spelt = scatterColumn('bytes', [columnOf(many), columnOf(b)], sources, 200)
    expect(isCoded(spelt)).toBe(false)
    expect(textsOf(spelt)).toEqual(many.flatMap((text, i) => [text, b[i]!]))
  })

  it('share codes only where all are coded', () => {
    const coded = columnOf(['a', 'b'])
    expect(shareCodes([coded, coded], 2)?.remaps).toEqual([null, null])
    expect(
      shareCodes([coded, { kind: 'bytes', offsets: coded.offsets, bytes: coded.bytes, valid: null }], 2),
    ).toBeNull()
  })
})
