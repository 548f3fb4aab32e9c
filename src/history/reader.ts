/**
 * The history of one stream as emissions in C1 order (see frontier.ts), from pinned files through a decoder.
 *
 * Files are checked against their pin before each read (C8); bad rows are handed to `quarantine` and are durable
 * there before any row of their unit leaves. Units that overlap too widely for memory go through sorted blocks on
 * disk first (spill.ts); the order is the same.
 */

import { fieldIndex } from '../core/batch/index.ts'
import { ticksFromMs } from '../core/time.ts'
import { LIMITS } from '../limits.ts'
import type { FileUnit, PinnedFile } from '../plan/index.ts'
import type { HistoryEmission, PendingUnit } from './frontier.ts'
import { Frontier } from './frontier.ts'
import type { HistoryCounters, HistoryOptions } from './history-options.ts'
import { spillUnits } from './spill.ts'
import type { UnitRun, UnitSpec } from './unit-run.ts'
import { prepareUnit } from './unit-run.ts'

export interface HistoryReader {
  readonly counters: HistoryCounters
  /** The next emission, or null at the end. */
  next(): Promise<HistoryEmission | null>
  close(): Promise<void>
}

interface PlannedUnit {
  readonly file: PinnedFile
  readonly unit: FileUnit
  readonly rank: number
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
  const planned = unitsInRange(options, counters)
  const spec: UnitSpec = { ...options }
  const load = (unit: PlannedUnit): Promise<UnitRun> => loadUnit(unit, spec, options, counters)
  const pending = planned.map(
    (unit): PendingUnit => ({
      rank: unit.rank,
      timeMin:
        unit.unit.timeMinMs === null
          ? Number.NEGATIVE_INFINITY
          : ticksFromMs(unit.unit.timeMinMs, options.timeline),
      load: () => load(unit),
    }),
  )
  const spilled =
    peakOpenBytes(planned) > options.memoryBytes ? await spillUnits(pending, options, counters) : null
  const frontier = new Frontier(spilled?.pending ?? pending, {
    stream: options.plan.ordinal,
    schema: options.schema,
    partitions: options.stream.partitions,
    owners: options.owners,
    tieBreak: options.stream.tieBreak.map(name => fieldIndex(options.schema, name)),
    rowsMax: options.rowsMax ?? LIMITS.emissionRows,
    openBytesMax: options.memoryBytes / 2,
    ahead: 1,
  })
  return { counters, next: () => frontier.next(), close: async () => spilled?.remove() }
}

/** Units that can hold events of the range, in rank order. */
function unitsInRange(options: HistoryOptions, counters: HistoryCounters): PlannedUnit[] {
  const units: PlannedUnit[] = []
  let rank = 0
  for (const file of options.plan.files) {
    for (const unit of file.units) {
      rank++
      const early =
        unit.timeMaxMs !== null && ticksFromMs(unit.timeMaxMs + 1, options.timeline) <= options.from
      const late = unit.timeMinMs !== null && ticksFromMs(unit.timeMinMs, options.timeline) >= options.until
      if (early || late) counters.unitsPruned++
      else units.push({ file, unit, rank })
    }
  }
  return units
}

async function loadUnit(
  planned: PlannedUnit,
  spec: UnitSpec,
  options: HistoryOptions,
  counters: HistoryCounters,
): Promise<UnitRun> {
  const { file, unit, rank } = planned
  await options.checkFile(file)
  const fields = options.schema.filter(field => !Object.hasOwn(file.hive, field.name))
  const decoded = await options.decoder.decode({ file, unit, fields })
  const prepared = prepareUnit(decoded, file, unit, rank, spec)
  counters.units++
  counters.rowsRead += decoded.batch.rows + decoded.bad.length
  counters.rowsBad += prepared.bad.length
  counters.nullKeys += prepared.nullKeys
  if (prepared.bad.length > 0) await options.quarantine(file, unit, prepared.bad)
  return prepared.run
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
