/**
 * The program of the long replay: one run of Hindcast over all sets, started with ports.ts in front. Prints a line of
 * JSON whenever another set is through: how long it took and how much memory the process had at most meanwhile.
 */

import { loadJob } from '../../src/job/index.ts'
import type { RunOutcome } from '../../src/run/index.ts'
import { planJob, runPlan } from '../../src/run/index.ts'

export interface ReplayTask {
  readonly job: string
  readonly directory: string
  readonly rowsPerSet: number
}

/** One set, or rather the rows since the line before. */
export interface ReplayLine {
  readonly rows: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakBytes: number
}

/** What the run says of itself at its end. */
export type ReplayEnd = Pick<RunOutcome, 'rows' | 'digest' | 'late' | 'quarantined'>

const SAMPLE_MS = 100

async function main(task: ReplayTask): Promise<void> {
  const plan = await planJob(await loadJob(task.job))
  let peakBytes = 0
  const sample = () => {
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss())
  }
  const sampling = setInterval(sample, SAMPLE_MS)
  const since = { rows: 0, started: performance.now(), cpu: process.cpuUsage() }
  const tell = (rows: number) => {
    const { user, system } = process.cpuUsage(since.cpu)
    const seconds = (performance.now() - since.started) / 1000
    const line: ReplayLine = {
      rows: rows - since.rows,
      seconds,
      cpuSeconds: (user + system) / 1e6,
      peakBytes,
    }
    process.stdout.write(`${JSON.stringify(line)}\n`)
    Object.assign(since, { rows, started: performance.now(), cpu: process.cpuUsage() })
    peakBytes = 0
  }
  const onProgress = ({ rows }: { readonly rows: number }) => {
    sample()
    if (rows - since.rows >= task.rowsPerSet) tell(rows)
  }
  const outcome = await runPlan(plan, { directory: task.directory, onProgress })
  clearInterval(sampling)
  const { rows, digest, late, quarantined } = outcome
  const end: ReplayEnd = { rows, digest, late, quarantined }
  if (rows > since.rows) tell(rows)
  process.stdout.write(`${JSON.stringify(end)}\n`)
}

await main(JSON.parse(process.argv[2]!) as ReplayTask)
