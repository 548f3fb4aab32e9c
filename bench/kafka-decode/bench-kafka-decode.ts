/**
 * How fast do record batches of Kafka become columns, on one core, by codec? Ours checks CRCs, bounds and offsets;
 * @platformatic/kafka's reader beside it checks none and makes an object a record.
 */

import { fileURLToPath } from 'node:url'
import { measure } from '../harness/measure.ts'
import { problemOf } from '../harness/problem.ts'
import type { BenchOptions, BenchReport } from '../harness/report.ts'
import { markdownTable, millions } from '../harness/table.ts'
import type { DecodeCodec, DecodeFigure, DecodeTask } from './decode.ts'

const CODECS: readonly DecodeCodec[] = ['none', 'snappy', 'lz4', 'zstd', 'gzip']
const ROUNDS = 15

export async function benchKafkaDecode(options: BenchOptions): Promise<BenchReport> {
  const program = fileURLToPath(new URL('decode.ts', import.meta.url))
  const rows: string[][] = []
  let ok = true
  for (const codec of CODECS) {
    options.say(`kafka-decode: ${codec} …`)
    const task: DecodeTask = { codec, rounds: ROUNDS }
    const run = await measure({ command: process.execPath, args: [program, JSON.stringify(task)] })
    if (run.code !== 0) {
      ok = false
      rows.push([codec, `failed: ${problemOf(run.stderr)}`, '–', '–', '–'])
      continue
    }
    rows.push(rowOf(codec, JSON.parse(run.stdout.trim().split('\n').at(-1)!) as DecodeFigure))
  }
  const header = [
    'codec',
    'bytes on the wire ÷ plain',
    'M records per CPU-s',
    'MB of keys and values per CPU-s',
    'CPU of @platformatic/kafka ÷ ours',
  ]
  return {
    title: 'kafka-decode: fetched batches of 75 records (200 B JSON, 8 B keys) to columns, one core',
    text: markdownTable(header, rows),
    ok,
  }
}

function rowOf(codec: string, figure: DecodeFigure): string[] {
  const { records, wireBytes, plainBytes, oursSeconds, theirsSeconds } = figure
  return [
    codec,
    (wireBytes / plainBytes).toFixed(2),
    millions(records / oursSeconds),
    (plainBytes / oursSeconds / 1e6).toFixed(0),
    (theirsSeconds / oursSeconds).toFixed(1),
  ]
}
