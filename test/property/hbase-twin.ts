/**
 * HBase as plain objects: what was written to a table, what its server keeps and answers, and what was true at a time.
 * The slow twin of features/hbase.
 */
import type { CellColumn, Cells, FamilySettings, HbaseCluster, VersionsQuery } from '../../src/hbase/index.ts'
import {
  CELL_DELETE_COLUMN,
  CELL_DELETE_FAMILY,
  CELL_DELETE_FAMILY_VERSION,
  CELL_DELETE_VERSION,
  CELL_PUT,
} from '../../src/hbase/index.ts'

export interface TwinCell {
  readonly row: string
  readonly family: string
  /** Empty for deletes of a family. */
  readonly qualifier: string
  readonly time: number
  readonly type: number
  readonly value: string
}

const BOTH_ROWS = (a: TwinCell, b: TwinCell) => a.row === b.row && a.family === b.family
const isPut = (cell: TwinCell) => cell.type === CELL_PUT
const isFamily = (cell: TwinCell) =>
  cell.type === CELL_DELETE_FAMILY || cell.type === CELL_DELETE_FAMILY_VERSION

/** Whether the marker hides the put, whatever their order of arrival. */
export function hides(marker: TwinCell, put: TwinCell): boolean {
  if (isPut(marker) || !BOTH_ROWS(marker, put)) return false
  if (!isFamily(marker) && marker.qualifier !== put.qualifier) return false
  const isVersion = marker.type === CELL_DELETE_VERSION || marker.type === CELL_DELETE_FAMILY_VERSION
  return isVersion ? marker.time === put.time : marker.time >= put.time
}

/** Of cells written at one time there is the last. */
export function settled(cells: readonly TwinCell[]): TwinCell[] {
  const kept = new Map<string, TwinCell>()
  for (const cell of cells)
    kept.set(JSON.stringify([cell.row, cell.family, cell.qualifier, cell.time, cell.type]), cell)
  return [...kept.values()]
}

export interface TwinTable {
  readonly families: readonly FamilySettings[]
  readonly cells: readonly TwinCell[]
  /** Cells before it have been deleted by TTL; −Infinity: none. */
  readonly keptFrom: number
  /** Whether the server still has a put that VERSIONS lets it lose. */
  readonly survives: (cell: TwinCell) => boolean
}

export interface TwinCluster extends HbaseCluster {
  readonly queries: VersionsQuery[]
}

export function twinCluster(table: TwinTable): TwinCluster {
  const queries: VersionsQuery[] = []
  const no = () => Promise.reject(new Error('not asked for'))
  return {
    queries,
    describe: no,
    regions: no,
    put: no,
    close: () => Promise.resolve(),
    counters: { rowsRead: 0, calls: 0, bytes: 0, retries: 0 },
    scan: () => {
      throw new Error('not asked for')
    },
    versions: async query => {
      queries.push(query)
      await Promise.resolve()
      return answer(table, query)
    },
  }
}

function answer(table: TwinTable, query: VersionsQuery): Cells {
  const text = new TextDecoder()
  const { rows } = query
  const perRow = Array.from({ length: rows.rows }, (_, r) => {
    const row = text.decode(rows.bytes.subarray(rows.offsets[r], rows.offsets[r + 1]))
    return answerRow(table, query, row)
  })
  const cells = perRow.flat()
  const values = cells.map(([, cell]) => new TextEncoder().encode(cell.value))
  const start = new Int32Array(rows.rows + 1)
  perRow.forEach((each, r) => {
    start[r + 1] = start[r] + each.length
  })
  const ends = new Int32Array(cells.length + 1)
  values.forEach((value, i) => {
    ends[i + 1] = ends[i] + value.length
  })
  return {
    rows: rows.rows,
    start,
    column: Int32Array.from(cells, ([column]) => column),
    time: Float64Array.from(cells, ([, cell]) => cell.time),
    type: Uint8Array.from(cells, ([, cell]) => cell.type),
    valueFrom: ends.subarray(0, -1),
    valueTo: ends.subarray(1),
    bytes: Uint8Array.from(values.flatMap(value => [...value])),
  }
}

/** Puts that the server may have lost: the newest VERSIONS of each column are never among them. */
function isTrimmed(table: TwinTable, all: readonly TwinCell[], put: TwinCell): boolean {
  const { versions, keepDeleted } = table.families.find(family => family.name === put.family)!
  const newer = all.filter(
    each =>
      isPut(each) &&
      BOTH_ROWS(each, put) &&
      each.qualifier === put.qualifier &&
      each.time > put.time &&
      // What is deleted for good does not push others out.
      (keepDeleted === 'true' || !all.some(marker => hides(marker, each))),
  )
  return newer.length >= versions && !table.survives(put)
}

function answerRow(table: TwinTable, query: VersionsQuery, row: string): [number, TwinCell][] {
  const ofRow = table.cells.filter(cell => cell.row === row && cell.time >= table.keptFrom)
  const there = ofRow.filter(cell => !isPut(cell) || !isTrimmed(table, ofRow, cell))
  const out: [number, TwinCell][] = []
  const families = [...new Set(query.columns.map(column => column.family))].sort()
  for (const family of families) {
    const columns = query.columns
      .map((column, c) => ({ column, c }))
      .filter(({ column }) => column.family === family)
    const settings = table.families.find(each => each.name === family)!
    if (query.raw) {
      const markers = there.filter(
        cell => cell.family === family && isFamily(cell) && cell.time < query.untilMs,
      )
      out.push(...newestFirst(markers).map((cell): [number, TwinCell] => [-1 - columns[0].c, cell]))
    }
    for (const { column, c } of columns) {
      const visible = visibleCells(there, query, { column, settings })
      out.push(...visible.map((cell): [number, TwinCell] => [c, cell]))
    }
  }
  return out
}

interface Asked {
  readonly column: CellColumn
  readonly settings: FamilySettings
}

function visibleCells(
  there: readonly TwinCell[],
  query: VersionsQuery,
  { column, settings }: Asked,
): TwinCell[] {
  const own = there.filter(
    cell =>
      cell.family === column.family &&
      !isFamily(cell) &&
      cell.qualifier === column.qualifier &&
      cell.time < query.untilMs,
  )
  const most = query.raw ? query.versionsMax : Math.min(query.versionsMax, settings.versions)
  const shown = query.raw
    ? own
    : own.filter(cell => isPut(cell) && !there.some(marker => hides(marker, cell)))
  const puts = newestFirst(shown.filter(isPut)).slice(0, most)
  return newestFirst([...puts, ...shown.filter(cell => !isPut(cell))])
}

/** At one time deletes come first. */
function newestFirst(cells: readonly TwinCell[]): TwinCell[] {
  return [...cells].sort((a, b) => b.time - a.time || b.type - a.type)
}

export const TWIN_DELETES = [
  CELL_DELETE_VERSION,
  CELL_DELETE_COLUMN,
  CELL_DELETE_FAMILY,
  CELL_DELETE_FAMILY_VERSION,
] as const
