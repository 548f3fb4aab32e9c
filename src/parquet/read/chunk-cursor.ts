/**
 * Walks the pages of one column chunk, front to back, and delivers rows as they are asked for. Every page is
 * decoded at most once; pages without wanted rows are passed over by their headers, or by the offset index.
 *
 * Invariants: rows are counted in the row group; `#rowNext` is the row that the page at `#position` begins with.
 */

import type { Column } from '../../core/batch/index.ts'
import { assert, located } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { corrupt, passed } from '../damage.ts'
import type { OffsetIndex, PageHeader } from '../format/metadata.ts'
import { parsePageHeader } from '../format/page-header.ts'
import type { ChunkWindow } from './chunk-window.ts'
import { ColumnTarget } from './column-target.ts'
import type { HeldBytes } from './held-bytes.ts'
import { decodeDataPage, decodeDictionaryPage, pageValues } from './page-decoder.ts'
import type { Dictionary } from './page-values.ts'
import type { ChunkPlan, GroupPlan } from './plan-read.ts'

/** Headers are a few dozen bytes; with statistics of long strings they are longer, which shows when parsing fails. */
const HEADER_FIRST = 256

interface PageAt {
  readonly header: PageHeader
  /** Place of its bytes in the file, header excluded. */
  readonly position: number
}

export interface ChunkCursorOptions {
  readonly uri: string
  readonly group: GroupPlan
  readonly plan: ChunkPlan
  readonly window: ChunkWindow
  /** Null: pages are found by walking over all of them. */
  readonly index: OffsetIndex | null
  /** Shared by the columns that are read together. */
  readonly held: HeldBytes
}

/** A page of which not all rows were asked for. */
interface HeldPage {
  readonly bytes: number
  readonly column: Column
  readonly rowFirst: number
  readonly rowEnd: number
}

export class ChunkCursor {
  readonly #uri: string
  readonly #group: GroupPlan
  readonly #plan: ChunkPlan
  readonly #window: ChunkWindow
  readonly #index: OffsetIndex | null
  readonly #heldBytes: HeldBytes
  #position: number
  /** Entry of the index at or before `#rowNext`: rows come in order, so it only goes up. */
  #entry = 0
  #rowNext = 0
  #page = 0
  #dictionary: Dictionary | null = null
  #held: HeldPage | null = null

  constructor(options: ChunkCursorOptions) {
    this.#uri = options.uri
    this.#group = options.group
    this.#plan = options.plan
    this.#window = options.window
    this.#index = options.index
    this.#heldBytes = options.held
    this.#position = options.plan.range.position
  }

  /** Appends rows [from, to) to the target; `from` is not before what was read last. */
  async read(from: number, to: number, target: ColumnTarget): Promise<void> {
    try {
      for (let row = from; row < to; ) row = await this.#readSome(row, to, target)
    } catch (thrown) {
      const where = { uri: this.#uri, rowGroup: this.#group.rowGroup, column: this.#plan.leaf.name }
      throw located(thrown, { ...where, page: this.#page })
    }
  }

  /** Rows from one page; returns the row behind them. */
  async #readSome(from: number, to: number, target: ColumnTarget): Promise<number> {
    const held = this.#held
    if (held !== null && from < held.rowEnd) {
      assert(from >= held.rowFirst, 'a column chunk is read front to back')
      const end = Math.min(to, held.rowEnd)
      target.copy(held.column, from - held.rowFirst, end - from)
      if (end === held.rowEnd) this.#release()
      return end
    }
    this.#release()
    const page = await this.#pageWith(from)
    const rows = pageValues(page.header)
    const rowFirst = this.#rowNext
    const rowEnd = rowFirst + rows
    if (rowFirst === from && rowEnd <= to) {
      await this.#decode(page, target)
    } else {
      const bytes = this.#heldBytes.take(target.kind, rows, page.header.uncompressedBytes)
      const all = new ColumnTarget(target.kind, rows)
      await this.#decode(page, all)
      this.#held = { bytes, column: all.finish(), rowFirst, rowEnd }
    }
    this.#pass(page)
    return rowFirst === from && rowEnd <= to ? rowEnd : from
  }

  #release(): void {
    if (this.#held !== null) this.#heldBytes.give(this.#held.bytes)
    this.#held = null
  }

  async #decode({ header, position }: PageAt, target: ColumnTarget): Promise<void> {
    const bytes = await this.#bytes(position, header.compressedBytes)
    decodeDataPage(header, bytes.subarray(0, header.compressedBytes), this.#plan, this.#dictionary, target)
  }

  /** The data page that holds row `row`. */
  async #pageWith(row: number): Promise<PageAt> {
    if (this.#index !== null) await this.#jump(row, this.#index)
    for (;;) {
      if (this.#position >= this.#window.end) {
        throw corrupt(`the column chunk ends behind ${this.#rowNext} of ${this.#group.rows} rows`)
      }
      const page = await this.#header()
      const rows = pageValues(page.header)
      if (page.header.type === 'dictionary') await this.#readDictionary(page)
      else if (this.#rowNext + rows > this.#group.rows) {
        throw corrupt(`pages have more rows than the row group's ${this.#group.rows}`)
      } else if (rows > 0 && row < this.#rowNext + rows) {
        this.#checkIndex(rows)
        return page
      }
      this.#pass(page)
    }
  }

  async #readDictionary({ header, position }: PageAt): Promise<void> {
    if (this.#dictionary !== null) throw corrupt('a column chunk has two dictionaries')
    assert(header.type === 'dictionary', 'a dictionary page is one')
    const bytes = await this.#bytes(position, header.compressedBytes)
    this.#dictionary = decodeDictionaryPage(header, bytes.subarray(0, header.compressedBytes), this.#plan)
  }

  /** Moves behind a page. */
  #pass({ header, position }: PageAt): void {
    this.#position = position + header.compressedBytes
    this.#rowNext += pageValues(header)
    this.#page++
  }

  /** Moves to the page that holds `row`, if that lies ahead; reads the dictionary on the way. */
  async #jump(row: number, index: OffsetIndex): Promise<void> {
    const { positions, rowFirst } = index
    await this.#passDictionary(positions[0]!)
    let p = this.#entry
    while (p + 1 < rowFirst.length && rowFirst[p + 1]! <= row) p++
    this.#entry = p
    if (rowFirst[p]! <= this.#rowNext) return
    this.#position = positions[p]!
    this.#rowNext = rowFirst[p]!
    this.#page = p + (this.#dictionary === null ? 0 : 1)
  }

  /** Reads what lies before the first page of the index: an index that leaves data out would shift all rows. */
  async #passDictionary(first: number): Promise<void> {
    while (this.#position < first) {
      const page = await this.#header()
      if (page.header.type === 'dictionary') await this.#readDictionary(page)
      else if (pageValues(page.header) > 0) throw corrupt('the offset index leaves out the first page')
      this.#pass(page)
      if (this.#position > first) throw corrupt('the offset index begins within a page')
    }
  }

  /** An index that disagrees with the pages would put rows of one column beside those of others. */
  #checkIndex(rows: number): void {
    const index = this.#index
    if (index === null) return
    const p = this.#entry
    const isThere = index.positions[p] === this.#position && index.rowFirst[p] === this.#rowNext
    const end = p + 1 < index.rowFirst.length ? index.rowFirst[p + 1]! : this.#group.rows
    if (isThere && end === this.#rowNext + rows) return
    throw corrupt(`the offset index does not describe the page with row ${this.#rowNext}`)
  }

  /** The header at `#position`, which lies in the chunk. */
  async #header(): Promise<PageAt> {
    const left = this.#window.end - this.#position
    for (let length = Math.min(HEADER_FIRST, left); ; length = Math.min(4 * length, left)) {
      const bytes = await this.#bytes(this.#position, length)
      const isAll = bytes.length >= Math.min(left, LIMITS.parquetPageHeaderBytesMax)
      try {
        return this.#checked(parsePageHeader(bytes, 0, bytes.length))
      } catch (thrown) {
        if (isAll) throw thrown // else it may be cut off by the window
      }
    }
  }

  #checked({ header, end }: { header: PageHeader; end: number }): PageAt {
    const position = this.#position + end
    if (header.compressedBytes > this.#window.end - position) {
      throw corrupt(
        `a page of ${header.compressedBytes} bytes begins ${this.#window.end - position} before the end of its chunk`,
      )
    }
    if (header.uncompressedBytes > LIMITS.parquetPageBytesMax) {
      throw passed(`a page of ${header.uncompressedBytes} bytes is more than ${LIMITS.parquetPageBytesMax}`)
    }
    if (pageValues(header) > LIMITS.parquetPageValuesMax) {
      throw passed(`a page of ${pageValues(header)} values is more than ${LIMITS.parquetPageValuesMax}`)
    }
    return { header, position }
  }

  async #bytes(position: number, length: number): Promise<Uint8Array> {
    return this.#window.view(position, length) ?? (await this.#window.fetch(position, length))
  }
}
