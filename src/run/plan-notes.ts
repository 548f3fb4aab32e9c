/** What a plan tells people beside its numbers (C8): disorder, missing statistics, ties, features that end early. */

import { isoOfMs } from '../core/time.ts'
import type { Job } from '../job/index.ts'
import type { FeaturePlan, PlanNote, StreamPlan } from '../plan/index.ts'
import { historyRange } from './history-range.ts'
import { seamForecast } from './offset-notes.ts'
import { shareInRange } from './plan-totals.ts'

/** Range of event time that history will emit, as far as statistics and the job tell. */
export interface HistoryBounds {
  readonly firstMs: number | null
  readonly lastMs: number | null
}

export function planNotes(
  job: Job,
  streams: readonly StreamPlan[],
  features: readonly FeaturePlan[],
  bounds: HistoryBounds,
): PlanNote[] {
  return [
    ...streams.flatMap(stream => streamNotes(job, stream)),
    ...features.flatMap(feature => featureNotes(feature, bounds)),
  ]
}

function streamNotes(job: Job, stream: StreamPlan): PlanNote[] {
  const notes: PlanNote[] = []
  const about = `streams.${stream.name}`
  const units = stream.files.flatMap(file => file.units)
  const blind = units.filter(unit => unit.rows > 0 && unit.timeMinMs === null).length
  if (blind > 0) {
    const text = `${blind} of ${units.length} units have no statistics of the time column: they are all read before the first event leaves`
    notes.push({ level: 'warning', about, text })
  }
  const overlap = widestOverlap(stream)
  if (overlap > 1)
    notes.push({ level: 'info', about, text: `up to ${overlap} row groups overlap in time and are merged` })
  const streamJob = job.streams[stream.ordinal]!
  const range = historyRange(job, streamJob)
  const cut = units.filter(unit => unit.rows > 0 && isCut(shareInRange(unit, range))).length
  if (cut > 0) {
    const text = `rows are estimated: ${cut} of ${units.length} row groups have events inside and outside of the range that is read`
    notes.push({ level: 'info', about, text })
  }
  if (streamJob.tieBreak.length === 0 && !stream.ownOffsets && stream.files.length > 1) {
    notes.push({
      level: 'info',
      about,
      text: 'events of equal time are ordered by file path and row (no tieBreak columns, no offsets)',
    })
  }
  notes.push(...seamForecast(streamJob, stream))
  if (streamJob.seam?.by === 'time' && streamJob.identity.length === 0) {
    notes.push({
      level: 'warning',
      about,
      text: 'no `identity` columns: the seam cannot be proven and the run will need --allow-unproven-seam',
    })
  }
  return notes
}

function isCut(share: number): boolean {
  return share > 0 && share < 1
}

/** How many units of a stream hold the same moment, at most. */
function widestOverlap(stream: StreamPlan): number {
  const edges = stream.files.flatMap(file =>
    file.units.flatMap(unit =>
      unit.timeMinMs === null || unit.timeMaxMs === null
        ? []
        : [
            { at: unit.timeMinMs, step: 1 },
            { at: unit.timeMaxMs + 1, step: -1 },
          ],
    ),
  )
  edges.sort((a, b) => a.at - b.at || a.step - b.step)
  let open = 0
  let most = 0
  for (const edge of edges) {
    open += edge.step
    if (open > most) most = open
  }
  return most
}

function featureNotes(feature: FeaturePlan, bounds: HistoryBounds): PlanNote[] {
  const notes: PlanNote[] = []
  const about = `features.${feature.name}`
  if (feature.newestMs !== null && bounds.lastMs !== null && bounds.lastMs > feature.newestMs) {
    const text = `events run to ${isoOfMs(bounds.lastMs)}, past the newest version of ${isoOfMs(feature.newestMs)}`
    notes.push({ level: 'info', about, text })
  }
  const from = feature.job.from
  if (from.kind === 'files' && from.available === undefined) {
    const text =
      'no `available` column: a correction that was written late cannot be told from a version known at its own time'
    notes.push({ level: 'info', about, text })
  }
  return notes
}
