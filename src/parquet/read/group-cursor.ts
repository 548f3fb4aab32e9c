/**
 * Reads columns of one row group: fetches what the plan says, then delivers rows front to back.
 *
 * Small row groups are fetched at once, neighbouring chunks with one read; of large ones each column reads windows of
 * its own, so that memory is bounded by pages, whatever the writer did.
 */

import { located } from '../../errors.ts'
import { passed } from '../damage.ts'
import type { ByteRange, OffsetIndex } from '../format/metadata.ts'
import { parseOffsetIndex } from '../format/page-index.ts'
import type { ByteSource } from './byte-source.ts'
import { ChunkCursor } from './chunk-cursor.ts'
import type { Stretch } from './chunk-window.ts'
import { ChunkWindow, READ_AHEAD } from './chunk-window.ts'
import type { ColumnTarget } from './column-target.ts'
import { HeldBytes } from './held-bytes.ts'
import { checkIndexPlace } from './page-index.ts'
import type { ChunkPlan, GroupPlan, RowRange } from './plan-read.ts'
import { joinRanges, pageRanges } from './plan-read.ts'

/** Row groups up to this are fetched at once. */
const FETCH_AT_ONCE = 32 * 1024 * 1024
/** Windows of all columns together, bytes, and the smallest: a thousand columns do not read a MiB ahead each. */
const WINDOWS_BYTES = 64 * 1024 * 1024
const WINDOW_MIN = 64 * 1024
/** Offset indexes of a row group, bytes: columns may claim the same bytes, one behind the other. */
const INDEXES_BYTES_MAX = 64 * 1024 * 1024

export class GroupCursor {
  readonly #chunks: readonly ChunkCursor[]
  /** Wanted rows that are left: ranges from `#next` on, of the first of them rows from `#from` on. */
  readonly #wanted: readonly RowRange[]
  #next = 0
  #from: number
  #rowsLeft: number

  private constructor(plan: GroupPlan, chunks: readonly ChunkCursor[]) {
    this.#chunks = chunks
    this.#wanted = plan.wanted
    this.#from = plan.wanted[0]?.from ?? 0
    this.#rowsLeft = plan.wanted.reduce((rows, { from, to }) => rows + to - from, 0)
  }

  static async open(source: ByteSource, plan: GroupPlan): Promise<GroupCursor> {
    const indexes = await readOffsetIndexes(source, plan)
    const ranges = plan.columns.map((column, c) => {
      const index = indexes[c]!
      return index === null ? [column.range] : pagesOf(source, plan, column, index)
    })
    const all = ranges.flat().sort((a, b) => a.position - b.position)
    const bytes = all.reduce((sum, range) => sum + range.length, 0)
    const fetched = bytes <= FETCH_AT_ONCE ? await fetchAll(source, joinRanges(all)) : []
    const readAhead = Math.max(
      WINDOW_MIN,
      Math.min(READ_AHEAD, Math.floor(WINDOWS_BYTES / plan.columns.length)),
    )
    const held = new HeldBytes()
    const chunks = plan.columns.map((column, c) => {
      const own = fetched.filter(stretch => touches(stretch, column.range))
      const window = new ChunkWindow(source, column.range, own, readAhead)
      return new ChunkCursor({ uri: source.uri, group: plan, plan: column, window, index: indexes[c]!, held })
    })
    return new GroupCursor(plan, chunks)
  }

  /** Wanted rows not yet read. */
  get rowsLeft(): number {
    return this.#rowsLeft
  }

  /** Appends the next `rows` wanted rows (at most `rowsLeft`) to the targets, one for each of the plan's columns. */
  async read(rows: number, targets: readonly ColumnTarget[]): Promise<void> {
    const ranges = this.#take(rows)
    for (let c = 0; c < this.#chunks.length; c++) {
      for (const { from, to } of ranges) await this.#chunks[c]!.read(from, to, targets[c]!)
    }
  }

  #take(rows: number): RowRange[] {
    const taken: RowRange[] = []
    for (let missing = rows; missing > 0; ) {
      const { to } = this.#wanted[this.#next]!
      const end = Math.min(to, this.#from + missing)
      taken.push({ from: this.#from, to: end })
      missing -= end - this.#from
      this.#from = end === to ? (this.#wanted[++this.#next]?.from ?? end) : end
    }
    this.#rowsLeft -= rows
    return taken
  }
}

/** Offset indexes of the columns where only some rows are wanted; null where there is none or no need for it. */
async function readOffsetIndexes(source: ByteSource, plan: GroupPlan): Promise<(OffsetIndex | null)[]> {
  const isWhole = plan.wanted.length === 1 && plan.wanted[0]!.to - plan.wanted[0]!.from === plan.rows
  if (isWhole) return plan.columns.map(() => null)
  const places = plan.columns
    .map(({ chunk }) => chunk.offsetIndex)
    .filter(place => place !== null)
    .map(place => checkIndexPlace(source, place))
  const bytes = places.reduce((sum, { length }) => sum + length, 0)
  if (bytes > INDEXES_BYTES_MAX) {
    throw located(passed(`offset indexes of ${bytes} bytes are more than ${INDEXES_BYTES_MAX}`), {
      uri: source.uri,
      rowGroup: plan.rowGroup,
    })
  }
  const fetched = await fetchAll(source, joinRanges(places.sort((a, b) => a.position - b.position)))
  return plan.columns.map(({ chunk, leaf }) => {
    if (chunk.offsetIndex === null) return null
    const { position, length } = chunk.offsetIndex
    const stretch = fetched.find(found => contains(found, chunk.offsetIndex!))!
    try {
      const index = parseOffsetIndex(
        stretch.bytes.subarray(position - stretch.position, position - stretch.position + length),
      )
      return index.positions.length === 0 ? null : index
    } catch (thrown) {
      throw located(thrown, { uri: source.uri, rowGroup: plan.rowGroup, column: leaf.name })
    }
  })
}

function pagesOf(source: ByteSource, plan: GroupPlan, column: ChunkPlan, index: OffsetIndex): ByteRange[] {
  try {
    return pageRanges(column, index, plan.rows, plan.wanted)
  } catch (thrown) {
    throw located(thrown, { uri: source.uri, rowGroup: plan.rowGroup, column: column.leaf.name })
  }
}

async function fetchAll(source: ByteSource, ranges: readonly ByteRange[]): Promise<Stretch[]> {
  return Promise.all(
    ranges.map(async ({ position, length }) => ({ position, bytes: await source.read(position, length) })),
  )
}

function contains(stretch: Stretch, { position, length }: ByteRange): boolean {
  return stretch.position <= position && position + length <= stretch.position + stretch.bytes.length
}

function touches(stretch: Stretch, range: ByteRange): boolean {
  return (
    stretch.position < range.position + range.length &&
    stretch.position + stretch.bytes.length > range.position
  )
}
