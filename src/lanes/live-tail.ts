/**
 * The live side of one (stream, partition) as its lane reads it: position, end, and for how long nothing came.
 *
 * Idle is only what a successful read has shown: the position was the end of the partition, and still was `idleAfter`
 * later. A read that fails or waits proves nothing.
 */

import type { BadRecord, LiveRead, LiveReader } from './live-reader.ts'

export interface LiveTailOptions {
  readonly reader: LiveReader
  readonly partition: number
  /** Position to read from. */
  readonly offset: number
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
  /** Since when reads have shown the end, ms of a monotonic clock; null: not at the end. */
  #atEndSince: number | null = null
  #bad: BadRecord[] = []

  constructor(options: LiveTailOptions) {
    this.#options = options
    this.#offset = options.offset
  }

  /** Position to read from next. */
  get offset(): number {
    return this.#offset
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
    const read = await reader.read({
      partition,
      offset: this.#offset,
      offsetMax: stopOffset ?? Number.POSITIVE_INFINITY,
      waitMs: wait ? WAIT_MS : 0,
      signal,
    })
    this.#offset = read.offsetNext
    for (const bad of read.bad) this.#bad.push(bad)
    if (read.events.rows > 0 || read.bad.length > 0 || !read.atEnd) this.#atEndSince = null
    else this.#atEndSince ??= performance.now()
    return read
  }

  /** Bad records before the offset, which leave with what the merge has consumed: each once. */
  takeBad(before: number): BadRecord[] {
    const count = this.#bad.findIndex(record => record.offset >= before)
    return this.#bad.splice(0, count < 0 ? this.#bad.length : count)
  }
}
