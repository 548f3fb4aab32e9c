/**
 * The history of one stream as emissions in C1 order (see frontier.ts), from pinned files through a decoder.
 *
 * Files are checked against their pin before each read (C8); bad rows are handed to `quarantine` and are durable
 * there before any row of their unit leaves. Units that overlap too widely for memory go through sorted blocks on
 * disk first (spill.ts); the order is the same. A stream with `order: offset` has a frontier of its own
 * (offset-frontier.ts).
 */

import { fieldIndex, RecycledMemory } from '../core/batch/index.ts'
import { ticksFromMs, ticksPerMs } from '../core/time.ts'
import { LIMITS } from '../limits.ts'
import type { FileUnit } from '../plan/index.ts'
import type { WantedTimes } from './decoder.ts'
import type { HistoryEmission, PendingUnit } from './frontier.ts'
import { Frontier } from './frontier.ts'
import type { HistoryCounters, HistoryOptions } from './history-options.ts'
import { OffsetFrontier } from './offset-frontier.ts'
import { offsetUnits } from './offset-units.ts'
import type { PlannedUnit } from './planned-unit.ts'
import { timeMinOf, unitsInRange } from './planned-unit.ts'
import { spillUnits } from './spill.ts'
import type { UnitRun, UnitSpec } from './unit-run.ts'
import { prepareUnit } from './unit-run.ts'

/** Memory of rows that have left, kept for those that come: some emissions and units of 20 columns. */
const RECYCLED_BYTES_MAX = 64 * 1024 * 1024
const NO_MEMORY = new RecycledMemory(0)

export interface HistoryReader {
  readonly counters: HistoryCounters
  /** The next emission, or null at the end. */
  next(): Promise<HistoryEmission | null>
  close(): Promise<void>
}

export async function openHistory(options: HistoryOptions): Promise<HistoryReader> {
  const counters: HistoryCounters = {
    rowsRead: 0,
    rowsBad: 0,
    nullKeys: 0,
    units: 0,
    unitsPruned: 0,
    spilledBytes: 0,
  }
  if (options.stream.order === 'offset') return openByOffset(options, counters)
  const planned = unitsInRange(options, options.from, counters)
  const memory = new RecycledMemory(Math.min(RECYCLED_BYTES_MAX, options.memoryBytes / 4))
  const pending = planned.map(
    (unit): PendingUnit => ({
      rank: unit.rank,
      timeMin: timeMinOf(unit, options.timeline),
      load: () => loadUnit(unit, { ...options }, options, counters, memory),
    }),
  )
  const spilled =
    peakOpenBytes(planned) + heldBytes(planned) > options.memoryBytes
      ? await spillUnits(pending, options, counters)
      : null
  const frontier = new Frontier(spilled?.pending ?? pending, {
    stream: options.plan.ordinal,
    schema: options.schema,
    partitions: options.stream.partitions,
    owners: options.owners,
    tieBreak: options.stream.tieBreak.map(name => fieldIndex(options.schema, name)),
    rowsMax: options.rowsMax ?? LIMITS.emissionRows,
    openBytesMax: options.memoryBytes / 2,
    ahead: 1,
    memory: options.recycles === true ? memory : null,
  })
  return { counters, next: () => frontier.next(), close: async () => spilled?.remove() }
}

/**
 * `order: offset`: the range of the job is one of event time, but where a run goes on from is one of the time that
 * orders (C1), so rows of earlier event time are read too.
 */
async function openByOffset(options: HistoryOptions, counters: HistoryCounters): Promise<HistoryReader> {
  const from = ticksFromMs(options.stream.history?.fromMs ?? Number.NEGATIVE_INFINITY, options.timeline)
  const spec: UnitSpec = { ...options, from }
  const planned = unitsInRange(options, from, counters)
  const load = (unit: PlannedUnit): Promise<UnitRun> => loadUnit(unit, spec, options, counters, NO_MEMORY)
  const { units, remove } = await offsetUnits(planned, load, options, counters)
  const frontier = new OffsetFrontier(units, {
    stream: options.plan.ordinal,
    schema: options.schema,
    partitions: options.stream.partitions,
    owners: options.owners,
    rowsMax: options.rowsMax ?? LIMITS.emissionRows,
    openBytesMax: options.memoryBytes / 2,
    from: options.from,
  })
  return { counters, next: () => frontier.next(), close: remove }
}

async function loadUnit(
  planned: PlannedUnit,
  spec: UnitSpec,
  options: HistoryOptions,
  counters: HistoryCounters,
  memory: RecycledMemory,
): Promise<UnitRun> {
  const { file, unit, rank } = planned
  await options.checkFile(file)
  const fields = options.schema.filter(field => !Object.hasOwn(file.hive, field.name))
  const times = wantedTimes(unit, spec)
  const decoded = await options.decoder.decode({ file, unit, fields, ...(times === null ? {} : { times }) })
  const prepared = prepareUnit(decoded, file, unit, rank, spec, memory)
  counters.units++
  counters.rowsRead += decoded.batch.rows + decoded.bad.length
  counters.rowsBad += prepared.bad.length
  counters.nullKeys += prepared.nullKeys
  if (prepared.setAside.length > 0) options.setAside?.(prepared.setAside)
  if (prepared.bad.length > 0) await options.quarantine(file, unit, prepared.bad)
  return prepared.run
}

/**
 * What reading in pieces holds beside the open units, bytes: pages of a row group may have all of its rows, and are
 * decoded at once; two readers are under way at a time.
 */
export function heldBytes(units: readonly { readonly unit: FileUnit }[]): number {
  let largest = 0
  for (const { unit } of units) {
    const { groupRowEnd, rowFirst, rows, bytes } = unit
    if (groupRowEnd !== undefined) largest = Math.max(largest, (bytes / rows) * (groupRowEnd - rowFirst))
  }
  return 2 * largest
}

/** The range where it cuts through the unit: pages outside of it need not be read. Null where all rows are wanted. */
function wantedTimes(unit: FileUnit, { stream, from, until, timeline }: UnitSpec): WantedTimes | null {
  const { column, unit: counts } = stream.time
  const fromMs = Math.floor(from / ticksPerMs(timeline))
  const untilMs = Math.ceil(until / ticksPerMs(timeline))
  const isInside =
    unit.timeMinMs !== null && unit.timeMaxMs !== null && unit.timeMinMs >= fromMs && unit.timeMaxMs < untilMs
  const isOpen = fromMs === Number.NEGATIVE_INFINITY && untilMs === Number.POSITIVE_INFINITY
  return isInside || isOpen ? null : { column, unit: counts, fromMs, untilMs }
}

/**
 * Most memory the frontier will hold open at once, bytes: a sweep over the units' time ranges, from metadata alone.
 * Units without statistics are open from the start, so their sum counts in full.
 */
export function peakOpenBytes(units: readonly { readonly unit: FileUnit }[]): number {
  const edges: { time: number; bytes: number }[] = []
  for (const { unit } of units) {
    edges.push({ time: unit.timeMinMs ?? Number.NEGATIVE_INFINITY, bytes: unit.bytes })
    edges.push({
      time: unit.timeMaxMs === null ? Number.POSITIVE_INFINITY : unit.timeMaxMs + 1,
      bytes: -unit.bytes,
    })
  }
  edges.sort((a, b) => a.time - b.time || a.bytes - b.bytes)
  let open = 0
  let peak = 0
  for (const edge of edges) {
    open += edge.bytes
    if (open > peak) peak = open
  }
  return peak
}
