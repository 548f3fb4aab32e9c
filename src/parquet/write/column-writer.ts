/**
 * One column of the row group being written: rows in, compressed pages out.
 *
 *     rows ─► page under way ─(full)─► encode, compress ─► pages ─(row group ends)─► column chunk
 */

import type { ColumnType } from '../../core/batch/index.ts'
import type { SchemaElement } from '../format/metadata.ts'
import { BytesValues } from './bytes-values.ts'
import type { ChunkPage, FinishedChunk } from './chunk-assembly.ts'
import type { ColumnValues } from './column-values.ts'
import { encodeDataPage, encodeDictionaryPage } from './page-encoder.ts'
import type { PhysicalValues } from './physical-values.ts'
import { layoutOf } from './physical-values.ts'
import { WordValues } from './word-values.ts'
import type { ResolvedWriteOptions } from './write-options.ts'

/** Rows that validity has room for at first. */
const VALIDITY_FIRST = 1024

export class ColumnWriter {
  readonly element: SchemaElement
  readonly #values: ColumnValues
  readonly #options: ResolvedWriteOptions
  readonly #pages: ChunkPage[] = []
  #pagesBytes = 0
  /** Rows of the page under way. */
  #rows = 0
  /** Their validity, once one of them is null. */
  #valid = new Uint8Array(0)
  #nulls = 0

  /** `isSorted`: the values are known to rise. */
  constructor(element: SchemaElement, type: ColumnType, options: ResolvedWriteOptions, isSorted = false) {
    this.element = element
    this.#options = options
    this.#values =
      layoutOf(type) === 'bytes'
        ? new BytesValues(type.name === 'utf8' ? 'text' : type.name === 'decimal' ? 'decimal' : 'binary')
        : new WordValues(type, options.encodings === 'auto', isSorted)
  }

  /** Bytes that wait to be written, or to become a page. */
  get memoryBytes(): number {
    return this.#pagesBytes + this.#values.memoryBytes + this.#valid.byteLength
  }

  append(values: PhysicalValues, rows: number): void {
    for (let row = 0; row < rows; ) {
      const room = Math.min(rows, row + this.#options.pageRows - this.#rows)
      const end = row + this.#values.rowsThatFit(values, row, room, this.#options.pageBytes)
      this.#noteValidity(values.valid, row, end)
      this.#values.append(values, row, end)
      this.#rows += end - row
      if (this.#rows === this.#options.pageRows || end < room) this.#closePage()
      row = end
    }
  }

  /** All pages, dictionary first. Nothing can be appended after it. */
  finish(): FinishedChunk {
    if (this.#rows > 0) this.#closePage()
    const coded = this.#values.dictionary()
    const dictionary =
      coded === null ? null : encodeDictionaryPage(coded.entries, coded.writeValues, this.#options.codec)
    const bounds = this.#values.bounds()
    this.#values.release()
    return {
      element: this.element,
      codec: this.#options.codec,
      dictionary,
      pages: this.#pages,
      bounds,
      nulls: this.#pages.reduce((nulls, page) => nulls + page.nulls, 0),
    }
  }

  #noteValidity(valid: Uint8Array | null, from: number, to: number): void {
    const nulls = valid === null ? 0 : nullsIn(valid, from, to)
    if (this.#nulls + nulls === 0) return
    const rows = this.#rows + to - from
    if (rows > this.#valid.length) {
      const grown = new Uint8Array(Math.max(rows, 2 * this.#valid.length, VALIDITY_FIRST))
      grown.set(this.#valid.subarray(0, this.#rows))
      this.#valid = grown
    }
    if (this.#nulls === 0) this.#valid.fill(1, 0, this.#rows)
    if (nulls === 0) this.#valid.fill(1, this.#rows, rows)
    else this.#valid.set(valid!.subarray(from, to), this.#rows)
    this.#nulls += nulls
  }

  #closePage(): void {
    const { count, encoding, bounds, writeValues } = this.#values.finishPage()
    const valid = this.#nulls === 0 ? null : this.#valid.subarray(0, this.#rows)
    const statistics = {
      min: bounds?.min ?? null,
      max: bounds?.max ?? null,
      minIsExact: bounds?.minIsExact ?? true,
      maxIsExact: bounds?.maxIsExact ?? true,
      nulls: this.#nulls,
      distinct: null,
    }
    const page = encodeDataPage(
      { rows: this.#rows, valid, encoding, statistics, writeValues },
      this.#options.codec,
    )
    this.#pages.push({ page, encoding, bounds, nulls: this.#nulls, isNull: count === 0 })
    this.#pagesBytes += page.bytes.buffer.byteLength
    this.#values.nextPage()
    this.#rows = 0
    this.#nulls = 0
  }
}

function nullsIn(valid: Uint8Array, from: number, to: number): number {
  let present = 0
  for (let i = from; i < to; i++) present += valid[i]!
  return to - from - present
}
