/**
 * What a reader of HBase asks for and gets: rows in, cells out, both as columns of typed arrays. Nothing here knows how
 * region servers are spoken to.
 *
 *     rows asked for     r0          r1   r2
 *     start              0           3    3      5
 *     cells              c0 c1 c2    –    c3 c4            of a row in order of (column, time descending), as the
 *                                                         server sends them; at one time a delete comes before a put
 */

/** A column as HBase names it: text is taken as UTF-8. */
export interface CellColumn {
  readonly family: string
  readonly qualifier: string
}

/** Row keys, one below the other: row i is `bytes[offsets[i] … offsets[i + 1])`. */
export interface RowKeys {
  readonly rows: number
  readonly offsets: Int32Array
  readonly bytes: Uint8Array
}

/** Types of cells (KeyValue.Type of HBase). A delete of a version hides exactly that time; the others all times up to it. */
export const CELL_PUT = 4
export const CELL_DELETE_VERSION = 8
export const CELL_DELETE_FAMILY_VERSION = 10
export const CELL_DELETE_COLUMN = 12
export const CELL_DELETE_FAMILY = 14

export interface VersionsQuery {
  readonly table: string
  readonly columns: readonly CellColumn[]
  /** Distinct; in any order. */
  readonly rows: RowKeys
  /** Only cells whose timestamp, ms, is below this. */
  readonly untilMs: number
  /** The newest so many of each column. */
  readonly versionsMax: number
  /**
   * True: delete markers and what they hide are given too, which tells the past of a family that keeps deleted cells.
   * Servers read whole families then; what was not asked for is left out here.
   */
  readonly raw: boolean
  readonly signal?: AbortSignal
}

/** Cells of the rows of a query, in the order of the query. */
export interface Cells {
  readonly rows: number
  /** rows + 1: cells of row r are [start[r], start[r + 1]). */
  readonly start: Int32Array
  /** Index into the query's columns; a delete of a whole family has −1 − (index of the first column of that family). */
  readonly column: Int32Array
  /** Timestamp, ms since 1970. */
  readonly time: Float64Array
  /** CELL_PUT, or a delete. */
  readonly type: Uint8Array
  /** Value of cell c: `bytes[valueFrom[c] … valueTo[c])`. */
  readonly valueFrom: Int32Array
  readonly valueTo: Int32Array
  readonly bytes: Uint8Array
}

export type KeepDeleted = 'false' | 'true' | 'ttl'

/** What a column family promises to keep. */
export interface FamilySettings {
  readonly name: string
  readonly versions: number
  readonly versionsMin: number
  /** Null: forever. */
  readonly ttlMs: number | null
  readonly keepDeleted: KeepDeleted
}

export interface TableDescription {
  readonly table: string
  readonly families: readonly FamilySettings[]
}

/** A region of a table: rows from `startKey` (inclusive) to `endKey` (exclusive; empty: no end). */
export interface RegionPlace {
  readonly name: string
  readonly startKey: Uint8Array
  readonly endKey: Uint8Array
  /** `host:port` of the region server; null while it is nowhere. */
  readonly server: string | null
}

export interface CellPut {
  readonly column: CellColumn
  /** ms since 1970. */
  readonly timeMs: number
  /** Null writes a delete of the column up to that time. */
  readonly value: Uint8Array | null
}

export interface RowPut {
  readonly row: Uint8Array
  readonly cells: readonly CellPut[]
}

/** How much was asked of the cluster; the store's counters. */
export interface HbaseCounters {
  /** Rows that were asked for in gets, and rows that scans brought. */
  readonly rowsRead: number
  readonly calls: number
  readonly bytes: number
  /** Calls that were made again, by whatever reason. */
  readonly retries: number
}

export interface ScanQuery extends Omit<VersionsQuery, 'rows'> {
  /** From this row key, inclusive; empty: the first. */
  readonly startKey: Uint8Array
  /** To this one, exclusive; empty: the last. */
  readonly endKey: Uint8Array
}

/** Rows of a scan in order of their keys, with their cells. */
export interface ScannedRows {
  readonly keys: RowKeys
  readonly cells: Cells
}

/**
 * An HBase cluster by whatever transport. Errors: `feature-table-missing` where table or family are not there,
 * `store-failed` (transient) where the cluster did not answer before the deadline, with table, region and server. A read
 * that failed is never an empty answer.
 */
export interface HbaseCluster {
  describe(table: string): Promise<TableDescription>
  regions(table: string): Promise<readonly RegionPlace[]>
  /** One answer for all rows of the query. */
  versions(query: VersionsQuery): Promise<Cells>
  /** Whole rows, in order of key, a piece at a time. */
  scan(query: ScanQuery): AsyncGenerator<ScannedRows>
  /** Writes each cell at its own time; writing the same again changes nothing. */
  put(table: string, rows: readonly RowPut[]): Promise<void>
  readonly counters: HbaseCounters
  close(): Promise<void>
}
