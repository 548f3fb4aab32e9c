/**
 * The feature store port on an embedded table: gets the blocks of the keys asked for, and takes of each the versions
 * that can decide a lookup in the range.
 *
 *     versions of a key    … a  b | c  d  e | f …      b is the newest that is readable at `from`: nothing before it
 *                              from      until − lag   can win; f is later than any lookup can see
 *
 * Reads are synchronous memory reads of LMDB's map; the same store may be open in any number of threads.
 */

import type { KeyBatch, VersionTable } from '../../core/asof/index.ts'
import { ownMemory, VersionTableBuilder } from '../../core/asof/index.ts'
import type { Schema } from '../../core/batch/index.ts'
import { fieldIndex } from '../../core/batch/index.ts'
import type { Ticks, Timeline } from '../../core/time.ts'
import { ticksFromMs } from '../../core/time.ts'
import { assert, HindcastError } from '../../errors.ts'
import type { FeatureStore, VersionRequest } from '../store.ts'
import { partsOf } from './load.ts'
import { RecordKey } from './record-key.ts'
import { RowFormat } from './row-format.ts'
import type { TableMeta, VersionDatabase } from './store-directory.ts'
import { StoreDirectory, storeError } from './store-directory.ts'
import { BlockReader } from './version-block.ts'
import { VersionRows } from './version-rows.ts'

export interface EmbeddedStoreOptions {
  readonly directory: string
  readonly table: string
  /** Value columns to deliver, in this order. */
  readonly columns: readonly string[]
  readonly timeline: Timeline
  /** `lag` of the feature, ticks of the timeline. */
  readonly lag: Ticks
  /** The clock, ms; null: the table is complete and will not change. */
  readonly now: (() => number) | null
}

export class EmbeddedStore implements FeatureStore {
  readonly whole = null
  readonly #options: EmbeddedStoreOptions
  readonly #directory: StoreDirectory
  readonly #database: VersionDatabase
  readonly #meta: TableMeta
  readonly #format: RowFormat
  readonly #schema: Schema
  /** Ticks of the timeline in one of the table. */
  readonly #scale: number
  readonly #record = new RecordKey()

  /** Opens the store to read; raises `file-unreadable`, `argument-invalid` or `column-missing`. */
  constructor(options: EmbeddedStoreOptions) {
    this.#options = options
    const directory = StoreDirectory.openToRead(options.directory)
    const opened = directory.orClose(() => openTable(directory, options))
    this.#directory = directory
    this.#database = opened.database
    this.#meta = opened.meta
    this.#schema = opened.schema
    this.#scale = opened.scale
    this.#format = new RowFormat(opened.meta.fields, partsOf(opened.meta))
  }

  versions(request: VersionRequest): Promise<VersionTable> {
    try {
      return Promise.resolve(this.#read(request))
    } catch (error) {
      return Promise.reject(storeError(error, this.#options.directory))
    }
  }

  close(): Promise<void> {
    return this.#directory.close()
  }

  #read(request: VersionRequest): VersionTable {
    const { lag, now, timeline } = this.#options
    // The clock is read before the snapshot is taken: what is written in between is a bonus, not a promise.
    const completeThrough = now === null ? Infinity : ticksFromMs(now(), timeline) - lag
    this.#directory.refresh()
    const builder = new VersionTableBuilder({
      schema: this.#schema,
      keyKind: request.keys.kind,
      lag,
      allocate: ownMemory,
    })
    const numbers = builder.addKeys(request.keys)
    const rows = new VersionRows(
      this.#format,
      partsOf(this.#meta),
      this.#meta.fields,
      this.#schema,
      this.#scale,
    )
    const range = {
      from: Math.floor(request.from / this.#scale),
      until: Math.ceil((request.until - lag) / this.#scale),
      lag: lag / this.#scale,
    }
    for (let i = 0; i < numbers.length; i++) {
      if (numbers[i] >= 0) this.#readKey(request.keys, i, numbers[i], range, rows)
    }
    const { chunk, keys } = rows.take()
    builder.add(chunk, keys)
    return builder.build({ completeFrom: -Infinity, completeThrough })
  }

  #readKey(keys: KeyBatch, row: number, number: number, range: TableRange, rows: VersionRows): void {
    if (!this.#record.set(keys, row)) return
    const value = this.#database.getBinaryFast(this.#record.first())
    if (value === undefined) return
    const head = new BlockReader(value, value.length, this.#options.directory)
    const out = { rows, key: number }
    if (!head.more) {
      appendDeciding(head, this.#format, range, out)
      return
    }
    const blocks = this.#database.getRange({
      start: this.#record.from(range.until),
      end: this.#record.first(),
      reverse: true,
      inclusiveEnd: true,
    })
    for (const { value } of blocks) {
      const block = new BlockReader(value, value.length, this.#options.directory)
      if (appendDeciding(block, this.#format, range, out)) return
    }
  }
}

function openTable(directory: StoreDirectory, options: EmbeddedStoreOptions) {
  const meta = directory.requireTable(options.table)
  return {
    meta,
    database: directory.versions(options.table),
    schema: options.columns.map(name => fieldOf(meta, name, options.directory)),
    scale: scaleOf(meta.timeline, options.timeline),
  }
}

function fieldOf(meta: TableMeta, name: string, uri: string): Schema[number] {
  const index = fieldIndex(meta.fields, name)
  if (index >= 0) return meta.fields[index]
  throw new HindcastError('column-missing', `table ${meta.name} has no column ${name}`, {
    where: { uri, column: name },
    advice: `Its columns are: ${meta.fields.map(field => field.name).join(', ')}.`,
  })
}

/** A request in ticks of the table: versions later than `until` are seen by no lookup. */
interface TableRange {
  readonly from: number
  readonly until: number
  readonly lag: number
}

/** Appends the versions of a block that can decide; true where no older version can. */
function appendDeciding(
  block: BlockReader,
  format: RowFormat,
  range: TableRange,
  out: { readonly rows: VersionRows; readonly key: number },
): boolean {
  let to = block.rows
  while (to > 0 && block.timeAt(to - 1) > range.until) to--
  let from = to
  let decided = false
  while (from > 0 && !decided) {
    from--
    const available = format.availableAt(block.view, block.start(from))
    decided = Math.max(block.timeAt(from) + range.lag, available) < range.from
  }
  for (let row = from; row < to; row++) out.rows.append(block.view, block.bytes, block.start(row), out.key)
  return decided
}

function scaleOf(table: Timeline, job: Timeline): number {
  assert(table === job || table === 'ms' || job === 'ns', `times in ${table} do not fit a timeline in ${job}`)
  return table === 'ms' && job !== 'ms' ? 1000 : 1
}
