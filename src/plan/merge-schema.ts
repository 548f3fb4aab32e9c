/**
 * One schema for all files of a history: columns matched by name, types widened without loss (widen.ts), missing
 * ones null. Pure.
 *
 * Order: columns of the first file, then new ones as files bring them, then Hive folders, then what only `columns:`
 * declares. Otherwise the result does not hang on the order of files. A Hive folder stands above a column of the same
 * name inside the files, as in Spark.
 */

import type { ColumnType, Field, Schema } from '../core/batch/index.ts'
import { sameType, typeText } from '../core/batch/index.ts'
import { HindcastError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { wideningRank, widensTo, widenTypes } from './widen.ts'

/** What Hive and Spark write into a folder's name for a null. */
export const HIVE_NULL = '__HIVE_DEFAULT_PARTITION__'

/** A column that is in a file but that no ColumnType can hold. */
export interface UnsupportedColumn {
  readonly name: string
  /** The file's own words for its type: `list`, `decimal(50,2)` …; `null` for a column that never has a value. */
  readonly type: string
}

/** What one file brings. */
export interface FileSchema {
  readonly path: string
  readonly schema: Schema
  readonly unsupported?: readonly UnsupportedColumn[]
  readonly hive?: Readonly<Record<string, string>>
}

export interface MergedSchema {
  readonly schema: Schema
  /** Columns that some file has in a form that cannot be read, with the first such file; not in `schema`. */
  readonly unsupported: readonly (UnsupportedColumn & { readonly path: string })[]
}

/** A type that a column has, and the first file that has it; null: a folder name. */
interface Occurrence {
  readonly type: ColumnType
  readonly path: string | null
}

/** Raises `schema-conflict` naming both files, `limit-passed` for more than `columnsMax` columns. */
export function mergeSchemas(files: readonly FileSchema[], declared: Schema = []): MergedSchema {
  const columns = new Map<string, Occurrence[]>()
  const unsupported = new Map<string, UnsupportedColumn & { readonly path: string }>()
  const seen = new Set<Schema>()
  for (const file of files) {
    for (const column of file.unsupported ?? []) {
      if (!unsupported.has(column.name)) unsupported.set(column.name, { ...column, path: file.path })
    }
    if (seen.has(file.schema)) continue // files of one writer share the object
    seen.add(file.schema)
    for (const field of file.schema) addField(columns, field, file.path)
  }
  for (const field of hiveFields(files)) {
    columns.delete(field.name)
    unsupported.delete(field.name)
    columns.set(field.name, [{ type: field.type, path: null }])
  }
  for (const column of unsupported.values()) {
    if (column.type !== 'null') columns.delete(column.name)
    else if (columns.has(column.name)) unsupported.delete(column.name)
  }
  if (columns.size > LIMITS.columnsMax) {
    throw new HindcastError(
      'limit-passed',
      `${columns.size} columns are more than columnsMax (${LIMITS.columnsMax})`,
      {
        advice: 'Split the history: the files do not seem to belong to one table.',
      },
    )
  }
  const types = new Map([...columns].map(([name, occurrences]) => [name, widest(name, occurrences)]))
  for (const field of declared) types.set(field.name, declaredType(field, types.get(field.name)))
  const schema = [...types].map(([name, { type }]): Field => ({ name, type }))
  return { schema, unsupported: [...unsupported.values()] }
}

/** Raises `unsupported` with file and column for the first of the names that cannot be read. */
export function requireSupported(merged: MergedSchema, names: Iterable<string>): void {
  const needed = new Set(names)
  for (const { name, type, path } of merged.unsupported) {
    if (!needed.has(name)) continue
    throw new HindcastError('unsupported', `column ${name} has type ${type}, which is not read yet`, {
      where: { uri: path, column: name },
      advice: 'Leave the column out of the job, or write the files anew with a flat column in its place.',
    })
  }
}

function addField(columns: Map<string, Occurrence[]>, field: Field, path: string): void {
  const known = columns.get(field.name)
  if (known === undefined) columns.set(field.name, [{ type: field.type, path }])
  else if (!known.some(({ type }) => sameType(type, field.type))) known.push({ type: field.type, path })
}

/** The type that holds all that occur, with the file that asks for most. */
function widest(name: string, occurrences: readonly Occurrence[]): Occurrence {
  const [first, ...others] = occurrences.toSorted((a, b) => wideningRank(a.type) - wideningRank(b.type))
  let wide = first!
  for (const other of others) {
    const type = widenTypes(wide.type, other.type)
    if (type === null) throw conflict(name, wide, other)
    if (!sameType(type, wide.type)) wide = { type, path: other.path }
  }
  return wide
}

function declaredType(field: Field, found: Occurrence | undefined): Occurrence {
  const { name, type } = field
  if (found === undefined || widensTo(found.type, type)) return { type, path: null }
  if (found.path === null && isHiveType(type)) return { type, path: null }
  const is = typeText(found.type)
  throw new HindcastError(
    'schema-conflict',
    `column ${name} is declared ${typeText(type)}, but is ${is} in ${found.path ?? 'a folder name'}`,
    {
      where: { column: name, ...(found.path === null ? {} : { uri: found.path }) },
      advice: `Declare it as ${is} or a wider type, or leave it out of \`columns:\`.`,
    },
  )
}

function conflict(name: string, a: Occurrence, b: Occurrence): HindcastError {
  const message = `column ${name} is ${typeText(a.type)} in ${a.path} and ${typeText(b.type)} in ${b.path}: no type holds both without loss`
  return new HindcastError('schema-conflict', message, {
    where: { column: name, ...(b.path === null ? {} : { uri: b.path }) },
    advice: 'Write one of the files anew with the type of the other, or name them as two streams.',
  })
}

/** Types that a folder's text can be read as when the job declares them. */
function isHiveType(type: ColumnType): boolean {
  return ['utf8', 'int64', 'int32', 'int16', 'int8', 'date'].includes(type.name)
}

/** Columns of Hive folders with their inferred types: int64 or date where every value is one, else utf8. */
function hiveFields(files: readonly FileSchema[]): Field[] {
  const values = new Map<string, Set<string>>()
  for (const file of files) {
    for (const [key, value] of Object.entries(file.hive ?? {})) {
      const known = values.get(key)
      if (known === undefined) values.set(key, new Set([value]))
      else known.add(value)
    }
  }
  return [...values].map(([name, texts]) => ({ name, type: hiveType(texts) }))
}

/** Type of folder values; `__HIVE_DEFAULT_PARTITION__` is null and says nothing. */
export function hiveType(texts: Iterable<string>): ColumnType {
  const values = [...texts].filter(text => text !== HIVE_NULL)
  if (values.length === 0) return { name: 'utf8' }
  if (values.every(text => /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text))))
    return { name: 'int64' }
  return values.every(isIsoDate) ? { name: 'date' } : { name: 'utf8' }
}

function isIsoDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false
  const ms = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)
}
