/** The text we give DuckDB to write a file, and what its answers mean when it fails. */

import type { Schema } from '../core/batch/index.ts'
import { physicalKind } from '../core/batch/index.ts'
import { CHUNK_ROWS, SCHEMA_KEY, schemaText, sqlText } from '../duckdb/index.ts'
import { HindcastError, wrapError } from '../errors.ts'
import { wrapWriteError } from '../files/index.ts'

/** Rows of an output row group where rows are narrow; DuckDB's default, and the fastest we measured. */
const ROW_GROUP_ROWS = 60 * CHUNK_ROWS
/** Wide rows get fewer of them, so that a row group stays about this size in memory. */
const ROW_GROUP_BYTES = 64 * 1024 * 1024
/** Distinct values a column may have in a row group to be written with a dictionary. */
const DICTIONARY_ENTRIES = 2048
/** Bytes a string is taken for when sizes are estimated. */
const STRING_BYTES = 24

/** Settings of an instance that writes below one directory with one thread, spills, and can do nothing else. */
export function lockDown(options: { directory: string; spill: string; memoryBytes: number }): string {
  const settings = [
    'threads = 1',
    'preserve_insertion_order = true',
    `memory_limit = '${options.memoryBytes}B'`,
    `temp_directory = ${sqlText(options.spill)}`,
    'autoload_known_extensions = false',
    'autoinstall_known_extensions = false',
    'allow_community_extensions = false',
    `allowed_directories = [${sqlText(`${options.directory}/`)}]`,
    'enable_external_access = false',
    'lock_configuration = true',
  ]
  return settings.map(setting => `SET ${setting};`).join('\n')
}

export interface CopyOptions {
  /** Table with one STRUCT column `s` of fields `c0`, `c1`, …. */
  readonly table: string
  readonly schema: Schema
  readonly file: string
  readonly metadata: Readonly<Record<string, string>>
  readonly compression?: string
  readonly encodings?: 'v1' | 'v2'
}

/** The COPY statement that writes a table as one Parquet file with the schema's column names. */
export function copyStatement(options: CopyOptions): string {
  const columns = options.schema.map((field, c) => `s.c${c} AS ${quoteName(field.name)}`)
  const metadata = Object.entries({ ...options.metadata, [SCHEMA_KEY]: schemaText(options.schema) })
  const settings = [
    'FORMAT parquet',
    `COMPRESSION ${options.compression ?? 'snappy'}`,
    `PARQUET_VERSION ${options.encodings ?? 'v1'}`,
    `ROW_GROUP_SIZE ${rowGroupRows(options.schema)}`,
    `DICTIONARY_SIZE_LIMIT ${DICTIONARY_ENTRIES}`,
    'USE_TMP_FILE false',
    `KV_METADATA {${metadata.map(([key, value]) => `${quoteName(key)}: ${sqlText(value)}`).join(', ')}}`,
  ]
  return `COPY (SELECT ${columns.join(', ')} FROM ${options.table}) TO ${sqlText(options.file)} (${settings.join(', ')})`
}

/** Bytes of memory a row takes, estimated from its types. */
export function bytesOfRow(schema: Schema): number {
  let bytes = 0
  for (const field of schema) {
    const kind = physicalKind(field.type)
    bytes += kind === 'bytes' ? STRING_BYTES : kind === 'i32' ? 4 : 8
  }
  return bytes
}

/** Refuses column names that a Parquet file written by DuckDB cannot have as they are. */
export function checkNames(schema: Schema): void {
  const seen = new Map<string, string>()
  for (const { name } of schema) {
    const folded = name.toLowerCase()
    const twin = seen.get(folded)
    const why =
      name === ''
        ? 'a column without a name cannot be written'
        : name.includes('\0')
          ? 'a column name with a zero byte cannot be written'
          : twin !== undefined
            ? `columns "${twin}" and "${name}" differ only in case and cannot be written to one file`
            : null
    if (why !== null) {
      throw new HindcastError('unsupported', why, {
        where: { column: name },
        advice: 'Leave the column out with `output.columns`.',
      })
    }
    seen.set(folded, name)
  }
}

/** Wraps what DuckDB threw while `path` was written. */
export function sinkError(thrown: unknown, path: string): HindcastError {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  if (/No space left on device|Disk quota exceeded|max_temp_directory_size/.test(text)) {
    return wrapError(thrown, 'disk-full', `cannot write ${path}`, {
      where: { uri: path },
      advice: 'Free space and run the same command again: it goes on where it stopped.',
    })
  }
  if (/Out of Memory|could not allocate|failed to pin/i.test(text)) {
    return wrapError(
      thrown,
      'limit-passed',
      `writing ${path} needs more memory than \`limits.memory\` leaves for it`,
      {
        where: { uri: path },
        advice: 'Raise `limits.memory`, or use fewer lanes.',
      },
    )
  }
  return wrapWriteError(thrown, path)
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function rowGroupRows(schema: Schema): number {
  const chunks = Math.floor(ROW_GROUP_BYTES / bytesOfRow(schema) / CHUNK_ROWS)
  return Math.min(ROW_GROUP_ROWS, Math.max(1, chunks) * CHUNK_ROWS)
}
