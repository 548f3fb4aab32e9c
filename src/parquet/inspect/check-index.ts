/**
 * The page index of a column chunk held against its pages: an index that is wrong makes readers skip rows that they
 * should have read.
 */

import type { LeafColumn } from '../format/leaf-columns.ts'
import type { ByteRange, ColumnChunk, ColumnIndex, OffsetIndex } from '../format/metadata.ts'
import { parseColumnIndex, parseOffsetIndex } from '../format/page-index.ts'
import type { Bounds, BoundValue } from '../format/statistics-value.ts'
import { boundsOf } from '../format/statistics-value.ts'
import type { ByteSource } from '../read/byte-source.ts'
import { checkIndexPlace } from '../read/page-index.ts'
import { compareBounds } from './bound-value.ts'
import { boundsComplaint, claimComplaint } from './check-bounds.ts'
import type { ProblemList, ProblemPlace } from './problem-list.ts'

/** A data page as it was found. */
export interface FoundPage {
  /** Page of the chunk, the dictionary page counted. */
  readonly page: number
  /** Place in the file, header included. */
  readonly position: number
  readonly length: number
  readonly rowFirst: number
  readonly rows: number
  /** Null where the values were not decoded. */
  readonly values: { readonly nulls: number; readonly bounds: Bounds | null } | null
}

/** Indexes of one column chunk, and what is wrong with them. */
export class IndexCheck {
  readonly #leaf: LeafColumn
  readonly #problems: ProblemList
  readonly #place: ProblemPlace
  readonly #offsets: OffsetIndex | null
  readonly #columns: ColumnIndex | null
  /** Data pages seen. */
  #pages = 0
  #last: { readonly min: BoundValue; readonly max: BoundValue } | null = null

  private constructor(
    leaf: LeafColumn,
    problems: ProblemList,
    place: ProblemPlace,
    indexes: readonly [OffsetIndex | null, ColumnIndex | null],
  ) {
    this.#leaf = leaf
    this.#problems = problems
    this.#place = place
    this.#offsets = indexes[0]
    this.#columns = indexes[1]
  }

  /** Reads the indexes of the chunk; what cannot be read of them is a problem. */
  static async open(
    source: ByteSource,
    leaf: LeafColumn,
    chunk: ColumnChunk,
    problems: ProblemList,
    place: ProblemPlace,
  ): Promise<IndexCheck> {
    const offsets = await readIndex(source, chunk.offsetIndex, parseOffsetIndex, problems, place)
    const columns = await readIndex(source, chunk.columnIndex, parseColumnIndex, problems, place)
    return new IndexCheck(leaf, problems, place, [offsets, columns])
  }

  /** The next data page of the chunk. */
  page(found: FoundPage): void {
    const p = this.#pages++
    const place = { ...this.#place, page: found.page }
    if (this.#offsets !== null && p < this.#offsets.positions.length) {
      const complaint = locationComplaint(this.#offsets, p, found, this.#leaf.maxRepetition > 0)
      if (complaint !== null) this.#problems.add(place, complaint)
    }
    if (this.#columns !== null && p < this.#columns.nullPages.length && found.values !== null) {
      for (const complaint of this.#entryComplaints(this.#columns, p, found.values))
        this.#problems.add(place, complaint)
    }
  }

  /** All data pages were seen. */
  finish(): void {
    const lengths: readonly (readonly [string, number | undefined])[] = [
      ['offset index', this.#offsets?.positions.length],
      ['column index', this.#columns?.nullPages.length],
    ]
    for (const [name, pages] of lengths) {
      if (pages !== undefined && pages !== this.#pages)
        this.#problems.add(this.#place, `the ${name} has ${pages} pages, the column chunk ${this.#pages}`)
    }
  }

  #entryComplaints(
    index: ColumnIndex,
    p: number,
    { nulls, bounds }: NonNullable<FoundPage['values']>,
  ): readonly string[] {
    const complaints: string[] = []
    const said = index.nulls?.[p]
    if (said !== undefined && said !== nulls)
      complaints.push(`the column index says ${said} nulls, the page has ${nulls}`)
    if (index.nullPages[p] === 1) {
      if (bounds !== null)
        complaints.push('the column index says that every value is null, and there are others')
      return complaints
    }
    const statistics = { min: index.mins[p]!, max: index.maxs[p]! }
    const claim = claimComplaint(this.#leaf, statistics)
    if (claim !== null) complaints.push(`the column index: ${claim}`)
    const claimed = boundsOf(this.#leaf, statistics)
    const outside = boundsComplaint(this.#leaf, claimed, bounds)
    if (outside !== null) complaints.push(`the column index says ${outside}`)
    if (claimed !== null) {
      if (this.#breaksOrder(index.order, claimed))
        complaints.push(`the column index is not ${index.order}, as it says`)
      this.#last = claimed
    }
    return complaints
  }

  #breaksOrder(order: ColumnIndex['order'], { min, max }: Bounds): boolean {
    const last = this.#last
    if (order === 'UNORDERED' || last === null) return false
    const sign = order === 'ASCENDING' ? 1 : -1
    return sign * compareBounds(min, last.min) < 0 || sign * compareBounds(max, last.max) < 0
  }
}

/** Rows are not compared where a page does not tell how many it has: lists in pages of version 1. */
function locationComplaint(
  index: OffsetIndex,
  p: number,
  found: FoundPage,
  isRepeated: boolean,
): string | null {
  const [position, length, rowFirst] = [index.positions[p]!, index.lengths[p]!, index.rowFirst[p]!]
  if (position !== found.position || length !== found.length) {
    return `the offset index has the page at ${position} + ${length}, it lies at ${found.position} + ${found.length}`
  }
  if (rowFirst !== found.rowFirst && !isRepeated)
    return `the offset index says that the page begins with row ${rowFirst}, it begins with row ${found.rowFirst}`
  return null
}

async function readIndex<Index>(
  source: ByteSource,
  place: ByteRange | null,
  parse: (bytes: Uint8Array) => Index,
  problems: ProblemList,
  where: ProblemPlace,
): Promise<Index | null> {
  if (place === null) return null
  try {
    return parse(await source.read(checkIndexPlace(source, place).position, place.length))
  } catch (thrown) {
    problems.addThrown(where, thrown)
    return null
  }
}
