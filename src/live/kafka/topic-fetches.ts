/**
 * Who fetches what: each partition that is read, from the broker that leads it; and what becomes of answers that are
 * no records. What passes is tried again with a newer view of the topic, until `kafkaDeadlineMs`; what is lost is
 * named and ends the partition.
 */

import { HindcastError } from '../../errors.ts'
import { pauseMs } from '../../files/index.ts'
import { LIMITS } from '../../limits.ts'
import { brokerText } from './broker-address.ts'
import { BrokerFetcher, type FetchPort } from './broker-fetcher.ts'
import type { BrokerLinks } from './broker-links.ts'
import { BytePool } from './byte-pool.ts'
import { KAFKA, kafkaError } from './error-codes.ts'
import { type FetchQuestion, type FetchReply, fetchCall } from './fetch-call.ts'
import { gaveUp, type LeaderQuestions, noLeader } from './leader-questions.ts'
import { cutBelow, notWritten, retained } from './lost-ranges.ts'
import { PartitionBuffer, type Wish } from './partition-buffer.ts'
import { isStrange, isWorthTrying, STRANGE_MAX, type TopicWatch } from './topic-watch.ts'
import type { FetchedPartition } from './wire/index.ts'

/** Free memory that is kept for the next fetches. */
const POOL_BYTES = 16 * 1024 * 1024

export class TopicFetches implements FetchPort {
  readonly #links: BrokerLinks
  readonly #watch: TopicWatch
  readonly #questions: LeaderQuestions
  readonly #buffers = new Map<number, PartitionBuffer>()
  readonly #pool = new BytePool(POOL_BYTES)
  readonly #fetchers = new Map<number, BrokerFetcher>()
  /** Where a damaged batch was met, and how often. */
  readonly #damage = new Map<number, { readonly offset: number; readonly count: number }>()
  #ended: HindcastError | null = null
  #isClosed = false

  constructor(links: BrokerLinks, watch: TopicWatch, questions: LeaderQuestions) {
    this.#links = links
    this.#watch = watch
    this.#questions = questions
  }

  get topic(): Pick<FetchQuestion, 'topic' | 'topicId'> {
    return this.#watch.view
  }

  /** The buffer of a partition, which from now on is filled from `offset` on; `leaderEpoch`: see `PartitionBuffer.reset`. */
  want(partition: number, offset: number, leaderEpoch?: number): PartitionBuffer {
    if (this.#ended !== null) throw this.#ended
    let buffer = this.#buffers.get(partition)
    if (buffer === undefined) {
      buffer = new PartitionBuffer(this.#watch.view.topic, partition, this.#pool)
      this.#buffers.set(partition, buffer)
    }
    if (buffer.position !== offset || buffer.mayGoOn) {
      buffer.reset(offset, leaderEpoch)
      this.#wake(partition, true)
    }
    return buffer
  }

  /** Some of what was fetched was handed out. */
  taken(buffer: PartitionBuffer): void {
    const before = buffer.isPausedBy(this.#roomBytes)
    buffer.advance()
    if (before && !buffer.isPausedBy(this.#roomBytes)) this.#wake(buffer.partition, false)
  }

  /** Resolves when there is something of the partition, or nothing came in time. */
  async arrival(buffer: PartitionBuffer, waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    const arrived = buffer.arrival(waitMs, signal)
    if (buffer.isAwaited && !buffer.needsView(this.#watch.version)) this.#wake(buffer.partition, false)
    await arrived
  }

  /** The decoder refuses what comes next. Raises that, unless it is worth fetching again. */
  onDamage(buffer: PartitionBuffer, error: unknown): void {
    const { partition, position } = buffer
    if (isStrange(error)) {
      const before = this.#damage.get(partition)
      const count = before?.offset === position ? before.count + 1 : 1
      this.#damage.set(partition, { offset: position, count })
      if (count < STRANGE_MAX) {
        buffer.reset(position)
        this.#wake(partition, true)
        return
      }
    }
    if (error instanceof HindcastError) buffer.endNow(error)
    throw error
  }

  /** There may be a newer view; deadlines are looked at either way. */
  onView(): void {
    const { deadlineMs } = this.#links.bounds
    for (const [partition, buffer] of this.#buffers) {
      const { trouble } = buffer
      if (buffer.isEnded) continue
      if (trouble !== null && performance.now() - trouble.sinceMs > deadlineMs)
        buffer.end(gaveUp('fetches', deadlineMs, { topic: buffer.topic, partition }, trouble.last))
      else if (this.#leaderOf(partition) === null) this.#retry(buffer, noLeader(buffer))
      // Nobody answered: asked again soon, not when the view is old.
      else if (buffer.needsView(this.#watch.version)) this.#retry(buffer, trouble!.last)
      else this.#wake(partition, trouble !== null)
    }
  }

  /** Nothing more can be read of any partition. */
  end(error: HindcastError): void {
    this.#ended = error
    for (const buffer of this.#buffers.values()) buffer.endNow(error)
  }

  close(): void {
    this.#isClosed = true
    for (const fetcher of this.#fetchers.values()) fetcher.close()
    for (const buffer of this.#buffers.values()) buffer.stopWaiting()
  }

  wishes(node: number): { readonly wishes: readonly Wish[]; readonly isMoreToCome: boolean } {
    const wishes: Wish[] = []
    const roomBytes = this.#roomBytes
    const isTight = this.#bytes >= LIMITS.kafkaBufferBytes
    let isMoreToCome = false
    for (const [partition, buffer] of this.#buffers) {
      const { leader, leaderEpoch } = this.#watch.view.partitions[partition]!
      if (leader !== node) continue
      // One batch may be more than the share of a partition: then only those go on whose reader waits.
      if (isTight && (buffer.bytes > 0 || !buffer.isAwaited)) {
        isMoreToCome = true
        continue
      }
      const wish = buffer.wish(roomBytes, this.#watch.version, leaderEpoch)
      if (wish !== null) wishes.push(wish)
      else isMoreToCome ||= buffer.isPausedBy(roomBytes)
    }
    return { wishes, isMoreToCome }
  }

  async fetch(node: number, question: FetchQuestion): Promise<FetchReply> {
    const address = this.#watch.view.brokers.get(node)
    if (address === undefined)
      throw new HindcastError('remote-failed', `broker ${node} leads, and nobody says where it is`)
    return this.#links.ask(
      address,
      'fetches',
      fetchCall(question),
      question.waitMs + this.#links.bounds.silenceMs,
    )
  }

  onAnswer(node: number, wish: Wish, answer: FetchedPartition): void {
    const buffer = this.#buffers.get(wish.partition)!
    if (!buffer.isCurrent(wish)) return
    const where = { topic: buffer.topic, partition: buffer.partition, offset: wish.offset }
    if (answer.errorCode === KAFKA.offsetOutOfRange) void this.#outOfRange(buffer, wish)
    else if (answer.errorCode !== KAFKA.none)
      this.#failed(buffer, kafkaError(answer.errorCode, 'a fetch', this.#brokerText(node), where))
    else if (answer.divergingEpoch !== null)
      this.#cut(buffer, answer.divergingEpoch.endOffset, answer.divergingEpoch.epoch)
    else {
      try {
        buffer.accept(wish, answer)
      } catch (error) {
        if (!(error instanceof HindcastError)) throw error
        this.#failed(buffer, error)
      }
    }
  }

  onFailure(_node: number, wishes: readonly Wish[], error: HindcastError): void {
    for (const wish of wishes) {
      const buffer = this.#buffers.get(wish.partition)!
      if (buffer.isCurrent(wish)) this.#failed(buffer, error)
    }
  }

  /** Bytes that wait, of all partitions. */
  get #bytes(): number {
    let bytes = 0
    for (const buffer of this.#buffers.values()) bytes += buffer.bytes
    return bytes
  }

  /** Bytes that one partition may hold. */
  get #roomBytes(): number {
    const share = Math.floor(LIMITS.kafkaBufferBytes / Math.max(1, this.#buffers.size))
    return Math.min(LIMITS.kafkaPartitionBufferBytes, share)
  }

  #failed(buffer: PartitionBuffer, error: HindcastError): void {
    const { topic, partition, fetchOffset: offset } = buffer
    const placed = new HindcastError(error.code, error.message, {
      where: { topic, partition, offset, ...error.where },
      advice: error.advice,
      cause: error,
    })
    if (isWorthTrying(error, buffer.trouble?.strange ?? 0)) this.#retry(buffer, placed)
    else buffer.end(placed)
  }

  #retry(buffer: PartitionBuffer, error: HindcastError): void {
    const { count } = buffer.fail(error, this.#watch.version)
    this.#watch.requestWithin(pauseMs(count, Math.random()))
  }

  /** What is at the offset? Only the ends of the partition tell: the answer itself says nothing. */
  async #outOfRange(buffer: PartitionBuffer, wish: Wish): Promise<void> {
    const { partition } = buffer
    buffer.hold()
    try {
      const [first, end] = await Promise.all([
        this.#questions.first(partition),
        this.#questions.end(partition),
      ])
      if (!buffer.isCurrent(wish)) return
      buffer.release()
      if (wish.offset < first) buffer.end(retained(buffer, wish.offset, first))
      else if (wish.offset <= end)
        this.#retry(buffer, kafkaError(KAFKA.offsetOutOfRange, 'a fetch', 'of the partition', {}))
      else if (wish.lastFetchedEpoch >= 0) this.#cut(buffer, end, wish.lastFetchedEpoch)
      else buffer.end(notWritten(buffer, wish.offset, end))
    } catch (error) {
      if (this.#isClosed || !buffer.isCurrent(wish)) return
      buffer.end(error as HindcastError)
    }
  }

  /**
   * Of what was fetched the log has only what is before `end`, and of no leader newer than `epoch`: what was not handed
   * out yet is fetched again. Handed out of a leader that the log does not know: at least the last of it is lost.
   */
  #cut(buffer: PartitionBuffer, end: number, epoch: number): void {
    const { position, positionEpoch } = buffer
    if (end < position) buffer.endNow(cutBelow(buffer, end, position))
    else if (positionEpoch > epoch) void this.#unknownLeader(buffer)
    else this.#again(buffer)
  }

  /**
   * The log reaches to the position, and knows no records of the leader that wrote what lies before it. In a compacted topic
   * they may have been removed, all of them, before this replica was made: it was copied without them. In any other they
   * were there last, and are lost.
   */
  async #unknownLeader(buffer: PartitionBuffer): Promise<void> {
    const { position } = buffer
    buffer.reset(position)
    buffer.hold()
    try {
      const isCompacted = await this.#questions.isCompacted()
      if (this.#isClosed || buffer.isEnded || buffer.position !== position) return
      if (isCompacted !== true) buffer.endNow(cutBelow(buffer, position - 1, position))
      else {
        buffer.forgetEpoch()
        this.#again(buffer)
      }
    } catch (error) {
      if (!this.#isClosed && buffer.position === position) buffer.end(error as HindcastError)
    }
  }

  #again(buffer: PartitionBuffer): void {
    buffer.reset(buffer.position)
    this.#wake(buffer.partition, true)
  }

  #leaderOf(partition: number): number | null {
    const { leader } = this.#watch.view.partitions[partition]!
    return this.#watch.view.brokers.has(leader) ? leader : null
  }

  #wake(partition: number, isNew: boolean): void {
    if (this.#isClosed || this.#ended !== null) return
    const node = this.#leaderOf(partition)
    if (node === null) {
      const buffer = this.#buffers.get(partition)!
      this.#retry(buffer, noLeader(buffer))
      return
    }
    let fetcher = this.#fetchers.get(node)
    if (fetcher === undefined) {
      fetcher = new BrokerFetcher(node, this)
      this.#fetchers.set(node, fetcher)
    }
    fetcher.wake(isNew)
  }

  #brokerText(node: number): string {
    const address = this.#watch.view.brokers.get(node)
    return address === undefined ? String(node) : brokerText(address)
  }
}
