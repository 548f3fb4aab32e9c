/** Listing and planning very many small files of HDFS: seconds and memory. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { HINDCAST } from '../../test/harness/index.ts'
import type { HdfsCluster } from '../../test/stack/index.ts'
import { ensureSmallFiles } from '../data/make.ts'
import { type Measured, measure } from '../harness/measure.ts'
import { problemOf } from '../harness/problem.ts'
import type { BenchOptions } from '../harness/report.ts'
import type { Section } from '../harness/section.ts'
import { markdownTable } from '../harness/table.ts'
import { ensureManyLinks, ensurePut, openClient, uriOf } from './hdfs-files.ts'

const FILES = 100_000
const QUICK_FILES = 10_000

export async function benchManyFiles(
  cluster: HdfsCluster,
  options: BenchOptions,
  quick: boolean,
): Promise<Section> {
  const count = quick ? QUICK_FILES : FILES
  const small = await ensureSmallFiles(options.cache, 1, options.say)
  const local = join(options.cache, `many-${count}`)
  ensureManyLinks(local, join(small, 'f0000.parquet'), count)
  // one replica, so that a machine holds them
  await ensurePut(cluster, local, `/many-${count}`, options.say, ['-D', 'dfs.replication=1'])
  const listing = await listSeconds(cluster, `/many-${count}`, count)
  const scratch = join(options.cache, 'hdfs-many')
  mkdirSync(scratch, { recursive: true })
  try {
    const rows = [['listing, HDFS', listing.map(each => each.toFixed(2)).join(', '), '', '']]
    for (const [name, folder] of [
      ['plan, HDFS', uriOf(cluster, `/many-${count}`)],
      ['plan, local disk', local],
    ] as const) {
      const run = await planOf(folder, scratch)
      if (run.code !== 0) return { text: `**${name} failed:** ${problemOf(run.stderr)}`, ok: false }
      rows.push([
        name,
        run.seconds.toFixed(1),
        run.cpuSeconds.toFixed(1),
        String(Math.round(run.peakBytes / 2 ** 20)),
      ])
    }
    return {
      text: [`### ${count} files`, markdownTable(['', 'seconds', 'CPU s', 'peak MiB'], rows)].join('\n\n'),
      ok: true,
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function listSeconds(cluster: HdfsCluster, folder: string, count: number): Promise<number[]> {
  const client = openClient(cluster)
  try {
    const seconds: number[] = []
    for (let round = 0; round < 3; round++) {
      const started = performance.now()
      const { files } = await client.list([folder])
      seconds.push((performance.now() - started) / 1000)
      if (files.length !== count) throw new Error(`${files.length} files are listed, not ${count}`)
    }
    return seconds
  } finally {
    await client.close()
  }
}

function planOf(folder: string, scratch: string): Promise<Measured> {
  const events = {
    key: ['user_id'],
    time: { column: 'event_time', unit: 'ms' },
    partitions: 8,
    history: { files: folder },
  }
  const job = join(scratch, 'job.json')
  writeFileSync(job, JSON.stringify({ name: 'many', streams: { events }, output: { directory: 'out' } }))
  const args = [HINDCAST, 'plan', job, '--out', join(scratch, 'plan.json')]
  return measure({ command: process.execPath, args })
}
