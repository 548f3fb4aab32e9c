/**
 * A DuckDB instance that can do nothing but read the files it was opened for: no extensions are loaded or installed,
 * no other path is opened, nothing is spilled, and the configuration is locked.
 *
 * Connections come from a pool, because a streaming result ends early when another statement runs on its connection.
 */

import type { Connection, Database, DataChunk, Result } from '@duckdb/node-bindings'
import duckdb from '@duckdb/node-bindings'
import { assert, wrapError } from '../errors.ts'
import { BytesSink } from './bytes-sink.ts'
import { isFatal } from './duckdb-error.ts'

export interface SessionOptions {
  /** DuckDB's own memory; decoded columns come on top. */
  readonly memoryBytes: number
  readonly threads: number
  /** Files that may be read. */
  readonly paths: readonly string[]
}

/** Above so many files their folders are opened instead: a path costs 20 µs to allow. */
const PATHS_MAX = 20_000
/** DuckDB's smallest workable memory_limit. */
const MEMORY_BYTES_MIN = 64 * 1024 * 1024

export class Session {
  readonly #database: Database
  readonly #idle: Connection[] = []
  #leased = 0
  #closing: (() => void) | null = null
  /** True after an error that DuckDB does not recover from: open another session. */
  broken = false

  private constructor(database: Database) {
    this.#database = database
  }

  static async open(options: SessionOptions): Promise<Session> {
    try {
      const database = await duckdb.open(':memory:')
      const session = new Session(database)
      const connection = await duckdb.connect(database)
      await duckdb.query(connection, lockDown(options))
      session.#idle.push(connection)
      return session
    } catch (error) {
      throw wrapError(error, 'io-failed', 'cannot start DuckDB', {
        advice: 'Check memory and the installation (npm ci).',
      })
    }
  }

  /** A connection for one statement; give it back with `release`. */
  async lease(): Promise<Connection> {
    assert(this.#closing === null, 'lease of a connection of a closed session')
    this.#leased++
    try {
      return this.#idle.pop() ?? (await duckdb.connect(this.#database))
    } catch (error) {
      this.#returned()
      throw error
    }
  }

  release(connection: Connection): void {
    if (this.#closing === null) this.#idle.push(connection)
    else duckdb.disconnect_sync(connection)
    this.#returned()
  }

  #returned(): void {
    this.#leased--
    if (this.#closing !== null && this.#leased === 0) this.#closing()
  }

  /** Starts a statement whose rows are fetched chunk by chunk; DuckDB decodes about 1 MB ahead. */
  async stream(connection: Connection, sql: string): Promise<Result> {
    try {
      const prepared = await duckdb.prepare(connection, sql)
      try {
        return await duckdb.execute_prepared_streaming(prepared)
      } finally {
        duckdb.destroy_prepare_sync(prepared)
      }
    } catch (error) {
      this.broken ||= isFatal(error)
      throw error
    }
  }

  /** The next chunk, or null at the end. It is valid as long as it is referenced. */
  async fetch(result: Result): Promise<DataChunk | null> {
    try {
      const chunk = await duckdb.fetch_chunk(result)
      return chunk === null || duckdb.data_chunk_get_size(chunk) === 0 ? null : chunk
    } catch (error) {
      this.broken ||= isFatal(error)
      throw error
    }
  }

  /** All rows of a small result whose columns are all VARCHAR. */
  async texts(sql: string): Promise<(string | null)[][]> {
    const connection = await this.lease()
    try {
      const result = await this.stream(connection, sql)
      const rows: (string | null)[][] = []
      for (let chunk = await this.fetch(result); chunk !== null; chunk = await this.fetch(result)) {
        rows.push(...textRows(chunk))
      }
      return rows
    } finally {
      this.release(connection)
    }
  }

  /** Waits for statements under way, then frees everything. */
  async close(): Promise<void> {
    if (this.#closing !== null) return
    await new Promise<void>(resolve => {
      this.#closing = resolve
      for (const connection of this.#idle.splice(0)) duckdb.disconnect_sync(connection)
      if (this.#leased === 0) resolve()
    })
    duckdb.close_sync(this.#database)
  }
}

/** Text as a SQL literal. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

export function sqlList(texts: readonly string[]): string {
  return `[${texts.map(sqlText).join(', ')}]`
}

function lockDown({ memoryBytes, threads, paths }: SessionOptions): string {
  const folders = [...new Set(paths.map(path => path.slice(0, path.lastIndexOf('/') + 1)))]
  const allowed =
    paths.length > PATHS_MAX
      ? `allowed_directories = ${sqlList(folders)}`
      : `allowed_paths = ${sqlList(paths)}`
  const settings = [
    `memory_limit = '${Math.max(MEMORY_BYTES_MIN, Math.floor(memoryBytes))}B'`,
    `threads = ${threads}`,
    "temp_directory = ''",
    "TimeZone = 'UTC'",
    'preserve_insertion_order = true',
    'enable_external_file_cache = false', // the system's page cache is enough, and is not ours to pay for
    'parquet_metadata_cache = false', // 150 kB a file, outside memory_limit
    'autoload_known_extensions = false',
    'autoinstall_known_extensions = false',
    'allow_community_extensions = false',
    allowed,
    'enable_external_access = false',
    'lock_configuration = true',
  ]
  return settings.map(setting => `SET ${setting};`).join('\n')
}

const UTF8 = new TextDecoder()

function textRows(chunk: DataChunk): (string | null)[][] {
  const count = duckdb.data_chunk_get_size(chunk)
  const columns = Array.from({ length: duckdb.data_chunk_get_column_count(chunk) }, (_, c) => {
    const sink = new BytesSink(count)
    sink.append(duckdb.data_chunk_get_vector(chunk, c), 0, count)
    return sink.finish()
  })
  return Array.from({ length: count }, (_, row) =>
    columns.map(({ bytes, offsets, valid }) =>
      valid === null || valid[row] === 1 ? UTF8.decode(bytes.subarray(offsets[row], offsets[row + 1])) : null,
    ),
  )
}
