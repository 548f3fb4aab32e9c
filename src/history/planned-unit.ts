/** Units of a history as the plan has them, in C1's order of (file ordinal, place in the file). */

import type { Ticks, Timeline } from '../core/time.ts'
import { ticksFromMs } from '../core/time.ts'
import type { FileUnit, PinnedFile } from '../plan/index.ts'
import type { HistoryCounters, HistoryOptions } from './history-options.ts'

export interface PlannedUnit {
  readonly file: PinnedFile
  readonly unit: FileUnit
  /** Rank among all units of the history. */
  readonly rank: number
}

/** No row of the unit is earlier; −∞ where nothing is known. */
export function timeMinOf({ unit }: PlannedUnit, timeline: Timeline): Ticks {
  return unit.timeMinMs === null ? Number.NEGATIVE_INFINITY : ticksFromMs(unit.timeMinMs, timeline)
}

/** Units that can hold events of the range, in rank order. */
export function unitsInRange(options: HistoryOptions, from: Ticks, counters: HistoryCounters): PlannedUnit[] {
  const units: PlannedUnit[] = []
  let rank = 0
  for (const file of options.plan.files) {
    for (const unit of file.units) {
      rank++
      const early = unit.timeMaxMs !== null && ticksFromMs(unit.timeMaxMs + 1, options.timeline) <= from
      const late = unit.timeMinMs !== null && ticksFromMs(unit.timeMinMs, options.timeline) >= options.until
      if (early || late) counters.unitsPruned++
      else units.push({ file, unit, rank })
    }
  }
  return units
}
