/**
 * `hindcast features load`: files of versions into a table of an embedded store. The table's columns, types and time
 * unit are fixed by its first load; later files may be narrower, never wider.
 */

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Field } from '../core/batch/index.ts'
import { timelineOf } from '../core/time.ts'
import { HindcastError } from '../errors.ts'
import type { FileStat, FileSystem, ListedFile } from '../files/index.ts'
import { FileSystems, takeOwnerLock, writeDurably } from '../files/index.ts'
import type { BadRow, Decoder, FileDescription } from '../history/index.ts'
import type { FileFormat } from '../job/index.ts'
import { LIMITS } from '../limits.ts'
import type { FileUnit, PinnedFile } from '../plan/index.ts'
import { mergeSchemas, requireSupported } from '../plan/index.ts'
import { loadVersions } from './embedded/load.ts'
import type { TableMeta } from './embedded/store-directory.ts'
import { StoreDirectory } from './embedded/store-directory.ts'
import { emptyTable } from './file-table.ts'
import type { VersionColumns, VersionLayout } from './version-layout.ts'
import { versionLayout } from './version-layout.ts'

export interface LoadStoreOptions {
  /** Directory of the store; made where there is none. */
  readonly directory: string
  readonly table: string
  /** Without `columns`: those of the table, or for a new one all columns that have no other meaning. */
  readonly columns: Omit<VersionColumns, 'columns'> & { readonly columns?: readonly string[] }
  /** In the order in which they count as written. */
  readonly files: readonly (ListedFile & { readonly format: FileFormat })[]
  readonly decoder: Decoder
  /** Where the files are. Default: the local disk. */
  readonly systems?: FileSystem
  /** Rows gathered before they are sorted and written, bytes. */
  readonly batchBytes?: number
}

export interface LoadStoreOutcome {
  readonly table: string
  /** Versions that this load brought. */
  readonly versions: number
  readonly bad: number
  readonly nullKeys: number
  /** Files that were loaded before, and were left out. */
  readonly skipped: readonly string[]
  /** Columns of the files that the table does not take. */
  readonly ignored: readonly string[]
  /** Folder with a line for each bad row; null where there is none. */
  readonly quarantine: string | null
}

/**
 * Loads the files. Loading the same content again changes nothing; an interrupted load is run again as it was. Raises
 * `schema-conflict` where the files do not fit the table, `quarantine-limit` for too many bad rows.
 */
export async function loadStore(options: LoadStoreOptions): Promise<LoadStoreOutcome> {
  checkTableName(options.table)
  const { time } = options.columns
  const systems = options.systems ?? new FileSystems()
  const paths = options.files.map(file => file.path)
  const descriptions = await options.decoder.describeMany(paths, time.column, time.unit)
  const store = StoreDirectory.openToWrite(options.directory, true)
  const lock = store.orClose(() => lockStore(options.directory))
  try {
    const existing = store.table(options.table)
    const { layout, ignored } = layoutOf(options, descriptions, existing)
    const table = existing ?? emptyTable(options.table, layout, timelineOf(layout.timeUnits))
    checkFits(table, layout)
    const quarantine = join(options.directory, 'quarantine', options.table)
    const outcome = await loadVersions({
      files: options.files.map((file, ordinal) => ({ ...file, ordinal, units: descriptions[ordinal].units })),
      layout,
      timeline: table.timeline,
      decoder: options.decoder,
      checkFile: file => systems.checkUnchanged(file),
      quarantine: quarantineInto(quarantine),
      store,
      table,
      identify: file => contentHash(systems, file),
      batchBytes: options.batchBytes ?? LIMITS.featureLoadBytes,
    })
    return {
      table: options.table,
      versions: outcome.rows,
      bad: outcome.bad,
      nullKeys: outcome.nullKeys,
      skipped: outcome.skipped.map(file => file.path),
      ignored,
      quarantine: outcome.bad > 0 ? quarantine : null,
    }
  } finally {
    lock.release()
    await store.close()
  }
}

/** One load at a time: LMDB would let several write in turn, but each counts files and versions for itself. */
function lockStore(directory: string): { release(): void } {
  const lock = takeOwnerLock(join(directory, 'load.lock'))
  if (lock.held) return lock
  throw new HindcastError('store-failed', `process ${lock.ownerPid} is loading into the feature store`, {
    where: { uri: directory },
    advice: `Wait for process ${lock.ownerPid} to end, then load again.`,
  })
}

function checkTableName(name: string): void {
  if (/^[A-Za-z0-9_.-]{1,100}$/.test(name)) return
  throw new HindcastError('argument-invalid', `${JSON.stringify(name)} cannot be the name of a table`, {
    advice: 'Use letters, digits, `_`, `.` and `-`, at most 100.',
  })
}

function layoutOf(
  options: LoadStoreOptions,
  descriptions: readonly FileDescription[],
  existing: TableMeta | null,
): { layout: VersionLayout; ignored: string[] } {
  const { key, time, available, deleted } = options.columns
  const declared: Field[] = existing === null ? [] : [...existing.keyFields, ...existing.fields]
  const merged = mergeSchemas(
    options.files.map((file, i) => ({
      path: file.path,
      schema: descriptions[i].schema,
      unsupported: descriptions[i].unsupported,
      hive: file.hive,
    })),
    declared,
  )
  const taken = [
    ...key,
    time.column,
    ...(available === undefined ? [] : [available.column]),
    ...(deleted === undefined ? [] : [deleted]),
  ]
  const free = merged.schema.map(field => field.name).filter(name => !taken.includes(name))
  const columns = options.columns.columns ?? existing?.fields.map(field => field.name) ?? free
  requireSupported(merged, [...taken, ...columns])
  const others = [...free, ...merged.unsupported.map(column => column.name)]
  const layout = versionLayout({ ...options.columns, columns }, merged.schema)
  return { layout, ignored: others.filter(name => !columns.includes(name)) }
}

/** What is fixed by the first load of a table. */
function checkFits(table: TableMeta, layout: VersionLayout): void {
  const differs = (what: string, has: string, wants: string): HindcastError =>
    new HindcastError(
      'schema-conflict',
      `table ${table.name} has ${what} ${has}, the files are loaded with ${wants}`,
      {
        advice: 'Load them into another table, or as the table was made.',
      },
    )
  const names = (fields: readonly Field[]): string => fields.map(field => field.name).join(', ')
  if (names(table.keyFields) !== names(layout.key))
    throw differs('the key', names(table.keyFields), names(layout.key))
  if (names(table.fields) !== names(layout.values))
    throw differs('the columns', names(table.fields), names(layout.values))
  const timeline = timelineOf([table.timeline, ...layout.timeUnits])
  if (timeline !== table.timeline) throw differs('times in', table.timeline, `times in ${timeline}`)
  if (table.available !== (layout.available !== null)) {
    throw differs(
      table.available ? 'an' : 'no',
      '`available` column',
      layout.available === null ? 'none' : 'one',
    )
  }
}

/** A file a unit, as the quarantine of a run has it; more than the default share of a file's rows ends the load. */
function quarantineInto(
  folder: string,
): (file: PinnedFile, unit: FileUnit, bad: readonly BadRow[]) => Promise<void> {
  const counts = new Map<string, number>()
  return (file, unit, bad) => {
    const lines = bad.map(row => JSON.stringify({ file: file.path, ...row }))
    const name = `${String(file.ordinal).padStart(6, '0')}-${unit.rowFirst}.jsonl`
    writeDurably(join(folder, name), `${lines.join('\n')}\n`)
    const count = (counts.get(file.path) ?? 0) + bad.length
    counts.set(file.path, count)
    const rows = file.units.reduce((sum, each) => sum + each.rows, 0)
    if (count <= Math.floor(LIMITS.quarantineShare * rows)) return Promise.resolve()
    return Promise.reject(
      new HindcastError(
        'quarantine-limit',
        `${count} of about ${rows} rows are bad; the last was: ${bad[bad.length - 1].reason}`,
        {
          where: { uri: file.path, row: bad[bad.length - 1].row },
          advice: `Look at ${folder}, mend the file, and load it again.`,
        },
      ),
    )
  }
}

/** Bytes of a file that are hashed at once. */
const HASHED_BYTES = 4 * 1024 * 1024

/** SHA-256 of a file, hex. */
async function contentHash(systems: FileSystem, file: FileStat): Promise<string> {
  const hash = createHash('sha256')
  const source = await systems.open(file)
  try {
    for (let position = 0; position < source.size; position += HASHED_BYTES)
      hash.update(await source.read(position, Math.min(HASHED_BYTES, source.size - position)))
  } finally {
    await source.close()
  }
  return hash.digest('hex')
}
