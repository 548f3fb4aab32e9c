/**
 * Units of a history in order of offset (C1 `order: offset`): each of one partition, its rows ascending by offset.
 *
 *     named       topic+partition+start+end.ext says where every row lies: units are read as they are, when it is their turn
 *     columns     offsets are seen when a file is read: every unit is read once, parted by partition, and spilled in blocks
 *
 * Named units go through blocks too where a unit of every partition at once does not fit memory.
 */

import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ticks } from '../core/time.ts'
import { ticksFromMs } from '../core/time.ts'
import type { HistoryCounters, HistoryOptions } from './history-options.ts'
import type { PlannedUnit } from './planned-unit.ts'
import { timeMinOf } from './planned-unit.ts'
import { spillError, spillRun } from './spill.ts'
import type { UnitRun } from './unit-run.ts'

/** Rows of one partition, to be loaded when it is their turn. */
export interface OffsetUnit {
  /** Decides between rows of equal offset: the place in the files. */
  readonly rank: number
  readonly partition: number
  /** No row has a lower offset, and no row an earlier event time; −∞ where that is not known. */
  readonly offsetMin: number
  readonly timeMin: Ticks
  /** `order` by (offset, row); `time` is the event time and the caller's to overwrite. */
  load(): Promise<UnitRun>
}

export interface OffsetUnits {
  readonly units: readonly OffsetUnit[]
  remove(): Promise<void>
}

export async function offsetUnits(
  planned: readonly PlannedUnit[],
  load: (unit: PlannedUnit) => Promise<UnitRun>,
  options: HistoryOptions,
  counters: HistoryCounters,
): Promise<OffsetUnits> {
  const named = namedUnits(planned, load, options, counters)
  if (named === null) return spillUnits(planned, load, options, counters)
  if (openBytes(named) > options.memoryBytes)
    return spillUnits(
      named.map(({ planned }) => planned),
      load,
      options,
      counters,
    )
  return { units: named.map(({ unit }) => unit), remove: () => Promise.resolve() }
}

interface NamedUnit {
  readonly planned: PlannedUnit
  readonly unit: OffsetUnit
}

/** Null where columns tell partition or offset, and not the names of the files alone. */
function namedUnits(
  planned: readonly PlannedUnit[],
  load: (unit: PlannedUnit) => Promise<UnitRun>,
  options: HistoryOptions,
  counters: HistoryCounters,
): NamedUnit[] | null {
  const { history } = options.stream
  if (history?.offsetColumn !== undefined || history?.partitionColumn !== undefined) return null
  const named: NamedUnit[] = []
  for (const each of planned) {
    const { file, unit, rank } = each
    if (file.range === undefined) return null
    const { partition, offsetFirst } = file.range
    const offsetMin = offsetFirst + unit.rowFirst
    const timeMin = timeMinOf(each, options.timeline)
    named.push({ planned: each, unit: { rank, partition, offsetMin, timeMin, load: () => load(each) } })
  }
  return withoutEmitted(named, options, counters)
}

/**
 * Leaves out what a resumed run has emitted: units whose rows all lie, in order of offset, before the first unit of
 * their partition that may have an event at `from` or behind it. Only from such an event on the time that orders is at
 * `from` or behind it; a unit that overlaps its offsets (rows that two files have) may have rows behind it.
 */
function withoutEmitted(
  named: readonly NamedUnit[],
  { from, timeline }: HistoryOptions,
  counters: HistoryCounters,
): NamedUnit[] {
  const begins = new Map<number, number>()
  for (const { planned, unit } of named) {
    const { timeMaxMs } = planned.unit
    const mayReach = timeMaxMs === null || ticksFromMs(timeMaxMs + 1, timeline) > from
    const known = begins.get(unit.partition) ?? Number.POSITIVE_INFINITY
    if (mayReach) begins.set(unit.partition, Math.min(known, unit.offsetMin))
  }
  const inOrder = named.toSorted((a, b) => a.unit.offsetMin - b.unit.offsetMin || a.unit.rank - b.unit.rank)
  return inOrder.filter(({ planned, unit }) => {
    const end = unit.offsetMin + planned.unit.rows
    if (end > (begins.get(unit.partition) ?? Number.POSITIVE_INFINITY)) return true
    counters.unitsPruned++
    return false
  })
}

/** What is open at once, bytes: the largest unit of each partition. */
function openBytes(named: readonly NamedUnit[]): number {
  const largest = new Map<number, number>()
  for (const { planned, unit } of named)
    largest.set(unit.partition, Math.max(largest.get(unit.partition) ?? 0, planned.unit.bytes))
  let bytes = 0
  for (const each of largest.values()) bytes += each
  return bytes
}

async function spillUnits(
  planned: readonly PlannedUnit[],
  load: (unit: PlannedUnit) => Promise<UnitRun>,
  options: HistoryOptions,
  counters: HistoryCounters,
): Promise<OffsetUnits> {
  const directory = join(options.spillDirectory, `history-${options.plan.ordinal}`)
  const units: OffsetUnit[] = []
  try {
    await mkdir(directory, { recursive: true })
    for (const each of planned) {
      const run = await load(each)
      const groups = rowsByPartition(run, options.stream.partitions)
      const path = join(directory, `${run.rank}.blocks`)
      for (const { rank, rows, load } of await spillRun(run, groups, path, options, counters))
        units.push({ rank, ...placeOf(run, rows), load })
    }
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw spillError(error, directory)
  }
  return { units, remove: () => rm(directory, { recursive: true, force: true }) }
}

/** The rows of each partition that has some, in their order. */
function rowsByPartition({ order, partition }: UnitRun, partitions: number): Int32Array[] {
  const starts = new Int32Array(partitions + 1)
  for (let i = 0; i < order.length; i++) starts[partition[order[i]!]! + 1]!++
  for (let p = 0; p < partitions; p++) starts[p + 1]! += starts[p]!
  const next = starts.slice()
  const rows = new Int32Array(order.length)
  for (let i = 0; i < order.length; i++) rows[next[partition[order[i]!]!]!++] = order[i]!
  return Array.from({ length: partitions }, (_, p) => rows.subarray(starts[p], starts[p + 1])).filter(
    group => group.length > 0,
  )
}

/** Where the rows of a block lie; they are of one partition and ascending by offset. */
function placeOf(
  { partition, sourceOffset, time }: UnitRun,
  rows: Int32Array,
): Pick<OffsetUnit, 'partition' | 'offsetMin' | 'timeMin'> {
  let timeMin = Number.POSITIVE_INFINITY
  for (let i = 0; i < rows.length; i++) if (time[rows[i]!]! < timeMin) timeMin = time[rows[i]!]!
  return { partition: partition[rows[0]!]!, offsetMin: sourceOffset![rows[0]!]!, timeMin }
}
