/**
 * How many records of one live partition have been read, and how many of them cannot be used (C9): values that cannot
 * be decoded, and times too far in the future (C2).
 *
 * Invariant: what is counted up to a position depends on the records before it alone, not on how reads were cut, so
 * that a run which is gone on with counts as one that was never stopped.
 */

import type { Ticks } from '../core/time.ts'
import type { LiveRead } from './live-reader.ts'

/** Of one (stream, partition), from where live began. */
export interface LiveCount {
  readonly records: number
  /** Of those: quarantined. */
  readonly bad: number
}

/** Bad records that one read brought. */
export interface BadRecords {
  /** How many were bad before them. */
  readonly badBefore: number
  /** Of each, in order of offset: where it is, why it cannot be used, and records of the partition up to and with it. */
  readonly offsets: Float64Array
  readonly reasons: readonly string[]
  readonly recordsUpTo: Float64Array
}

/** A read that the merge has not gone past. */
interface CountedRead {
  readonly before: LiveCount
  readonly offsetNext: number
  /** Ascending: of records with an event, and of all that cannot be used (those with an event among them). */
  readonly events: Float64Array
  readonly undecoded: Float64Array
  readonly bad: Float64Array
}

const NONE = new Float64Array(0)
const FUTURE = 'its time is later than the time at which it was written, by more than `maxFuture`'

export class LiveCounter {
  readonly #maxFuture: Ticks
  readonly #reads: CountedRead[] = []
  #count: LiveCount

  /** `count`: of what is before the first read. */
  constructor(maxFuture: Ticks, count: LiveCount) {
    this.#maxFuture = maxFuture
    this.#count = count
  }

  /** All that was read. */
  get count(): LiveCount {
    return this.#count
  }

  /** Counts the next read; null where all of it can be used. */
  add(read: LiveRead): BadRecords | null {
    const { events, bad: undecoded, offsetNext } = read
    const before = this.#count
    const future = this.#futureRows(read)
    const records = before.records + events.rows + undecoded.length
    this.#count = { records, bad: before.bad + undecoded.length + future.length }
    const offsets = events.sourceOffset ?? NONE
    const badOffsets = Float64Array.from([
      ...undecoded.map(({ offset }) => offset),
      ...future.map(row => offsets[row]!),
    ]).sort()
    const counted = {
      before,
      offsetNext,
      events: offsets,
      undecoded: undecoded.length === 0 ? NONE : Float64Array.from(undecoded, ({ offset }) => offset),
      bad: badOffsets,
    }
    this.#reads.push(counted)
    if (badOffsets.length === 0) return null
    const reasons = new Map(undecoded.map(({ offset, reason }) => [offset, reason]))
    return {
      badBefore: before.bad,
      offsets: badOffsets,
      reasons: Array.from(badOffsets, offset => reasons.get(offset) ?? FUTURE),
      recordsUpTo: badOffsets.map(offset => recordsBefore(counted, offset + 1)),
    }
  }

  /** Everything before this position has been consumed: no earlier one will be asked about. */
  passed(position: number): void {
    while (this.#reads.length > 0 && this.#reads[0]!.offsetNext <= position) this.#reads.shift()
  }

  /** Of what is before a position that was passed last, or lies behind it. */
  countAt(position: number): LiveCount {
    this.passed(position)
    const read = this.#reads[0]
    if (read === undefined) return this.#count
    const { before, bad } = read
    return { records: recordsBefore(read, position), bad: before.bad + countBelow(bad, position) }
  }

  /** Rows whose time lies too far behind the broker's: the rule of the merge, which sets them aside. */
  #futureRows({ events: { time, rows }, timestamp }: LiveRead): number[] {
    const maxFuture = this.#maxFuture
    const future: number[] = []
    for (let row = 0; row < rows; row++) if (time[row]! > timestamp[row]! + maxFuture) future.push(row)
    return future
  }
}

function recordsBefore({ before, events, undecoded }: CountedRead, offset: number): number {
  return before.records + countBelow(events, offset) + countBelow(undecoded, offset)
}

/** How many of the ascending offsets are less than `limit`. */
function countBelow(offsets: Float64Array, limit: number): number {
  let low = 0
  let high = offsets.length
  while (low < high) {
    const mid = (low + high) >>> 1
    if (offsets[mid]! < limit) low = mid + 1
    else high = mid
  }
  return low
}
