/**
 * The embedded feature store: a directory with an LMDB environment.
 *
 *     meta                     table:<name>            → JSON of TableMeta
 *                              file:<table>:<sha-256>  → JSON of LoadedFile
 *     versions:<table>         record key → block      see record-key.ts and version-block.ts
 *
 * One writer at a time, any number of readers in any thread or process; a reader sees whole transactions only.
 */

import { existsSync, mkdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Database, RootDatabase } from 'lmdb'
import type { Field } from '../../core/batch/index.ts'
import { typeFromText, typeText } from '../../core/batch/index.ts'
import type { Ticks, Timeline } from '../../core/time.ts'
import { HindcastError, wrapError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { checkStoreFile, STORE_FILE, settleStoreFile } from './lmdb-file.ts'

const FORMAT_VERSION = 1

/** Native code, loaded when the first store is opened: most lanes have none. */
const lmdb = (): typeof import('lmdb') => createRequire(import.meta.url)('lmdb')

/** What a table is and holds. */
export interface TableMeta {
  readonly name: string
  readonly keyFields: readonly Field[]
  readonly fields: readonly Field[]
  /** Unit of its times, fixed when it is made. */
  readonly timeline: Timeline
  /** Versions say when they became readable. */
  readonly available: boolean
  /** Versions of all files that are loaded to their end. */
  readonly versions: number
  readonly newest: Ticks | null
  /** Ordinal of the next new file. */
  readonly fileNext: number
}

/** A file of versions that was, or is being, loaded. */
export interface LoadedFile {
  readonly ordinal: number
  readonly path: string
  readonly rows: number
  readonly bad: number
  readonly done: boolean
}

export type VersionDatabase = Database<Buffer, Buffer>

export class StoreDirectory {
  readonly path: string
  readonly #root: RootDatabase<string, string>
  readonly #readOnly: boolean
  readonly #meta: Database<string, string>

  private constructor(path: string, root: RootDatabase<string, string>, readOnly: boolean) {
    this.path = path
    this.#root = root
    this.#readOnly = readOnly
    this.#meta = root.openDB<string, string>({ name: 'meta', encoding: 'string' })
  }

  /** Opens an existing store; raises `file-unreadable` where there is none. */
  static openToRead(path: string): StoreDirectory {
    if (!existsSync(join(path, STORE_FILE))) {
      throw new HindcastError('file-unreadable', `${path} is no feature store`, {
        where: { uri: path },
        advice:
          'Check the path, or make the store: hindcast features load STORE --table T --key K --time C FILES…',
      })
    }
    return StoreDirectory.#open(path, { readOnly: true, durable: true })
  }

  /**
   * Opens a store to load into; makes it where there is none. `durable: false` for one that is thrown away anyway. Not
   * while this process has it open to read: LMDB opens a file once in a process.
   */
  static openToWrite(path: string, durable: boolean): StoreDirectory {
    try {
      mkdirSync(path, { recursive: true })
    } catch (error) {
      throw storeError(error, path)
    }
    return StoreDirectory.#open(path, { readOnly: false, durable })
  }

  static #open(path: string, how: { readOnly: boolean; durable: boolean }): StoreDirectory {
    try {
      if (how.readOnly || holdsBytes(join(path, STORE_FILE))) checkStoreFile(path)
      const root = lmdb().open<string, string>({
        path,
        noSubdir: false, // a folder, also where its name has a dot
        readOnly: how.readOnly,
        maxDbs: LIMITS.featureTablesMax + 2,
        noSync: !how.durable,
        overlappingSync: false,
      })
      return new StoreDirectory(path, root, how.readOnly)
    } catch (error) {
      throw storeError(error, path)
    }
  }

  tables(): TableMeta[] {
    const tables: TableMeta[] = []
    for (const { value } of this.#meta.getRange({ start: 'table:', end: 'table;' }))
      tables.push(parseMeta(value, this.path))
    return tables
  }

  table(name: string): TableMeta | null {
    const text = this.#meta.get(`table:${name}`)
    return text === undefined ? null : parseMeta(text, this.path)
  }

  /** The same; raises `argument-invalid` where there is no such table. */
  requireTable(name: string): TableMeta {
    const table = this.table(name)
    if (table !== null) return table
    const names = this.tables().map(each => each.name)
    throw new HindcastError('argument-invalid', `the feature store has no table ${name}`, {
      where: { uri: this.path },
      advice: names.length === 0 ? 'It is empty: load it first.' : `Its tables are: ${names.join(', ')}.`,
    })
  }

  /** The blocks of a table that `table` knows. */
  versions(table: string): VersionDatabase {
    return this.#root.openDB<Buffer, Buffer>({
      name: `versions:${table}`,
      encoding: 'binary',
      keyEncoding: 'binary',
    })
  }

  file(table: string, hash: string): LoadedFile | null {
    const text = this.#meta.get(`file:${table}:${hash}`)
    return text === undefined ? null : (parseJson(text, this.path) as LoadedFile)
  }

  putTable(meta: TableMeta): void {
    this.#meta.putSync(`table:${meta.name}`, metaText(meta))
  }

  putFile(table: string, hash: string, file: LoadedFile): void {
    this.#meta.putSync(`file:${table}:${hash}`, JSON.stringify(file))
  }

  /** Runs `work` in one transaction that is on disk when this returns. */
  transaction<T>(work: () => T): T {
    try {
      const result = this.#root.transactionSync(work)
      settleStoreFile(this.path)
      return result
    } catch (error) {
      throw storeError(error, this.path)
    }
  }

  /** Reads from here on see what others have written by now. */
  refresh(): void {
    this.#root.resetReadTxn()
  }

  async close(): Promise<void> {
    if (!this.#readOnly) await this.#root.flushed
    await this.#root.close()
  }

  /** Runs `work`, and closes the store if it throws: for whoever opens it and then needs something of it. */
  orClose<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      this.close().catch(() => {}) // the first error is the one to tell
      throw error
    }
  }
}

/** A file of no bytes is what is left of a writer that was killed while it made the store. */
function holdsBytes(path: string): boolean {
  return existsSync(path) && statSync(path).size > 0
}

/** Wraps what LMDB throws. */
export function storeError(error: unknown, path: string): HindcastError {
  const message = error instanceof Error ? error.message : String(error)
  const full = /ENOSPC|No space left/.test(message)
  const damaged = /MDB_INVALID|MDB_CORRUPTED|MDB_VERSION_MISMATCH|MDB_PAGE_NOTFOUND/.test(message)
  const code = full ? 'disk-full' : damaged ? 'file-corrupt' : 'store-failed'
  const advice = damaged
    ? 'Load the table anew into a fresh directory: hindcast features load.'
    : 'Check the disk and the permissions of the directory, then try again.'
  return wrapError(error, code, `feature store ${path}`, { where: { uri: path }, advice })
}

interface StoredMeta extends Omit<TableMeta, 'keyFields' | 'fields'> {
  readonly format: number
  readonly keyFields: readonly (readonly [string, string])[]
  readonly fields: readonly (readonly [string, string])[]
}

function metaText(meta: TableMeta): string {
  const texts = (fields: readonly Field[]): [string, string][] =>
    fields.map(field => [field.name, typeText(field.type)])
  const stored: StoredMeta = {
    ...meta,
    format: FORMAT_VERSION,
    keyFields: texts(meta.keyFields),
    fields: texts(meta.fields),
  }
  return JSON.stringify(stored)
}

function parseMeta(text: string, path: string): TableMeta {
  const { format, ...stored } = parseJson(text, path) as StoredMeta
  if (format !== FORMAT_VERSION) {
    throw new HindcastError(
      'unsupported',
      `the feature store has format ${format}, this version reads ${FORMAT_VERSION}`,
      { where: { uri: path }, advice: 'Load the table anew with this version: hindcast features load.' },
    )
  }
  const fields = (pairs: StoredMeta['fields']): Field[] =>
    pairs.map(([name, type]) => ({ name, type: typeFromText(type) ?? damagedMeta(`the type ${type}`, path) }))
  return { ...stored, keyFields: fields(stored.keyFields), fields: fields(stored.fields) }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return damagedMeta(JSON.stringify(text.slice(0, 100)), path)
  }
}

function damagedMeta(what: string, path: string): never {
  throw new HindcastError('file-corrupt', `the feature store is damaged: it says ${what}`, {
    where: { uri: path },
    advice: 'Load the table anew into a fresh directory: hindcast features load.',
  })
}
