/** Start-up of `plan` on many small files: footers, statistics, listings (C8). Target: 1,000 files in under 3 s. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureSmallFiles } from './data/make.ts'
import { measure, median } from './harness/measure.ts'
import type { BenchOptions, BenchReport } from './harness/report.ts'
import { gigabytes, markdownTable } from './harness/table.ts'
import { builtHindcast } from './installs/built-package.ts'

const FILES = 1000
const TARGET_S = 3

export async function benchPlan(options: BenchOptions): Promise<BenchReport> {
  const directory = await ensureSmallFiles(options.cache, FILES, options.say)
  const scratch = mkdtempSync(join(options.cache, 'plan-'))
  try {
    const job = join(scratch, 'job.json')
    writeFileSync(job, JSON.stringify(jobOf(directory), null, 2))
    const runs = []
    for (let round = 0; round < Math.max(3, options.rounds); round++) {
      const run = await measure({ command: process.execPath, args: [builtHindcast(), 'plan', job, '--json'] })
      if (run.code !== 0)
        return { title: 'Plan', text: `plan failed: ${run.stderr.trim().split('\n')[0]}`, ok: false }
      runs.push(run)
    }
    const seconds = median(runs.map(run => run.seconds))
    const row = [
      String(FILES),
      seconds.toFixed(2),
      median(runs.map(run => run.cpuSeconds)).toFixed(1),
      gigabytes(Math.max(...runs.map(run => run.peakBytes))),
      `< ${TARGET_S} s`,
    ]
    return {
      title: 'Start-up: `hindcast plan`',
      text: markdownTable(['files', 'seconds', 'CPU s', 'peak RSS', 'target'], [row]),
      ok: seconds < TARGET_S,
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function jobOf(directory: string) {
  return {
    name: 'bench-plan',
    streams: {
      events: {
        key: ['user_id'],
        time: { column: 'event_time', unit: 'ms' },
        partitions: 8,
        history: { files: join(directory, '*.parquet') },
      },
    },
    output: { directory: 'out', format: 'parquet', slice: '1d' },
  }
}
