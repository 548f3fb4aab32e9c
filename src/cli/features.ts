/**
 * `hindcast features load | get | list`: the embedded feature store from the command line.
 */

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { countedText, instantText } from '../core/figures.ts'
import type { TimeUnit } from '../core/time.ts'
import { HindcastError } from '../errors.ts'
import type { LoadStoreOutcome, StoredVersion, StoreTable } from '../features/index.ts'
import { FileSystems, formatOf } from '../files/index.ts'
import type { FileFormat, TimeColumn } from '../job/index.ts'
import { instantMs } from '../job/index.ts'
import { labelled } from './labelled.ts'
import { accessOf, addRemoteFlags, type RemoteFlags, resolveLocation } from './remote-flags.ts'
import { Session } from './session.ts'
import { processTerminal } from './terminal.ts'

/** What these commands need of a session. */
export type FeatureSession = Pick<Session, 'terminal' | 'printJson'>

/** Adds `features` with its commands to the program; errors are thrown, `main.ts` turns them into exit codes. */
export function addFeatureCommands(program: Command, session: FeatureSession = processSession()): void {
  const features = program
    .command('features')
    .description('the embedded feature store: versions of features without HBase')
  addLoad(features, session)
  addGet(features, session)
  addList(features, session)
}

/** Loaded when first needed: `--help` does not wait for LMDB. */
function openApi(): Promise<typeof import('../features/index.ts')> {
  return import('../features/index.ts')
}

interface LoadFlags extends RemoteFlags {
  readonly table: string
  readonly key: string
  readonly time: string
  readonly available?: string
  readonly deleted?: string
  readonly columns?: string
  readonly format?: string
  readonly delimiter: string
  readonly null: string
  readonly json?: boolean
}

function addLoad(features: Command, session: FeatureSession): void {
  const command = features
    .command('load')
    .description('load files of versions into a table; loading the same content again changes nothing')
    .argument('<store>', 'directory of the store, made if it is not there')
    .argument(
      '<files...>',
      'paths, globs, webhdfs: or s3: URIs; a later path wins among versions of one time',
    )
    .requiredOption('--table <name>', 'table to load into, made if it is not there')
    .requiredOption('--key <columns>', 'key columns, separated by commas')
    .requiredOption(
      '--time <column>',
      'version time: a TIMESTAMP or DATE column, or COLUMN:s|ms|us|ns for numbers',
    )
    .option('--available <column>', 'when each version became readable, written as --time is')
    .option('--deleted <column>', 'boolean column: true marks a version that deletes the value')
    .option('--columns <names>', 'value columns, separated by commas (default: all others)')
    .option('--format <format>', 'parquet | csv | jsonl (default: told from the names)')
    .option('--delimiter <character>', 'of CSV files', ',')
    .option('--null <text>', 'what stands for null in CSV files', '')
    .option('--json', 'print the outcome as JSON')
  addRemoteFlags(command).action(async (store: string, files: string[], flags: LoadFlags) => {
    const outcome = await load(store, files, flags)
    if (flags.json) session.printJson(outcome)
    else session.terminal.out(loadText(outcome))
  })
}

async function load(store: string, patterns: readonly string[], flags: LoadFlags): Promise<LoadStoreOutcome> {
  const { loadStore, tableColumns } = await openApi()
  const { createDecoder } = await import('../history/index.ts')
  const directory = resolve(store)
  const systems = new FileSystems(accessOf(flags))
  const listing = await systems.list(patterns.map(resolveLocation))
  const files = listing.files.map(file => ({ ...file, format: formatFor(file.path, flags.format) }))
  const decoder = createDecoder({
    files,
    csv: { delimiter: flags.delimiter, header: true, null: flags.null },
    declared: await tableColumns(directory, flags.table),
    open: systems.opener(files),
  })
  try {
    return await loadStore({
      directory,
      table: flags.table,
      columns: {
        key: names(flags.key),
        time: timeColumn('--time', flags.time),
        ...(flags.available === undefined ? {} : { available: timeColumn('--available', flags.available) }),
        ...(flags.deleted === undefined ? {} : { deleted: flags.deleted }),
        ...(flags.columns === undefined ? {} : { columns: names(flags.columns) }),
      },
      files,
      decoder,
      systems,
    })
  } finally {
    await decoder.close()
    await systems.close()
  }
}

function formatFor(path: string, declared: string | undefined): FileFormat {
  const format = declared ?? formatOf(path)
  if (format === 'parquet' || format === 'csv' || format === 'jsonl') return format
  if (declared !== undefined) throw wrongFlag('--format', declared, 'parquet, csv or jsonl')
  throw new HindcastError('argument-invalid', `the name of ${path} does not tell its format`, {
    where: { uri: path },
    advice: 'Add --format parquet, csv or jsonl.',
  })
}

/** `known_at` or `known_at:ms`; a column whose name ends in `:ms` is written `name:ms:ms`. */
function timeColumn(flag: string, text: string): TimeColumn {
  const match = /^(.+):(s|ms|us|ns)$/.exec(text)
  if (match !== null) return { column: match[1], unit: match[2] as TimeUnit }
  if (text === '') throw wrongFlag(flag, text, 'a column, or COLUMN:s|ms|us|ns')
  return { column: text }
}

function names(text: string): string[] {
  return text.split(',').map(name => name.trim())
}

function loadText(outcome: LoadStoreOutcome): string {
  const rows: [string, string][] = [
    ['loaded', `${countedText(outcome.versions, 'version')} into ${outcome.table}`],
  ]
  if (outcome.skipped.length > 0)
    rows.push(['left out', `${countedText(outcome.skipped.length, 'file')} that had been loaded before`])
  if (outcome.ignored.length > 0) rows.push(['not taken', `columns ${outcome.ignored.join(', ')}`])
  if (outcome.nullKeys > 0)
    rows.push(['no key', `${countedText(outcome.nullKeys, 'version')}, which no lookup can find`])
  if (outcome.bad > 0) rows.push(['bad', `${countedText(outcome.bad, 'row')}: see ${outcome.quarantine}`])
  return labelled(rows)
}

interface GetFlags {
  readonly asOf?: string
  readonly boundary: string
  readonly json?: boolean
}

function addGet(features: Command, session: FeatureSession): void {
  features
    .command('get')
    .description('print the version of a key that was true at a time')
    .argument('<store>', 'directory of the store')
    .argument('<table>', 'name of the table')
    .argument('<key...>', 'the key: one value for each key column')
    .option(
      '--as-of <time>',
      'ISO 8601 instant, or milliseconds since the epoch (default: the newest version)',
    )
    .option(
      '--boundary <boundary>',
      'exclusive | inclusive: whether a version of that very moment counts',
      'exclusive',
    )
    .option('--json', 'print the version as JSON')
    .action(async (store: string, table: string, key: string[], flags: GetFlags) => {
      if (flags.boundary !== 'exclusive' && flags.boundary !== 'inclusive') {
        throw wrongFlag('--boundary', flags.boundary, 'exclusive or inclusive')
      }
      const version = await (await openApi()).getVersion({
        directory: resolve(store),
        table,
        key,
        asOfMs: flags.asOf === undefined ? null : instant(flags.asOf),
        inclusive: flags.boundary === 'inclusive',
      })
      if (flags.json) session.printJson(version)
      else session.terminal.out(versionText(version))
    })
}

function instant(text: string): number {
  const ms = /^-?\d{5,16}$/.test(text) ? Number(text) : instantMs(text)
  if (ms !== null && Number.isSafeInteger(ms)) return ms
  throw wrongFlag('--as-of', text, 'an instant such as 2024-05-01T12:00:00Z, or milliseconds since the epoch')
}

function versionText(version: StoredVersion): string {
  if (version.values === null || version.versionMs === null) return `${version.status}\n`
  const values = Object.entries(version.values).map(([name, value]): [string, string] => [
    name,
    String(value),
  ])
  return labelled([['version', instantText(version.versionMs)], ...values])
}

function addList(features: Command, session: FeatureSession): void {
  features
    .command('list')
    .description('print the tables of a store')
    .argument('<store>', 'directory of the store')
    .option('--json', 'print the tables as JSON')
    .action(async (store: string, flags: { readonly json?: boolean }) => {
      const tables = await (await openApi()).listStore(resolve(store))
      if (flags.json) session.printJson({ tables })
      else session.terminal.out(tables.map(tableText).join('\n') || 'no tables\n')
    })
}

function tableText(table: StoreTable): string {
  const typed = (fields: Readonly<Record<string, string>>): string =>
    Object.entries(fields)
      .map(([name, type]) => `${name} ${type}`)
      .join(', ')
  return `${table.name}\n${labelled(
    [
      ['versions', countedText(table.versions, 'version')],
      ['newest', table.newestMs === null ? 'none' : instantText(table.newestMs)],
      ['key', typed(table.key)],
      ['columns', typed(table.columns)],
      ['times', `in ${table.unit}${table.available ? ', with `available`' : ''}`],
    ],
    '  ',
  )}`
}

function wrongFlag(flag: string, text: string, expected: string): HindcastError {
  return new HindcastError('argument-invalid', `${flag} must be ${expected}, not ${JSON.stringify(text)}`, {
    advice: 'See hindcast features --help.',
  })
}

function processSession(): FeatureSession {
  return new Session({
    terminal: processTerminal(),
    loadApi: () => Promise.reject(new HindcastError('bug', 'features commands call no run')),
    signals: process,
    quit: code => process.exit(code),
  })
}
