/**
 * `npm run bench`: measures Hindcast and its peers, and each stage alone, and prints Markdown tables.
 *
 *   --quick         a tenth of the data, fewer rounds
 *   --only NAME     whole, plan, stages, one stage, parquet-read, parquet-write, kafka-decode; or what takes long and is
 *                   left out otherwise: spark, flink, 500m, hdfs, kafka; may be given several times
 *   --all           everything, also what takes long
 *   --rounds N      rounds of the whole job (default 3, quick 1); the median counts
 *   --peer TEXT     of the whole job, parquet-read and -write, only peers whose name contains the text; several times
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
import { benchEngines, ENGINES } from './engines.ts'
import type { BenchOptions, BenchReport } from './harness/report.ts'
import { benchHdfs } from './hdfs/bench-hdfs.ts'
import { benchKafka } from './kafka/bench-kafka.ts'
import { benchKafkaDecode } from './kafka-decode/bench-kafka-decode.ts'
import { benchLongReplay } from './long-replay.ts'
import { benchParquetRead } from './parquet/bench-read.ts'
import { benchParquetWrite } from './parquet/bench-write.ts'
import { benchPlan } from './plan-files.ts'
import { benchStages, STAGES } from './stages/index.ts'
import { benchWhole } from './whole-job.ts'

/** What runs when nothing is said. */
const USUAL: readonly string[] = ['whole', 'plan', 'stages', 'parquet-read', 'parquet-write', 'kafka-decode']
/** What takes long, installs much or needs much disk, and runs only when it is asked for. */
const LONG: readonly string[] = [...ENGINES, '500m', 'hdfs', 'kafka']

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      all: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      peer: { type: 'string', multiple: true, default: [] },
      events: { type: 'string' },
      keep: { type: 'boolean', default: false },
    },
  })
  const known = [...USUAL, ...STAGES, ...LONG]
  const unknown = values.only.filter(name => !known.includes(name))
  if (unknown.length > 0) {
    process.stderr.write(`no benchmark is called ${unknown.join(', ')}; there are ${known.join(', ')}\n`)
    return 2
  }
  const wants = (name: string) =>
    values.all || values.only.includes(name) || (values.only.length === 0 && !LONG.includes(name))
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
  const events = values.events === undefined ? null : Number(values.events)
  if (wants('parquet-read')) ok = print(await benchParquetRead(options)) && ok
  if (wants('parquet-write')) ok = print(await benchParquetWrite(options)) && ok
  if (wants('kafka-decode')) ok = print(await benchKafkaDecode(options)) && ok
  const engines = ENGINES.filter(wants)
  if (engines.length > 0) ok = print(await benchEngines(options, engines, events)) && ok
  if (wants('500m')) ok = print(await benchLongReplay(options, events)) && ok
  if (wants('kafka')) ok = print(await benchKafka(options, values.quick)) && ok
  if (wants('hdfs')) ok = print(await benchHdfs(options, values.quick)) && ok
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
