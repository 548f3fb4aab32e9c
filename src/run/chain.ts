/**
 * Chains (C10): where a run begins that goes on from another. It takes over positions, buffers and state as they were
 * behind the last sealed slice of that run, and the journal begins anew; where live ends is noted anew too.
 *
 * Invariant: a run is gone on from only if nothing more can come to it, if it has let nothing go that is to come, and
 * if both plans mean the same by what is in the state. Everything else is `run-mismatch`.
 */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { HindcastError } from '../errors.ts'
import type { Job, StreamJob } from '../job/index.ts'
import { endsOpen, withoutDecisions } from '../lanes/index.ts'
import type { Plan, StreamPlan } from '../plan/index.ts'
import { parsePlan } from '../plan/index.ts'
import type { StartNotes } from './checkpoint.ts'
import { readStartNotes } from './checkpoint.ts'
import type { Manifest } from './manifest.ts'
import { readManifest } from './manifest.ts'
import { isComplete, lastWithCheckpoint, resumeBehind } from './resume.ts'
import { lockRun } from './run-lock.ts'

export interface ChainPoint {
  /** Behind the last sealed slice of the chain; null where nothing is sealed. */
  readonly sliceStartMs: number | null
  /** By partition; null where a partition has not begun. */
  readonly snapshots: readonly (Uint8Array | null)[]
  /** The run whose checkpoint it is: files that it names lie there. */
  readonly directory: string
  /** Where live began (its ends are the other run's); null where that run did not get so far. */
  readonly notes: StartNotes | null
}

/** The point to go on from behind the run in `after`; `run-mismatch` where there is none, `run-locked` while it runs. */
export function chainPoint(after: string, plan: Plan): ChainPoint {
  const { manifest, plan: before } = readBefore(after)
  checkEnded(after, before.job)
  checkFollows(before, plan, after)
  const notes = readStartNotes(after)
  const last = manifest.slices[lastWithCheckpoint(after, manifest.slices)]
  if (last === undefined) {
    const point =
      manifest.header.after === null ? beginningOf(plan, after) : chainPoint(manifest.header.after, plan)
    return { ...point, notes: notes ?? point.notes }
  }
  if (last.endMs - last.slice !== plan.job.output.sliceMs) {
    const advice = 'Let a run that others go on from stop at the end of a slice.'
    throw mismatch(
      after,
      'the run to go on from ended in the middle of a slice, and a sealed slice never changes',
      advice,
    )
  }
  const { sliceStartMs, snapshots } = resumeBehind(after, last, before.hash)
  return {
    sliceStartMs,
    snapshots: snapshots.map(bytes => bytes && withoutDecisions(bytes)),
    directory: after,
    notes,
  }
}

function readBefore(after: string): { manifest: Manifest; plan: Plan } {
  const manifest = readManifest(after)
  const planPath = join(after, 'plan.json')
  if (manifest === null || !existsSync(planPath)) {
    throw mismatch(after, 'there is no run to go on from in this directory', 'Name the directory of a run.')
  }
  return { manifest, plan: parsePlan(readFileSync(planPath, 'utf8'), planPath) }
}

function beginningOf(plan: Plan, directory: string): ChainPoint {
  const { partitions } = samplesOf(plan.job)
  return { sliceStartMs: null, snapshots: new Array<null>(partitions).fill(null), directory, notes: null }
}

/** A run that follows live for ever is at its end whenever nobody runs it; every other one has its report then. */
function checkEnded(after: string, before: Job): void {
  if (!endsOpen(before)) {
    throw mismatch(
      after,
      'the run to go on from has flushed its live side: what comes now could only be late',
      'Run it with `stop: { caught-up: true, hold: true }` where others are to go on from it.',
    )
  }
  const isEndless = before.streams.every(({ live }) => live === undefined || live.stop.kind === 'never')
  if (isEndless) lockRun(after).release()
  else if (!isComplete(after)) {
    const advice = `Let it finish first: hindcast run --plan ${join(after, 'plan.json')} --run ${after}`
    throw mismatch(after, 'the run to go on from is not finished', advice)
  }
}

/** What the state and the output of a run hang on must be the same in all runs of a chain. */
function checkFollows(before: Plan, plan: Plan, after: string): void {
  const was = continuity(before)
  const is = continuity(plan)
  for (const path of new Set([...Object.keys(was), ...Object.keys(is)])) {
    if (JSON.stringify(was[path]) === JSON.stringify(is[path])) continue
    throw mismatch(
      after,
      `the run to go on from has another job or schema: ${path} differs`,
      'In a chain only `stop`, `idleAfter`, files, limits and the output directory may change.',
    )
  }
}

/** By path of the job file, so that a difference can be named. */
function continuity(plan: Plan): Record<string, unknown> {
  const { job } = plan
  const streams = plan.streams.map(stream => [
    `streams.${stream.name}`,
    streamContinuity(job.streams[stream.ordinal]!, stream),
  ])
  const features = job.features.map(({ name, from: _, ...feature }) => [`features.${name}`, feature])
  return {
    samples: job.samples,
    'output.slice': job.output.sliceMs,
    ...Object.fromEntries([...streams, ...features]),
    'the precision of time': plan.timeline,
    'the columns of the output': plan.output,
  }
}

function streamContinuity({ history, live, ...job }: StreamJob, stream: StreamPlan): unknown {
  const { reads, ownOffsets } = stream
  const sides = { history: history !== undefined, live: stream.live?.sourceId ?? live }
  return { ...job, reads, ownOffsets, ...sides }
}

function samplesOf(job: Job): StreamJob {
  return job.streams.find(stream => stream.name === job.samples)!
}

function mismatch(uri: string, message: string, advice: string): HindcastError {
  return new HindcastError('run-mismatch', message, { where: { uri }, advice })
}
