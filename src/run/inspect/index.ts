/**
 * `inspect`: a run directory, finished or not, read without touching it; as data, in words, or as one HTML page.
 */

import { runDigest } from '../manifest.ts'
import type { RunInspection } from '../outcome.ts'
import { featureCounts, LATENESS_BOUNDS_MS } from '../report.ts'
import { inspectionPage } from './page.ts'
import { readRunFiles } from './read-run.ts'
import type { RunFiles } from './run-files.ts'

export { readAside } from './aside.ts'
export { parquetPage } from './parquet-page.ts'
export { seamInspections } from './seams.ts'
export { featureWords, inspectionWords, seamLines } from './words.ts'

/** Throws `run-mismatch` where the directory is no run, `output-corrupt` where a part of it is damaged. */
export async function inspectRun(directory: string): Promise<RunInspection> {
  return inspectionOf(readRunFiles(directory))
}

/** The same as a self-contained HTML page: plots and tables, no network. Throws as `inspectRun` does. */
export async function inspectRunPage(directory: string): Promise<string> {
  const run = readRunFiles(directory)
  return inspectionPage(run, inspectionOf(run))
}

/** What has been read, summed up. Pure. */
export function inspectionOf(run: RunFiles): RunInspection {
  const { plan, report, slices } = run
  return {
    directory: run.directory,
    job: plan.job.name,
    planHash: plan.hash,
    state: stateOf(run),
    runningPid: run.runningPid,
    rows: slices.reduce((sum, slice) => sum + slice.rows, 0),
    partitions: run.sealedMs.length,
    digest: runDigest(run.sealed),
    seconds: report?.seconds ?? null,
    slices,
    watermarksMs: run.sealedMs.map(
      (sealedMs, partition) =>
        report?.watermarks.find(mark => mark.partition === partition)?.watermarkMs ?? sealedMs,
    ),
    seams: run.seams,
    features: featureCounts(run.sealed),
    late: { rows: run.late.rows, reasons: run.late.reasons },
    quarantined: { rows: run.quarantine.rows, reasons: run.quarantine.reasons },
    lateness: (report?.lateness ?? []).map((rows, bucket) => ({
      untilMs: LATENESS_BOUNDS_MS[bucket] ?? null,
      rows,
    })),
    slicesPlanned: plan.slices.length,
    problems: run.problems,
  }
}

/** A run that was interrupted may be going on again; one that is complete is only letting go of its lock. */
function stateOf({ report, runningPid }: RunFiles): RunInspection['state'] {
  if (report?.state === 'complete') return 'complete'
  return runningPid === null ? (report?.state ?? 'unfinished') : 'running'
}
