/**
 * Rows of one partition that wait for their reader, and what is to be fetched next.
 *
 *     position          fetchOffset
 *        │ fetch │ fetch │ ┄ asked ┄
 *
 * Invariants: what waits reaches from `position` to `fetchOffset`; an answer to what was asked before a reset is dropped;
 * an error is met where it lies, after the rows before it. Bounded: nothing is asked while half of the room is taken.
 */

import type { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { Arrival, type Trouble, troubleAfter } from '../kafka/index.ts'
import type { DecodedColumns, FetchedRows } from '../record-columns.ts'
import type { RecordBatch } from '../source.ts'

/** What was asked, to be given back with the answer. */
export interface Wish {
  readonly partition: number
  readonly offset: number
  readonly bytesMax: number
  /** Counts resets: an answer to an older one is dropped. */
  readonly generation: number
}

/** Enough for the first batch: a broker gives that one whole, however long it is. */
const ONE_BATCH_BYTES = 1
/** Of a row, beside its key and value. */
const ROW_BYTES = 26

export class PartitionRows {
  readonly topic: string
  readonly partition: number
  #generation = 0
  #position = -1
  #fetchOffset = -1
  #fetched: FetchedRows[] = []
  /** Rows of the first of them that are handed out. */
  #taken = 0
  #bytes = 0
  #endOffset = -1
  #seenAtMs = Number.NEGATIVE_INFINITY
  /** Epoch of the leader of what was handed out last; −1: not known. */
  #epoch = -1
  #failure: HindcastError | null = null
  #isTold = false
  #trouble: Trouble | null = null
  /** Nothing is asked before the topic was looked at again: `TopicQuestions.version` has to be more than this. */
  #versionBefore = -1
  #isAlone = false
  #isHeld = false
  readonly #arrival = new Arrival()

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  /** Next offset to be handed out; −1: nobody has read yet. */
  get position(): number {
    return this.#position
  }

  get fetchOffset(): number {
    return this.#fetchOffset
  }

  /** Something before `position` was read. */
  get hasRead(): boolean {
    return this.#epoch >= 0
  }

  /** Of all that waits, about. */
  get bytes(): number {
    return this.#bytes
  }

  get isAwaited(): boolean {
    return this.#arrival.isAwaited
  }

  get isEnded(): boolean {
    return this.#failure !== null
  }

  /** It ended with what passes, and its reader knows: asked again, it may go on. */
  get mayGoOn(): boolean {
    return this.#isTold && this.#failure?.kind === 'transient'
  }

  get trouble(): Trouble | null {
    return this.#trouble
  }

  /** It is asked for in a fetch of its own: then what comes is about it, whatever it is. */
  get isAlone(): boolean {
    return this.#isAlone
  }

  /** The end as a fetch has shown it of late; Infinity where none has. */
  get endOffset(): number {
    const isFresh = this.#trouble === null && performance.now() - this.#seenAtMs <= LIMITS.kafkaFreshMs
    return isFresh ? this.#endOffset : Number.POSITIVE_INFINITY
  }

  /** Starts again from an offset. `leaderEpoch`: of the record before it; −1: not known. */
  reset(offset: number, leaderEpoch = -1): void {
    this.#generation++
    if (offset !== this.#position) this.#epoch = leaderEpoch
    this.#position = this.#fetchOffset = offset
    this.#drop()
    this.#failure = this.#trouble = null
    this.#isTold = this.#isHeld = this.#isAlone = false
    this.#versionBefore = -1
    this.#seenAtMs = Number.NEGATIVE_INFINITY
  }

  /** What to fetch; null: nothing, there is no room, or it could not be answered now. */
  wish(roomBytes: number, version: number): Wish | null {
    const isWanting = this.#position >= 0 && this.#failure === null && !this.#isHeld
    if (!isWanting || this.#bytes > roomBytes / 2 || version <= this.#versionBefore) return null
    // Behind damage a fetch brings nothing of what lies before it: batch by batch all of that is had.
    const isDamaged = (this.#trouble?.strange ?? 0) > 0
    return {
      partition: this.partition,
      offset: this.#fetchOffset,
      bytesMax: isDamaged ? ONE_BATCH_BYTES : LIMITS.kafkaPartitionFetchBytes,
      generation: this.#generation,
    }
  }

  /** It waits until the topic was looked at again. */
  needsNewer(version: number): boolean {
    return this.#trouble !== null && version <= this.#versionBefore
  }

  isCurrent(wish: Wish): boolean {
    return wish.generation === this.#generation && wish.offset === this.#fetchOffset
  }

  /** Takes in a good answer to a wish that is current; `endOffset` is the high watermark. */
  accept(rows: FetchedRows, endOffset: number): void {
    this.#endOffset = endOffset
    // A new leader does not know the end yet (KIP-207): until it does nothing is shown.
    this.#seenAtMs = endOffset >= this.#fetchOffset ? performance.now() : Number.NEGATIVE_INFINITY
    this.#trouble = null
    this.#isAlone = false
    if (rows.offsetNext === this.#fetchOffset) return
    this.#fetched.push(rows)
    this.#bytes += bytesOf(rows)
    this.#fetchOffset = rows.offsetNext
    this.#arrival.tell()
  }

  /** Something passing went wrong; nothing is asked until the topic was looked at again. */
  fail(error: HindcastError, version: number): Trouble {
    this.#trouble = troubleAfter(this.#trouble, error, error.kind !== 'transient')
    this.#versionBefore = version
    return this.#trouble
  }

  /** The next fetch asks for it alone. */
  askAlone(): void {
    this.#isAlone = true
  }

  /** No fetches until `release`, `reset` or `end`. */
  hold(): void {
    this.#isHeld = true
  }

  release(): void {
    this.#isHeld = false
  }

  /** Nothing more can be fetched; what is there is handed out first. */
  end(error: HindcastError): void {
    this.#failure ??= error
    this.#arrival.tell()
  }

  /** What was fetched is no longer true. */
  endNow(error: HindcastError): void {
    this.#drop()
    this.end(error)
  }

  /** The next rows, about `bytesMax` bytes of them and at least one; null: nothing is there. Raises the error that lies there. */
  take(bytesMax: number): RecordBatch | null {
    const [first] = this.#fetched
    if (first === undefined) {
      if (this.#failure === null) return null
      this.#isTold = true
      throw this.#failure
    }
    const from = this.#taken
    const to = rowsWithin(first, from, bytesMax)
    const isLast = to === first.rows
    this.#position = isLast ? first.offsetNext : first.offset[to - 1]! + 1
    this.#epoch = Math.max(this.#epoch, first.leaderEpoch)
    this.#taken = isLast ? 0 : to
    if (isLast) {
      this.#fetched.shift()
      this.#bytes -= bytesOf(first)
    }
    return {
      ...rowsOf(first, from, to),
      partition: this.partition,
      holes: [],
      offsetNext: this.#position,
      endOffset: Math.max(this.endOffset, this.#position),
      ...(first.leaderEpoch < 0 ? {} : { leaderEpoch: first.leaderEpoch }),
    }
  }

  /** Resolves when there is something, or nothing came in time. */
  async arrival(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#fetched.length > 0 || this.#failure !== null) return
    await this.#arrival.wait(waitMs, signal)
  }

  /** Ends a wait. */
  stopWaiting(): void {
    this.#arrival.tell()
  }

  #drop(): void {
    this.#fetched = []
    this.#taken = this.#bytes = 0
  }
}

function bytesOf({ rows, bytes, keyBytes }: FetchedRows): number {
  return bytes.length + keyBytes.length + ROW_BYTES * rows
}

/** Where rows from `from` on have about so many bytes: the row behind them. */
function rowsWithin(fetched: FetchedRows, from: number, bytesMax: number): number {
  const { rows, valueOffsets, keyOffsets } = fetched
  const before = valueOffsets[from]! + keyOffsets[from]!
  const bytesTo = (end: number): number =>
    valueOffsets[end]! + keyOffsets[end]! - before + ROW_BYTES * (end - from)
  let to = Math.min(from + 1, rows)
  while (to < rows && bytesTo(to + 1) <= bytesMax) to++
  return to
}

function rowsOf(fetched: FetchedRows, from: number, to: number): DecodedColumns {
  const { rows, offset, timestampMs, bytes, valueOffsets, valueNull, keyBytes, keyOffsets, keyNull } = fetched
  if (from === 0 && to === rows)
    return { rows, offset, timestampMs, bytes, valueOffsets, valueNull, keyBytes, keyOffsets, keyNull }
  return {
    rows: to - from,
    offset: offset.subarray(from, to),
    timestampMs: timestampMs.subarray(from, to),
    bytes,
    valueOffsets: valueOffsets.subarray(from, to + 1),
    valueNull: valueNull.subarray(from, to),
    keyBytes,
    keyOffsets: keyOffsets.subarray(from, to + 1),
    keyNull: keyNull.subarray(from, to),
  }
}
