/**
 * `npm run bench`: measures Hindcast and its peers, and each stage alone, and prints Markdown tables.
 *
 *   --quick         a tenth of the data, fewer rounds
 *   --only NAME     whole, plan, stages, or one stage; may be given several times
 *   --rounds N      rounds of the whole job (default 3, quick 1); the median counts
 *   --peer TEXT     of the whole job, only peers whose name contains the text; several times
 *   --events N      another number of events
 *   --keep          leave the peers' outputs for a look
 *
 * Data is made once, below HINDCAST_BENCH_DIR (default out/bench). Nothing else should run on the machine.
 */

import { mkdirSync } from 'node:fs'
import { cpus } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { FULL, QUICK } from './data/shape.ts'
import type { BenchOptions, BenchReport } from './harness/report.ts'
import { benchPlan } from './plan-files.ts'
import { benchStages, STAGES } from './stages/index.ts'
import { benchWhole } from './whole-job.ts'

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string' },
      peer: { type: 'string', multiple: true, default: [] },
      events: { type: 'string' },
      keep: { type: 'boolean', default: false },
    },
  })
  const known = ['whole', 'plan', 'stages', ...STAGES]
  const unknown = values.only.filter(name => !known.includes(name))
  if (unknown.length > 0) {
    process.stderr.write(`no benchmark is called ${unknown.join(', ')}; there are ${known.join(', ')}\n`)
    return 2
  }
  const wants = (name: string) => values.only.length === 0 || values.only.includes(name)
  const base = values.quick ? QUICK : FULL
  const options: BenchOptions = {
    shape: values.events === undefined ? base : { ...base, events: Number(values.events) },
    cache: resolve(process.env.HINDCAST_BENCH_DIR ?? 'out/bench'),
    rounds: Number(values.rounds ?? (values.quick ? 1 : 3)),
    peers: values.peer,
    keep: values.keep,
    say: text => process.stderr.write(`${text}\n`),
  }
  mkdirSync(options.cache, { recursive: true })
  process.stdout.write(`${machine()}\n\n`)
  let ok = true
  if (wants('whole')) ok = print(await benchWhole(options)) && ok
  if (wants('plan')) ok = print(await benchPlan(options)) && ok
  const stages = STAGES.filter(name => wants('stages') || wants(name))
  if (stages.length > 0) ok = print(await benchStages(options, stages)) && ok
  return ok ? 0 : 1
}

function print(report: BenchReport): boolean {
  process.stdout.write(`## ${report.title}\n\n${report.text}\n\n`)
  return report.ok
}

function machine(): string {
  const [cpu] = cpus()
  return `${cpus().length} × ${cpu?.model.trim() ?? 'unknown CPU'}, Node ${process.versions.node}, ${process.platform}`
}

process.exitCode = await main()
