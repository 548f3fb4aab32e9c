/**
 * A decoded unit of history made ready to be merged: times, partitions, C1 order, bad rows set aside.
 *
 * Invariant: `order` lists exactly the rows that are good and inside the range, in C1 order (with `order: offset` that
 * is by offset, and nanoseconds have no say in it); every other row of the unit is either in `bad` or outside the range
 * that was asked for.
 */

import type { Batch, RecycledMemory, Schema } from '../core/batch/index.ts'
import {
  compareDecimals,
  expectKind,
  fieldIndex,
  gatherColumn,
  gatherF64,
  gatherI32,
  i64ToNumber,
  rowText,
  valueAt,
} from '../core/batch/index.ts'
import type { EventTimes, KeySpec } from '../core/order/index.ts'
import { eventTimes, identity, keyPartitions, sortIndex, sortTies } from '../core/order/index.ts'
import type { OffsetRange } from '../core/seam/index.ts'
import { rangesOf } from '../core/seam/index.ts'
import type { Ticks, Timeline } from '../core/time.ts'
import { ticksFromMs } from '../core/time.ts'
import { assert, HindcastError } from '../errors.ts'
import type { StreamJob } from '../job/index.ts'
import type { FileRange, FileUnit, PinnedFile } from '../plan/index.ts'
import { hiveColumn } from '../plan/index.ts'
import type { BadRow, DecodedUnit } from './decoder.ts'

export interface UnitRun {
  /** Rank among all units of the history by (file ordinal, place in the file): the last word of C1. */
  readonly rank: number
  readonly batch: Batch
  readonly time: Float64Array
  readonly sub: Int32Array | null
  readonly partition: Int32Array
  readonly sourceOffset: Float64Array | null
  readonly order: Int32Array
  /** First entry of `order` not yet emitted. */
  from: number
  readonly to: number
  readonly bytes: number
  /** Gives its memory back when all rows have left; need not be called. */
  readonly release?: () => void
}

export interface UnitSpec {
  readonly stream: StreamJob
  /** Columns the run carries, in order; Hive columns included. */
  readonly schema: Schema
  readonly timeline: Timeline
  /** Latest time that is believed, exclusive bounds of the range in ticks. */
  readonly latest: Ticks
  readonly from: Ticks
  readonly until: Ticks
}

/** Offsets of one partition that a file has in rows which are not emitted; ascending and apart. */
export interface SetAsideOffsets {
  readonly partition: number
  readonly ranges: readonly OffsetRange[]
}

export interface PreparedUnit {
  readonly run: UnitRun
  readonly bad: readonly BadRow[]
  /** For a seam by offset: what was read and dropped is no gap. */
  readonly setAside: readonly SetAsideOffsets[]
  readonly nullKeys: number
}

export function prepareUnit(
  decoded: DecodedUnit,
  file: PinnedFile,
  unit: FileUnit,
  rank: number,
  spec: UnitSpec,
  memory: RecycledMemory,
): PreparedUnit {
  const batch = withHiveColumns(decoded.batch, file, spec.schema)
  const timeIndex = fieldIndex(spec.schema, spec.stream.time.column)
  const times = eventTimes(batch.columns[timeIndex]!, {
    column: spec.stream.time.column,
    type: spec.schema[timeIndex]!.type,
    unit: spec.stream.time.unit,
    timeline: spec.timeline,
    latest: spec.latest,
  })
  const rowOf = (row: number): number =>
    decoded.fileRow === null ? unit.rowFirst + row : decoded.fileRow[row]!
  const bad = times.bad.map(({ row, reason }) => ({ row: rowOf(row), reason, text: rowText(batch, row) }))
  const sourceOffset = offsetsOf(batch, file, unit, decoded, spec.stream)
  const keys = partitionsOf(batch, file, spec.stream)
  const rows = keptRows(times.time, times.bad, spec)
  const byOffset = spec.stream.order === 'offset'
  const order = byOffset
    ? orderByOffset(sourceOffset, rows)
    : orderByTime(batch, times, sourceOffset, rows, spec)
  checkStatistics(times, file, unit, rowOf, spec.timeline)
  const run: UnitRun = {
    rank,
    batch,
    time: times.time,
    sub: byOffset ? null : times.sub,
    partition: keys.partition,
    sourceOffset,
    order,
    from: 0,
    to: order.length,
    bytes: unit.bytes + 16 * batch.rows,
  }
  const setAside =
    spec.stream.seam?.by === 'offset' ? setAsideOf(run, times.bad, decoded.bad, file, spec) : []
  return {
    run: laidOut(run, decoded, memory),
    bad: [...decoded.bad, ...bad],
    setAside,
    nullKeys: keys.nullKeys,
  }
}

/**
 * Bad rows, and good ones that the job does not ask for. The offset of a line that cannot be decoded is known only where
 * the file's name tells it.
 */
function setAsideOf(
  { time, partition, sourceOffset }: UnitRun,
  badTimes: readonly { readonly row: number }[],
  undecoded: readonly BadRow[],
  { range }: PinnedFile,
  { stream, until, timeline }: UnitSpec,
): SetAsideOffsets[] {
  const from = ticksFromMs(stream.history?.fromMs ?? Number.NEGATIVE_INFINITY, timeline)
  const offsets = new Map<number, number[]>()
  const drop = (at: number, offset: number): void => {
    const known = offsets.get(at)
    if (known === undefined) offsets.set(at, [offset])
    else known.push(offset)
  }
  if (stream.history?.offsetColumn === undefined && range !== undefined)
    for (const { row } of undecoded) drop(range.partition, range.offsetFirst + row)
  if (sourceOffset !== null) {
    const isBad = new Set(badTimes.map(({ row }) => row))
    for (let row = 0; row < time.length; row++)
      if (isBad.has(row) || time[row]! < from || time[row]! >= until)
        drop(partition[row]!, sourceOffset[row]!)
  }
  return [...offsets].map(([at, dropped]) => ({
    partition: at,
    ranges: rangesOf(Float64Array.from(dropped)).ranges,
  }))
}

/**
 * The kept rows laid out in C1 order. An emission takes a short stretch of each of many open units; where a unit lies
 * in order the stretch is read front to back, else every value is a miss of the cache (measured: a third of the main
 * thread's time on shuffled files). The gather runs once, over a unit that has just been decoded.
 */
function laidOut(run: UnitRun, decoded: DecodedUnit, memory: RecycledMemory): UnitRun {
  const { order, batch } = run
  if (order.length === batch.rows && isIdentity(order)) {
    return decoded.release === undefined ? run : { ...run, release: decoded.release }
  }
  const columns = batch.columns.map(column => gatherColumn(column, order, memory))
  const time = gatherF64(run.time, order, memory)
  const partition = gatherI32(run.partition, order, memory)
  const sub = run.sub === null ? null : gatherI32(run.sub, order)
  const sourceOffset = run.sourceOffset === null ? null : gatherF64(run.sourceOffset, order)
  decoded.release?.()
  const release = (): void => {
    for (const column of columns) memory.giveColumn(column)
    memory.give(time)
    memory.give(partition)
  }
  const laid = { schema: batch.schema, rows: order.length, columns }
  return { ...run, batch: laid, time, sub, partition, sourceOffset, order: identity(order.length), release }
}

function isIdentity(order: Int32Array): boolean {
  for (let i = 0; i < order.length; i++) if (order[i] !== i) return false
  return true
}

/** Good rows inside the range, or null for all. */
function keptRows(time: Float64Array, bad: readonly { row: number }[], spec: UnitSpec): Int32Array | null {
  const { from, until } = spec
  const keep = new Int32Array(time.length)
  let kept = 0
  let nextBad = 0
  for (let i = 0; i < time.length; i++) {
    if (nextBad < bad.length && bad[nextBad]!.row === i) {
      nextBad++
      continue
    }
    if (time[i]! < from || time[i]! >= until) continue
    keep[kept++] = i
  }
  return kept === time.length ? null : keep.slice(0, kept)
}

function orderByTime(
  batch: Batch,
  times: { readonly time: Float64Array; readonly sub: Int32Array | null },
  sourceOffset: Float64Array | null,
  rows: Int32Array | null,
  spec: UnitSpec,
): Int32Array {
  const order = sortIndex(times.time, rows)
  const compare = tieOrder(batch, times.sub, sourceOffset, spec)
  if (compare !== null) sortTies(times.time, order, compare)
  return order
}

function orderByOffset(sourceOffset: Float64Array | null, rows: Int32Array | null): Int32Array {
  assert(sourceOffset !== null, 'a plan with order: offset has offsets in all files')
  return sortIndex(sourceOffset, rows)
}

/** What decides between equal ticks inside a unit besides the row ordinal; null: nothing. */
function tieOrder(
  batch: Batch,
  sub: Int32Array | null,
  sourceOffset: Float64Array | null,
  spec: UnitSpec,
): ((a: number, b: number) => number) | null {
  const ties = spec.stream.tieBreak.map(name => fieldIndex(spec.schema, name))
  if (sub === null && sourceOffset === null && ties.length === 0) return null
  return (a, b) => {
    if (sub !== null && sub[a] !== sub[b]) return sub[a]! - sub[b]!
    if (sourceOffset !== null && sourceOffset[a] !== sourceOffset[b])
      return sourceOffset[a]! - sourceOffset[b]!
    for (const c of ties) {
      const order = compareValues(batch, c, a, batch, b)
      if (order !== 0) return order
    }
    return a - b
  }
}

/** Order of two values of a `tieBreak` column: nulls first, text by UTF-16 code unit, numbers by value. */
export function compareValues(batchA: Batch, column: number, a: number, batchB: Batch, b: number): number {
  const type = batchA.schema[column]!.type
  const x = valueAt(batchA.columns[column]!, type, a)
  const y = valueAt(batchB.columns[column]!, type, b)
  if (x === y) return 0
  if (x === null) return -1
  if (y === null) return 1
  if (type.name === 'decimal') return compareDecimals(x as string, y as string)
  return x < y ? -1 : 1
}

/**
 * What is read and when goes by the times that a unit promises, so a file whose statistics lie would lose rows or break
 * the order: it is named. Bounds are rounded outward to whole milliseconds.
 */
function checkStatistics(
  { time, bad }: Pick<EventTimes, 'time' | 'bad'>,
  file: PinnedFile,
  unit: FileUnit,
  rowOf: (row: number) => number,
  timeline: Timeline,
): void {
  if (unit.timeMinMs === null && unit.timeMaxMs === null) return
  const perMs = timeline === 'ms' ? 1 : 1000
  const low = (unit.timeMinMs ?? Number.NEGATIVE_INFINITY) * perMs
  const high = ((unit.timeMaxMs ?? Number.POSITIVE_INFINITY) + 1) * perMs
  let nextBad = 0
  for (let i = 0; i < time.length; i++) {
    if (nextBad < bad.length && bad[nextBad]!.row === i) {
      nextBad++
      continue
    }
    if (time[i]! >= low && time[i]! <= high) continue
    throw new HindcastError(
      'file-corrupt',
      `statistics promise times from ${unit.timeMinMs} to ${unit.timeMaxMs} ms, but a row has ${time[i]! / perMs} ms`,
      {
        where: { uri: file.path, row: rowOf(i) },
        advice: 'Rewrite the file: the tool that wrote it recorded wrong column statistics.',
      },
    )
  }
}

function withHiveColumns(batch: Batch, file: PinnedFile, schema: Schema): Batch {
  if (batch.schema.length === schema.length) return { ...batch, schema }
  const columns = schema.map(field => {
    const c = fieldIndex(batch.schema, field.name)
    return c >= 0 ? batch.columns[c]! : hiveColumn(field, file, batch.rows)
  })
  return { schema, rows: batch.rows, columns }
}

/** Offsets that the file carries in its name (`topic+p+first+last`, `topic+p+first`) or in a column. */
function offsetsOf(
  batch: Batch,
  file: PinnedFile,
  unit: FileUnit,
  decoded: DecodedUnit,
  stream: StreamJob,
): Float64Array | null {
  const column = stream.history?.offsetColumn
  if (column !== undefined) return numbersOf(batch, column, file)
  if (file.range === undefined) return null
  const offsets = new Float64Array(batch.rows)
  const first = file.range.offsetFirst
  for (let i = 0; i < batch.rows; i++) {
    offsets[i] = first + (decoded.fileRow === null ? unit.rowFirst + i : decoded.fileRow[i]!)
  }
  checkRangeEnd(offsets, file.range, file)
  return offsets
}

/** Rows of text are counted when they are read: only then is seen that a file has more than the plan made of its name. */
function checkRangeEnd(offsets: Float64Array, { offsetLast }: FileRange, file: PinnedFile): void {
  if (offsetLast === null || offsets.length === 0 || offsets.at(-1)! <= offsetLast) return
  throw new HindcastError(
    'file-corrupt',
    `the file has more rows than offsets: by its name, or that of the file behind it, it ends at ${offsetLast}`,
    {
      where: { uri: file.path, offset: offsets.at(-1)! },
      advice: 'Leave the file out of the glob, or name the column of the offsets in `history.offsetColumn`.',
    },
  )
}

function partitionsOf(
  batch: Batch,
  file: PinnedFile,
  stream: StreamJob,
): { partition: Int32Array; nullKeys: number } {
  const column = stream.history?.partitionColumn
  if (column !== undefined) {
    return {
      partition: Int32Array.from(numbersOf(batch, column, file), p => checkPartition(p, stream, file)),
      nullKeys: 0,
    }
  }
  const named = file.range?.partition ?? file.partition
  if (named !== undefined) {
    const partition = checkPartition(named, stream, file)
    return { partition: new Int32Array(batch.rows).fill(partition), nullKeys: 0 }
  }
  const spec: KeySpec = {
    key: stream.key,
    keyEncoding: stream.keyEncoding,
    partitioner: stream.partitioner,
    partitions: stream.partitions,
  }
  return keyPartitions(batch, spec)
}

function checkPartition(partition: number, stream: StreamJob, file: PinnedFile): number {
  if (Number.isInteger(partition) && partition >= 0 && partition < stream.partitions) return partition
  throw new HindcastError(
    'file-corrupt',
    `the file says partition ${partition}, but stream ${stream.name} has ${stream.partitions}`,
    {
      where: { uri: file.path, stream: stream.name },
      advice: 'Set `partitions:` to the number of partitions of the topic.',
    },
  )
}

function numbersOf(batch: Batch, name: string, file: PinnedFile): Float64Array {
  const column = batch.columns[fieldIndex(batch.schema, name)]!
  if (column.valid?.includes(0)) {
    throw new HindcastError('file-corrupt', `column ${name} is null in row ${column.valid.indexOf(0)}`, {
      where: { uri: file.path, column: name },
      advice: 'Partition and offset columns must be filled in every row.',
    })
  }
  if (column.kind === 'i32') return Float64Array.from(column.values)
  const { values } = expectKind(column, 'i64')
  const numbers = new Float64Array(batch.rows)
  for (let i = 0; i < numbers.length; i++) numbers[i] = i64ToNumber(values[2 * i]!, values[2 * i + 1]!)
  return numbers
}
