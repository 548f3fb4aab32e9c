/**
 * Reads a file that may be anything by every way there is: whole, column by column, in ranges of rows through the page
 * index, with pruning, and with `checkFile`, which must find what reading finds. What must hold whatever the bytes are is checked here: errors are ours and of
 * a kind that a file can cause, columns are whole, and no row comes of a page whose checksum is wrong.
 */
import { crc32 } from 'node:zlib'
import type { Column } from '../../src/core/batch/index.ts'
import { columnRows } from '../../src/core/batch/index.ts'
import { HindcastError } from '../../src/errors.ts'
import { mightContain, parseBloomHeader } from '../../src/parquet/format/bloom-filter.ts'
import { parsePageHeader } from '../../src/parquet/format/page-header.ts'
import { parseColumnIndex } from '../../src/parquet/format/page-index.ts'
import type { LeafColumn, ParquetFile, RowRange } from '../../src/parquet/index.ts'
import {
  boundsOf,
  bytesSource,
  checkFile,
  keepsTimes,
  mightHold,
  planRead,
  RowReader,
  readableColumns,
  readParquetFile,
  rowsToRead,
  timeBounds,
} from '../../src/parquet/index.ts'
import { chunkStart } from './parquet-parts.ts'

/** What became of a file. */
export interface ReadOutcome {
  /** Code of the first error of reading it whole; null where all rows were read. */
  readonly code: string | null
  /** Columns that were read from front to back. */
  readonly columnsRead: number
}

/** Rows of one call, and rows at which reading on shows nothing new. */
const ROWS_AT_ONCE = 4096
const ROWS_MAX = 3_000_000
const KINDS = new Set(['data', 'limit', 'unsupported'])

/**
 * `ranges` are shares (0 … 1) of the file's rows to be read through the index; without any the file is not checked
 * either, which takes as long as all the rest. Throws on what must never be.
 */
export async function readAllWays(
  bytes: Uint8Array,
  ranges: readonly (readonly [number, number])[],
): Promise<ReadOutcome> {
  const opened = await attempt(() => readParquetFile(bytesSource(bytes)))
  if (typeof opened === 'string') return { code: opened, columnsRead: 0 }
  const leaves = [...readableColumns(opened).values()]
  const whole = await attempt(() => readRows(bytes, opened, leaves))
  let columnsRead = typeof whole === 'string' ? 0 : leaves.length
  if (whole === true) for (const leaf of leaves) checkChecksums(bytes, opened, leaf)
  if (typeof whole === 'string' && leaves.length > 1) {
    for (const leaf of leaves) {
      const alone = await attempt(() => readRows(bytes, opened, [leaf]))
      if (alone === true) checkChecksums(bytes, opened, leaf)
      if (typeof alone !== 'string') columnsRead++
    }
  }
  for (const [from, to] of ranges) {
    const { rows } = opened.metadata
    const range = { from: Math.floor(from * rows), to: Math.ceil(to * rows) }
    await attempt(() => readRows(bytes, opened, leaves, range))
    await attempt(() => readPruned(bytes, opened, leaves, range))
  }
  await lookAtBounds(bytes, opened, leaves)
  if (ranges.length > 0) {
    const { ok } = await checkFile(bytesSource(bytes))
    must(!ok || whole !== 'file-corrupt', 'a file that is corrupt does not pass the check')
  }
  return { code: typeof whole === 'string' ? whole : null, columnsRead }
}

/** The result, or the code of an error that bytes may cause; all others are thrown on. */
async function attempt<Result>(read: () => Promise<Result> | Result): Promise<Result | string> {
  try {
    return await read()
  } catch (thrown) {
    if (thrown instanceof HindcastError && KINDS.has(thrown.kind)) return thrown.code
    throw thrown
  }
}

/** True where all rows were read, false where they are more than is worth reading. */
async function readRows(
  bytes: Uint8Array,
  file: ParquetFile,
  leaves: readonly LeafColumn[],
  range?: RowRange,
): Promise<boolean> {
  const reader = new RowReader(bytesSource(bytes), planRead(file, leaves, range), leaves)
  let read = 0
  while (reader.rowsLeft > 0) {
    if (read > ROWS_MAX / Math.max(1, leaves.length)) return false
    const rows = Math.min(ROWS_AT_ONCE, reader.rowsLeft)
    const columns = await reader.read(rows)
    for (const column of columns) checkColumn(column, rows)
    read += rows
  }
  return true
}

/** Rows that pruning by the first column leaves, as a number of milliseconds whatever it is. */
async function readPruned(
  bytes: Uint8Array,
  file: ParquetFile,
  leaves: readonly LeafColumn[],
  range: RowRange,
): Promise<void> {
  const leaf = leaves[0]
  if (leaf === undefined) return
  const source = bytesSource(bytes)
  const keep = keepsTimes({ leaf, unit: 'ms', fromMs: range.from, untilMs: 3 * range.to })
  const wanted: (readonly RowRange[])[] = []
  for (const [g, { rows }] of file.metadata.rowGroups.slice(0, GROUPS_MAX).entries()) {
    wanted.push(await rowsToRead(source, file, g, leaf, { from: 0, to: rows }, keep))
    await mightHold(source, file, g, leaf, PLAIN)
  }
  const plan = planRead(file, leaves, undefined, (g, rows) => wanted[g] ?? [rows])
  const reader = new RowReader(source, plan, leaves)
  for (let read = 0; reader.rowsLeft > 0 && read < ROWS_AT_ONCE; ) {
    const rows = Math.min(150, reader.rowsLeft)
    for (const column of await reader.read(rows)) checkColumn(column, rows)
    read += rows
  }
}

const PLAIN = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
const GROUPS_MAX = 100

function checkColumn(column: Column, rows: number): void {
  const { valid } = column
  must(columnRows(column) === rows, 'a column has other rows than were asked for')
  must(valid === null || valid.length === rows, 'validity has other rows than its column')
  for (let row = 0; row < rows; row++) {
    const flag = valid === null ? 1 : valid[row]!
    must(flag === 0 || flag === 1, 'validity is 0 or 1')
    if (column.kind === 'bytes') {
      const length = column.offsets[row + 1]! - column.offsets[row]!
      must(length >= 0 && (flag === 1 || length === 0), 'offsets rise, and a null is empty')
    } else if (flag === 0) {
      const isZero =
        column.kind === 'i64'
          ? (column.values[2 * row]! | column.values[2 * row + 1]!) === 0
          : Object.is(column.values[row], 0)
      must(isZero, 'memory under a null is zero')
    }
  }
  if (column.kind === 'bytes')
    must(column.offsets[rows]! <= column.bytes.length, 'strings lie in their arena')
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`does not hold: ${what}`)
}

/** Every page of a column that gave rows has the checksum that its header promises, if it promises one. */
function checkChecksums(bytes: Uint8Array, file: ParquetFile, leaf: LeafColumn): void {
  for (const { rows, columns } of file.metadata.rowGroups) {
    const chunk = columns[leaf.index]!
    let at = chunkStart(chunk)
    for (let row = 0; row < rows; ) {
      const { header, end } = parsePageHeader(bytes, at, bytes.length)
      const body = bytes.subarray(end, end + header.compressedBytes)
      // Pages of neither kind are passed over unread.
      if (header.crc !== null && header.type !== 'other') {
        const isSkipped = header.type !== 'dictionary' && header.values === 0
        must(isSkipped || crc32(body) === header.crc, `checksum of a page of column ${leaf.name}`)
      }
      if (header.type === 'data' || header.type === 'data-v2') row += header.values
      at = end + header.compressedBytes
    }
  }
}

async function lookAtBounds(
  bytes: Uint8Array,
  file: ParquetFile,
  leaves: readonly LeafColumn[],
): Promise<void> {
  const groups = file.metadata.rowGroups.slice(0, GROUPS_MAX)
  for (const leaf of leaves) {
    for (const { columns } of groups) {
      const { statistics, columnIndex, bloomFilter } = columns[leaf.index]!
      await attempt(() => boundsOf(leaf, statistics))
      await attempt(() => timeBounds(leaf, statistics, 'ms'))
      if (columnIndex !== null && columnIndex.position < bytes.length) {
        await attempt(() => lookAtIndex(bytes.subarray(columnIndex.position), columnIndex.length, leaf))
      }
      if (bloomFilter !== null && bloomFilter.position < bytes.length) {
        await attempt(() => lookAtBloom(bytes.subarray(bloomFilter.position)))
      }
    }
  }
}

function lookAtIndex(bytes: Uint8Array, length: number, leaf: LeafColumn): void {
  const index = parseColumnIndex(bytes.subarray(0, length))
  must(index.mins.length === index.maxs.length, 'bounds come in pairs')
  for (const [page, min] of index.mins.entries()) boundsOf(leaf, { min, max: index.maxs[page]! })
}

function lookAtBloom(bytes: Uint8Array): void {
  const { headerBytes, bitsetBytes } = parseBloomHeader(bytes)
  if (headerBytes + bitsetBytes > bytes.length) return
  const bitset = bytes.subarray(headerBytes, headerBytes + bitsetBytes)
  for (let hash = 1; hash < 2 ** 31; hash *= 3) mightContain(bitset, hash, ~hash)
}
