/**
 * How fast do typed arrays become Parquet files, on one core: our writer and the others, each a process of its own,
 * codec by codec, to a file on disk. Every file is read back, by DuckDB and by us, and must have what was written.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { measure, median } from '../harness/measure.ts'
import { problemOf } from '../harness/problem.ts'
import type { BenchOptions, BenchReport } from '../harness/report.ts'
import { gigabytes, markdownTable, millions } from '../harness/table.ts'
import type { NpmPackages } from '../installs/npm-packages.ts'
import { ensureNpm, npmEntry } from '../installs/npm-packages.ts'
import type { ReadFigure, ReadTask } from './reader.ts'
import { makeTable, tableChecksums, WRITE_SCHEMA } from './write-data.ts'
import type { WriteCodec, WriteFigure, WriteTask } from './writer.ts'

interface Writer {
  readonly name: string
  /** Its program in writers/, and what comes behind the task. */
  readonly program: string
  readonly args: readonly string[]
  readonly batchRows: number
  /** Columns written as instants of milliseconds; the others write them as numbers, which is less work. */
  readonly instants: readonly string[]
  readonly packages: NpmPackages | null
}

const ROWS = 524_288
const ROWS_QUICK = 131_072
const ROUNDS = 3
const CODECS: readonly WriteCodec[] = ['snappy', 'zstd', 'none']

const POLARS: NpmPackages = {
  name: 'polars',
  exports: { polars: ['nodejs-polars', '0.26.1'] },
  extra: [[`nodejs-polars-${polarsPlatform()}`, '0.26.1']],
}
const HYPARQUET: NpmPackages = {
  name: 'hyparquet-writer',
  exports: { writer: ['hyparquet-writer', '0.17.0'] },
}

const WRITERS: readonly Writer[] = [
  {
    name: 'Hindcast, batches of 16,384 rows',
    program: 'hindcast.ts',
    args: [],
    batchRows: 16_384,
    instants: ['at'],
    packages: null,
  },
  {
    name: 'Hindcast, batches of 15,000 rows',
    program: 'hindcast.ts',
    args: [],
    batchRows: 15_000,
    instants: ['at'],
    packages: null,
  },
  {
    name: 'nodejs-polars, from arrays',
    program: 'polars.ts',
    args: [],
    batchRows: ROWS,
    instants: [],
    packages: POLARS,
  },
  {
    name: 'nodejs-polars, DataFrame ready',
    program: 'polars.ts',
    args: ['ready'],
    batchRows: ROWS,
    instants: [],
    packages: POLARS,
  },
  {
    name: 'hyparquet-writer',
    program: 'hyparquet.ts',
    args: [],
    batchRows: ROWS,
    instants: [],
    packages: HYPARQUET,
  },
]

/** What a writer did with a codec, or why it did not. */
interface Written {
  readonly codec: WriteCodec
  readonly writer: Writer
  readonly figure: WriteFigure | null
  readonly peakBytes: number
  readonly problems: readonly string[]
}

export async function benchParquetWrite(options: BenchOptions): Promise<BenchReport> {
  const rows = options.shape.events < 5_000_000 ? ROWS_QUICK : ROWS
  const expected = tableChecksums(makeTable(rows))
  const skipped = new Map<Writer, string>()
  for (const writer of wantedWriters(options)) {
    const problem = writer.packages === null ? null : ensureNpm(options.cache, writer.packages, options.say)
    if (problem !== null) skipped.set(writer, problem)
  }
  const writers = wantedWriters(options).filter(writer => !skipped.has(writer))
  const written: Written[] = []
  const directory = mkdtempSync(join(options.cache, 'parquet-write-'))
  try {
    for (const codec of CODECS) {
      for (const writer of writers) {
        options.say(`${codec}: ${writer.name} …`)
        const entry = writer.packages === null ? null : npmEntry(options.cache, writer.packages)
        const path = join(directory, 'written.parquet')
        const task = { path, rows, codec, batchRows: writer.batchRows, rounds: ROUNDS, entry }
        written.push(await writeOnce(writer, task, expected))
      }
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
  const problems = written.flatMap(one =>
    one.problems.map(text => `${one.codec}: ${one.writer.name}: ${text}`),
  )
  const equal =
    problems.length === 0
      ? 'All files were read back by DuckDB and by Hindcast: the checksums of all columns are those of what was written.'
      : `**Not as written:**\n${problems.map(text => `- ${text}`).join('\n')}`
  const absent = [...skipped].map(([{ name }, why]) => `- ${name}: skipped, ${why}`)
  return {
    title: `parquet-write: ${rows} rows × ${WRITE_SCHEMA.length} columns from typed arrays to a file, one core`,
    text: [tableOf(written, rows), equal, ...absent].join('\n\n'),
    ok: problems.length === 0,
  }
}

function wantedWriters(options: BenchOptions): readonly Writer[] {
  if (options.peers.length === 0) return WRITERS
  return WRITERS.filter(({ name }) =>
    options.peers.some(text => name.toLowerCase().includes(text.toLowerCase())),
  )
}

async function writeOnce(
  writer: Writer,
  task: WriteTask,
  expected: Readonly<Record<string, string>>,
): Promise<Written> {
  const program = fileURLToPath(new URL(`writers/${writer.program}`, import.meta.url))
  const { code, stdout, stderr, peakBytes } = await measure({
    command: process.execPath,
    args: [program, JSON.stringify(task), ...writer.args],
    env: { POLARS_MAX_THREADS: '1' },
  })
  const { codec } = task
  if (code !== 0) {
    const problem = `failed: ${problemOf(stderr)}`
    return { codec, writer, figure: null, peakBytes, problems: [problem] }
  }
  const figure = JSON.parse(stdout.trim().split('\n').at(-1)!) as WriteFigure
  const problems = await checkWritten(task.path, expected, writer.instants)
  return { codec, writer, figure, peakBytes, problems }
}

function tableOf(written: readonly Written[], rows: number): string {
  const header = [
    'codec',
    'writer',
    'M rows/s',
    'with fsync',
    'bytes a row',
    'time ÷ Hindcast',
    'CPU ÷ Hindcast',
    'peak RSS',
  ]
  const lines = written.flatMap(({ codec, writer, figure, peakBytes }) => {
    if (figure === null) return []
    const base = written.find(one => one.codec === codec && one.figure !== null)!.figure!
    return [[codec, writer.name, ...cellsOf(figure, base, rows), gigabytes(peakBytes)]]
  })
  return markdownTable(header, lines)
}

function cellsOf(figure: WriteFigure, base: WriteFigure, rows: number): string[] {
  const seconds = median(figure.seconds)
  return [
    millions(rows / seconds),
    millions(rows / median(figure.syncedSeconds)),
    (figure.bytes / rows).toFixed(1),
    `${(seconds / median(base.seconds)).toFixed(2)}×`,
    `${(figure.cpuSeconds / base.cpuSeconds).toFixed(2)}×`,
  ]
}

/** What two readers find otherwise than it was written, in words. */
export async function checkWritten(
  path: string,
  expected: Readonly<Record<string, string>>,
  instantsMs: readonly string[],
): Promise<string[]> {
  const problems: string[] = []
  for (const reader of ['duckdb', 'hindcast']) {
    const columns = Object.keys(expected)
    const task: ReadTask = { files: [path], columns, instantsMs, rounds: 0, entry: null }
    const program = fileURLToPath(new URL(`readers/${reader}.ts`, import.meta.url))
    const { code, stdout, stderr } = await measure({
      command: process.execPath,
      args: [program, JSON.stringify(task)],
    })
    if (code !== 0) {
      problems.push(`${reader} cannot read it: ${problemOf(stderr)}`)
      continue
    }
    const { checksums } = JSON.parse(stdout.trim().split('\n').at(-1)!) as ReadFigure
    const wrong = Object.keys(expected).filter(name => checksums[name] !== expected[name])
    if (wrong.length > 0) problems.push(`${reader} reads other values in ${wrong.join(', ')}`)
  }
  return problems
}

/** Part of the name of the package with Polars' native code. */
function polarsPlatform(): string {
  const { platform, arch } = process
  return platform === 'linux'
    ? `linux-${arch}-gnu`
    : platform === 'win32'
      ? 'win32-x64-msvc'
      : `darwin-${arch}`
}
