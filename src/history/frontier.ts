/**
 * The frontier of history (C1): units are taken in order of their smallest time, and everything earlier than the
 * smallest time of the next untaken unit may leave. Exact total order, no guessed watermark, two or three units in
 * memory.
 *
 *     untaken units, by smallest time   │ u7   u8   u9 …
 *     open runs                 ████████│██            rows below the line leave, in C1 order
 *                                     bound
 */

import type { EventBatch, RecycledMemory, Schema } from '../core/batch/index.ts'
import { FRESH_MEMORY, physicalKind } from '../core/batch/index.ts'
import type { CompareTie, MergedRuns } from '../core/order/index.ts'
import {
  lowerBound,
  mergeRuns,
  partOfMerged,
  scatterColumn,
  scatterF64,
  scatterI32,
} from '../core/order/index.ts'
import type { Ticks } from '../core/time.ts'
import type { UnitRun } from './unit-run.ts'
import { compareValues } from './unit-run.ts'

/** A unit not yet taken. */
export interface PendingUnit {
  readonly rank: number
  /** No row of the unit is earlier; −∞ where nothing is known. */
  readonly timeMin: Ticks
  load(): Promise<UnitRun>
}

/** Partitions [first, end) of one owner: a lane, or whoever asks. */
export interface PartitionRange {
  readonly first: number
  readonly end: number
}

/** What one owner gets of an emission, in buffers of its own. */
export interface HistoryShare {
  /** Rows partition by partition, in C1 order within each; `partition` is -1. */
  readonly events: EventBatch
  /** Owned partitions + 1 entries: the i-th owned partition is rows [starts[i], starts[i + 1]). */
  readonly starts: Int32Array
}

/** The next events of one stream; everything earlier than `upTo` has been emitted with it. */
export interface HistoryEmission {
  /** In the order of the owners. */
  readonly shares: readonly HistoryShare[]
  readonly upTo: Ticks
  /** Gives the memory of the shares back: nobody looks at them any more. */
  readonly release?: () => void
}

export interface FrontierOptions {
  readonly stream: number
  readonly schema: Schema
  readonly partitions: number
  /** Who gets which partitions. */
  readonly owners: readonly PartitionRange[]
  /** Indices of `tieBreak` columns. */
  readonly tieBreak: readonly number[]
  readonly rowsMax: number
  /** Open memory above which nothing more is opened while something can leave. */
  readonly openBytesMax: number
  /** Units decoded ahead. */
  readonly ahead: number
  /** Where emissions lie, which is used again when they are released; null: in memory of their own. */
  readonly memory: RecycledMemory | null
}

export class Frontier {
  readonly #pending: PendingUnit[]
  readonly #options: FrontierOptions
  /** In order of rank. */
  readonly #open: UnitRun[] = []
  readonly #loading: Promise<UnitRun>[] = []
  #taken = 0

  constructor(units: readonly PendingUnit[], options: FrontierOptions) {
    this.#pending = units.toSorted((a, b) => a.timeMin - b.timeMin || a.rank - b.rank)
    this.#options = options
  }

  /** No event that is still to come is earlier. */
  get bound(): Ticks {
    return this.#taken < this.#pending.length ? this.#pending[this.#taken]!.timeMin : Number.POSITIVE_INFINITY
  }

  /** The next emission, or null when history is at its end. */
  async next(): Promise<HistoryEmission | null> {
    for (;;) {
      const bound = this.bound
      const ready = this.#rowsBelow(bound)
      const enough =
        ready >= this.#options.rowsMax / 2 || (ready > 0 && this.#openBytes() > this.#options.openBytesMax)
      if (bound === Number.POSITIVE_INFINITY && ready === 0) return null
      if (bound === Number.POSITIVE_INFINITY || enough) return this.#emit(bound)
      await this.#openNext()
    }
  }

  async #openNext(): Promise<void> {
    while (
      this.#loading.length <= this.#options.ahead &&
      this.#taken + this.#loading.length < this.#pending.length
    ) {
      const load = this.#pending[this.#taken + this.#loading.length]!.load()
      load.catch(() => {}) // awaited below in its turn; a failure ahead of time must not be unhandled
      this.#loading.push(load)
    }
    const run = await this.#loading.shift()!
    this.#taken++
    if (run.to === run.from) return
    const at = this.#open.findIndex(other => other.rank > run.rank)
    this.#open.splice(at < 0 ? this.#open.length : at, 0, run)
  }

  #rowsBelow(bound: Ticks): number {
    let rows = 0
    for (const run of this.#open) rows += lowerBound(run, bound) - run.from
    return rows
  }

  #openBytes(): number {
    let bytes = 0
    for (const run of this.#open) bytes += run.bytes
    return bytes
  }

  #emit(bound: Ticks): HistoryEmission {
    const { rowsMax, partitions } = this.#options
    const merged = mergeRuns(this.#open, { bound, rowsMax, partitions, compareTie: this.#tieCompare() })
    const shares = sharesOf(this.#open, merged, this.#options)
    for (let r = this.#open.length - 1; r >= 0; r--) {
      const run = this.#open[r]!
      run.from += merged.sources[r]!.rows.length
      if (run.from < run.to) continue
      this.#open.splice(r, 1)
      run.release?.()
    }
    const { memory } = this.#options
    if (memory === null) return { shares, upTo: merged.upTo }
    return { shares, upTo: merged.upTo, release: () => releaseShares(shares, memory) }
  }

  #tieCompare(): CompareTie | null {
    const open = this.#open
    const { tieBreak } = this.#options
    if (open.every(run => run.sub === null && run.sourceOffset === null) && tieBreak.length === 0) return null
    return (i, a, j, b) => {
      const x = open[i]!
      const y = open[j]!
      if (x.sub !== null && y.sub !== null && x.sub[a] !== y.sub[b]) return x.sub[a]! - y.sub[b]!
      if (x.sourceOffset !== null && y.sourceOffset !== null) return x.sourceOffset[a]! - y.sourceOffset[b]!
      for (const c of tieBreak) {
        const order = compareValues(x.batch, c, a, y.batch, b)
        if (order !== 0) return order
      }
      return 0
    }
  }
}

function releaseShares(shares: readonly HistoryShare[], memory: RecycledMemory): void {
  for (const { events } of shares) {
    for (const column of events.columns) memory.giveColumn(column)
    memory.give(events.time)
  }
}

/** What each owner gets of the merged rows. */
export function sharesOf(
  runs: readonly UnitRun[],
  merged: MergedRuns,
  options: Pick<FrontierOptions, 'stream' | 'schema' | 'owners'> & Partial<Pick<FrontierOptions, 'memory'>>,
): HistoryShare[] {
  return options.owners.map(({ first, end }) => {
    const part = partOfMerged(merged, first, end)
    return { events: scatterRuns(runs, part, options), starts: part.starts }
  })
}

/** Copies the merged rows into one set of columns, partition by partition. */
function scatterRuns(
  runs: readonly UnitRun[],
  part: Pick<MergedRuns, 'rows' | 'sources'>,
  options: Pick<FrontierOptions, 'stream' | 'schema'> & Partial<Pick<FrontierOptions, 'memory'>>,
): EventBatch {
  const { sources, rows } = part
  const memory = options.memory ?? FRESH_MEMORY
  const columns = options.schema.map((field, c) =>
    scatterColumn(
      physicalKind(field.type),
      runs.map(run => run.batch.columns[c]!),
      sources,
      rows,
      memory,
    ),
  )
  const time = memory.float64(rows)
  const sub = runs.some(run => run.sub !== null) ? new Int32Array(rows) : null
  const sourceOffset = runs.every(run => run.sourceOffset !== null) ? new Float64Array(rows) : null
  for (let r = 0; r < runs.length; r++) {
    scatterF64(runs[r]!.time, sources[r]!, time)
    if (sub !== null) scatterI32(runs[r]!.sub!, sources[r]!, sub)
    if (sourceOffset !== null) scatterF64(runs[r]!.sourceOffset!, sources[r]!, sourceOffset)
  }
  return {
    schema: options.schema,
    rows,
    columns,
    stream: options.stream,
    partition: -1,
    time,
    sub,
    sourceOffset,
  }
}
