/**
 * What a run directory says when a run starts: nothing yet, a run to go on with, or a run that is done.
 */

import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { HindcastError } from '../errors.ts'
import { writeDurably } from '../files/index.ts'
import { decodeOffsetNext } from '../lanes/index.ts'
import type { Plan } from '../plan/index.ts'
import { parsePlan } from '../plan/index.ts'
import { hasCheckpoint, readCheckpoint } from './checkpoint.ts'
import type { Manifest, ManifestSlice } from './manifest.ts'
import { ManifestWriter, readManifest } from './manifest.ts'

export interface ResumePoint {
  /** Behind the last sealed slice; null where nothing is sealed. */
  readonly sliceStartMs: number | null
  /** By partition; null at the start. */
  readonly snapshots: readonly (Uint8Array | null)[]
  readonly slices: readonly ManifestSlice[]
  readonly manifest: ManifestWriter
}

/** Checks the directory against the plan and opens its manifest. The caller holds the lock. */
export function openRunState(
  plan: Plan,
  directory: string,
  after: string | null,
  partitions: number,
): ResumePoint {
  const existing = readManifest(directory)
  if (existing !== null) {
    checkSamePlan(existing, plan, directory)
    if (isComplete(directory)) {
      throw new HindcastError('nothing-to-do', 'the run in this directory is complete', {
        where: { uri: directory },
        advice: 'Choose another directory with --run to run the plan again.',
      })
    }
  } else if (existsSync(join(directory, 'plan.json'))) {
    checkPlanFile(plan, directory)
  }
  if (existing === null) writeDurably(join(directory, 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`)
  const header = { version: 1, plan: plan.hash, after: after === null ? null : resolve(after) } as const
  const slices =
    existing === null ? [] : existing.slices.slice(0, 1 + lastWithCheckpoint(directory, existing.slices))
  const manifest = ManifestWriter.open(directory, header, slices)
  const last = slices.at(-1)
  if (last !== undefined) return { ...resumeBehind(directory, last), slices, manifest }
  if (after !== null) return { ...resumeAfter(after, plan), slices: [], manifest }
  return { sliceStartMs: null, snapshots: new Array<null>(partitions).fill(null), slices: [], manifest }
}

/** Next counted offset of each partition at the resume point. */
export function resumeOffsets(point: ResumePoint): { snapshot: Uint8Array; offsetNext: number }[] {
  return point.snapshots.map(snapshot => ({
    snapshot: snapshot ?? new Uint8Array(0),
    offsetNext: snapshot === null ? 0 : decodeOffsetNext(snapshot),
  }))
}

function resumeBehind(
  directory: string,
  last: ManifestSlice,
): { sliceStartMs: number; snapshots: readonly (Uint8Array | null)[] } {
  const { snapshots } = readCheckpoint(directory, last.slice)
  return {
    sliceStartMs: last.endMs,
    snapshots: snapshots.map(snapshot => (snapshot.length === 0 ? null : snapshot)),
  }
}

/** Index of the newest slice that has a checkpoint; an error where slices are sealed and none has. */
function lastWithCheckpoint(directory: string, slices: readonly ManifestSlice[]): number {
  const index = slices.findLastIndex(slice => hasCheckpoint(directory, slice.slice))
  if (index >= 0 || slices.length === 0) return index
  throw new HindcastError('output-corrupt', 'slices are sealed, but no checkpoint is left', {
    where: { uri: join(directory, 'checkpoint') },
    advice: 'The run cannot go on from here: run the plan again into a new directory.',
  })
}

/** C10: start where another run stopped, with its buffer and state. */
function resumeAfter(
  after: string,
  plan: Plan,
): { sliceStartMs: number; snapshots: readonly (Uint8Array | null)[] } {
  const manifest = readManifest(after)
  const last = manifest?.slices[lastWithCheckpoint(after, manifest.slices)]
  if (last === undefined) {
    throw new HindcastError('run-mismatch', 'the run to go on from has no sealed slice', {
      where: { uri: after },
      advice: 'Let it run first, or run without --after.',
    })
  }
  const point = resumeBehind(after, last)
  const samples = plan.job.streams.find(stream => stream.name === plan.job.samples)!
  if (point.snapshots.length === samples.partitions && last.endMs - last.slice === plan.job.output.sliceMs)
    return point
  throw new HindcastError(
    'run-mismatch',
    'the run to go on from has other partitions or slices than this plan',
    {
      where: { uri: after },
      advice: 'Keep `partitions` and `output.slice` the same in a chain of runs.',
    },
  )
}

function checkSamePlan(manifest: Manifest, plan: Plan, directory: string): void {
  if (manifest.header.plan === plan.hash) return
  throw new HindcastError('run-mismatch', 'this directory holds a run of another plan', {
    where: { uri: directory },
    advice:
      'Choose another directory with --run, or go on with its own plan: hindcast run --plan DIR/plan.json --run DIR.',
  })
}

function checkPlanFile(plan: Plan, directory: string): void {
  const path = join(directory, 'plan.json')
  if (parsePlan(readFileSync(path, 'utf8'), path).hash === plan.hash) return
  throw new HindcastError('run-mismatch', 'this directory holds another plan', {
    where: { uri: directory },
    advice: 'Choose another directory with --run.',
  })
}

export function isComplete(directory: string): boolean {
  const path = join(directory, 'report.json')
  if (!existsSync(path)) return false
  return (JSON.parse(readFileSync(path, 'utf8')) as { state?: unknown }).state === 'complete'
}
