/**
 * How fast do Parquet files become columns in JavaScript, on one core: our reader and the others, each a process of
 * its own, case by case. Rows and a checksum of every column must be equal, else the benchmark fails.
 */

import { fileURLToPath } from 'node:url'
import { measure, median } from '../harness/measure.ts'
import { problemOf } from '../harness/problem.ts'
import type { BenchOptions, BenchReport } from '../harness/report.ts'
import { gigabytes, markdownTable, millions } from '../harness/table.ts'
import type { NpmPackages } from '../installs/npm-packages.ts'
import { ensureNpm, npmEntry } from '../installs/npm-packages.ts'
import type { ReadCase } from './read-cases.ts'
import { ensureReadCases } from './read-cases.ts'
import type { ReadFigure, ReadTask } from './reader.ts'

interface Reader {
  readonly name: string
  /** Its program in readers/. */
  readonly program: string
  readonly packages: NpmPackages | null
}

const READERS: readonly Reader[] = [
  { name: 'Hindcast', program: 'hindcast.ts', packages: null },
  { name: 'DuckDB', program: 'duckdb.ts', packages: null },
  {
    name: 'hyparquet',
    program: 'hyparquet.ts',
    packages: { name: 'hyparquet', exports: { codecs: ['hyparquet-compressors', '1.1.2'] } },
  },
  {
    name: 'parquet-wasm',
    program: 'parquet-wasm.ts',
    packages: {
      name: 'parquet-wasm',
      exports: { parquet: ['parquet-wasm', '0.8.0'], arrow: ['apache-arrow', '21.2.0'] },
    },
  },
]

/** Rounds against the clock; the median counts. */
const ROUNDS = 5

interface Cell {
  readonly reader: Reader
  readonly figure: ReadFigure | null
  readonly peakBytes: number
  /** Why there is no figure. */
  readonly problem: string
}

export async function benchParquetRead(options: BenchOptions): Promise<BenchReport> {
  const cases = await ensureReadCases(options)
  const skipped = new Map<Reader, string>()
  for (const reader of wantedReaders(options)) {
    const problem = reader.packages === null ? null : ensureNpm(options.cache, reader.packages, options.say)
    if (problem !== null) skipped.set(reader, problem)
  }
  const readers = wantedReaders(options).filter(reader => !skipped.has(reader))
  const rows: string[][] = []
  const problems: string[] = []
  for (const one of cases) {
    const cells: Cell[] = []
    for (const reader of readers) {
      options.say(`${one.what}: ${reader.name} …`)
      cells.push(await run(reader, one, options))
    }
    rows.push(...rowsOf(one, cells))
    problems.push(...differencesOf(one, cells))
  }
  const header = ['file', 'reader', 'M rows/s', 'M values/s', 'time ÷ Hindcast', 'CPU ÷ Hindcast', 'peak RSS']
  const equal =
    problems.length === 0
      ? 'Rows and the checksums of all columns are equal.'
      : `**Not equal:**\n${problems.map(text => `- ${text}`).join('\n')}`
  const absent = [...skipped].map(([reader, why]) => `- ${reader.name}: skipped, ${why}`)
  return {
    title: 'parquet-read: files in the page cache to typed arrays, one core, no strings made of text',
    text: [markdownTable(header, rows), equal, ...absent].join('\n\n'),
    ok: problems.length === 0,
  }
}

function wantedReaders(options: BenchOptions): readonly Reader[] {
  if (options.peers.length === 0) return READERS
  return READERS.filter(({ name }) =>
    options.peers.some(text => name.toLowerCase().includes(text.toLowerCase())),
  )
}

async function run(reader: Reader, one: ReadCase, options: BenchOptions): Promise<Cell> {
  const task: ReadTask = {
    files: one.files,
    columns: one.columns,
    rounds: ROUNDS,
    entry: reader.packages === null ? null : npmEntry(options.cache, reader.packages),
  }
  const program = fileURLToPath(new URL(`readers/${reader.program}`, import.meta.url))
  const { code, stdout, stderr, peakBytes } = await measure({
    command: process.execPath,
    args: [program, JSON.stringify(task)],
  })
  if (code !== 0) return { reader, figure: null, peakBytes, problem: problemOf(stderr) }
  const figure = JSON.parse(stdout.trim().split('\n').at(-1)!) as ReadFigure
  return { reader, figure, peakBytes, problem: '' }
}

function rowsOf(one: ReadCase, cells: readonly Cell[]): string[][] {
  const first = cells[0]?.figure ?? null
  return cells.map(({ reader, figure, peakBytes }, i) => {
    const file = i === 0 ? one.what : ''
    if (figure === null) return [file, reader.name, 'failed', '–', '–', '–', '–']
    const seconds = median(figure.seconds)
    const perSecond = figure.rows / seconds
    return [
      file,
      reader.name,
      millions(perSecond),
      millions(perSecond * one.columnCount),
      times(seconds, first === null ? Number.NaN : median(first.seconds)),
      times(figure.cpuSeconds, first?.cpuSeconds ?? Number.NaN),
      gigabytes(peakBytes),
    ]
  })
}

/** CPU time says the same as wall time where nothing else runs, and the truth where something does. */
function times(value: number, base: number): string {
  return Number.isNaN(base) ? '–' : `${(value / base).toFixed(2)}×`
}

/** What a reader has otherwise than the first one that read the case, in words. */
export function differencesOf(one: Pick<ReadCase, 'what'>, cells: readonly Cell[]): string[] {
  const problems = cells
    .filter(cell => cell.figure === null)
    .map(({ reader, problem }) => `${one.what}: ${reader.name} failed: ${problem}`)
  const [first, ...others] = cells.filter(cell => cell.figure !== null)
  for (const other of others) {
    const expected = first!.figure!.checksums
    const got = other.figure!.checksums
    const columns = [...new Set([...Object.keys(expected), ...Object.keys(got)])].filter(
      name => expected[name] !== got[name],
    )
    const where = columns.length > 8 ? `${columns.length} columns` : columns.join(', ')
    if (columns.length > 0 || first!.figure!.rows !== other.figure!.rows)
      problems.push(
        `${one.what}: ${other.reader.name} against ${first!.reader.name}: ${where || 'number of rows'}`,
      )
  }
  return problems
}
