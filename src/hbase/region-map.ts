/**
 * The regions of one table as `hbase:meta` tells them, found by row key.
 *
 *     row of meta   := table "," start key "," id "." md5 "."       the name of the region
 *     info:regioninfo := "PBUF" RegionInfo                          offline or split: a parent whose halves have rows too
 *     info:server     := host ":" port                              absent: it is nowhere
 *
 * Invariant: regions are in order and do not overlap. A gap is possible while regions change, and then a row is nowhere.
 * Source: HBase.proto and MetaTableAccessor of Apache HBase 2.6.
 */

import type { Cells, RegionPlace, RowKeys } from './cells.ts'
import { ProtoReader, strange } from './proto-bytes.ts'
import { addressOf } from './rpc-connection.ts'

const PBUF = Buffer.from('PBUF')

export interface Region extends RegionPlace {
  readonly table: string
  /** The name as servers take it; `name` is the same as text. */
  readonly nameBytes: Buffer
  readonly startKey: Buffer
  readonly endKey: Buffer
}

/** `hbase:meta` itself is one region that is never split. */
export function metaRegion(server: string): Region {
  const nameBytes = Buffer.from('hbase:meta,,1')
  const none = Buffer.alloc(0)
  return { table: 'hbase:meta', name: nameBytes.toString(), nameBytes, startKey: none, endKey: none, server }
}

export class RegionMap {
  readonly table: string
  readonly #regions: Region[]
  /** Names of those that were moved by hearsay. */
  readonly #moved = new Set<string>()

  /** Raises `reply-invalid` where regions overlap. */
  constructor(table: string, regions: readonly Region[]) {
    this.table = table
    this.#regions = [...regions].sort((a, b) => Buffer.compare(a.startKey, b.startKey))
    for (let i = 1; i < this.#regions.length; i++) {
      const { endKey } = this.#regions[i - 1]!
      if (endKey.length === 0 || Buffer.compare(endKey, this.#regions[i]!.startKey) > 0)
        throw strange(`regions ${this.#regions[i - 1]!.name} and ${this.#regions[i]!.name} overlap`)
    }
  }

  get regions(): readonly Region[] {
    return this.#regions
  }

  /** The region that the row is in; null: in none of those that are known. */
  find(row: Uint8Array): Region | null {
    let low = 0
    let high = this.#regions.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (Buffer.compare(this.#regions[middle]!.startKey, row) <= 0) low = middle + 1
      else high = middle
    }
    const region = this.#regions[low - 1]
    if (region === undefined) return null
    return endsAfter(region, row) ? region : null
  }

  /**
   * Notes that a region is at another server now, as its old one said. False where that is not to be believed: servers
   * say so for minutes, also of a region that has come back since and then was split, and two of them would send the
   * reader to and fro. So a region moves by hearsay once in the life of a map.
   */
  move(region: Region, server: string): boolean {
    const at = this.#regions.findIndex(each => each.name === region.name)
    if (at === -1) return false
    if (this.#regions[at]!.server === server) return true // another call was told the same
    if (this.#moved.has(region.name)) return false
    this.#moved.add(region.name)
    this.#regions[at] = { ...region, server }
    return true
  }
}

/** Whether the end of a region lies behind the row. */
export function endsAfter({ endKey }: RegionPlace, row: Uint8Array): boolean {
  return endKey.length === 0 || Buffer.compare(row, endKey) < 0
}

/** First column info:regioninfo, second info:server. Regions of other tables, parents and copies are left out. */
export function regionsOf(table: string, keys: RowKeys, cells: Cells): Region[] {
  const regions: Region[] = []
  const bytes = Buffer.from(cells.bytes.buffer, cells.bytes.byteOffset, cells.bytes.length)
  for (let row = 0; row < cells.rows; row++) {
    const nameBytes = Buffer.from(keys.bytes.subarray(keys.offsets[row]!, keys.offsets[row + 1]!))
    let info: RegionInfo | null = null
    let server: string | null = null
    for (let c = cells.start[row]!; c < cells.start[row + 1]!; c++) {
      const value = bytes.subarray(cells.valueFrom[c]!, cells.valueTo[c]!)
      if (cells.column[c] === 0) info = parseRegionInfo(value)
      else if (value.length > 0) server = value.toString()
    }
    if (info === null || info.isParent || info.replica !== 0 || info.table !== table) continue
    if (server !== null) addressOf(server)
    const { startKey, endKey } = info
    regions.push({ table, name: nameBytes.toString('latin1'), nameBytes, startKey, endKey, server })
  }
  return regions
}

export interface RegionInfo {
  readonly table: string
  readonly startKey: Buffer
  readonly endKey: Buffer
  /** It was split, or is not to be served. */
  readonly isParent: boolean
  readonly replica: number
}

function parseRegionInfo(value: Buffer): RegionInfo {
  if (!value.subarray(0, PBUF.length).equals(PBUF))
    throw strange('info:regioninfo of hbase:meta has no PBUF in front')
  return readRegionInfo(new ProtoReader(value, PBUF.length))
}

export function readRegionInfo(reader: ProtoReader): RegionInfo {
  let table = ''
  let startKey = Buffer.alloc(0)
  let endKey = Buffer.alloc(0)
  let isParent = false
  let replica = 0
  while (reader.next()) {
    if (reader.field === 2) table = readTableName(reader.message())
    else if (reader.field === 3) startKey = Buffer.from(reader.bytes())
    else if (reader.field === 4) endKey = Buffer.from(reader.bytes())
    else if (reader.field === 5 || reader.field === 6) isParent = reader.bool() || isParent
    else if (reader.field === 7) replica = reader.uint()
  }
  return { table, startKey, endKey, isParent, replica }
}

/** `namespace:table`, or `table` in the default namespace. */
export function readTableName(reader: ProtoReader): string {
  let namespace = ''
  let qualifier = ''
  while (reader.next()) {
    if (reader.field === 1) namespace = reader.text()
    else if (reader.field === 2) qualifier = reader.text()
  }
  return namespace === '' || namespace === 'default' ? qualifier : `${namespace}:${qualifier}`
}

/** `host:port` of a ServerName. */
export function readServerName(reader: ProtoReader): string {
  let host = ''
  let port = 0
  while (reader.next()) {
    if (reader.field === 1) host = reader.text()
    else if (reader.field === 2) port = reader.uint()
  }
  const server = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  addressOf(server)
  return server
}
