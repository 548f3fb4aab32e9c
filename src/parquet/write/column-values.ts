/** The port between a column's writer, which knows pages, and its values, which know types and encodings. */

import type { PageBuffer } from '../encoding/page-buffer.ts'
import type { EncodingName } from '../format/metadata.ts'
import type { PhysicalValues } from './physical-values.ts'

/** Bounds as statistics have them. */
export interface Bounds {
  readonly min: Uint8Array
  readonly max: Uint8Array
  readonly minIsExact: boolean
  readonly maxIsExact: boolean
}

export interface PageOfValues {
  /** Values, nulls left out. */
  readonly count: number
  readonly encoding: EncodingName
  readonly bounds: Bounds | null
  readonly writeValues: (out: PageBuffer) => void
}

/** Values of one column of one row group. */
export interface ColumnValues {
  /** Values of the page under way, nulls left out. */
  readonly count: number
  readonly memoryBytes: number
  /** How many of the rows fit the page under way, at least one. */
  rowsThatFit(values: PhysicalValues, from: number, to: number, pageBytes: number): number
  append(values: PhysicalValues, from: number, to: number): void
  /** The page under way; what it holds must be written before `nextPage`. */
  finishPage(): PageOfValues
  nextPage(): void
  /** What the pages with codes refer to; null where there are none. */
  dictionary(): { readonly entries: number; readonly writeValues: (out: PageBuffer) => void } | null
  /** Bounds of all pages. */
  bounds(): Bounds | null
  /** Gives working memory back; nothing is asked of it after that. */
  release(): void
}

/** Codes of a dictionary stay short, and looking them up in the cache. */
export const DICTIONARY_ENTRIES_MAX = 32 * 1024
/** A dictionary is one page. */
export const DICTIONARY_BYTES_MAX = 512 * 1024
/** Before so many values nothing is said about what a dictionary saves. */
export const VALUES_TO_JUDGE = 1024

/** How often a value must come on average, for a dictionary to be worth its time: strings, 4-byte and 8-byte words. */
export const REPEATS = { bytes: 2, w4: 2, w8: 8 } as const

/** Whether a dictionary of so many entries is worth it: values come `repeats` times on average at least. */
export function paysAfter(values: number, entries: number, repeats: number): boolean {
  return values < VALUES_TO_JUDGE || repeats * entries <= values
}
