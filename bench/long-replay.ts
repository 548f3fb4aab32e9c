/**
 * `--only 500m`: 50 M rows in files, replayed ten times one after the other in time, through everything but the
 * writing of samples. Cost per row and memory must not grow with the length of history.
 *
 * The sets are hard links to the same files; their times are moved by a stand-in for the decoder, and samples end in a
 * stand-in for the sink (long/ports.ts). On disk: the files (about 5 GB), what history spills, and a manifest.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureData } from './data/make.ts'
import type { DataShape } from './data/shape.ts'
import { measure } from './harness/measure.ts'
import { problemOf } from './harness/problem.ts'
import type { BenchOptions, BenchReport } from './harness/report.ts'
import { gigabytes, markdownTable, millions } from './harness/table.ts'
import type { ReplayEnd, ReplayLine, ReplayTask } from './long/replay.ts'
import { linkSets } from './long/set.ts'
import { benchJob } from './peers/hindcast.ts'

const SETS = 10
const EVENTS = 50_000_000
/** Rows of a row group, as in the other benchmarks: wider ones overlap so far that all of history goes to disk first. */
const GROUP_ROWS = 104_448
const LANES = 2
/** The last set may cost this much more than the second, and need this much more memory. */
const GROWTH_MAX = 1.25

export async function benchLongReplay(options: BenchOptions, events: number | null): Promise<BenchReport> {
  const shape = longShape(options.shape, events ?? EVENTS)
  const places = await ensureData(options.cache, shape, options.say)
  const scratch = mkdtempSync(join(options.cache, 'long-'))
  try {
    const files = linkSets(scratch, places.events, SETS)
    const job = join(scratch, 'job.json')
    writeFileSync(job, JSON.stringify(benchJob({ files, versions: places.versions, lanes: LANES })))
    options.say(`replaying ${SETS} × ${shape.events} events …`)
    const task: ReplayTask = { job, directory: join(scratch, 'run'), rowsPerSet: shape.events }
    const ports = new URL('long/ports.ts', import.meta.url).href
    const program = fileURLToPath(new URL('long/replay.ts', import.meta.url))
    const run = await measure({
      command: process.execPath,
      args: ['--import', ports, program, JSON.stringify(task)],
    })
    const title = `Long replay: ${SETS} × ${shape.events} events, ${LANES} lanes, into digests`
    if (run.code !== 0) {
      return {
        title,
        text: `failed: ${problemOf(run.stderr)}`,
        ok: false,
      }
    }
    return { title, ...replayText(run.stdout, SETS * shape.events) }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** Table and verdict from what the program printed. */
export function replayText(stdout: string, rowsExpected: number): { text: string; ok: boolean } {
  const printed = stdout.trim().split('\n')
  const end = JSON.parse(printed.at(-1)!) as ReplayEnd
  const lines = printed.slice(0, -1).map(text => JSON.parse(text) as ReplayLine)
  const header = ['set', 'M rows', 'seconds', 'M rows/s', 'CPU s', 'peak RSS']
  const rows = lines.map((line, set) => [
    String(set + 1),
    (line.rows / 1e6).toFixed(1),
    line.seconds.toFixed(1),
    millions(line.rows / line.seconds),
    line.cpuSeconds.toFixed(1),
    gigabytes(line.peakBytes),
  ])
  const problems: string[] = []
  if (end.late + end.quarantined > 0) problems.push(`${end.late} rows were late, ${end.quarantined} bad`)
  if (end.rows !== rowsExpected) problems.push(`${end.rows} rows came out, not ${rowsExpected}`)
  // The first set pays for the start. The last one may be short: whole sets are compared.
  const [, second] = lines
  const last = lines.findLast(line => line.rows >= rowsExpected / (2 * SETS))
  if (second !== undefined && last !== undefined && last !== second) {
    const cost = last.cpuSeconds / last.rows / (second.cpuSeconds / second.rows)
    const memory = last.peakBytes / second.peakBytes
    if (cost > GROWTH_MAX) problems.push(`a row of the last set costs ${cost.toFixed(2)}× one of the second`)
    if (memory > GROWTH_MAX)
      problems.push(`the last set takes ${memory.toFixed(2)}× the memory of the second`)
  }
  const verdict =
    problems.length === 0
      ? 'All rows came out; cost per row and memory are those of the second set.'
      : problems.map(text => `**${text}**`).join('\n')
  return {
    text: [markdownTable(header, rows), verdict, `Digest ${end.digest}.`].join('\n\n'),
    ok: problems.length === 0,
  }
}

function longShape(shape: DataShape, events: number): DataShape {
  const rowGroupsPerFile = Math.max(1, Math.round(events / shape.files / GROUP_ROWS))
  return { ...shape, events, rowGroupsPerFile }
}
