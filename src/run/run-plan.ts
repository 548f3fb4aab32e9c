/**
 * One execution of a plan: state of the directory → lanes → history → sealed slices → certificate and report.
 *
 * A run that is killed or interrupted at any moment goes on from the last line of its manifest and ends with the same
 * digests (C6, C7).
 */

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Certificate } from '../core/seam/index.ts'
import { makeCertificate } from '../core/seam/index.ts'
import { wrapError } from '../errors.ts'
import { checkUnavailable } from '../features/index.ts'
import { writeDurably } from '../files/index.ts'
import type { StreamJob } from '../job/index.ts'
import type { LaneHandle } from '../lanes/index.ts'
import { emptyPartialReport, endsOpen, faultPoint, laneRanges, seamUnproven } from '../lanes/index.ts'
import type { Plan } from '../plan/index.ts'
import { keepNamedBy, removeUnnamed, takeHeldOver } from './held-cleanup.ts'
import { openHistories } from './histories.ts'
import { pumpHistory } from './history-pump.ts'
import type { HubOptions } from './hub.ts'
import { Hub } from './hub.ts'
import { KafkaSender, type SenderOptions } from './kafka-sender.ts'
import { LiveQuarantine } from './live-quarantine.ts'
import { LiveSpools } from './live-spool.ts'
import { removeSpools } from './live-spool-place.ts'
import { loadFeatures } from './load-features.ts'
import type { ManifestSlice } from './manifest.ts'
import { readManifest } from './manifest.ts'
import { memoryBudget } from './memory-budget.ts'
import { RunMetrics } from './metrics/index.ts'
import type { RunOutcome } from './outcome.ts'
import { outcomeOf } from './outcome-of.ts'
import { ProgressMeter } from './progress-meter.ts'
import { Publisher, publishComplete } from './publish.ts'
import { historyQuarantine } from './quarantine.ts'
import { isComplete } from './resume.ts'
import { lockRun } from './run-lock.ts'
import type { RunOptions } from './run-options.ts'
import type { ResumePoint } from './run-state.ts'
import { openRunState, resumeOffsets } from './run-state.ts'
import { SliceCommitter } from './slice-committer.ts'
import type { SliceTarget } from './slice-target.ts'
import { SpanBoard } from './span-board.ts'
import { planSpans } from './span-plan.ts'
import { spillDirectory } from './spill-directory.ts'
import type { LaneSetups } from './start-lanes.ts'
import { setUpLanes, setUpSpans, startLanes } from './start-lanes.ts'
import { noteStart } from './start-notes.ts'
import { removeUnsealed } from './unsealed.ts'
import { writeReport } from './write-report.ts'

export async function runPlan(plan: Plan, options: RunOptions): Promise<RunOutcome> {
  const metrics = options.metrics === undefined ? null : await RunMetrics.open(options.metrics)
  try {
    const lock = lockRun(options.directory)
    try {
      return await runLocked(plan, options, metrics)
    } finally {
      lock.release()
    }
  } finally {
    await metrics?.close()
  }
}

async function runLocked(plan: Plan, options: RunOptions, metrics: RunMetrics | null): Promise<RunOutcome> {
  const startedAtMs = Date.now()
  await publishLeft(plan, options.directory)
  if (isComplete(options.directory)) removeSpools(options.directory) // of a run that was killed as it ended
  const point = openRunState(plan, options.directory, options.after ?? null)
  faultPoint('run-started')
  const slices: ManifestSlice[] = [...point.slices]
  let publisher: SliceTarget | null = null
  const spools = new LiveSpools(plan, options.directory)
  const liveQuarantine = new LiveQuarantine(plan, point.snapshots)
  const hub = new Hub({
    directory: options.directory,
    plan,
    committer: new SliceCommitter({
      sliceMs: plan.job.output.sliceMs,
      nextMs: firstSlice(plan, point),
      partitions: resumeOffsets(point),
    }),
    manifest: point.manifest,
    onBadRows: badRowsOf(plan, options.directory),
    onBadRecords: records => liveQuarantine.sawBad(records),
    onPositions: positions => liveQuarantine.sawPositions(positions),
    onSlices: committed => {
      slices.push(...committed)
      metrics?.committed(committed)
      publisher?.committed(committed)
      spools.committed(hub.snapshots)
    },
  })
  metrics?.follow(plan, hub, spools)
  const meter = new ProgressMeter(plan, hub, options.onProgress, point.slices)
  try {
    publisher = await openTarget({
      plan,
      directory: options.directory,
      header: point.header,
      slices,
      onFailure: error => hub.fail(wrapError(error, 'bug', 'publishing the run failed')),
      onRoom: hasRoom => hub.pace(hasRoom),
    })
    const how = await execute(plan, { point, hub, spools }, options)
    removeUnsealed(options.directory, slices)
    keepNamedBy(options.directory, slices.at(-1) ?? null)
    await publisher?.settled()
    const seconds = (Date.now() - startedAtMs) / 1000
    if (how === 'stopped')
      return outcomeOf({
        plan,
        state: 'interrupted',
        slices,
        seams: hub.seams,
        directory: options.directory,
        seconds,
      })
    const outcome = await conclude({
      plan,
      hub,
      slices,
      options,
      startedAtMs,
      seconds,
      progress: meter.points,
      publisher,
    })
    removeSpools(options.directory)
    if (!endsOpen(plan.job)) removeUnnamed(options.directory, []) // nobody can go on from here
    return outcome
  } catch (error) {
    tryCertificate(plan, hub, options.directory)
    throw error
  } finally {
    meter.stop()
    await publisher?.close()
    point.manifest.close()
  }
}

/** Where slices go from here; null: nowhere. */
function openTarget(options: SenderOptions): Promise<SliceTarget | null> {
  return options.plan.job.output.kafka === undefined ? Publisher.open(options) : KafkaSender.open(options)
}

/** A run that is complete here may have been stopped before all of it was copied. */
async function publishLeft(plan: Plan, directory: string): Promise<void> {
  if (plan.job.output.publish === undefined || !isComplete(directory)) return
  const manifest = readManifest(directory)
  if (manifest === null || manifest.header.plan !== plan.hash) return
  const onFailure = (): void => {} // told to whoever waits for the copy
  await publishComplete({ plan, directory, ...manifest, onFailure })
}

interface Execution {
  readonly point: ResumePoint
  readonly hub: Hub
  readonly spools: LiveSpools
}

/** Lanes and pump until all is sealed or the run was asked to stop; everything opened is closed again. */
async function execute(
  plan: Plan,
  { point, hub, spools }: Execution,
  options: RunOptions,
): Promise<'finished' | 'stopped'> {
  const lanesWanted = options.lanes ?? plan.job.limits.lanes
  const budget = memoryBudget(plan.job.limits.memoryBytes, lanesWanted)
  const signal = options.signal ?? new AbortController().signal
  const pumpAbort = new AbortController()
  const onAbort = (): void => {
    pumpAbort.abort()
    hub.stop()
  }
  const owners = laneRanges(samplesOf(plan).partitions, lanesWanted)
  const lanes = startLanes(hub, owners, options.inline === true)
  const closing: (() => void | Promise<void>)[] = [
    () => rmSync(spillDirectory(options.directory), { recursive: true, force: true }),
    async () => void (await Promise.all(lanes.map(lane => lane.terminate()))),
  ]
  let loading: Promise<void> = Promise.resolve()
  try {
    rmSync(spillDirectory(options.directory), { recursive: true, force: true }) // of a run that was killed
    if (point.chain !== null) takeHeldOver(point.chain.directory, options.directory, point.snapshots)
    removeUnnamed(options.directory, point.snapshots)
    spools.prepare()
    const notes = await noteStart(plan, options.directory, point.chain?.notes ?? null)
    closing.push(() => spools.close())
    await spools.start({ notes, point, hub, segmentBytes: options.spoolSegmentBytes })
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    // lanes read the beginning of history meanwhile
    loading = loadFeatures(plan, options.directory, budget, pumpAbort.signal).then(features => {
      closing.push(() => features.close())
      hub.addReport({ ...emptyPartialReport(), stores: features.stores })
      for (const lane of lanes) lane.post({ type: 'tables', tables: features.tables })
    })
    loading.catch(error => hub.fail(wrapError(error, 'bug', 'loading features failed')))
    const setups = { plan, budget, notes, owners, options }
    const from = await readSpans(plan, point, hub, lanes, setups)
    if (from === null) return 'stopped'
    await loading
    const histories = await openHistories(plan, from, { ...options, owners }, budget)
    closing.push(() => histories.close())
    setUpLanes(lanes, { ...setups, point: from, sliceStartMs: from.sliceStartMs })
    const pumped = pumpHistory(histories.streams, spools.behind(hub), pumpAbort.signal)
    pumped.catch(error => hub.fail(wrapError(error, 'bug', 'reading history failed')))
    const how = await hub.done
    hub.addReport({ ...emptyPartialReport(), historyBytes: histories.bytesRead })
    return how
  } finally {
    signal.removeEventListener('abort', onAbort)
    pumpAbort.abort()
    await loading.catch(() => {}) // told by the hub
    for (const close of closing.reverse()) await close()
  }
}

/**
 * Has the lanes read spans of history side by side as far as that goes; returns where they then go on as owners of
 * partitions, or null where the run was asked to stop.
 */
async function readSpans(
  plan: Plan,
  point: ResumePoint,
  hub: Hub,
  lanes: readonly LaneHandle[],
  setups: Omit<LaneSetups, 'point' | 'sliceStartMs'>,
): Promise<Pick<ResumePoint, 'sliceStartMs' | 'snapshots'> | null> {
  const planned = planSpans(plan, point, lanes.length, {
    historyBytes: setups.budget.lane.history,
    spanRows: setups.options.spanRows,
  })
  const sliceStartMs = firstSlice(plan, point)
  if (planned === null) return { sliceStartMs, snapshots: point.snapshots }
  setUpSpans(lanes, { ...setups, point, sliceStartMs })
  const board = new SpanBoard(planned.spans, planned.offsets, plan.job.output.sliceMs, 2 * lanes.length)
  const how = await Promise.race([hub.readSpans(board), hub.done])
  return how === 'stopped' ? null : { sliceStartMs: planned.untilMs, snapshots: hub.snapshots }
}

/** Quarantines what lanes find in their spans. */
function badRowsOf(plan: Plan, directory: string): HubOptions['onBadRows'] {
  const stream = plan.streams.find(({ name }) => name === plan.job.samples)!
  const job = plan.job.streams[stream.ordinal]!
  const quarantine = historyQuarantine(directory, job, stream, plan.job.limits.quarantineShare)
  return ({ file, unit, bad }) => quarantine.add(stream.files[file]!, unit, bad)
}

function samplesOf(plan: Plan): StreamJob {
  return plan.job.streams.find(stream => stream.name === plan.job.samples)!
}

/** First slice to write: behind the last sealed one, or the plan's first; null: told by the first live event. */
function firstSlice(plan: Plan, point: ResumePoint): number | null {
  return point.sliceStartMs ?? plan.slices[0]?.startMs ?? null
}

interface Conclusion {
  readonly plan: Plan
  readonly hub: Hub
  readonly slices: readonly ManifestSlice[]
  readonly options: RunOptions
  readonly startedAtMs: number
  readonly seconds: number
  readonly progress: ProgressMeter['points']
  readonly publisher: SliceTarget | null
}

async function conclude(conclusion: Conclusion): Promise<RunOutcome> {
  const { plan, hub, slices, options, seconds } = conclusion
  const { directory } = options
  const certificate = writeCertificate(plan, hub, directory)
  if (certificate?.proven === false && !isAccepted(conclusion)) throw seamUnproven(certificate.reason!)
  const outcome = outcomeOf({ plan, state: 'complete', slices, seams: hub.seams, directory, seconds })
  for (const feature of plan.features) checkUnavailable(feature, { ...outcome.features[feature.name] })
  await conclusion.publisher?.finish()
  await writeReport({ ...conclusion, certificate, outcome })
  faultPoint('report-written')
  await conclusion.publisher?.report()
  return outcome
}

/** Whether a seam that is not proven may be so: by the user's leave, or as the run that goes on from here decides it. */
function isAccepted({ plan, hub, options }: Conclusion): boolean {
  if (options.allowUnprovenSeam === true) return true
  return endsOpen(plan.job) && hub.seams.every(seam => seam.proven || seam.pending)
}

/** What is proven of the seams, also when the run fails for it; null where no stream has a seam. */
function writeCertificate(plan: Plan, hub: Hub, directory: string): Certificate | null {
  if (hub.seams.length === 0) return null
  const certificate = makeCertificate(hub.seams, plan.timeline)
  writeDurably(join(directory, 'certificate.json'), `${JSON.stringify(certificate, null, 2)}\n`)
  return certificate
}

/** The failure that led here is the one to tell. */
function tryCertificate(plan: Plan, hub: Hub, directory: string): void {
  try {
    writeCertificate(plan, hub, directory)
  } catch {
    // see above
  }
}
