/**
 * Every page of one column chunk, front to back: header, checksum, compression, levels, values; then what the footer
 * and the page index say of them.
 *
 * Invariant: a problem in one page does not hide those of the next ones; only a header that cannot be read ends the
 * walk, as nothing then tells where the next page is. One page is in memory at a time.
 */

import { crc32 } from 'node:zlib'
import type { Column } from '../../core/batch/index.ts'
import { physicalKind } from '../../core/batch/index.ts'
import { LIMITS } from '../../limits.ts'
import { decompress } from '../codec/decompress.ts'
import { corrupt, passed } from '../damage.ts'
import type { EncodingName, PageHeader } from '../format/metadata.ts'
import { parsePageHeader } from '../format/page-header.ts'
import type { Bounds } from '../format/statistics-value.ts'
import type { ByteSource } from '../read/byte-source.ts'
import { ChunkWindow } from '../read/chunk-window.ts'
import { ColumnTarget } from '../read/column-target.ts'
import { decodeDataPage, decodeDictionaryPage, pageValues } from '../read/page-decoder.ts'
import type { Dictionary } from '../read/page-values.ts'
import type { ChunkPlan } from '../read/plan-read.ts'
import { BloomCheck } from './check-bloom.ts'
import { statisticsComplaints } from './check-bounds.ts'
import { IndexCheck } from './check-index.ts'
import { valuesComplaint } from './check-values.ts'
import type { ProblemList, ProblemPlace } from './problem-list.ts'
import { extremesOf, nullsOf, widened } from './value-extremes.ts'

const HEADER_FIRST = 256

type DataHeader = Extract<PageHeader, { type: 'data' | 'data-v2' }>

/** A page, and where its bytes begin. */
interface PageAt {
  readonly header: PageHeader
  /** Of the header, and of what is behind it, in the file. */
  readonly position: number
  readonly body: number
}

export class ChunkCheck {
  readonly #plan: ChunkPlan
  readonly #rows: number
  readonly #window: ChunkWindow
  readonly #indexes: IndexCheck
  readonly #bloom: BloomCheck | null
  readonly #problems: ProblemList
  readonly #place: ProblemPlace
  readonly #encodings = new Set<EncodingName>()
  #dictionary: Dictionary | null = null
  #position: number
  #page = 0
  /** Of the first data page. */
  #dataAt = -1
  /** Values so far, which of a flat column are its rows. */
  #values = 0
  #uncompressed = 0
  #nulls = 0
  #bounds: Bounds | null = null
  /** Whether every page so far was decoded, so that sums and bounds say something. */
  #isWhole = true
  /** Pages with a checksum. */
  checksums = 0

  private constructor(
    source: ByteSource,
    plan: ChunkPlan,
    rows: number,
    parts: readonly [IndexCheck, BloomCheck | null],
    problems: ProblemList,
    place: ProblemPlace,
  ) {
    this.#plan = plan
    this.#rows = rows
    this.#window = new ChunkWindow(source, plan.range, [])
    this.#indexes = parts[0]
    this.#bloom = parts[1]
    this.#problems = problems
    this.#place = place
    this.#position = plan.range.position
  }

  /** `rows` are those of the row group. */
  static async open(
    source: ByteSource,
    plan: ChunkPlan,
    rows: number,
    problems: ProblemList,
    place: ProblemPlace,
  ): Promise<ChunkCheck> {
    const indexes = await IndexCheck.open(source, plan.leaf, plan.chunk, problems, place)
    const bloom = await BloomCheck.open(source, plan.leaf, plan.chunk, problems, place)
    return new ChunkCheck(source, plan, rows, [indexes, bloom], problems, place)
  }

  get pages(): number {
    return this.#page
  }

  /** Checks all pages. */
  async run(): Promise<void> {
    try {
      while (this.#position < this.#window.end) await this.#next()
    } catch (thrown) {
      this.#problems.addThrown(this.#here(), thrown)
      return
    }
    this.#finish()
  }

  #here(): ProblemPlace {
    return { ...this.#place, page: this.#page }
  }

  /** One page; raises where the walk cannot go on behind it. */
  async #next(): Promise<void> {
    const at = await this.#header()
    const { header } = at
    const bytes = (await this.#bytes(at.body, header.compressedBytes)).subarray(0, header.compressedBytes)
    const length = at.body - at.position + header.compressedBytes
    const rows = pageValues(header)
    let column: Column | null = null
    try {
      column = this.#decoded(header, bytes)
    } catch (thrown) {
      this.#isWhole = false
      this.#problems.addThrown(this.#here(), thrown)
    }
    if (header.type === 'data' || header.type === 'data-v2') {
      if (this.#dataAt < 0) this.#dataAt = at.position
      const values = column === null ? null : this.#checkValues(header, column)
      const { position } = at
      this.#indexes.page({ page: this.#page, position, length, rowFirst: this.#values, rows, values })
      this.#encodings.add(header.encoding)
    }
    this.#uncompressed += at.body - at.position + header.uncompressedBytes
    this.#values += rows
    this.#position += length
    this.#page++
  }

  /** Null where there is nothing to decode, or no way to. */
  #decoded(header: PageHeader, bytes: Uint8Array): Column | null {
    if (header.crc !== null) this.checksums++
    const { leaf, chunk } = this.#plan
    if (header.type === 'other') return null
    if (leaf.type === null || (!this.#isWhole && needsDictionary(header) && this.#dictionary === null)) {
      this.#isWhole = false
      checkBytes(header, bytes, chunk.codec)
      return null
    }
    if (header.type === 'dictionary') {
      if (this.#dictionary !== null) throw corrupt('a column chunk has two dictionaries')
      this.#dictionary = decodeDictionaryPage(header, bytes, this.#plan)
      return null
    }
    const target = new ColumnTarget(physicalKind(leaf.type), header.values)
    decodeDataPage(header, bytes, this.#plan, this.#dictionary, target)
    return target.finish()
  }

  #checkValues(header: DataHeader, column: Column): { nulls: number; bounds: Bounds | null } {
    const { leaf } = this.#plan
    const values = { nulls: nullsOf(column), bounds: extremesOf(leaf, column) }
    for (const complaint of statisticsComplaints(leaf, header.statistics, values))
      this.#problems.add(this.#here(), `of the page, ${complaint}`)
    const wrong = valuesComplaint(leaf, column, values.bounds)
    if (wrong !== null) this.#problems.add(this.#here(), wrong)
    const missing = this.#bloom?.missing(column) ?? 0
    if (missing > 0)
      this.#problems.add(this.#here(), `the bloom filter does not know ${missing} of the page's values`)
    this.#nulls += values.nulls
    this.#bounds = widened(this.#bounds, values.bounds)
    return values
  }

  /** What the footer says of the chunk. */
  #finish(): void {
    const { leaf, chunk } = this.#plan
    const add = (message: string): void => this.#problems.add(this.#place, message)
    if (this.#values !== chunk.values)
      add(`the pages have ${this.#values} values, the footer says ${chunk.values}`)
    if (this.#uncompressed !== chunk.uncompressedBytes)
      add(
        `the pages have ${this.#uncompressed} bytes uncompressed, the footer says ${chunk.uncompressedBytes}`,
      )
    const { dataPagePosition: said } = chunk
    // some writers say the dictionary instead
    if (this.#dataAt >= 0 && said !== this.#dataAt && said !== this.#plan.range.position)
      add(`the footer says that data begin at ${said}, the first data page lies at ${this.#dataAt}`)
    for (const encoding of leaf.type === null ? [] : this.#encodings) {
      if (!chunk.encodings.includes(encoding)) add(`pages are ${encoding}, which the footer does not list`)
    }
    if (this.#isWhole) {
      const found = { nulls: this.#nulls, bounds: this.#bounds }
      for (const complaint of statisticsComplaints(leaf, chunk.statistics, found)) add(complaint)
    }
    this.#indexes.finish()
  }

  async #header(): Promise<PageAt> {
    const position = this.#position
    const left = this.#window.end - position
    for (let length = Math.min(HEADER_FIRST, left); ; length = Math.min(4 * length, left)) {
      const bytes = await this.#bytes(position, length)
      const isAll = bytes.length >= Math.min(left, LIMITS.parquetPageHeaderBytesMax)
      try {
        const { header, end } = parsePageHeader(bytes, 0, bytes.length)
        this.#checkSize(header, left - end)
        return { header, position, body: position + end }
      } catch (thrown) {
        if (isAll) throw thrown // else the window may have cut it off
      }
    }
  }

  #checkSize(header: PageHeader, left: number): void {
    if (header.compressedBytes > left)
      throw corrupt(`a page of ${header.compressedBytes} bytes begins ${left} before the end of its chunk`)
    if (pageValues(header) > LIMITS.parquetPageValuesMax)
      throw passed(`a page of ${pageValues(header)} values is more than ${LIMITS.parquetPageValuesMax}`)
    if (this.#plan.leaf.maxRepetition === 0 && this.#values + pageValues(header) > this.#rows)
      throw corrupt(`pages have more rows than the row group's ${this.#rows}`)
  }

  async #bytes(position: number, length: number): Promise<Uint8Array> {
    return this.#window.view(position, length) ?? (await this.#window.fetch(position, length))
  }
}

function needsDictionary(header: PageHeader): boolean {
  return 'encoding' in header && header.type !== 'dictionary' && header.encoding.endsWith('_DICTIONARY')
}

/** What can be told of a page that is not decoded: its checksum, and whether it decompresses to its size. */
function checkBytes(header: PageHeader, bytes: Uint8Array, codec: ChunkPlan['chunk']['codec']): void {
  if (header.crc !== null && crc32(bytes) !== header.crc)
    throw corrupt(`the page's checksum is not the one that its header promises`)
  const levels = header.type === 'data-v2' ? header.definitionBytes + header.repetitionBytes : 0
  const isPacked = header.type !== 'data-v2' || header.isCompressed
  const data = bytes.subarray(levels)
  if (data.length > 0) decompress(isPacked ? codec : 'UNCOMPRESSED', data, header.uncompressedBytes - levels)
}
