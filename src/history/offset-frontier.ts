/**
 * The frontier of a history that is ordered by offset (C1 `order: offset`): every partition as the topic delivered it,
 * its time that of the newest event so far.
 *
 *     partition 0   ████████▓▓▓│ u3  u5          settled: no unit to come has a lower offset, so its ordering time,
 *     partition 1   ██▓▓▓▓│ u2  u4               the running maximum of event time, is known
 *     partition 2   █████▓│ u6
 *                         ▲ bound: no row of any partition that is still to be settled is ordered earlier
 *
 * Partitions are opened lowest first, so they keep pace in time, with about one unit of each in memory. Rows at the bound
 * itself leave too, as what is still to come has its place behind them: one event far ahead of the others, whose time
 * orders all that follow it, does not make memory grow.
 *
 * Hot: settling reads offset and time of a row and writes its time, some 3 ns a row; the rest is that of frontier.ts.
 */

import type { CompareTie } from '../core/order/index.ts'
import { lowerBound, mergeRuns } from '../core/order/index.ts'
import type { Ticks } from '../core/time.ts'
import type { FrontierOptions, HistoryEmission } from './frontier.ts'
import { sharesOf } from './frontier.ts'
import type { OffsetUnit } from './offset-units.ts'
import { PartitionFront } from './partition-front.ts'

export type OffsetFrontierOptions = Omit<FrontierOptions, 'tieBreak' | 'ahead' | 'memory'> & {
  /** Rows ordered earlier than this were emitted before; −∞ at the start. */
  readonly from: Ticks
}

export class OffsetFrontier {
  readonly #options: OffsetFrontierOptions
  readonly #fronts: readonly PartitionFront[]

  constructor(units: readonly OffsetUnit[], options: OffsetFrontierOptions) {
    this.#options = options
    const partitions = Map.groupBy(units, unit => unit.partition)
    this.#fronts = [...partitions.values()].map(group => new PartitionFront(group, options.from))
  }

  /** The next emission, or null when history is at its end. */
  async next(): Promise<HistoryEmission | null> {
    const { rowsMax, openBytesMax } = this.#options
    for (;;) {
      const lowest = this.#lowest()
      const bound = lowest?.bound ?? Number.POSITIVE_INFINITY
      const ready = this.#rowsUpTo(bound)
      if (lowest === null) return ready === 0 ? null : this.#emit(bound)
      if (ready >= rowsMax / 2 || (ready > 0 && this.#openBytes() > openBytesMax)) return this.#emit(bound)
      await lowest.openNext()
      this.#lowest()?.loadAhead()
    }
  }

  /** The partition of those with rows to come whose rows may be ordered earliest; null where none has any. */
  #lowest(): PartitionFront | null {
    let lowest: PartitionFront | null = null
    for (const front of this.#fronts)
      if (!front.isRead && (lowest === null || front.bound < lowest.bound)) lowest = front
    return lowest
  }

  #rowsUpTo(bound: Ticks): number {
    let rows = 0
    for (const { open } of this.#fronts) for (const run of open) rows += lowerBound(run, bound + 1) - run.from
    return rows
  }

  #openBytes(): number {
    let bytes = 0
    for (const { open } of this.#fronts) for (const run of open) bytes += run.bytes
    return bytes
  }

  #emit(bound: Ticks): HistoryEmission {
    const { rowsMax, partitions } = this.#options
    const open = this.#fronts.flatMap(front => front.open)
    const merged = mergeRuns(open, { bound: bound + 1, rowsMax, partitions, compareTie: this.#tieCompare() })
    const shares = sharesOf(open, merged, this.#options)
    for (const [r, run] of open.entries()) run.from += merged.sources[r]!.rows.length
    for (const front of this.#fronts) front.closeRead()
    return { shares, upTo: Math.min(merged.upTo, bound) }
  }

  /** Runs of a partition lie one behind the other, unless units share offsets: then offsets decide, and files. */
  #tieCompare(): CompareTie | null {
    if (!this.#fronts.some(front => front.overlaps)) return null
    const open = this.#fronts.flatMap(front => front.open)
    return (i, a, j, b) =>
      open[i]!.sourceOffset![a]! - open[j]!.sourceOffset![b]! || open[i]!.rank - open[j]!.rank
  }
}
