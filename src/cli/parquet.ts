/**
 * `hindcast parquet inspect | head | check`: what an engineer reaches for when a Parquet file is strange.
 */

import { resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { writeDurably } from '../files/index.ts'
import type { FileDescription } from '../parquet/index.ts'
import { descriptionText } from './parquet-words.ts'
import type { Session } from './session.ts'

/** What these commands need of a session. */
export type ParquetSession = Pick<Session, 'terminal' | 'printJson'>

/** Loaded when first needed: `--help` does not wait for the core. */
function openApi(): Promise<typeof import('../parquet/index.ts')> {
  return import('../parquet/index.ts')
}

/** Adds `parquet` with its commands to the program; errors are thrown, `main.ts` turns them into exit codes. */
export function addParquetCommands(program: Command, session: ParquetSession): void {
  const parquet = program.command('parquet').description('look into Parquet files, and check them')
  addInspect(parquet, session)
  addHead(parquet, session)
  addCheck(parquet, session)
}

interface InspectFlags {
  readonly time?: string
  readonly rowGroup?: number
  readonly deep?: boolean
  readonly html?: string
  readonly json?: boolean
}

function addInspect(parquet: Command, session: ParquetSession): void {
  parquet
    .command('inspect')
    .description('tell what a file has: schema, row groups, sizes, encodings, bounds, disorder of time')
    .argument('<file>', 'Parquet file')
    .option(
      '--time <column>',
      'time column, or COLUMN:s|ms|us|ns for numbers (default: the first of timestamps)',
    )
    .option('--row-group <n>', 'tell the columns of this row group only', wholeNumber(0))
    .option('--deep', 'read the rows of the time column too; without it only the footer is read')
    .option('--html <file>', 'write a self-contained page')
    .option('--json', 'print the description as JSON')
    .action(async (path: string, flags: InspectFlags) => {
      const description = await describe(path, flags)
      if (flags.html !== undefined) {
        const { parquetPage } = await import('../run/index.ts')
        writeDurably(resolve(flags.html), parquetPage(description))
      }
      if (flags.json) session.printJson(description)
      else session.terminal.out(descriptionText(description, flags.rowGroup))
    })
}

async function describe(path: string, flags: InspectFlags): Promise<FileDescription> {
  const { describeFile, describeRows, openFileSource, readParquetFile } = await openApi()
  const source = await openFileSource(path)
  try {
    const file = await readParquetFile(source)
    const options = {
      ...(flags.time === undefined ? {} : { time: flags.time }),
      ...(flags.rowGroup === undefined ? {} : { rowGroup: flags.rowGroup }),
    }
    return flags.deep ? await describeRows(source, file, options) : describeFile(file, options)
  } finally {
    await source.close()
  }
}

interface HeadFlags {
  readonly rows: number
  readonly columns?: string
  readonly table?: boolean
  readonly json?: boolean
}

function addHead(parquet: Command, session: ParquetSession): void {
  const { terminal } = session
  parquet
    .command('head')
    .description('print the first rows: a table on a terminal, else JSON lines')
    .argument('<file>', 'Parquet file')
    .option('-n, --rows <n>', 'number of rows', wholeNumber(0), 10)
    .option('--columns <names>', 'columns, separated by commas (default: all that are read)')
    .option('--table', 'print a table, wherever stdout goes')
    .option('--json', 'print JSON lines, wherever stdout goes')
    .action(async (path: string, flags: HeadFlags) => {
      const isTable = flags.table ?? (terminal.isOutTty === true && flags.json !== true)
      const { printHead } = await import('./parquet-head.ts')
      const columns = flags.columns?.split(',').map(name => name.trim()) ?? null
      await printHead({ path, rows: flags.rows, columns, form: isTable ? 'table' : 'json' }, terminal)
    })
}

interface CheckFlags {
  readonly problems: number
  readonly json?: boolean
}

function addCheck(parquet: Command, session: ParquetSession): void {
  parquet
    .command('check')
    .description('read every page and say all that is wrong; exit 0, or 3 if anything is')
    .argument('<files...>', 'Parquet files')
    .option('--problems <n>', 'problems told in words, a file; more are counted', wholeNumber(1), 20)
    .option('--json', 'print the reports as the last line')
    .action(async (paths: string[], flags: CheckFlags) => {
      const { checkError, checkPath, checkText } = await import('./parquet-check.ts')
      const files = []
      for (const path of paths) {
        const report = await checkPath(path, flags.problems)
        files.push(report)
        if (!flags.json) session.terminal.out(checkText(report))
      }
      if (flags.json) session.printJson({ ok: files.every(({ ok }) => ok), files })
      const error = checkError(files)
      if (error !== null) throw error
    })
}

function wholeNumber(least: number): (text: string) => number {
  return text => {
    const number = Number(text)
    if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number
    throw new InvalidArgumentError(`Expected a whole number from ${least}.`)
  }
}
