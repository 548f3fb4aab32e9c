/**
 * Scans of one region: request → bytes, reply → where its rows are. No I/O.
 *
 * Replies have the counts of cells of each result, and the cells in the cell block. A row that is too long for one reply
 * comes in several results; all but the last have the flag `partial`, and the last may have it too, so that only the
 * next row, or the end of the region, tells that a row is whole.
 * Source: Client.proto, and ClientScanner of Apache HBase 2.6.
 */

import { LIMITS } from '../limits.ts'
import type { CellColumn } from './cells.ts'
import { type ProtoReader, ProtoWriter, strange } from './proto-bytes.ts'
import type { Region } from './region-map.ts'

/** Rows of one reply, where they are so short that bytes do not end it before. */
const REPLY_ROWS = 10_000
/** Java's `true` as `Bytes.toBytes` writes it. */
const TRUE = Buffer.of(0xff)

/** What is read of each row, by gets and scans alike. */
export interface ReadShape {
  readonly columns: readonly CellColumn[]
  /** Exclusive, ms; Infinity: no bound. */
  readonly untilMs: number
  readonly versionsMax: number
  readonly raw: boolean
}

/** Field numbers, which Get and Scan have each of their own. */
export const GET_FIELDS = { column: 2, attribute: 3, timeRange: 5, versions: 6 }
const SCAN_FIELDS = { column: 1, attribute: 2, timeRange: 5, versions: 7 }

/** The part of a Get or Scan that is the same for all rows. */
export function writeShape(to: ProtoWriter, shape: ReadShape, fields: typeof GET_FIELDS): void {
  for (const family of new Set(shape.columns.map(column => column.family))) {
    to.message(fields.column, column => {
      column.bytes(1, family)
      // A raw read cannot name columns: servers refuse it.
      if (shape.raw) return
      for (const each of shape.columns) if (each.family === family) column.bytes(2, each.qualifier)
    })
  }
  if (shape.raw) to.message(fields.attribute, pair => pair.bytes(1, '_raw_').bytes(2, TRUE))
  if (shape.untilMs <= Number.MAX_SAFE_INTEGER) {
    to.message(fields.timeRange, range => range.uint(1, 0).uint(2, Math.max(0, Math.ceil(shape.untilMs))))
  }
  to.uint(fields.versions, shape.versionsMax)
}

/** From `startRow`, inclusive, to the end of the region or before `stopRow` (empty: no stop). */
export interface ScanRange {
  readonly startRow: Uint8Array
  readonly stopRow: Uint8Array
}

export function openScanBytes(region: Region, shape: ReadShape, { startRow, stopRow }: ScanRange): Buffer {
  return new ProtoWriter()
    .message(1, specifier => specifier.uint(1, 1).bytes(2, region.nameBytes))
    .message(2, scan => {
      writeShape(scan, shape, SCAN_FIELDS)
      scan.bytes(3, startRow).bytes(4, stopRow)
      // What a replay reads once must not push out what the live service reads all day.
      scan.bool(8, false)
      scan.uint(10, LIMITS.hbaseCallBytes)
    })
    .uint(4, REPLY_ROWS)
    .bool(7, true)
    .bool(8, true)
    .finish()
}

export function nextScanBytes(scannerId: Buffer): Buffer {
  return new ProtoWriter().raw(scannerId).uint(4, REPLY_ROWS).bool(7, true).bool(8, true).finish()
}

export function closeScanBytes(scannerId: Buffer): Buffer {
  return new ProtoWriter().raw(scannerId).uint(4, 0).bool(5, true).finish()
}

export interface ScanReply {
  /** Field 3 of further requests, as it came: ids are random numbers of 64 bits. Null: none came. */
  readonly scannerId: Buffer | null
  /** Cells of each result. */
  readonly cells: readonly number[]
  /** 1: more cells of the row may follow. As long as `cells`, or empty. */
  readonly partial: readonly number[]
  readonly moreInRegion: boolean
}

/** Raises `reply-invalid`. */
export function readScanReply(reader: ProtoReader): ScanReply {
  const cells: number[] = []
  const partial: number[] = []
  let scannerId: Buffer | null = null
  let more = true
  let moreInRegion = true
  while (reader.next()) {
    if (reader.field === 1) reader.uints(cells)
    else if (reader.field === 2) scannerId = scannerIdOf(reader)
    else if (reader.field === 3) more = reader.bool()
    else if (reader.field === 5) throw strange('its rows are not in a cell block')
    else if (reader.field === 7) reader.uints(partial)
    else if (reader.field === 8) moreInRegion = reader.bool()
  }
  if (partial.length !== 0 && partial.length !== cells.length)
    throw strange(`it has ${cells.length} rows and ${partial.length} flags of them`)
  return { scannerId, cells, partial, moreInRegion: more && moreInRegion }
}

function scannerIdOf(reader: ProtoReader): Buffer {
  const from = reader.at
  reader.uint()
  return Buffer.concat([Buffer.of(3 << 3), reader.data.subarray(from, reader.at)])
}
