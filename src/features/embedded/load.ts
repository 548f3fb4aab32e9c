/**
 * Loading files of versions into a table of the embedded store, in sorted batches of bounded memory.
 *
 * A file is known by what it contains. It keeps the ordinal it was given first, so a load that was interrupted can be
 * run again: rows that are there already are written over, and a file that was loaded to its end is left out. Among
 * versions of one key and time, the file that was loaded later wins (C4: last written).
 */

import type { Ticks } from '../../core/time.ts'
import type { PinnedFile } from '../../plan/index.ts'
import type { VersionReaderOptions, VersionUnit } from '../version-reader.ts'
import { readVersions } from '../version-reader.ts'
import type { WrittenChunk } from './block-writer.ts'
import { writeVersions } from './block-writer.ts'
import { chunkRowBytes, RowFormat } from './row-format.ts'
import type { LoadedFile, StoreDirectory, TableMeta } from './store-directory.ts'

export interface LoadOptions extends VersionReaderOptions {
  readonly store: StoreDirectory
  readonly table: TableMeta
  /** What a file is known by: equal for files with equal content. */
  readonly identify: (file: PinnedFile) => Promise<string>
  /** Rows gathered before they are sorted and written, bytes. */
  readonly batchBytes: number
}

export interface LoadOutcome {
  readonly rows: number
  readonly bad: number
  readonly nullKeys: number
  /** Files that were loaded before, and were left out. */
  readonly skipped: readonly PinnedFile[]
}

export async function loadVersions(options: LoadOptions): Promise<LoadOutcome> {
  const load = new Load(options)
  const skipped: PinnedFile[] = []
  for (const file of options.files) if (!(await load.loadFile(file))) skipped.push(file)
  load.flush()
  return { rows: load.rows, bad: load.bad, nullKeys: load.nullKeys, skipped }
}

interface FinishedFile {
  readonly hash: string
  readonly record: LoadedFile
}

class Load {
  rows = 0
  bad = 0
  nullKeys = 0
  readonly #options: LoadOptions
  readonly #format: RowFormat
  #meta: TableMeta
  #pending: WrittenChunk[] = []
  #pendingBytes = 0
  /** Files whose last rows are pending. */
  #finished: FinishedFile[] = []

  constructor(options: LoadOptions) {
    this.#options = options
    this.#meta = options.table
    this.#format = new RowFormat(options.table.fields, partsOf(options.table))
  }

  /** False where the file has been loaded before. */
  async loadFile(file: PinnedFile): Promise<boolean> {
    const { store } = this.#options
    const hash = await this.#options.identify(file)
    const known = store.file(this.#meta.name, hash)
    if (known?.done || this.#finished.some(each => each.hash === hash)) return false
    const ordinal = known?.ordinal ?? this.#register(file, hash)
    let rows = 0
    let bad = 0
    for await (const unit of readVersions({ ...this.#options, files: [file] })) {
      rows += unit.chunk.rows
      bad += unit.bad
      this.nullKeys += unit.nullKeys
      this.#take(unit, ordinal)
    }
    this.rows += rows
    this.bad += bad
    this.#finished.push({ hash, record: { ordinal, path: file.path, rows, bad, done: true } })
    return true
  }

  /** Writes what is pending; files that end in it count as loaded. */
  flush(): void {
    const { store } = this.#options
    store.transaction(() => {
      writeVersions(this.#pending, {
        database: store.versions(this.#meta.name),
        format: this.#format,
        uri: store.path,
      })
      for (const { hash, record } of this.#finished) {
        store.putFile(this.#meta.name, hash, record)
        this.#meta = { ...this.#meta, versions: this.#meta.versions + record.rows }
      }
      this.#meta = { ...this.#meta, newest: newestOf(this.#pending, this.#meta.newest) }
      store.putTable(this.#meta)
    })
    this.#pending = []
    this.#pendingBytes = 0
    this.#finished = []
  }

  /** Gives the file its ordinal before any of its rows is written, so that a second try finds the same. */
  #register(file: PinnedFile, hash: string): number {
    const { store } = this.#options
    const ordinal = this.#meta.fileNext
    store.transaction(() => {
      this.#meta = { ...this.#meta, fileNext: ordinal + 1 }
      store.putTable(this.#meta)
      store.putFile(this.#meta.name, hash, { ordinal, path: file.path, rows: 0, bad: 0, done: false })
    })
    return ordinal
  }

  #take(unit: VersionUnit, file: number): void {
    if (unit.chunk.rows === 0) return
    this.#pending.push({ chunk: unit.chunk, keys: unit.keys, file, fileRow: unit.fileRow })
    this.#pendingBytes += chunkRowBytes(this.#format, unit.chunk)
    if (this.#pendingBytes >= this.#options.batchBytes) this.flush()
  }
}

/** What the rows of a table have beside time and values. */
export function partsOf(table: Pick<TableMeta, 'timeline' | 'available'>): {
  sub: boolean
  available: boolean
  deleted: boolean
} {
  return { sub: table.timeline === 'ns', available: table.available, deleted: true }
}

function newestOf(chunks: readonly WrittenChunk[], before: Ticks | null): Ticks | null {
  let newest = before ?? -Infinity
  for (const { chunk } of chunks)
    for (let i = 0; i < chunk.rows; i++) if (chunk.time[i] > newest) newest = chunk.time[i]
  return newest === -Infinity ? null : newest
}
