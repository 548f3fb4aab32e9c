/**
 * The feature store port on a table of HBase: keys → rows → reads of some hundred rows under a budget → versions.
 *
 *     keys ─template─► rows, in order ─► reads ─budget─► cluster ─► cells ─► versions ─► table
 *                                          ▲ as many rows as give the bytes of a read  │
 *                                          └──────────── learned from replies ─────────┘
 *
 * What makes the answers honest (C4): every version of a cell that the server keeps is read, the later ones too where
 * VERSIONS is a number, as only all of them tell whether older ones can have been trimmed, or where a later delete may
 * hide a version for good; what TTL can have deleted by now is before `completeFrom`; nothing is promised of what is
 * written after the clock was read. A read that fails fails the request, it is never an empty answer.
 */

import type { Allocate, VersionTable } from '../../core/asof/index.ts'
import { KEY_NULL, ownMemory, VersionTableBuilder } from '../../core/asof/index.ts'
import type { Field, Schema } from '../../core/batch/index.ts'
import { expectKind } from '../../core/batch/index.ts'
import type { Ticks, Timeline } from '../../core/time.ts'
import { ticksFromMs, ticksPerMs } from '../../core/time.ts'
import { HindcastError, wrapError } from '../../errors.ts'
import type { FamilySettings, HbaseCluster, VersionsQuery } from '../../hbase/index.ts'
import { RowBytes } from '../../hbase/index.ts'
import type { CellColumnJob } from '../../job/index.ts'
import type { StoreReads } from '../../lanes/index.ts'
import { LIMITS } from '../../limits.ts'
import type { FeatureStore, VersionRequest } from '../store.ts'
import { BadCells } from './bad-cells.ts'
import type { CellVersionsOptions, StoredColumn, TakenVersions, VersionRange } from './cell-versions.ts'
import { cellSchema, versionsOfCells } from './cell-versions.ts'
import { VERSIONS_UNBOUNDED } from './judge.ts'
import { LatencyHistogram } from './latency.ts'
import type { SharedBudget } from './read-budget.ts'
import { parseRowKey, type RowKeyTemplate } from './row-key.ts'
import type { RequestRows } from './row-keys.ts'
import { rowsOfKeys, rowText, sliceRows } from './row-keys.ts'

export interface HbaseStoreOptions {
  readonly cluster: HbaseCluster
  readonly table: string
  /** Template over `keyFields`: see row-key.ts. */
  readonly rowKey: string
  /** Columns of the key, in the order of `on`. */
  readonly keyFields: readonly Field[]
  readonly columns: readonly CellColumnJob[]
  readonly version: 'row' | 'cell'
  readonly timeline: Timeline
  /** `lag` of the feature, ticks of the timeline. */
  readonly lag: Ticks
  /** What the families keep: of `cluster.describe`, or of the plan. */
  readonly settings: { readonly families: readonly FamilySettings[] }
  readonly budget: SharedBudget
  /** The clock, ms since 1970. */
  readonly now: () => number
  /** Memory of the tables that it gives. Default: own. */
  readonly allocate?: Allocate
  /** What `close` also closes: the cluster, where it is nobody else's. */
  readonly closes?: () => Promise<void>
}

/** Opens the store; asks nothing of the cluster. Raises `job-invalid`, `feature-table-missing` for a missing family. */
export function openHbaseStore(options: HbaseStoreOptions): HbaseStore {
  return new HbaseStore(options)
}

/** What a cell takes on the wire beside its value and its row key, about. */
const CELL_BYTES = 32
/** Rows of the first read, when nothing is known of their length. */
const ROWS_FIRST = 16

export class HbaseStore implements FeatureStore {
  readonly whole = null
  readonly #options: HbaseStoreOptions
  readonly #template: RowKeyTemplate
  readonly #columns: readonly (StoredColumn & { readonly isTrimmed: boolean })[]
  readonly #schema: Schema
  readonly #bad: BadCells
  readonly #closed = new AbortController()
  readonly #latency = new LatencyHistogram()
  readonly #rowBytes: RowBytes
  #reads = 0
  #bytes = 0
  #taken: StoreReads

  constructor(options: HbaseStoreOptions) {
    this.#options = options
    this.#template = parseRowKey(options.rowKey, options.keyFields)
    this.#columns = options.columns.map(column => storedColumn(column, options))
    this.#schema = cellSchema(this.#columns, options.version)
    this.#bad = new BadCells(options.table)
    this.#rowBytes = new RowBytes({
      rowsFirst: ROWS_FIRST,
      rowsMax: Math.min(LIMITS.hbaseReadRows, options.budget.rowsMax),
      bytes: LIMITS.hbaseReadBytes,
    })
    this.#taken = this.counters
  }

  /** All that was asked of this store; what waited, with all who share the budget. */
  get counters(): StoreReads {
    return {
      reads: this.#reads,
      calls: this.#latency.total,
      bytes: this.#bytes,
      waitMs: Math.round(this.#options.budget.waitMs),
      badCells: this.#bad.count,
      badCell: this.#bad.first,
      latency: this.#latency.counts,
    }
  }

  takeReads(): StoreReads {
    const now = this.counters
    const before = this.#taken
    this.#taken = now
    return {
      reads: now.reads - before.reads,
      calls: now.calls - before.calls,
      bytes: now.bytes - before.bytes,
      waitMs: now.waitMs - before.waitMs,
      badCells: now.badCells - before.badCells,
      badCell: now.badCell,
      latency: now.latency.map((count, bucket) => count - before.latency[bucket]!),
    }
  }

  async versions(request: VersionRequest): Promise<VersionTable> {
    const { lag, timeline, now } = this.#options
    const startMs = now()
    const builder = new VersionTableBuilder({
      schema: this.#schema,
      keyKind: request.keys.kind,
      lag,
      allocate: this.#options.allocate ?? ownMemory,
    })
    const numbers = builder.addKeys(request.keys)
    const rows = rowsOfKeys(this.#template, request.keys)
    const keysOfRows = keysByRow(rows, numbers)
    const completeFromOfRow = new Float64Array(rows.rows.rows)
    await this.#readAll(rows, this.#rangeOf(request), (taken, first) => {
      completeFromOfRow.set(taken.knownFrom, first)
      for (const keys of keysOfRows) {
        builder.add(
          taken.chunk,
          taken.rows.map(row => keys[first + row]!),
        )
      }
    })
    const completeness = {
      completeFrom: ticksFromMs(this.#keptFromMs(now()), timeline),
      completeThrough: ticksFromMs(startMs, timeline) - lag,
    }
    return this.#finished(builder.build(completeness), rows, numbers, completeFromOfRow)
  }

  async close(): Promise<void> {
    this.#closed.abort(new HindcastError('interrupted', 'the feature store was closed while it was read'))
    await this.#options.closes?.()
  }

  /** Reads all rows, several reads at once; the first that fails ends the others. */
  async #readAll(
    { rows }: RequestRows,
    range: VersionRange,
    take: (taken: TakenVersions, first: number) => void,
  ): Promise<void> {
    const failed = new AbortController()
    const signal = AbortSignal.any([failed.signal, this.#closed.signal])
    let next = 0
    const work = async (): Promise<void> => {
      while (next < rows.rows && !signal.aborted) {
        const first = next
        next = Math.min(rows.rows, first + this.#rowBytes.rows)
        const part = sliceRows(rows, first, next)
        const cells = await this.#read(part, range, signal)
        this.#bad.rowText = row => rowText(part, row)
        take(versionsOfCells(cells, this.#versionOptions(range)), first)
      }
    }
    const workers = Math.min(this.#options.budget.concurrency, rows.rows)
    await Promise.allSettled(
      Array.from({ length: workers }, () => work().catch((error: unknown) => failed.abort(error))),
    )
    signal.throwIfAborted()
  }

  #versionOptions(range: VersionRange): CellVersionsOptions {
    const { version, timeline, lag } = this.#options
    return {
      columns: this.#columns,
      version,
      range,
      ticksPerMs: ticksPerMs(timeline),
      lag,
      bad: this.#bad,
    }
  }

  async #read(rows: RequestRows['rows'], range: VersionRange, signal: AbortSignal) {
    const { cluster, budget, table } = this.#options
    const query: VersionsQuery = { table, columns: this.#columns, rows, ...this.#depth(range), signal }
    const timed = async () => {
      const started = performance.now()
      const cells = await cluster.versions(query)
      this.#latency.add(performance.now() - started)
      return cells
    }
    try {
      const cells = await budget.spend(rows.rows, timed, signal)
      const bytes = cells.bytes.byteLength + CELL_BYTES * cells.time.length
      this.#reads += rows.rows
      this.#bytes += bytes
      this.#rowBytes.saw(bytes, rows.rows)
      return cells
    } catch (error) {
      throw wrapError(error, 'store-failed', `table ${table} of HBase`, { where: { uri: table } })
    }
  }

  /** How far back and forward cells are read: see the head of this file. */
  #depth({ untilMs }: VersionRange): Pick<VersionsQuery, 'untilMs' | 'versionsMax' | 'raw'> {
    const raw = this.#columns.some(column => column.keepsDeleted)
    // A raw read leaves it to us what a delete hides for good, and such a delete may be a later one.
    const isWhole = this.#columns.some(column => column.isTrimmed || (raw && !column.keepsDeleted))
    return {
      untilMs: isWhole ? Number.MAX_SAFE_INTEGER : untilMs + 1,
      versionsMax: this.#columns.reduce((most, column) => Math.max(most, column.versionsMax), 1),
      raw,
    }
  }

  #rangeOf({ from, until }: VersionRequest): VersionRange {
    const { lag, timeline } = this.#options
    const ticks = ticksPerMs(timeline)
    return { fromMs: Math.floor((from - lag) / ticks), untilMs: Math.floor((until - lag) / ticks) }
  }

  /** Region servers delete by their own clocks, when they answer. */
  #keptFromMs(nowMs: number): number {
    const { settings, columns } = this.#options
    let from = -Infinity
    for (const { name, ttlMs } of settings.families) {
      if (ttlMs === null || !columns.some(column => column.family === name)) continue
      from = Math.max(from, nowMs + LIMITS.hbaseClockMs - ttlMs)
    }
    return from
  }

  /** The table with times of columns, and what is known of single keys. */
  #finished(
    table: VersionTable,
    { rowOf }: RequestRows,
    numbers: Int32Array,
    ofRow: Float64Array,
  ): VersionTable {
    const count = this.#columns.length
    const completeFromOfKey = new Float64Array(table.index.keys).fill(-Infinity)
    let isAnyLost = false
    for (let i = 0; i < numbers.length; i++) {
      if (numbers[i]! < 0 || rowOf[i]! < 0) continue
      const from = ofRow[rowOf[i]!]!
      completeFromOfKey[numbers[i]!] = from
      if (from > -Infinity) isAnyLost = true
    }
    const values = {
      ...table,
      schema: table.schema.slice(0, count),
      columns: table.columns.slice(0, count),
      completeFromOfKey: isAnyLost ? completeFromOfKey : null,
    }
    if (this.#options.version === 'row') return values
    return {
      ...values,
      columnTimes: table.columns.slice(count).map(times => expectKind(times, 'f64').values),
    }
  }
}

function storedColumn(column: CellColumnJob, { settings, table }: HbaseStoreOptions) {
  const family = settings.families.find(({ name }) => name === column.family)
  if (family === undefined) {
    throw new HindcastError('feature-table-missing', `table ${table} has no family ${column.family}`, {
      where: { column: column.name },
      advice: `Its families are: ${settings.families.map(({ name }) => name).join(', ')}.`,
    })
  }
  const isTrimmed = family.versions < VERSIONS_UNBOUNDED
  return {
    ...column,
    isTrimmed,
    versionsMax: isTrimmed ? Math.min(family.versions, LIMITS.hbaseVersionsMax) : LIMITS.hbaseVersionsMax,
    keepsDeleted: family.keepDeleted !== 'false',
  }
}

/** For each row the number of its key; several lists where several keys have one row. */
function keysByRow({ rows, rowOf }: RequestRows, numbers: Int32Array): Int32Array[] {
  const lists = [new Int32Array(rows.rows).fill(KEY_NULL)]
  for (let i = 0; i < numbers.length; i++) {
    const row = rowOf[i]!
    if (row < 0 || numbers[i]! < 0) continue
    let list = lists.find(each => each[row] === KEY_NULL)
    if (list === undefined) {
      list = new Int32Array(rows.rows).fill(KEY_NULL)
      lists.push(list)
    }
    list[row] = numbers[i]!
  }
  return lists
}
