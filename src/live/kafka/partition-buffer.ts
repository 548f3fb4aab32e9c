/**
 * What was fetched of one partition and waits for its reader, and what is to be fetched next.
 *
 *     position            fetchOffset
 *        │ chunk │ chunk │ ┄ asked ┄ ┄
 *
 * Invariants: chunks follow one another from `position` to `fetchOffset` without a gap; an answer to what was asked
 * before a reset is dropped; an error is met at the place where it lies, after what comes before it. Bounded: nothing
 * is asked while half of the room is taken, and no more than the room.
 */

import { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { Arrival } from './arrival.ts'
import type { BytePool } from './byte-pool.ts'
import { beyondEnd } from './lost-ranges.ts'
import { recordSpan } from './record-span.ts'
import { type Trouble, troubleAfter } from './trouble.ts'
import { type FetchedPartition, FetchedRecords, type FetchPartition } from './wire/index.ts'

/** What was asked, to be given back with the answer. */
export interface Wish extends FetchPartition {
  readonly generation: number
}

const LEAST_BYTES = 64 * 1024

export class PartitionBuffer {
  readonly topic: string
  readonly partition: number
  readonly #pool: BytePool
  #generation = 0
  #position = -1
  #fetchOffset = -1
  /** Epoch of the batch before `#fetchOffset`, and of the one before `#position`; −1: not known. */
  #epoch = -1
  #positionEpoch = -1
  /** A batch ends at `#fetchOffset`, and at `#position`: none that comes can begin before it. */
  #isBoundary = false
  #isPositionBoundary = false
  #chunks: FetchedRecords[] = []
  #bytes = 0
  /** Bytes to ask for: more after a batch that did not fit. */
  #bytesAsked: number = LIMITS.kafkaPartitionFetchBytes
  #endOffset = -1
  #seenAtMs = Number.NEGATIVE_INFINITY
  #failure: HindcastError | null = null
  #isTold = false
  #trouble: Trouble | null = null
  /** Fetches wait for a view of the topic newer than this. */
  #viewNeeded = 0
  #isHeld = false
  readonly #arrival = new Arrival()

  constructor(topic: string, partition: number, pool: BytePool) {
    this.#pool = pool
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

  /** Epoch of the newest batch that was handed out; −1: not known. */
  get positionEpoch(): number {
    return this.#positionEpoch
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes
  }

  /** A reader waits for records. */
  get isAwaited(): boolean {
    return this.#arrival.isAwaited
  }

  /** Nothing is fetched any more. */
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

  /** The end as a fetch has shown it of late; Infinity where none has. */
  get endOffset(): number {
    const isFresh = this.#trouble === null && performance.now() - this.#seenAtMs <= LIMITS.kafkaFreshMs
    return isFresh ? this.#endOffset : Number.POSITIVE_INFINITY
  }

  /**
   * Starts again from an offset, forgetting what was fetched and what went wrong. `leaderEpoch`: of the record before it,
   * for where this buffer has not been; −1: not known.
   */
  reset(offset: number, leaderEpoch = -1): void {
    this.#generation++
    if (offset !== this.#position) {
      this.#positionEpoch = leaderEpoch
      this.#isPositionBoundary = false
    }
    this.#position = this.#fetchOffset = offset
    this.#epoch = this.#positionEpoch
    this.#isBoundary = this.#isPositionBoundary
    this.#drop()
    this.#failure = null
    this.#isTold = false
    this.#trouble = null
    this.#viewNeeded = 0
    this.#isHeld = false
    this.#seenAtMs = Number.NEGATIVE_INFINITY
    this.#bytesAsked = LIMITS.kafkaPartitionFetchBytes
  }

  /** Who wrote the record before the position is not to be asked about any more. */
  forgetEpoch(): void {
    this.#positionEpoch = -1
  }

  /** What to fetch; null: nothing, there is no room, or it could not be answered now. */
  wish(roomBytes: number, viewVersion: number, leaderEpoch: number): Wish | null {
    if (!this.#isWanting || this.#isFull(roomBytes) || viewVersion < this.#viewNeeded) return null
    const room = Math.max(LEAST_BYTES, roomBytes - this.#bytes)
    return {
      partition: this.partition,
      offset: this.#fetchOffset,
      leaderEpoch,
      lastFetchedEpoch: this.#epoch,
      // A batch that did not fit has to, even if there is no room: it is one.
      bytesMax:
        this.#bytesAsked > LIMITS.kafkaPartitionFetchBytes
          ? this.#bytesAsked
          : Math.min(this.#bytesAsked, room),
      generation: this.#generation,
    }
  }

  /** Whether it would fetch if there were room: then others do not wait long for their answer. */
  isPausedBy(roomBytes: number): boolean {
    return this.#isWanting && this.#isFull(roomBytes)
  }

  /** Whether it waits for a view of the topic that is newer. */
  needsView(viewVersion: number): boolean {
    return this.#trouble !== null && viewVersion < this.#viewNeeded
  }

  /** Whether an answer to the wish is still of use. */
  isCurrent(wish: Wish): boolean {
    return wish.generation === this.#generation && wish.offset === this.#fetchOffset
  }

  /**
   * Takes in a good answer to a wish that is current; its records are copied. Raises `limit-passed` for a batch longer than any fetch may be,
   * `reply-invalid` for batches out of order.
   */
  accept(wish: Wish, answer: FetchedPartition): void {
    const { records, aborted, highWatermark } = answer
    const span = recordSpan(records, wish.offset, this.#isBoundary)
    if (highWatermark >= 0 && span.offsetNext > Math.max(highWatermark, wish.offset))
      throw beyondEnd(span.offsetNext, highWatermark, {
        topic: this.topic,
        partition: this.partition,
        offset: this.#fetchOffset,
      })
    // A new leader does not know the end yet (KIP-207): until it does nothing is shown.
    this.#endOffset = highWatermark
    this.#seenAtMs = highWatermark >= wish.offset ? performance.now() : Number.NEGATIVE_INFINITY
    this.#trouble = null
    const { topic, partition } = this
    const place = { topic, partition, offset: wish.offset, aborted, endOffset: highWatermark }
    if (span.bytes === 0) {
      if (records.length > 0) this.#askForMore(new FetchedRecords({ ...place, records }).bytesNeeded)
      return
    }
    const kept = this.#pool.copyOf(records.subarray(0, span.bytes))
    this.#chunks.push(new FetchedRecords({ ...place, records: kept }))
    this.#bytes += kept.length
    this.#bytesAsked = LIMITS.kafkaPartitionFetchBytes
    this.#fetchOffset = span.offsetNext
    this.#epoch = span.leaderEpoch
    this.#isBoundary = true
    this.#isHeld = span.isDeadEnd
    this.#arrival.tell()
  }

  /** Something passing went wrong; nothing is asked before a newer view than `viewVersion` is there. */
  fail(error: HindcastError, viewVersion: number): Trouble {
    this.#trouble = troubleAfter(this.#trouble, error, error.code === 'reply-invalid')
    this.#viewNeeded = viewVersion + 1
    return this.#trouble
  }

  /** No fetches until `release`, `reset` or `end`: something is being asked about this partition. */
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

  /** What comes next; null: nothing is there yet. It stays until `advance`. Raises the error that lies at the position. */
  first(): FetchedRecords | null {
    const [chunk] = this.#chunks
    if (chunk !== undefined) return chunk
    if (this.#failure === null) return null
    this.#isTold = true
    throw this.#failure
  }

  /** The reader has taken more of `first()`. */
  advance(): void {
    const chunk = this.#chunks[0]!
    this.#position = chunk.offsetNext
    this.#positionEpoch = chunk.leaderEpoch
    this.#isPositionBoundary = true
    if (!chunk.isDone) return
    this.#chunks.shift()
    this.#bytes -= chunk.bytes.length
    this.#pool.release(chunk.bytes)
  }

  /** Resolves when there is something, or nothing came in time. */
  async arrival(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#chunks.length > 0 || this.#failure !== null) return
    await this.#arrival.wait(waitMs, signal)
  }

  /** Ends a wait. */
  stopWaiting(): void {
    this.#arrival.tell()
  }

  get #isWanting(): boolean {
    return this.#position >= 0 && this.#failure === null && !this.#isHeld
  }

  #isFull(roomBytes: number): boolean {
    return this.#bytes > roomBytes / 2
  }

  /** Brokers give the first batch of a fetch whole, however long: this is for those that do not. */
  #askForMore(bytesNeeded: number): void {
    if (bytesNeeded > LIMITS.kafkaBatchBytesMax || this.#bytesAsked >= LIMITS.kafkaBatchBytesMax) {
      throw new HindcastError(
        'limit-passed',
        `a batch of records is longer than kafkaBatchBytesMax ${LIMITS.kafkaBatchBytesMax} bytes`,
        {
          where: { topic: this.topic, partition: this.partition, offset: this.#fetchOffset },
          advice: 'Start behind it, and lower max.message.bytes of the topic: no fetch gets past it.',
        },
      )
    }
    this.#bytesAsked = Math.min(Math.max(2 * this.#bytesAsked, bytesNeeded), LIMITS.kafkaBatchBytesMax)
  }

  #drop(): void {
    for (const chunk of this.#chunks) this.#pool.release(chunk.bytes)
    this.#chunks = []
    this.#bytes = 0
  }
}
