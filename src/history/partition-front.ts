/**
 * One partition of a history ordered by offset: its units in order of their lowest offset, those that are open, and how
 * far they are settled.
 *
 * Invariant: rows are settled in order of (offset, rank, row), each once, and then `time` is the running maximum of event
 * time over all rows settled before; a row is settled only when no unit to come can have one before it.
 */

import type { Ticks } from '../core/time.ts'
import type { OffsetUnit } from './offset-units.ts'
import type { UnitRun } from './unit-run.ts'

/** A unit being emitted: rows [from, to) of `order` are settled, rows [to, end) are not. */
export interface OpenRun extends Omit<UnitRun, 'to'> {
  from: number
  to: number
  readonly end: number
}

export class PartitionFront {
  /** In order of their lowest offset. */
  open: OpenRun[] = []
  readonly #pending: readonly OffsetUnit[]
  /** Earliest event time that the pending units from here on may have. */
  readonly #timeMin: Float64Array
  readonly #from: Ticks
  #taken = 0
  #ahead: Promise<UnitRun> | null = null
  /** Ordering time of the last row settled. */
  #newest: Ticks = Number.NEGATIVE_INFINITY
  #isSettled = true

  /** `from`: rows ordered earlier are dropped when they are settled. */
  constructor(units: readonly OffsetUnit[], from: Ticks) {
    this.#pending = units.toSorted((a, b) => a.offsetMin - b.offsetMin || a.rank - b.rank)
    this.#from = from
    this.#timeMin = new Float64Array(units.length)
    let least = Number.POSITIVE_INFINITY
    for (let u = units.length - 1; u >= 0; u--) {
      least = Math.min(least, this.#pending[u]!.timeMin)
      this.#timeMin[u] = least
    }
  }

  /** Every unit has been opened, so every row is settled. */
  get isRead(): boolean {
    return this.#taken === this.#pending.length
  }

  /** No row that is still to be settled is ordered earlier. */
  get bound(): Ticks {
    if (this.isRead) return Number.POSITIVE_INFINITY
    return this.#isSettled ? Math.max(this.#newest, this.#timeMin[this.#taken]!) : this.#newest
  }

  /** Whether open units share offsets. */
  get overlaps(): boolean {
    let last = Number.NEGATIVE_INFINITY
    for (const { order, sourceOffset, from, end } of this.open) {
      if (sourceOffset![order[from]!]! <= last) return true
      last = Math.max(last, sourceOffset![order[end - 1]!]!)
    }
    return false
  }

  /** Begins to load the next unit. */
  loadAhead(): void {
    if (this.#ahead !== null || this.isRead) return
    this.#ahead = this.#pending[this.#taken]!.load()
    this.#ahead.catch(() => {}) // awaited by `openNext`; a failure ahead of time must not be unhandled
  }

  /** Opens the next unit and settles what can be. */
  async openNext(): Promise<void> {
    this.loadAhead()
    const { to: end, ...run } = await this.#ahead!
    this.#ahead = null
    this.#taken++
    if (end > run.from) this.open.push({ ...run, to: run.from, end })
    this.#settle(this.isRead ? Number.POSITIVE_INFINITY : this.#pending[this.#taken]!.offsetMin)
  }

  /** Lets go of the units that have been emitted. */
  closeRead(): void {
    this.open = this.open.filter(run => run.from < run.end)
  }

  /** Settles the rows of lower offset than `limit`. */
  #settle(limit: number): void {
    for (;;) {
      const next = this.#firstUnsettled(null)
      this.#isSettled = next === null
      if (next === null || offsetAt(next) >= limit) break
      const second = this.#firstUnsettled(next)
      // Of equal offsets the lower rank goes first, which `next` was picked for.
      const stop = second === null ? limit : Math.min(limit, offsetAt(second))
      this.#newest = settleRows(next, stop, this.#newest, this.#from)
    }
    this.closeRead()
  }

  /** The open unit whose next row to settle comes first, `except` left out. */
  #firstUnsettled(except: OpenRun | null): OpenRun | null {
    let first: OpenRun | null = null
    for (const run of this.open) {
      if (run === except || run.to === run.end) continue
      if (first === null || offsetAt(run) < offsetAt(first)) first = run
      else if (offsetAt(run) === offsetAt(first) && run.rank < first.rank) first = run
    }
    return first
  }
}

function offsetAt(run: OpenRun): number {
  return run.sourceOffset![run.order[run.to]!]!
}

/**
 * Settles rows of a unit: all of the offset it stands at, and those of lower offset than `stop`. Returns the ordering
 * time of the last.
 */
function settleRows(run: OpenRun, stop: number, newestBefore: Ticks, from: Ticks): Ticks {
  const { order, time, end } = run
  const offsets = run.sourceOffset!
  const first = offsets[order[run.to]!]!
  let newest = newestBefore
  let i = run.to
  for (; i < end; i++) {
    const row = order[i]!
    const offset = offsets[row]!
    if (offset >= stop && offset !== first) break
    if (time[row]! > newest) newest = time[row]!
    time[row] = newest
    if (newest < from) run.from = i + 1
  }
  run.to = i
  return newest
}
