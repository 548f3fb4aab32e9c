/** What comes over the wire against what a job of few columns needs: footers and projected chunks, at most 5 % more. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openFileSource, readParquetFile } from '../../src/parquet/index.ts'
import { type DataPlaces, VERSION_COLUMNS } from '../data/shape.ts'
import { measure } from '../harness/measure.ts'
import { problemOf } from '../harness/problem.ts'
import type { BenchOptions } from '../harness/report.ts'
import type { Section } from '../harness/section.ts'
import { markdownTable } from '../harness/table.ts'
import { benchJob } from '../peers/hindcast.ts'
import type { Counted } from './count-bytes.ts'

const MORE_MAX = 0.05
const EVENT_COLUMNS = ['event_time', 'user_id', 'price', 'position']

export async function benchBytesMoved(
  options: BenchOptions,
  places: DataPlaces,
  data: string,
  quick: boolean,
): Promise<Section> {
  const scratch = join(options.cache, 'hdfs-bytes')
  mkdirSync(scratch, { recursive: true })
  try {
    const job = join(scratch, 'job.json')
    const [files, versions] = [`${data}/events/*.parquet`, `${data}/versions.parquet`]
    const whole = benchJob({ files, versions, lanes: 1 }) as { output: object }
    writeFileSync(job, JSON.stringify({ ...whole, output: { ...whole.output, columns: EVENT_COLUMNS } }))
    const program = fileURLToPath(new URL('count-bytes.ts', import.meta.url))
    const run = await measure({ command: process.execPath, args: [program, job, join(scratch, 'run')] })
    if (run.code !== 0) return { text: `**Counting failed:** ${problemOf(run.stderr)}`, ok: false }
    const counted = JSON.parse(run.stdout) as Counted
    const { historyBytes } = JSON.parse(readFileSync(join(scratch, 'run', 'report.json'), 'utf8')) as {
      historyBytes: number
    }
    const events = await neededOf(places.events, EVENT_COLUMNS)
    const features = await neededOf([places.versions], ['user_id', 'known_at', ...VERSION_COLUMNS])
    const needed = events.chunks + events.footers + features.chunks + features.footers
    const more = counted.rangeBytes / needed - 1
    const rows = [
      ['needed: footers', mb(events.footers + features.footers), ''],
      ['needed: chunks of the columns that are read', mb(events.chunks + features.chunks), ''],
      ['came from DataNodes', mb(counted.rangeBytes), String(counted.ranges)],
      ['of that, ranges that had come before', mb(counted.repeatedBytes), ''],
      ['came from the NameNode', mb(counted.otherBytes), String(counted.others)],
      ['history as the report counts it', mb(historyBytes), ''],
      ['all files', mb(events.files + features.files), ''],
    ]
    return {
      text: [
        `### Bytes moved, ${EVENT_COLUMNS.length} of 15 columns`,
        markdownTable(['', 'MB', 'replies'], rows),
        `${(100 * more).toFixed(1)} % more than needed came from DataNodes (at most ${100 * MORE_MAX} %). What comes twice: footers, for the plan and for the run, and row groups that reach into two of the spans of time that lanes read side by side.`,
      ].join('\n\n'),
      // of few bytes the ends of files, which are read before it is known how long their footers are, are many
      ok: quick || more <= MORE_MAX,
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

interface Needed {
  readonly footers: number
  readonly chunks: number
  readonly files: number
}

async function neededOf(paths: readonly string[], columns: readonly string[]): Promise<Needed> {
  const needed = { footers: 0, chunks: 0, files: 0 }
  for (const path of paths) {
    const source = await openFileSource(path)
    const file = await readParquetFile(source)
    await source.close()
    const wanted = file.leaves.filter(({ name }) => columns.includes(name))
    needed.files += file.size
    needed.footers += file.size - file.dataEnd
    for (const { columns: chunks } of file.metadata.rowGroups)
      for (const { index } of wanted) needed.chunks += chunks[index]!.compressedBytes
  }
  return needed
}

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(3)
}
