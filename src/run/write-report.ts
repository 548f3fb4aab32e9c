/** Writes `report.json`, the last file of a run: with it the run is complete. */

import { join } from 'node:path'
import type { Certificate } from '../core/seam/index.ts'
import { writeDurably } from '../files/index.ts'
import type { Plan } from '../plan/index.ts'
import type { Hub } from './hub.ts'
import { readAside, seamInspections } from './inspect/index.ts'
import type { ManifestSlice } from './manifest.ts'
import type { RunOutcome } from './outcome.ts'
import type { ProgressPoint } from './report.ts'
import { buildReport } from './report.ts'
import type { RunOptions } from './run-options.ts'

export interface ReportFacts {
  readonly plan: Plan
  readonly hub: Hub
  /** Null where no stream has a seam. */
  readonly certificate: Certificate | null
  readonly slices: readonly ManifestSlice[]
  readonly options: RunOptions
  readonly startedAtMs: number
  readonly outcome: RunOutcome
  readonly progress: readonly ProgressPoint[]
}

function historyFileBytes(plan: Plan): number {
  return plan.streams.flatMap(stream => stream.files).reduce((sum, file) => sum + file.bytes, 0)
}

export async function writeReport(facts: ReportFacts): Promise<void> {
  const { plan, hub, slices, options, startedAtMs, outcome, progress } = facts
  const late = await readAside(options.directory, 'late')
  const quarantine = await readAside(options.directory, 'quarantine')
  const report = buildReport(
    {
      job: plan.job.name,
      planHash: plan.hash,
      state: outcome.state,
      startedAtMs,
      seconds: outcome.seconds,
      lanes: options.lanes ?? plan.job.limits.lanes,
      partitions: outcome.partitions,
      digest: outcome.digest,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
      historyFileBytes: historyFileBytes(plan),
      progress,
      seams: facts.certificate === null ? [] : seamInspections(facts.certificate),
      late: late.reasons,
      quarantine: quarantine.reasons,
    },
    slices,
    hub.reports,
  )
  writeDurably(join(options.directory, 'report.json'), `${JSON.stringify(report, null, 2)}\n`)
}
