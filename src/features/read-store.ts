/**
 * `hindcast features list` and `get`: what an embedded store holds, and the version of one key as of a time.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { encodeKeys, findKeys, keyConversion, lookUpAsOf, STATUS_TEXT } from '../core/asof/index.ts'
import type { Batch, Field } from '../core/batch/index.ts'
import { createJsonRows, rowObject, typeText } from '../core/batch/index.ts'
import { msFromTicks, ticksFromMs } from '../core/time.ts'
import { HindcastError } from '../errors.ts'
import { EmbeddedStore } from './embedded/embedded-store.ts'
import { STORE_FILE } from './embedded/lmdb-file.ts'
import type { TableMeta } from './embedded/store-directory.ts'
import { StoreDirectory } from './embedded/store-directory.ts'

export interface StoreTable {
  readonly name: string
  readonly versions: number
  readonly newestMs: number | null
  /** Unit of its times: `ms`, `us` or `ns`. */
  readonly unit: string
  readonly available: boolean
  readonly key: Readonly<Record<string, string>>
  readonly columns: Readonly<Record<string, string>>
}

/** The tables of a store, in order of their names. */
export async function listStore(directory: string): Promise<StoreTable[]> {
  const store = StoreDirectory.openToRead(directory)
  try {
    return store.tables().map(table => ({
      name: table.name,
      versions: table.versions,
      newestMs: table.newest === null ? null : msFromTicks(table.newest, table.timeline),
      unit: table.timeline,
      available: table.available,
      key: typesOf(table.keyFields),
      columns: typesOf(table.fields),
    }))
  } finally {
    await store.close()
  }
}

function typesOf(fields: readonly Field[]): Record<string, string> {
  return Object.fromEntries(fields.map(field => [field.name, typeText(field.type)]))
}

/**
 * Columns of a table with their types, for reading more files of text into it; none where there is no such table yet.
 */
export async function tableColumns(directory: string, table: string): Promise<Field[]> {
  if (!existsSync(join(directory, STORE_FILE))) return []
  const store = StoreDirectory.openToRead(directory)
  try {
    const meta = store.table(table)
    return meta === null ? [] : [...meta.keyFields, ...meta.fields]
  } finally {
    await store.close()
  }
}

export interface GetVersionOptions {
  readonly directory: string
  readonly table: string
  /** One text for each key column. */
  readonly key: readonly string[]
  /** ms; null: the newest version that is readable at all. */
  readonly asOfMs: number | null
  /** True: a version of the very moment counts. */
  readonly inclusive: boolean
}

export interface StoredVersion {
  readonly status: (typeof STATUS_TEXT)[number]
  readonly versionMs: number | null
  /** Null unless the status is `hit`. */
  readonly values: Readonly<Record<string, string | number | boolean | null>> | null
}

/** Raises `argument-invalid` for a key that is none of the table's. */
export async function getVersion(options: GetVersionOptions): Promise<StoredVersion> {
  const meta = await tableMeta(options)
  const store = new EmbeddedStore({
    directory: options.directory,
    table: options.table,
    columns: meta.fields.map(field => field.name),
    timeline: meta.timeline,
    lag: 0,
    now: null,
  })
  try {
    const batch = keyBatch(options.key, meta)
    const keys = encodeKeys(
      meta.keyFields.map((field, i) => ({
        column: batch.columns[i],
        type: field.type,
        conversion: keyConversion(field.type, field.type)!,
      })),
      1,
    )
    const at = options.asOfMs === null ? Number.MAX_SAFE_INTEGER : ticksFromMs(options.asOfMs, meta.timeline)
    const table = await store.versions({ keys, from: at, until: at })
    const inclusive = options.asOfMs === null || options.inclusive
    const events = { time: Float64Array.of(at), sub: null }
    const found = lookUpAsOf(table, findKeys(table.index, keys), events, {
      inclusive,
      lag: 0,
      maxAge: Infinity,
      stale: false,
    })
    const status = STATUS_TEXT[found.status[0]]
    if (status !== 'hit') return { status, versionMs: null, values: null }
    const version: Batch = { schema: table.schema, rows: table.versions, columns: table.columns }
    return {
      status,
      versionMs: msFromTicks(found.versionTime[0], meta.timeline),
      values: rowObject(version, found.position[0]),
    }
  } finally {
    await store.close()
  }
}

async function tableMeta(options: GetVersionOptions): Promise<TableMeta> {
  const store = StoreDirectory.openToRead(options.directory)
  try {
    return store.requireTable(options.table)
  } finally {
    await store.close()
  }
}

/** The key's texts as columns, read as JSON values of their types. */
function keyBatch(texts: readonly string[], meta: TableMeta): Batch {
  const { keyFields } = meta
  const wrong = (why: string): HindcastError =>
    new HindcastError(
      'argument-invalid',
      `${JSON.stringify(texts.join(', '))} is no key of table ${meta.name}: ${why}`,
      {
        advice: `Its key columns are: ${keyFields.map(field => `${field.name} (${typeText(field.type)})`).join(', ')}.`,
      },
    )
  if (texts.length !== keyFields.length)
    throw wrong(`${texts.length} value(s) for ${keyFields.length} column(s)`)
  const members = keyFields.map((field, i) => `${JSON.stringify(field.name)}:${jsonText(texts[i], field)}`)
  const rows = createJsonRows(keyFields)
  const fault = rows.push(`{${members.join(',')}}`)
  if (fault !== null) throw wrong(fault)
  return rows.take()
}

/** Numbers and booleans stand for themselves; all else is a string. */
function jsonText(text: string, field: Field): string {
  const bare =
    /^(u?int\d+|float\d+|bool|decimal)$/.test(field.type.name) && /^(-?\d[\d.eE+-]*|true|false)$/.test(text)
  return bare ? text : JSON.stringify(text)
}
