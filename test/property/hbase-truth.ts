/**
 * What lookups in a table of HBase must end in (C4), told from everything that was ever written, column by column and
 * time by time: what is true, and what can no longer be told.
 */
import { CELL_DELETE_COLUMN, CELL_DELETE_FAMILY, CELL_PUT } from '../../src/hbase/index.ts'
import { hides, type TwinCell } from './hbase-twin.ts'

export interface TruthColumn {
  readonly family: string
  readonly qualifier: string
  /** Puts that the server is sure to keep, and whether a delete leaves the past readable. */
  readonly versions: number
  readonly keepsDeleted: boolean
  /** Whether reads bring what deletes hide, in the place of what they do not. */
  readonly seesHidden: boolean
}

export interface TruthPolicy {
  readonly inclusive: boolean
  readonly lag: number
  readonly maxAge: number
  readonly completeFrom: number
  readonly completeThrough: number
}

export interface TruthAnswer {
  readonly status: 'hit' | 'absent' | 'expired' | 'unavailable'
  readonly values: readonly (string | null)[]
  readonly time: number | null
}

const isUpTo = (cell: TwinCell) => cell.type === CELL_DELETE_COLUMN || cell.type === CELL_DELETE_FAMILY

/** Cells of a row that concern the column. */
function ofColumn(cells: readonly TwinCell[], column: TruthColumn): TwinCell[] {
  return cells.filter(
    cell =>
      cell.family === column.family &&
      (cell.qualifier === column.qualifier || (cell.qualifier === '' && cell.type !== CELL_PUT)),
  )
}

/** When a column changed, and to what; null: to nothing. Oldest first. */
function changesOf(
  cells: readonly TwinCell[],
  column: TruthColumn,
): { time: number; value: string | null }[] {
  const own = ofColumn(cells, column)
  const markers = own.filter(cell => cell.type !== CELL_PUT)
  const puts = own.filter(cell => cell.type === CELL_PUT)
  const changes = puts
    .filter(
      put => !markers.some(each => hides(each, put) && (!column.keepsDeleted || each.time === put.time)),
    )
    .map((put): { time: number; value: string | null } => ({ time: put.time, value: put.value }))
  if (column.keepsDeleted)
    for (const time of new Set(markers.filter(isUpTo).map(each => each.time)))
      changes.push({ time, value: null })
  return changes.sort((a, b) => a.time - b.time)
}

/** From when on the column is known, if the server keeps so many puts. */
function knownFrom(cells: readonly TwinCell[], column: TruthColumn): number {
  const own = ofColumn(cells, column)
  const markers = own.filter(cell => cell.type !== CELL_PUT)
  // What a delete of all up to it hides for good is nobody's loss; another hidden put takes the place of one.
  const gone = column.seesHidden ? markers.filter(isUpTo) : markers
  const counted = own
    .filter(cell => cell.type === CELL_PUT)
    .filter(put => column.keepsDeleted || !gone.some(each => hides(each, put)))
    .map(put => put.time)
    .sort((a, b) => b - a)
  if (counted.length < column.versions) return -Infinity
  const last = counted[column.versions - 1]
  return Math.min(
    Infinity,
    ...changesOf(cells, column)
      .map(each => each.time)
      .filter(time => time >= last),
  )
}

const none = (status: TruthAnswer['status'], columns: readonly TruthColumn[]): TruthAnswer => ({
  status,
  values: columns.map(() => null),
  time: null,
})

function sees(time: number, t: number, policy: TruthPolicy): boolean {
  return policy.inclusive ? time + policy.lag <= t : time + policy.lag < t
}

/** `cells` are those of one row; with `honest: false` nothing is ever taken for lost. */
export function cellTruth(
  cells: readonly TwinCell[],
  columns: readonly TruthColumn[],
  t: number,
  policy: TruthPolicy,
  honest: boolean,
): TruthAnswer {
  if (honest && t - policy.lag > policy.completeThrough) return none('unavailable', columns)
  const values: (string | null)[] = []
  let newest: number | null = null
  let expired = false
  for (const column of columns) {
    const change = changesOf(cells, column).findLast(each => sees(each.time, t, policy))
    const from = Math.max(policy.completeFrom, knownFrom(cells, column))
    if (honest && t - policy.maxAge < from && (change === undefined || change.time < from))
      return none('unavailable', columns)
    const value = change?.value ?? null
    const isOld = change !== undefined && t - change.time > policy.maxAge
    if (value !== null && isOld) expired = true
    values.push(isOld ? null : value)
    if (value !== null && !isOld && (newest === null || change!.time > newest)) newest = change!.time
  }
  if (newest !== null) return { status: 'hit', values, time: newest }
  return none(expired ? 'expired' : 'absent', columns)
}

export function rowTruth(
  cells: readonly TwinCell[],
  columns: readonly TruthColumn[],
  t: number,
  policy: TruthPolicy,
  honest: boolean,
): TruthAnswer {
  if (honest && t - policy.lag > policy.completeThrough) return none('unavailable', columns)
  const all = columns.map(column => changesOf(cells, column))
  const puts = all.flatMap(changes => changes.filter(each => each.value !== null).map(each => each.time))
  const lost = Math.max(...columns.map(column => knownFrom(cells, column)))
  const known = lost === -Infinity ? lost : Math.min(Infinity, ...puts.filter(time => time >= lost))
  const from = Math.max(policy.completeFrom, known)
  const base = Math.max(-Infinity, ...puts.filter(time => sees(time, t, policy)))
  const values = all.map(changes => {
    const put = changes.find(each => each.time === base && each.value !== null)
    const gone = changes.some(each => each.value === null && each.time > base && sees(each.time, t, policy))
    return gone ? null : (put?.value ?? null)
  })
  const isGone = values.every(value => value === null)
  // Only where each column is known to be deleted is the row known to be nothing.
  const deletedAt = all.map(changes =>
    Math.max(
      -Infinity,
      ...changes
        .filter(each => each.value === null && each.time > base && sees(each.time, t, policy))
        .map(each => each.time),
    ),
  )
  const time = Math.max(base, Math.min(...deletedAt))
  if (honest && t - policy.maxAge < from && time < from) return none('unavailable', columns)
  if (isGone) return none('absent', columns)
  if (t - base > policy.maxAge) return none('expired', columns)
  return { status: 'hit', values, time: base }
}
