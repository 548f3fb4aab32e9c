/**
 * The live side of one (stream, partition) as its lane reads it: position, end, and for how long nothing came.
 *
 * Idle is only what a successful read has shown: the position was the end of the partition, and still was `idleAfter`
 * later. A read that fails or waits proves nothing.
 */

import type { OffsetRange } from '../core/seam/index.ts'
import type { BadRecord, Explanation, LiveRead, LiveReader } from './live-reader.ts'

export interface LiveTailOptions {
  readonly reader: LiveReader
  readonly partition: number
  /** Position to read from. */
  readonly offset: number
  /** Epoch of the leader that wrote the record before it; null: not known. */
  readonly leaderEpoch: number | null
  /** Position at which the source is finished; null: never. */
  readonly stopOffset: number | null
  /** ms at the end of the partition after which it is idle; null: never. */
  readonly idleAfterMs: number | null
}

/** How long a read waits at the end of the log before the lane looks around again, ms. */
const WAIT_MS = 100

export class LiveTail {
  readonly #options: LiveTailOptions
  #offset: number
  /** As the last read saw it; null: none has shown it of late. */
  #endOffset: number | null = null
  /** Since when reads have shown the end, ms of a monotonic clock; null: not at the end. */
  #atEndSince: number | null = null
  #bad: BadRecord[] = []
  /** Epochs of leaders, each from an offset on, ascending: at most one a leader that this run has seen. */
  readonly #epochs: { readonly from: number; readonly leaderEpoch: number | null }[]

  constructor(options: LiveTailOptions) {
    this.#options = options
    this.#offset = options.offset
    this.#epochs = [{ from: Number.NEGATIVE_INFINITY, leaderEpoch: options.leaderEpoch }]
  }

  /** Position to read from next. */
  get offset(): number {
    return this.#offset
  }

  /** The end of the partition as the last read saw it; null where none has shown it of late. */
  get endOffset(): number | null {
    return this.#endOffset
  }

  /** Everything up to the stop position has been read. */
  get isAtStop(): boolean {
    return this.#options.stopOffset !== null && this.#offset >= this.#options.stopOffset
  }

  get isIdle(): boolean {
    const { idleAfterMs } = this.#options
    return (
      idleAfterMs !== null && this.#atEndSince !== null && performance.now() - this.#atEndSince >= idleAfterMs
    )
  }

  /** The next records; none after a short wait at the end. `wait: false` only looks. */
  async read(signal: AbortSignal, wait: boolean): Promise<LiveRead> {
    const { reader, partition, stopOffset } = this.#options
    const offset = this.#offset
    const leaderEpoch = this.epochAt(offset)
    const read = await reader.read({
      partition,
      offset,
      ...(leaderEpoch === null ? {} : { leaderEpoch }),
      offsetMax: stopOffset ?? Number.POSITIVE_INFINITY,
      waitMs: wait ? WAIT_MS : 0,
      signal,
    })
    this.#offset = read.offsetNext
    if (read.leaderEpoch !== undefined && read.leaderEpoch !== leaderEpoch)
      this.#epochs.push({ from: offset, leaderEpoch: read.leaderEpoch })
    this.#endOffset = Number.isFinite(read.endOffset) ? read.endOffset : null
    for (const bad of read.bad) this.#bad.push(bad)
    if (read.events.rows > 0 || read.bad.length > 0 || !read.atEnd) this.#atEndSince = null
    else this.#atEndSince ??= performance.now()
    return read
  }

  /** See `LiveReader.handOver`. */
  handOver(): ReturnType<LiveReader['handOver']> {
    const { reader, partition } = this.#options
    return reader.handOver(partition)
  }

  /** See `LiveReader.explain`. */
  explain(ranges: readonly OffsetRange[], signal: AbortSignal): Promise<Explanation> {
    const { reader, partition } = this.#options
    return reader.explain({ partition, ranges, signal })
  }

  /**
   * Epoch of the leader that wrote the record before a position that was read up to, or a later one of the same read: no
   * cut of the log below the position goes unseen by it. null: not known.
   */
  epochAt(position: number): number | null {
    return this.#epochs.findLast(({ from }) => from < position)!.leaderEpoch
  }

  /** What is before `offset` is lost: reading goes on there. */
  moveTo(offset: number): void {
    this.#offset = offset
    this.#epochs.push({ from: offset - 1, leaderEpoch: null })
  }

  /** Bad records before the offset, which leave with what the merge has consumed: each once. */
  takeBad(before: number): BadRecord[] {
    const count = this.#bad.findIndex(record => record.offset >= before)
    return this.#bad.splice(0, count < 0 ? this.#bad.length : count)
  }
}
