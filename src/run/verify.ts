/**
 * `verify` (C7): recomputes the digests of a run from its sample files; compares two runs and names the first slice,
 * then the first row that differs.
 *
 * A run that goes on from another (C10) is verified together with it: the chain is one history of slices.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Batch, Field } from '../core/batch/index.ts'
import { rowObject, sliceBatch } from '../core/batch/index.ts'
import { isoOfMs } from '../core/time.ts'
import { HindcastError } from '../errors.ts'
import type { PartitionSlice } from '../lanes/index.ts'
import type { Plan } from '../plan/index.ts'
import { parsePlan } from '../plan/index.ts'
import { readSamples } from '../sinks/index.ts'
import { digestFiles } from './digest-pool.ts'
import type { DigestResult } from './digest-task.ts'
import type { ManifestSlice } from './manifest.ts'
import { readManifest, runDigest } from './manifest.ts'
import type { VerifyDifference, VerifyOutcome } from './outcome.ts'

interface ChainSlice extends ManifestSlice {
  /** Directory of the run that sealed it. */
  readonly directory: string
}

interface Chain {
  readonly plan: Plan
  readonly slices: readonly ChainSlice[]
}

/** Checks one run against its manifest, or two runs against each other. */
export async function verifyRun(directory: string, other?: string): Promise<VerifyOutcome> {
  const chain = readChain(directory)
  const own = await recompute(chain)
  if (own.difference !== null || other === undefined) return own
  const second = readChain(other)
  const theirs = await recompute(second)
  if (theirs.difference !== null)
    return { ...theirs, difference: { ...theirs.difference, text: `${other}: ${theirs.difference.text}` } }
  return { ...own, ...(await compareChains(chain, second)) }
}

function readChain(directory: string): Chain {
  const manifest = readManifest(directory)
  if (manifest === null) {
    throw new HindcastError('run-mismatch', 'this is not a run directory: it has no manifest.json', {
      where: { uri: directory },
      advice: 'Name the directory that `hindcast run --run DIR` wrote to.',
    })
  }
  const planPath = join(directory, 'plan.json')
  const plan = parsePlan(readFileSync(planPath, 'utf8'), planPath)
  const before = manifest.header.after === null ? [] : readChain(manifest.header.after).slices
  return { plan, slices: [...before, ...manifest.slices.map(slice => ({ ...slice, directory }))] }
}

async function recompute(chain: Chain): Promise<VerifyOutcome> {
  const fields = digestedFields(chain.plan)
  const parts = chain.slices.flatMap(slice => slice.partitions.map(part => ({ slice, part })))
  const written = parts.filter(({ part }) => part.path !== null)
  const results = await digestFiles(
    written.map(({ slice, part }) => ({ path: join(slice.directory, part.path!), fields })),
  )
  const rows = parts.reduce((sum, { part }) => sum + part.rows, 0)
  let difference: VerifyDifference | null = null
  for (const [i, { slice, part }] of written.entries()) difference ??= checkPart(slice, part, results[i]!)
  return {
    equal: difference === null,
    rows,
    slices: chain.slices.length,
    digest: runDigest(chain.slices),
    difference,
  }
}

/** Null where the file is what the manifest promises. */
function checkPart(
  slice: ManifestSlice,
  part: PartitionSlice,
  result: DigestResult,
): VerifyDifference | null {
  if ('error' in result) return found(slice, part, result.error.message)
  if (result.rows !== part.rows)
    return found(slice, part, `${result.rows} rows, but the manifest promises ${part.rows}`)
  if (result.digest === part.digest) return null
  return found(slice, part, 'the rows do not have the digest that the manifest promises')
}

function found(slice: ManifestSlice, part: PartitionSlice, text: string): VerifyDifference {
  return { partition: part.partition, slice: isoOfMs(slice.slice), row: null, text: `${part.path}: ${text}` }
}

/** Output columns that the digest covers: a counted `_offset` is left out. */
export function digestedFields(plan: Plan): readonly Field[] {
  const own = plan.streams.find(stream => stream.name === plan.job.samples)!.ownOffsets
  return own ? plan.output : plan.output.filter(field => field.name !== '_offset')
}

async function compareChains(a: Chain, b: Chain): Promise<Pick<VerifyOutcome, 'equal' | 'difference'>> {
  const starts = new Set([...a.slices, ...b.slices].map(slice => slice.slice))
  for (const start of [...starts].sort((x, y) => x - y)) {
    const left = a.slices.find(slice => slice.slice === start)
    const right = b.slices.find(slice => slice.slice === start)
    const partitions = Math.max(left?.partitions.length ?? 0, right?.partitions.length ?? 0)
    for (let p = 0; p < partitions; p++) {
      const x = left?.partitions[p]
      const y = right?.partitions[p]
      if ((x?.rows ?? 0) === (y?.rows ?? 0) && (x?.digest ?? '') === (y?.digest ?? '')) continue
      return { equal: false, difference: await firstDifference(a, b, { start, partition: p, left, right }) }
    }
  }
  return { equal: true, difference: null }
}

interface DifferingSlice {
  readonly start: number
  readonly partition: number
  readonly left: ChainSlice | undefined
  readonly right: ChainSlice | undefined
}

async function firstDifference(a: Chain, b: Chain, at: DifferingSlice): Promise<VerifyDifference> {
  const { start, partition, left, right } = at
  const place = { partition, slice: isoOfMs(start) }
  const x = left?.partitions[partition]
  const y = right?.partitions[partition]
  const namesA = digestedFields(a.plan).map(field => field.name)
  const namesB = digestedFields(b.plan).map(field => field.name)
  if (namesA.join() !== namesB.join())
    return { ...place, row: null, text: `columns differ: ${namesA.join(', ')} against ${namesB.join(', ')}` }
  if (!x?.path || !y?.path) return { ...place, row: 0, text: `${x?.rows ?? 0} rows against ${y?.rows ?? 0}` }
  const rowsA = rowsOf(join(left!.directory, x.path), a.plan)
  const rowsB = rowsOf(join(right!.directory, y.path), b.plan)
  for (let row = 0; ; row++) {
    const [one, two] = await Promise.all([rowsA.next(), rowsB.next()])
    if (one.done && two.done)
      return { ...place, row: null, text: 'the digests differ, but no row does: the column types differ' }
    if (one.value !== two.value)
      return { ...place, row, text: `${one.value ?? 'no row'} against ${two.value ?? 'no row'}` }
  }
}

async function* rowsOf(path: string, plan: Plan): AsyncGenerator<string, undefined> {
  for await (const batch of readSamples(path, digestedFields(plan))) {
    for (let row = 0; row < batch.rows; row++) yield rowText(batch, row)
  }
  return undefined
}

function rowText(batch: Batch, row: number): string {
  return JSON.stringify(rowObject(sliceBatch(batch, row, row + 1), 0))
}
