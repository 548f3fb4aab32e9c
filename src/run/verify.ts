/**
 * `verify` (C7): recomputes the digests of a run from its sample files, or from its topic; compares two runs and names the first slice,
 * then the first row that differs.
 *
 * A run that goes on from another (C10) is verified together with it: the chain is one history of slices.
 */

import { join } from 'node:path'
import type { Batch, Field } from '../core/batch/index.ts'
import { rowObject, sliceBatch } from '../core/batch/index.ts'
import { isoOfMs } from '../core/time.ts'
import { HindcastError } from '../errors.ts'
import { FileSystems, isRemoteUri } from '../files/index.ts'
import type { RemoteAccess } from '../job/index.ts'
import type { PartitionSlice } from '../lanes/index.ts'
import { LIMITS } from '../limits.ts'
import type { Plan } from '../plan/index.ts'
import { parsePlan } from '../plan/index.ts'
import { readSamples } from '../sinks/index.ts'
import { digestFiles } from './digest-pool.ts'
import type { DigestResult } from './digest-task.ts'
import type { ManifestSlice } from './manifest.ts'
import { parseManifest, runDigest } from './manifest.ts'
import type { VerifyDifference, VerifyOutcome } from './outcome.ts'
import { SentTopic } from './sent-topic.ts'

interface ChainSlice extends ManifestSlice {
  /** Directory of the run that sealed it. */
  readonly directory: string
  /** Where its samples were sent; null: they are files. */
  readonly topic: SentTopic | null
}

interface Chain {
  readonly plan: Plan
  readonly slices: readonly ChainSlice[]
}

/**
 * Checks one run against its manifest, or two runs against each other. A directory may be the URI of a copy that was
 * published; `access` says how that is reached.
 */
export async function verifyRun(
  directory: string,
  other?: string,
  access: RemoteAccess = {},
): Promise<VerifyOutcome> {
  const files = new FileSystems(access)
  const chains: Chain[] = []
  try {
    const chain = await readChain(files, directory)
    chains.push(chain)
    const own = await recompute(chain, access)
    if (own.difference !== null || other === undefined) return own
    const second = await readChain(files, other)
    chains.push(second)
    const theirs = await recompute(second, access)
    if (theirs.difference !== null)
      return { ...theirs, difference: { ...theirs.difference, text: `${other}: ${theirs.difference.text}` } }
    return { ...own, ...(await compareChains(files, chain, second)) }
  } finally {
    for (const topic of new Set(chains.flatMap(({ slices }) => slices.map(slice => slice.topic))))
      await topic?.close()
    await files.close()
  }
}

async function readChain(files: FileSystems, directory: string): Promise<Chain> {
  const path = below(directory, 'manifest.json')
  const bytes = await files.readFile(path, LIMITS.runFileBytesMax)
  const manifest = bytes === null ? null : parseManifest(Buffer.from(bytes), path)
  if (manifest === null) {
    throw new HindcastError('run-mismatch', 'this is not a run directory: it has no manifest.json', {
      where: { uri: directory },
      advice: 'Name the directory that `hindcast run --run DIR` wrote to.',
    })
  }
  const planPath = below(directory, 'plan.json')
  const planBytes = await files.readFile(planPath, LIMITS.runFileBytesMax)
  const plan = parsePlan(Buffer.from(planBytes ?? []).toString('utf8'), planPath)
  const { after } = manifest.header
  const before = after === null ? [] : (await readChain(files, after)).slices
  const topic = SentTopic.of(plan, directory)
  return { plan, slices: [...before, ...manifest.slices.map(slice => ({ ...slice, directory, topic }))] }
}

async function recompute(chain: Chain, access: RemoteAccess): Promise<VerifyOutcome> {
  const fields = digestedFields(chain.plan)
  const parts = chain.slices.flatMap(slice => slice.partitions.map(part => ({ slice, part })))
  const written = parts.filter(({ part }) => part.path !== null)
  const ofFiles = await digestFiles(
    written
      .filter(each => !isSent(each))
      .map(({ slice, part }) => ({ path: below(slice.directory, part.path!), fields, access })),
  )
  const results: DigestResult[] = []
  let file = 0
  for (const each of written) {
    const { slice, part } = each
    if (isSent(each)) results.push(await slice.topic!.digest({ slice: slice.slice, part }, fields))
    else results.push(ofFiles[file++]!)
  }
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

/** Whether it is to be read from its topic. */
function isSent({ slice, part }: { readonly slice: ChainSlice; readonly part: PartitionSlice }): boolean {
  return slice.topic?.has({ slice: slice.slice, part }) === true
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

async function compareChains(
  files: FileSystems,
  a: Chain,
  b: Chain,
): Promise<Pick<VerifyOutcome, 'equal' | 'difference'>> {
  const starts = new Set([...a.slices, ...b.slices].map(slice => slice.slice))
  for (const start of [...starts].sort((x, y) => x - y)) {
    const left = a.slices.find(slice => slice.slice === start)
    const right = b.slices.find(slice => slice.slice === start)
    const partitions = Math.max(left?.partitions.length ?? 0, right?.partitions.length ?? 0)
    for (let p = 0; p < partitions; p++) {
      const x = left?.partitions[p]
      const y = right?.partitions[p]
      if ((x?.rows ?? 0) === (y?.rows ?? 0) && (x?.digest ?? '') === (y?.digest ?? '')) continue
      return {
        equal: false,
        difference: await firstDifference(files, a, b, { start, partition: p, left, right }),
      }
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

async function firstDifference(
  files: FileSystems,
  a: Chain,
  b: Chain,
  at: DifferingSlice,
): Promise<VerifyDifference> {
  const { start, partition, left, right } = at
  const place = { partition, slice: isoOfMs(start) }
  const x = left?.partitions[partition]
  const y = right?.partitions[partition]
  const namesA = digestedFields(a.plan).map(field => field.name)
  const namesB = digestedFields(b.plan).map(field => field.name)
  if (namesA.join() !== namesB.join())
    return { ...place, row: null, text: `columns differ: ${namesA.join(', ')} against ${namesB.join(', ')}` }
  if (!x?.path || !y?.path) return { ...place, row: 0, text: `${x?.rows ?? 0} rows against ${y?.rows ?? 0}` }
  const rowsA = rowsOf(files, { slice: left!, part: x }, a.plan)
  const rowsB = rowsOf(files, { slice: right!, part: y }, b.plan)
  for (let row = 0; ; row++) {
    const [one, two] = await Promise.all([rowsA.next(), rowsB.next()])
    if (one.done && two.done)
      return { ...place, row: null, text: 'the digests differ, but no row does: the column types differ' }
    if (one.value !== two.value)
      return { ...place, row, text: `${one.value ?? 'no row'} against ${two.value ?? 'no row'}` }
  }
}

async function* rowsOf(
  files: FileSystems,
  written: { readonly slice: ChainSlice; readonly part: PartitionSlice },
  plan: Plan,
): AsyncGenerator<string, undefined> {
  const { slice, part } = written
  const fields = digestedFields(plan)
  const batches = isSent(written)
    ? slice.topic!.batches({ slice: slice.slice, part }, fields)
    : readSamples(below(slice.directory, part.path!), fields, each => files.openNow(each))
  for await (const batch of batches) {
    for (let row = 0; row < batch.rows; row++) yield rowText(batch, row)
  }
  return undefined
}

function rowText(batch: Batch, row: number): string {
  return JSON.stringify(rowObject(sliceBatch(batch, row, row + 1), 0))
}

/** A file of a run's directory, which may be a URI. */
function below(directory: string, name: string): string {
  return isRemoteUri(directory) ? `${directory.replace(/\/+$/, '')}/${name}` : join(directory, name)
}
