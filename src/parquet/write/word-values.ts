/**
 * Values of a fixed-width column on their way into pages: coded by a dictionary as long as that pays, then as deltas
 * (whole numbers that never fall) or as they are.
 */

import type { ColumnType } from '../../core/batch/index.ts'
import { assert } from '../../errors.ts'
import { encodeDeltaI32, encodeDeltaI64 } from '../encoding/delta-encode.ts'
import type { PageBuffer } from '../encoding/page-buffer.ts'
import { encodePlainBool } from '../encoding/plain-encode.ts'
import { encodeCodes } from '../encoding/rle-encode.ts'
import type { Bounds, ColumnValues, PageOfValues } from './column-values.ts'
import { DICTIONARY_ENTRIES_MAX, paysAfter, REPEATS, VALUES_TO_JUDGE } from './column-values.ts'
import type { PhysicalValues } from './physical-values.ts'
import { layoutOf, packWords } from './physical-values.ts'
import { WordBounds, wordOrder } from './word-bounds.ts'
import type { WordDictionary } from './word-dictionary.ts'
import { createWordDictionary } from './word-dictionary.ts'
import { WRITE_MEMORY } from './write-memory.ts'

type Words = Extract<PhysicalValues, { layout: 'w4' | 'w8' }>
type Mode = 'dictionary' | 'delta' | 'plain' | 'bits'

const VALUES_FIRST = 1024
/** Room that is taken when these are not enough: a usual page, so that there are few sizes of buffers and all are used again. */
const WORDS_NEXT = 32 * 1024

export class WordValues implements ColumnValues {
  readonly #type: ColumnType
  readonly #width: 1 | 2
  readonly #repeats: number
  readonly #allowDelta: boolean
  #mode: Mode
  #dictionary: WordDictionary | null
  #dictionaryIsUsed = false
  /** Values in pages that are done. */
  #before = 0
  /** Values of the page under way, and their codes in mode `dictionary`. */
  #words: Int32Array
  #codes: Int32Array = new Int32Array(0)
  #count = 0
  #bounds: WordBounds

  /** `isSorted`: the values are known to rise, so that no dictionary is tried. */
  constructor(type: ColumnType, allowDelta: boolean, isSorted = false) {
    this.#type = type
    this.#width = layoutOf(type) === 'w4' ? 1 : 2
    this.#repeats = REPEATS[layoutOf(type) === 'w4' ? 'w4' : 'w8']
    this.#allowDelta = allowDelta && type.name !== 'float32' && type.name !== 'float64'
    this.#mode = type.name === 'bool' ? 'bits' : !isSorted ? 'dictionary' : allowDelta ? 'delta' : 'plain'
    this.#dictionary = this.#mode === 'dictionary' ? createWordDictionary(this.#width) : null
    this.#words = WRITE_MEMORY.int32(this.#width * VALUES_FIRST)
    this.#bounds = new WordBounds(wordOrder(type))
  }

  get count(): number {
    return this.#count
  }

  get memoryBytes(): number {
    return this.#words.byteLength + this.#codes.byteLength + (this.#dictionary?.words.byteLength ?? 0)
  }

  rowsThatFit(_values: PhysicalValues, from: number, to: number, pageBytes: number): number {
    return Math.min(to - from, Math.max(1, Math.floor(pageBytes / (4 * this.#width)) - this.#count))
  }

  append(values: PhysicalValues, from: number, to: number): void {
    assert(values.layout !== 'bytes', 'words come to a column of words')
    const first = this.#count
    this.#reserve(first + to - from)
    const end = packWords(values as Words, from, to, this.#words, first * this.#width)
    this.#count = end / this.#width
    if (this.#mode === 'dictionary') this.#encode(first)
  }

  finishPage(): PageOfValues {
    const bounds = new WordBounds(wordOrder(this.#type))
    bounds.add(this.#words, this.#count)
    this.#bounds.merge(bounds)
    const page = { count: this.#count, bounds: encoded(bounds), ...this.#encoding() }
    if (this.#mode === 'dictionary') this.#dictionaryIsUsed = true
    return page
  }

  nextPage(): void {
    this.#before += this.#count
    this.#count = 0
  }

  dictionary(): { entries: number; writeValues: (out: PageBuffer) => void } | null {
    if (!this.#dictionaryIsUsed || this.#dictionary === null) return null
    const { entries, words } = this.#dictionary
    return { entries, writeValues: out => out.append(bytesOf(words, entries * this.#width)) }
  }

  bounds(): Bounds | null {
    return encoded(this.#bounds)
  }

  release(): void {
    WRITE_MEMORY.give(this.#words)
    WRITE_MEMORY.give(this.#codes)
    this.#words = new Int32Array(0)
    this.#codes = this.#words
  }

  #encode(first: number): void {
    const dictionary = this.#dictionary!
    if (this.#codes.length < this.#words.length / this.#width) {
      const codes = WRITE_MEMORY.int32(this.#words.length / this.#width)
      codes.set(this.#codes.subarray(0, first))
      WRITE_MEMORY.give(this.#codes)
      this.#codes = codes
    }
    // judged as early as can be: values coded for nothing cost ten times those that are written as they are
    const judgedAt = Math.min(this.#count, Math.max(first, VALUES_TO_JUDGE - this.#before))
    for (const [from, to] of [
      [first, judgedAt],
      [judgedAt, this.#count],
    ] as const) {
      const coded = dictionary.encode(this.#words, from, to, this.#codes, from, DICTIONARY_ENTRIES_MAX)
      if (coded === to - from && paysAfter(this.#before + to, dictionary.entries, this.#repeats)) continue
      this.#giveUpDictionary()
      return
    }
  }

  /** The page under way has its words: it is written without codes, as all that follow. */
  #giveUpDictionary(): void {
    this.#mode = this.#allowDelta && this.#neverFalls() ? 'delta' : 'plain'
    if (!this.#dictionaryIsUsed) this.#dictionary = null
  }

  #neverFalls(): boolean {
    const words = this.#words
    if (this.#width === 1) {
      for (let i = 1; i < this.#count; i++) if (words[i]! < words[i - 1]!) return false
      return this.#count > 1
    }
    for (let i = 2; i < 2 * this.#count; i += 2) {
      const high = words[i + 1]! - words[i - 1]!
      if (high < 0 || (high === 0 && words[i]! >>> 0 < words[i - 2]! >>> 0)) return false
    }
    return this.#count > 1
  }

  #encoding(): Pick<PageOfValues, 'encoding' | 'writeValues'> {
    const [words, codes, count, width] = [this.#words, this.#codes, this.#count, this.#width]
    switch (this.#mode) {
      case 'dictionary': {
        const entries = this.#dictionary!.entries
        return {
          encoding: 'RLE_DICTIONARY',
          writeValues: out => encodeCodes(out, codes, 0, count, null, entries),
        }
      }
      case 'delta':
        return {
          encoding: 'DELTA_BINARY_PACKED',
          writeValues: out =>
            width === 1
              ? encodeDeltaI32(out, words, 0, count, null)
              : encodeDeltaI64(out, words, 0, count, null),
        }
      case 'plain':
        return { encoding: 'PLAIN', writeValues: out => out.append(bytesOf(words, count * width)) }
      case 'bits':
        return { encoding: 'PLAIN', writeValues: out => encodePlainBool(out, words, 0, count, null) }
    }
  }

  #reserve(count: number): void {
    if (count * this.#width <= this.#words.length) return
    const isGrown = this.#words.length >= WORDS_NEXT * this.#width
    const words = WRITE_MEMORY.int32(
      Math.max(count * this.#width, WORDS_NEXT * this.#width, isGrown ? 2 * this.#words.length : 0),
    )
    words.set(this.#words.subarray(0, this.#count * this.#width))
    WRITE_MEMORY.give(this.#words)
    this.#words = words
  }
}

function encoded(bounds: WordBounds): Bounds | null {
  const ends = bounds.encode()
  return ends === null ? null : { ...ends, minIsExact: true, maxIsExact: true }
}

function bytesOf(words: Int32Array, length: number): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, 4 * length)
}
