/** The whole job from HDFS against the same job from local disk, in turn. Target: at least 0.8 of its speed. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { HINDCAST } from '../../test/harness/index.ts'
import type { DataPlaces } from '../data/shape.ts'
import { type Measured, measure, median } from '../harness/measure.ts'
import { problemOf } from '../harness/problem.ts'
import type { BenchOptions } from '../harness/report.ts'
import type { Section } from '../harness/section.ts'
import { gigabytes, markdownTable, millions } from '../harness/table.ts'
import { benchJob } from '../peers/hindcast.ts'

const TARGET = 0.8

interface Side {
  readonly name: string
  /** Folder or URI. */
  readonly data: string
  readonly runs: Measured[]
  readonly digests: Set<string>
}

/** `data` is the URI of what is locally at `places`. */
export async function benchWholeOnHdfs(
  options: BenchOptions,
  places: DataPlaces,
  data: string,
): Promise<Section> {
  const scratch = join(options.cache, 'hdfs-runs')
  const sides: readonly Side[] = [
    { name: 'local disk', data: places.directory, runs: [], digests: new Set() },
    { name: 'HDFS', data, runs: [], digests: new Set() },
  ]
  for (let round = 0; round < Math.max(3, options.rounds); round++) {
    for (const side of sides) {
      const problem = await runOnce(side, scratch, options)
      if (problem !== null) return { text: `**The job from ${side.name} failed:** ${problem}`, ok: false }
    }
  }
  if (!options.keep) rmSync(scratch, { recursive: true, force: true })
  const digests = new Set(sides.flatMap(side => [...side.digests]))
  const [local, remote] = sides.map(({ runs }) => median(runs.map(run => run.seconds))) as [number, number]
  const ratio = local / remote
  const rows = sides.map(({ name, runs }) => [
    name,
    `${median(runs.map(run => run.seconds)).toFixed(2)} (${runs.map(run => run.seconds.toFixed(2)).join(', ')})`,
    millions(options.shape.events / median(runs.map(run => run.seconds))),
    median(runs.map(run => run.cpuSeconds)).toFixed(1),
    gigabytes(Math.max(...runs.map(run => run.peakBytes))),
  ])
  const digest = digests.size === 1 ? 'The digests are equal.' : '**The digests differ.**'
  return {
    text: [
      `### Whole job, ${options.shape.events} events`,
      markdownTable(['history on', 'seconds', 'M rows/s', 'CPU s of the reader', 'peak RSS'], rows),
      `HDFS has ${ratio.toFixed(2)}× the speed of local disk (target ${TARGET}×). ${digest}`,
    ].join('\n\n'),
    ok: digests.size === 1 && ratio >= TARGET,
  }
}

/** Null where it went well. */
async function runOnce(side: Side, scratch: string, options: BenchOptions): Promise<string | null> {
  const run = join(scratch, 'run')
  const job = join(scratch, 'job.json')
  rmSync(run, { recursive: true, force: true })
  mkdirSync(dirname(job), { recursive: true })
  const files = `${side.data}/events/*.parquet`
  writeFileSync(job, JSON.stringify(benchJob({ files, versions: `${side.data}/versions.parquet`, lanes: 2 })))
  const measured = await measure({
    command: process.execPath,
    args: [HINDCAST, 'run', job, '--run', run, '--json'],
  })
  if (measured.code !== 0) return problemOf(measured.stderr)
  options.say(`${side.name}: ${measured.seconds.toFixed(2)} s, ${gigabytes(measured.peakBytes)}`)
  side.runs.push(measured)
  side.digests.add((JSON.parse(measured.stdout.trimEnd().split('\n').at(-1)!) as { digest: string }).digest)
  return null
}
