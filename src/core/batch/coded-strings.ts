/**
 * Strings by their codes in a dictionary: what repeats is moved as an int32 and spelt out only where somebody needs
 * the bytes. A `BytesColumn` like any other: its offsets and bytes are made when they are first asked for.
 *
 * Invariants: entry 0 is the empty string, and a null has code 0; entries never change, and lie in buffers of their own
 * (they are copied to other threads while codes are transferred).
 */

import { assert } from '../../errors.ts'
import type { BytesColumn, Validity } from './column.ts'

/** Entry e is `bytes[offsets[e] … offsets[e + 1])`; entry 0 is empty. */
export interface StringEntries {
  readonly offsets: Int32Array
  readonly bytes: Uint8Array
}

export class CodedStrings implements BytesColumn {
  readonly kind = 'bytes'
  readonly codes: Int32Array
  readonly entries: StringEntries
  readonly valid: Validity
  #plain: { readonly offsets: Int32Array; readonly bytes: Uint8Array } | null = null

  constructor(codes: Int32Array, entries: StringEntries, valid: Validity) {
    this.codes = codes
    this.entries = entries
    this.valid = valid
  }

  get offsets(): Int32Array {
    return this.#spelt().offsets
  }

  get bytes(): Uint8Array {
    return this.#spelt().bytes
  }

  #spelt(): { readonly offsets: Int32Array; readonly bytes: Uint8Array } {
    this.#plain ??= spellOut(this.codes, this.entries)
    return this.#plain
  }
}

export function isCoded(column: { readonly kind: string }): column is CodedStrings {
  return column instanceof CodedStrings
}

function spellOut(codes: Int32Array, entries: StringEntries): { offsets: Int32Array; bytes: Uint8Array } {
  const { offsets: places, bytes: text } = entries
  const offsets = new Int32Array(codes.length + 1)
  let length = 0
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!
    length += places[code + 1]! - places[code]!
    offsets[i + 1] = length
  }
  assert(length < 2 ** 31, 'strings of a batch fit 2 GiB')
  const bytes = new Uint8Array(length)
  let to = 0
  for (let i = 0; i < codes.length; i++) {
    const end = places[codes[i]! + 1]!
    for (let from = places[codes[i]!]!; from < end; from++) bytes[to++] = text[from]!
  }
  return { offsets, bytes }
}

/** Codes of several columns in one dictionary. */
export interface SharedCodes {
  readonly entries: StringEntries
  /** By column: new code of each of its entries; null: they are the same. */
  readonly remaps: readonly (Int32Array | null)[]
}

/** Dictionaries are joined where that is little work beside moving so many rows once. */
const ROWS_PER_ENTRY = 8

/** Brings columns to one dictionary; null where one is not coded, or the dictionaries are too large for `rows` rows. */
export function shareCodes(columns: readonly BytesColumn[], rows: number): SharedCodes | null {
  const coded: CodedStrings[] = []
  for (const column of columns) {
    if (!isCoded(column)) return null
    coded.push(column)
  }
  const distinct = new Set(coded.map(column => column.entries))
  if (distinct.size === 1) return { entries: coded[0]!.entries, remaps: coded.map(() => null) }
  let entries = 0
  for (const { offsets } of distinct) entries += offsets.length
  return entries * ROWS_PER_ENTRY > rows ? null : joinEntries(coded, distinct)
}

function joinEntries(columns: readonly CodedStrings[], distinct: ReadonlySet<StringEntries>): SharedCodes {
  const codes = new Map<string, number>()
  const texts: Uint8Array[] = []
  const remaps = new Map<StringEntries, Int32Array>()
  for (const entries of distinct) {
    const remap = new Int32Array(entries.offsets.length - 1)
    for (let e = 0; e < remap.length; e++) {
      const text = entries.bytes.subarray(entries.offsets[e], entries.offsets[e + 1])
      const key = keyOf(text)
      const known = codes.get(key)
      remap[e] = known ?? texts.length
      if (known !== undefined) continue
      codes.set(key, texts.length)
      texts.push(text)
    }
    remaps.set(entries, remap)
  }
  return { entries: entriesOf(texts), remaps: columns.map(column => remaps.get(column.entries)!) }
}

/** The bytes as a string of as many characters: equal where the bytes are, whatever they mean. */
function keyOf(text: Uint8Array): string {
  let key = ''
  for (let i = 0; i < text.length; i++) key += String.fromCharCode(text[i]!)
  return key
}

/** Entries of their own memory; the first text must be empty. */
export function entriesOf(texts: readonly Uint8Array[]): StringEntries {
  const offsets = new Int32Array(texts.length + 1)
  texts.forEach((text, e) => {
    offsets[e + 1] = offsets[e]! + text.length
  })
  const bytes = new Uint8Array(offsets[texts.length]!)
  texts.forEach((text, e) => {
    bytes.set(text, offsets[e])
  })
  return { offsets, bytes }
}
