/**
 * Values of a string column, or of one of decimals of 16 bytes, on their way into pages: coded by a dictionary as long
 * as that pays, then as they are.
 */

import type { BytesColumn, CodedStrings, StringEntries } from '../../core/batch/index.ts'
import { isCoded, WIDE_DECIMAL_BYTES } from '../../core/batch/index.ts'
import { assert } from '../../errors.ts'
import { packStrings } from '../codec/kernels.ts'
import type { PageBuffer } from '../encoding/page-buffer.ts'
import { encodeCodes } from '../encoding/rle-encode.ts'
import type { StringForm } from './bytes-bounds.ts'
import { BytesBounds } from './bytes-bounds.ts'
import { BytesDictionary } from './bytes-dictionary.ts'
import type { Bounds, ColumnValues, PageOfValues } from './column-values.ts'
import {
  DICTIONARY_BYTES_MAX,
  DICTIONARY_ENTRIES_MAX,
  paysAfter,
  REPEATS,
  VALUES_TO_JUDGE,
} from './column-values.ts'
import type { PhysicalValues } from './physical-values.ts'
import { WRITE_MEMORY } from './write-memory.ts'

type Strings = Extract<PhysicalValues, { layout: 'bytes' }>

const VALUES_FIRST = 1024
/** An entry not looked up yet, or not in the dictionary. */
const UNKNOWN = -1

export class BytesValues implements ColumnValues {
  readonly #form: StringForm
  /** PLAIN puts the length in front of each value where they differ. */
  readonly #lengthBytes: number
  #isCoded = true
  #dictionary: BytesDictionary | null = new BytesDictionary()
  #dictionaryIsUsed = false
  /** Values in pages that are done. */
  #before = 0
  #count = 0
  /** Of the page under way: codes, or offsets from 0 into its bytes. */
  #codes: Int32Array = WRITE_MEMORY.int32(VALUES_FIRST)
  #offsets = new Int32Array(0)
  #bytes = new Uint8Array(0)
  /** Codes here of the entries that came last. */
  #translated: { readonly entries: StringEntries; readonly codes: Int32Array } | null = null
  readonly #bounds: BytesBounds

  constructor(form: StringForm) {
    this.#form = form
    this.#lengthBytes = form === 'decimal' ? 0 : 4
    this.#bounds = new BytesBounds(form)
  }

  get count(): number {
    return this.#count
  }

  get memoryBytes(): number {
    const own = this.#codes.byteLength + this.#offsets.byteLength + this.#bytes.byteLength
    return own + (this.#dictionary?.bytes.byteLength ?? 0)
  }

  rowsThatFit(values: PhysicalValues, from: number, to: number, pageBytes: number): number {
    if (this.#isCoded) return to - from // codes are short
    const { offsets } = (values as Strings).column
    const room = pageBytes - this.#offsets[this.#count]! - this.#lengthBytes * this.#count
    const base = offsets[from]! - this.#lengthBytes * from
    let [low, high] = [from, to]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (offsets[middle]! + this.#lengthBytes * middle - base <= room) low = middle
      else high = middle - 1
    }
    return Math.max(1, low - from)
  }

  append(values: PhysicalValues, from: number, to: number): void {
    assert(values.layout === 'bytes', 'strings come to a column of strings')
    const { column } = values
    const rest = !this.#isCoded
      ? from
      : isCoded(column)
        ? this.#translateCodes(column, from, to)
        : this.#appendCodes(column, from, to)
    if (rest < to) this.#appendStrings(column, rest, to)
  }

  finishPage(): PageOfValues {
    const bounds = new BytesBounds(this.#form)
    const count = this.#count
    if (this.#isCoded) {
      const { entries } = this.#dictionary!
      this.#addUsed(bounds)
      this.#bounds.merge(bounds)
      this.#dictionaryIsUsed = true
      const codes = this.#codes
      return {
        count,
        encoding: 'RLE_DICTIONARY',
        bounds: bounds.encode(),
        writeValues: out => encodeCodes(out, codes, 0, count, null, entries),
      }
    }
    bounds.add(this.#bytes, this.#offsets, 0, count)
    this.#bounds.merge(bounds)
    const [offsets, bytes] = [this.#offsets, this.#bytes]
    const writeValues = (out: PageBuffer): void => this.#writePlain(out, offsets, bytes, count)
    return { count, encoding: 'PLAIN', bounds: bounds.encode(), writeValues }
  }

  nextPage(): void {
    this.#before += this.#count
    this.#count = 0
  }

  dictionary(): { entries: number; writeValues: (out: PageBuffer) => void } | null {
    const dictionary = this.#dictionary
    if (!this.#dictionaryIsUsed || dictionary === null) return null
    const { entries, offsets, bytes } = dictionary
    return {
      entries,
      writeValues: out => this.#writePlain(out, offsets, bytes, entries),
    }
  }

  bounds(): Bounds | null {
    return this.#bounds.encode()
  }

  release(): void {
    WRITE_MEMORY.give(this.#codes)
    this.#codes = new Int32Array(0)
  }

  /** Values from the start of the arena on. */
  #writePlain(out: PageBuffer, offsets: Int32Array, bytes: Uint8Array, count: number): void {
    if (this.#lengthBytes > 0) out.append(packStrings(offsets, bytes, 0, count))
    else out.append(bytes.subarray(0, WIDE_DECIMAL_BYTES * count))
  }

  /** Returns the first row that was not taken because the dictionary has been given up. */
  #appendCodes({ offsets, bytes, valid }: BytesColumn, from: number, to: number): number {
    const dictionary = this.#dictionary!
    this.#reserveCodes(this.#count + to - from)
    for (let i = from; i < to; i++) {
      if (valid !== null && valid[i] === 0) continue
      const code = dictionary.codeOf(
        bytes,
        offsets[i]!,
        offsets[i + 1]!,
        DICTIONARY_ENTRIES_MAX,
        DICTIONARY_BYTES_MAX,
      )
      if (code < 0) {
        this.#giveUpDictionary()
        return i
      }
      this.#codes[this.#count++] = code
      if (this.#before + this.#count !== VALUES_TO_JUDGE || this.#pays()) continue
      this.#giveUpDictionary()
      return i + 1
    }
    if (!this.#pays()) this.#giveUpDictionary()
    return to
  }

  #pays(): boolean {
    return paysAfter(this.#before + this.#count, this.#dictionary!.entries, REPEATS.bytes)
  }

  /** The same for strings that come as codes: each entry is looked up once, not each row. */
  #translateCodes({ codes, entries, valid }: CodedStrings, from: number, to: number): number {
    const dictionary = this.#dictionary!
    this.#reserveCodes(this.#count + to - from)
    if (this.#translated?.entries !== entries) {
      this.#translated = { entries, codes: new Int32Array(entries.offsets.length - 1).fill(UNKNOWN) }
    }
    const known = this.#translated.codes
    for (let i = from; i < to; i++) {
      if (valid !== null && valid[i] === 0) continue
      const entry = codes[i]!
      if (known[entry] === UNKNOWN) {
        known[entry] = dictionary.codeOf(
          entries.bytes,
          entries.offsets[entry]!,
          entries.offsets[entry + 1]!,
          DICTIONARY_ENTRIES_MAX,
          DICTIONARY_BYTES_MAX,
        )
        if (known[entry] === UNKNOWN) {
          this.#giveUpDictionary()
          return i
        }
      }
      this.#codes[this.#count++] = known[entry]!
    }
    if (!this.#pays()) this.#giveUpDictionary()
    return to
  }

  /** The page under way is spelt out, as all that follow will be. */
  #giveUpDictionary(): void {
    const { offsets, bytes } = this.#dictionary!
    const count = this.#count
    this.#isCoded = false
    this.#count = 0
    let length = 0
    for (let i = 0; i < count; i++) length += offsets[this.#codes[i]! + 1]! - offsets[this.#codes[i]!]!
    this.#reserveStrings(count, length)
    for (let i = 0; i < count; i++) {
      const [start, end] = [offsets[this.#codes[i]!]!, offsets[this.#codes[i]! + 1]!]
      this.#bytes.set(bytes.subarray(start, end), this.#offsets[this.#count]!)
      this.#offsets[this.#count + 1] = this.#offsets[this.#count]! + end - start
      this.#count++
    }
    if (!this.#dictionaryIsUsed) this.#dictionary = null
  }

  /** A null takes no bytes, so the bytes of all rows are those of the values. */
  #appendStrings({ offsets, bytes, valid }: BytesColumn, from: number, to: number): void {
    const start = offsets[from]!
    const length = offsets[to]! - start
    this.#reserveStrings(to - from, length)
    const base = this.#count === 0 ? 0 : this.#offsets[this.#count]!
    this.#bytes.set(bytes.subarray(start, start + length), base)
    for (let i = from; i < to; i++) {
      if (valid !== null && valid[i] === 0) continue
      this.#offsets[++this.#count] = base + offsets[i + 1]! - start
    }
  }

  /** Bounds of a page with codes come from the entries that it uses. */
  #addUsed(bounds: BytesBounds): void {
    const { entries, offsets, bytes } = this.#dictionary!
    const used = new Uint8Array(entries)
    for (let i = 0; i < this.#count; i++) used[this.#codes[i]!] = 1
    for (let code = 0; code < entries; code++)
      if (used[code] === 1) bounds.add(bytes, offsets, code, code + 1)
  }

  #reserveCodes(count: number): void {
    if (count <= this.#codes.length) return
    const codes = WRITE_MEMORY.int32(Math.max(count, 2 * this.#codes.length))
    codes.set(this.#codes.subarray(0, this.#count))
    WRITE_MEMORY.give(this.#codes)
    this.#codes = codes
  }

  /** Room for `count` values more, of `length` bytes together. */
  #reserveStrings(count: number, length: number): void {
    const values = this.#count + count + 1
    if (values > this.#offsets.length) {
      const offsets = new Int32Array(Math.max(values, 2 * this.#offsets.length, VALUES_FIRST))
      offsets.set(this.#offsets.subarray(0, this.#count + 1))
      this.#offsets = offsets
    }
    const needed = (this.#count === 0 ? 0 : this.#offsets[this.#count]!) + length
    if (needed > this.#bytes.length) {
      const bytes = new Uint8Array(Math.max(needed, 2 * this.#bytes.length))
      bytes.set(this.#bytes.subarray(0, this.#count === 0 ? 0 : this.#offsets[this.#count]!))
      this.#bytes = bytes
    }
  }
}
