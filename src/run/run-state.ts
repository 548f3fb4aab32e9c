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
import type { ChainPoint } from './chain.ts'
import { chainPoint } from './chain.ts'
import type { Manifest, ManifestHeader, ManifestSlice } from './manifest.ts'
import { MANIFEST_VERSION, ManifestWriter, readManifest } from './manifest.ts'
import { isComplete, lastWithCheckpoint, resumeBehind } from './resume.ts'
import { removeUnsealed } from './unsealed.ts'

export interface ResumePoint {
  /** Behind the last sealed slice; null where nothing is sealed. */
  readonly sliceStartMs: number | null
  /** By partition; null at the start. */
  readonly snapshots: readonly (Uint8Array | null)[]
  readonly slices: readonly ManifestSlice[]
  readonly manifest: ManifestWriter
  readonly header: ManifestHeader
  /** The run that this one goes on from, while it has sealed nothing itself; null else. */
  readonly chain: ChainPoint | null
}

/**
 * Checks the directory against the plan, removes what no sealed slice has, and opens the manifest. The caller holds
 * the lock. Writes nothing where it refuses.
 */
export function openRunState(plan: Plan, directory: string, after: string | null): ResumePoint {
  const existing = readManifest(directory)
  checkSamePlan(existing, plan, directory)
  if (existing !== null && isComplete(directory)) {
    throw new HindcastError('nothing-to-do', 'the run in this directory is complete', {
      where: { uri: directory },
      advice: 'Choose another directory with --run to run the plan again.',
    })
  }
  const header = headerOf(plan, directory, after, existing)
  const slices =
    existing === null ? [] : existing.slices.slice(0, 1 + lastWithCheckpoint(directory, existing.slices))
  const last = slices.at(-1)
  const chain = last === undefined && header.after !== null ? chainPoint(header.after, plan) : null
  const point = last === undefined ? (chain ?? beginningOf(plan)) : resumeBehind(directory, last, plan.hash)
  if (existing === null) writeDurably(join(directory, 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`)
  removeUnsealed(directory, slices)
  const { sliceStartMs, snapshots } = point
  const manifest = ManifestWriter.open(directory, header, slices)
  return { sliceStartMs, snapshots, slices, manifest, header, chain }
}

/** Next counted offset of each partition at the resume point. */
export function resumeOffsets(point: ResumePoint): { snapshot: Uint8Array; offsetNext: number }[] {
  return point.snapshots.map(snapshot => ({
    snapshot: snapshot ?? new Uint8Array(0),
    offsetNext: snapshot === null ? 0 : decodeOffsetNext(snapshot),
  }))
}

function beginningOf(plan: Plan): { sliceStartMs: null; snapshots: null[] } {
  const samples = plan.job.streams.find(stream => stream.name === plan.job.samples)!
  return { sliceStartMs: null, snapshots: new Array<null>(samples.partitions).fill(null) }
}

/** A run that is gone on with keeps the run before it, whether the command names that again or not. */
function headerOf(
  plan: Plan,
  directory: string,
  after: string | null,
  existing: Manifest | null,
): ManifestHeader {
  const named = after === null ? null : resolve(after)
  if (named === resolve(directory)) {
    throw new HindcastError('argument-invalid', 'a run cannot go on from itself', {
      where: { uri: directory },
      advice: 'Leave --after out to go on with an unfinished run, or choose another directory with --run.',
    })
  }
  if (existing === null) return { version: MANIFEST_VERSION, plan: plan.hash, after: named }
  if (named === null || named === existing.header.after) return existing.header
  throw new HindcastError(
    'run-mismatch',
    `this directory holds a run that goes on from ${existing.header.after ?? 'no other run'}`,
    { where: { uri: directory }, advice: 'Choose another directory with --run.' },
  )
}

function checkSamePlan(existing: Manifest | null, plan: Plan, directory: string): void {
  const path = join(directory, 'plan.json')
  if (existing === null && !existsSync(path)) return
  const hash = existing?.header.plan ?? parsePlan(readFileSync(path, 'utf8'), path).hash
  if (hash === plan.hash) return
  throw new HindcastError('run-mismatch', 'this directory holds a run of another plan', {
    where: { uri: directory },
    advice:
      'Choose another directory with --run, or go on with its own plan: hindcast run --plan DIR/plan.json --run DIR.',
  })
}
