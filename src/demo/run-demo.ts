/**
 * The demo: the main job of Hindcast, end to end, on real flights. It yields what it has done step by step and leaves the
 * telling to the command line.
 *
 *     data ─► log + writer ─► plan ─► run ─► verify ─► independent check ─► page
 *                   └──── goes on appending ────┘
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

import { HindcastError } from '../errors.ts'
import { loadJob } from '../job/index.ts'
import { createLog } from '../live/index.ts'
import type { Plan } from '../plan/index.ts'
import type { RunOutcome, RunProgress, VerifyOutcome } from '../run/index.ts'
import { inspectRunPage, planJob, runPlan, verifyRun } from '../run/index.ts'
import type { DemoCheck } from './check.ts'
import { checkDemo } from './check.ts'
import type { DemoPaths } from './flights.ts'
import { CALENDAR, DAY_MS, demoPaths, FLIGHTS, flightsFile } from './flights.ts'
import { DEMO_MARK, demoJobText } from './job-file.ts'
import { LiveFeed } from './live-feed.ts'
import type { DemoData } from './make-data.ts'
import { makeDemoData } from './make-data.ts'

export interface DemoOptions {
  readonly directory: string
  /** About how many flights take part. */
  readonly rows: number
  /** Without the live side: no log, no seam. */
  readonly historyOnly: boolean
  readonly signal: AbortSignal
  readonly onProgress: (progress: RunProgress) => void
}

/** What has just been done. The run may have been interrupted: then `ran` is the last step. */
export type DemoStep =
  | {
      readonly kind: 'data'
      readonly paths: DemoPaths
      readonly data: DemoData
      readonly made: boolean
      readonly seconds: number
    }
  | { readonly kind: 'planned'; readonly plan: Plan; readonly recordsInLog: number }
  | { readonly kind: 'ran'; readonly outcome: RunOutcome; readonly recordsInLog: number }
  | { readonly kind: 'verified'; readonly outcome: VerifyOutcome; readonly seconds: number }
  | { readonly kind: 'checked'; readonly check: DemoCheck; readonly seconds: number }
  | { readonly kind: 'page'; readonly paths: DemoPaths }

/** The writer's pace while the run goes on: slow enough that the run catches up with it and follows. */
const RECORDS_PER_SECOND = 60_000

/** Throws `demo-data-missing`, `argument-invalid` for a directory of something else, and whatever a run throws. */
export async function* runDemo(options: DemoOptions): AsyncGenerator<DemoStep, void> {
  const paths = demoPaths(options.directory)
  const source = flightsFile()
  checkOurs(paths)
  const { data, made, seconds } = await timed(() => makeDemoData({ source, paths, rows: options.rows }))
  yield { kind: 'data', paths, data, made, seconds }
  rmSync(paths.run, { recursive: true, force: true })
  rmSync(paths.log, { recursive: true, force: true })
  writeFileSync(paths.job, demoJobText(paths, options))
  const interrupted = yield* options.historyOnly
    ? replay(paths, options, null)
    : replayWithLive(paths, options)
  if (interrupted) return
  options.signal.throwIfAborted()
  const verified = await timed(() => verifyRun(paths.run))
  yield { kind: 'verified', outcome: verified, seconds: verified.seconds }
  options.signal.throwIfAborted()
  const untilMs = options.historyOnly ? CALENDAR.seamMs : CALENDAR.stopMs
  const check = await timed(() => checkDemo({ source, oneOf: data.oneOf, run: paths.run, untilMs }))
  yield { kind: 'checked', check, seconds: check.seconds }
  writeFileSync(paths.page, await inspectRunPage(paths.run))
  yield { kind: 'page', paths }
}

/** A directory that holds something else is not ours to write to: the demo removes what is in its way. */
function checkOurs(paths: DemoPaths): void {
  mkdirSync(paths.root, { recursive: true })
  const isMarked = existsSync(paths.job) && readFileSync(paths.job, 'utf8').startsWith(DEMO_MARK)
  const strange = readdirSync(paths.root).filter(name => !name.startsWith('.'))
  if (isMarked || strange.length === 0) {
    writeFileSync(paths.job, `${DEMO_MARK}\n`)
    return
  }
  throw new HindcastError('argument-invalid', 'the directory of the demo holds something else', {
    where: { uri: paths.root },
    advice: 'Name a new directory: hindcast demo --directory DIR.',
  })
}

async function* replayWithLive(paths: DemoPaths, options: DemoOptions): AsyncGenerator<DemoStep, boolean> {
  createLog(paths.log, { partitions: FLIGHTS.partitions, key: ['origin'] })
  const feed = new LiveFeed(paths)
  try {
    // The log is some hours old when the run is planned, as a topic would be.
    await feed.appendUntil(CALENDAR.seamMs + DAY_MS)
    return yield* replay(paths, options, feed)
  } finally {
    await feed.close()
  }
}

/** Plans and runs; true when the run was interrupted. With a feed, the log grows while the run goes on. */
async function* replay(
  paths: DemoPaths,
  options: DemoOptions,
  feed: LiveFeed | null,
): AsyncGenerator<DemoStep, boolean> {
  const plan = await planJob(await loadJob(paths.job), { signal: options.signal })
  yield { kind: 'planned', plan, recordsInLog: feed?.records ?? 0 }
  const signal = feed === null ? options.signal : AbortSignal.any([options.signal, feed.failed])
  const halfMs = (CALENDAR.seamMs + CALENDAR.untilMs) / 2
  let allowedMs = halfMs
  const goOn = (untilMs: number): void => {
    allowedMs = untilMs
    // A failure aborts the run through `feed.failed`.
    feed?.appendUntil(untilMs, RECORDS_PER_SECOND).catch(() => {})
  }
  goOn(halfMs)
  const onProgress = (progress: RunProgress): void => {
    // The second half is only written when the run has reached live: it must follow the log, not read a finished one.
    if (progress.phase === 'live' && allowedMs === halfMs) goOn(LiveFeed.END_MS)
    options.onProgress(progress)
  }
  const outcome = await runPlan(plan, { directory: paths.run, signal, onProgress })
  if (feed?.failed.aborted) throw feed.failed.reason
  yield { kind: 'ran', outcome, recordsInLog: feed?.records ?? 0 }
  return outcome.state === 'interrupted'
}

async function timed<T extends object>(work: () => Promise<T>): Promise<T & { readonly seconds: number }> {
  const startedMs = performance.now()
  const result = await work()
  return { ...result, seconds: (performance.now() - startedMs) / 1000 }
}
