/** A world whose samples go to a topic, and the same job with files: what the topic must hold. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rowObject } from '../../../src/core/batch/index.ts'
import { loadJob } from '../../../src/job/index.ts'
import { planJob } from '../../../src/run/index.ts'
import { readManifest } from '../../../src/run/manifest.ts'
import { readSamples } from '../../../src/sinks/index.ts'
import { lastJsonLine, runHindcast } from '../../harness/index.ts'
import { makeWorld, PARTITIONS, type World, type WorldOptions } from '../run/world.ts'
import type { FoundRecord } from './topic-contents.ts'

export interface SinkWorld {
  readonly world: World
  /** Samples of the run to files, in order, by partition. */
  readonly expected: readonly (readonly Record<string, unknown>[])[]
  readonly digest: string
}

/** The world, and its samples as a run to files makes them. */
export async function makeSinkWorld(
  directory: string,
  options: Partial<WorldOptions> = {},
): Promise<SinkWorld> {
  const world = await makeWorld(directory, {
    seed: 20240701,
    historyRows: 6000,
    liveRows: 3000,
    lateRows: 40,
    filesFollow: true,
    ...options,
    job: { limits: { lanes: 2 }, ...options.job },
  })
  const base = join(directory, 'base')
  const ended = await runHindcast(['run', world.jobFile, '--run', base, '--json'])
  if (ended.code !== 0) throw new Error(ended.stderr)
  return {
    world,
    expected: await samplesOf(world, base),
    digest: lastJsonLine<{ digest: string }>(ended).digest,
  }
}

async function samplesOf(world: World, directory: string): Promise<Record<string, unknown>[][]> {
  const { output } = await planJob(await loadJob(world.jobFile))
  const samples: Record<string, unknown>[][] = Array.from({ length: PARTITIONS }, () => [])
  for (const { partitions } of readManifest(directory)!.slices) {
    for (const { partition, path } of partitions) {
      if (path === null) continue
      for await (const batch of readSamples(join(directory, path), output))
        for (let row = 0; row < batch.rows; row++) samples[partition]!.push(rowObject(batch, row))
    }
  }
  return samples
}

/** The job of the world with its samples going to a topic; returns its path. */
export function writeSinkJob(
  { jobFile, directory }: World,
  name: string,
  kafka: Readonly<Record<string, unknown>>,
  output: Readonly<Record<string, unknown>> = {},
): string {
  const job = JSON.parse(readFileSync(jobFile, 'utf8')) as { output: { slice: string } }
  const path = join(directory, name)
  writeFileSync(
    path,
    JSON.stringify({ ...job, output: { slice: job.output.slice, ...output, kafka } }, null, 2),
  )
  return path
}

/** Samples in the topic as they were written. */
export function valuesOf(found: readonly (readonly FoundRecord[])[]): Record<string, unknown>[][] {
  return found.map(records => records.map(({ value }) => JSON.parse(value) as Record<string, unknown>))
}
