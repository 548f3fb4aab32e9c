/**
 * Who is asked for what: each partition that is read, of the broker that leads it, one fetch at a time a broker; and what
 * becomes of answers that are no records. What passes is tried again once the topic was looked at anew, until
 * `kafkaDeadlineMs`; what is lost is named and ends the partition.
 *
 * kafkajs gives one error for a whole fetch, mostly without saying which partition it is about: then each is asked for
 * alone, until it has answered.
 *
 * Invariant: rows are taken in only after the topic was asked for its id behind them: kafkajs fetches by name, and a topic
 * that was deleted and made anew has the same one.
 */

import { HindcastError } from '../../errors.ts'
import { pauseMs } from '../../files/index.ts'
import { LIMITS } from '../../limits.ts'
import { type ClientReads, PartitionRows, type Wish } from '../client/index.ts'
import {
  beyondEnd,
  cutBelow,
  gaveUp,
  noLeader,
  notWritten,
  retained,
  STRANGE_MAX,
  type TopicQuestions,
} from '../kafka/index.ts'
import type { FetchedRows } from '../record-columns.ts'
import { isOfConnection, partitionOutOfRange } from './client-failure.ts'
import type { KafkajsPartition } from './fetch-reply.ts'
import { fetchedRows } from './fetched-rows.ts'
import type { KafkajsClient } from './kafkajs-client.ts'

/** How long a broker keeps a fetch that finds nothing, ms: who begins to read, or has room again, waits as long. */
const FETCH_WAIT_MS = 100

export class ClusterFetches implements ClientReads {
  readonly #topic: string
  readonly #client: KafkajsClient
  readonly #questions: TopicQuestions
  readonly #partitions = new Map<number, PartitionRows>()
  /** By node id, what its loop waits for. */
  readonly #wakes = new Map<number, PromiseWithResolvers<void>>()
  #turn = 0
  #ended: HindcastError | null = null
  #isClosed = false

  constructor(topic: string, client: KafkajsClient, questions: TopicQuestions) {
    this.#topic = topic
    this.#client = client
    this.#questions = questions
  }

  /** The rows of a partition, which from now on are fetched from `offset` on; `leaderEpoch`: of the record before it. */
  want(partition: number, offset: number, leaderEpoch?: number): PartitionRows {
    if (this.#ended !== null) throw this.#ended
    let rows = this.#partitions.get(partition)
    if (rows === undefined) {
      rows = new PartitionRows(this.#topic, partition)
      this.#partitions.set(partition, rows)
    }
    if (rows.position !== offset || rows.mayGoOn) rows.reset(offset, leaderEpoch)
    return rows
  }

  /** Resolves when there is something of the partition, or nothing came in time. */
  async arrival(rows: PartitionRows, waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    const arrived = rows.arrival(waitMs, signal)
    this.#wake(rows)
    await arrived
  }

  /** Rows were handed out: there is room for more. */
  taken(rows: PartitionRows): void {
    this.#wake(rows)
  }

  /** The topic was looked at, or nobody answered; deadlines are looked at either way. */
  onRound(): void {
    const { deadlineMs } = this.#questions.bounds
    for (const [partition, rows] of this.#partitions) {
      const { trouble } = rows
      if (rows.isEnded) continue
      if (trouble !== null && performance.now() - trouble.sinceMs > deadlineMs)
        rows.end(gaveUp('fetches', deadlineMs, { topic: this.#topic, partition }, trouble.last))
      else if (this.#questions.leaderOf(partition) === null) this.#retry(rows, noLeader(rows))
      else {
        this.#wake(rows)
        // Nobody answered: asked again soon, not when what is known is old.
        if (rows.needsNewer(this.#questions.version))
          this.#questions.requestWithin(pauseMs(trouble!.count, Math.random()))
      }
    }
  }

  /** Nothing more can be read of any partition. */
  end(error: HindcastError): void {
    this.#ended = error
    for (const rows of this.#partitions.values()) rows.endNow(error)
    this.#wakeAll()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const rows of this.#partitions.values()) rows.stopWaiting()
    this.#wakeAll()
    await this.#client.close()
  }

  /** Someone waits for the partition, or has made room for more of it. */
  #wake(rows: PartitionRows): void {
    if (this.#isClosed || this.#ended !== null) return
    const node = this.#questions.leaderOf(rows.partition)
    if (node === null) {
      if (rows.trouble === null) this.#retry(rows, noLeader(rows))
      return
    }
    const wake = this.#wakes.get(node)
    if (wake !== undefined) wake.resolve()
    else {
      this.#wakes.set(node, Promise.withResolvers())
      void this.#run(node)
    }
  }

  /** Never rejects. */
  async #run(node: number): Promise<void> {
    while (!this.#isClosed && this.#ended === null) {
      const wishes = this.#wishes(node)
      if (wishes.length > 0) {
        await this.#fetch(node, wishes)
        continue
      }
      await this.#wakes.get(node)!.promise
      this.#wakes.set(node, Promise.withResolvers())
    }
  }

  /** What is to be fetched of one broker now; the one that comes first gets its first batch however long it is. */
  #wishes(node: number): Wish[] {
    const roomBytes = this.#roomBytes
    const isTight = this.#bytes >= LIMITS.kafkaBufferBytes
    const wishes: Wish[] = []
    for (const [partition, rows] of this.#partitions) {
      if (this.#questions.leaderOf(partition) !== node) continue
      // One batch may be more than the share of a partition: then only those go on whose reader waits.
      if (isTight && (rows.bytes > 0 || !rows.isAwaited)) continue
      const wish = rows.wish(roomBytes, this.#questions.version)
      if (wish !== null) wishes.push(wish)
    }
    if (wishes.length < 2) return wishes
    const first = this.#turn++ % wishes.length
    const alone = wishes.filter(({ partition }) => this.#partitions.get(partition)!.isAlone)
    if (alone.length > 0) return [alone[first % alone.length]!]
    return [...wishes.slice(first), ...wishes.slice(0, first)]
  }

  async #fetch(node: number, wishes: readonly Wish[]): Promise<void> {
    let answers: KafkajsPartition[]
    try {
      answers = await this.#client.fetch(node, wishes, FETCH_WAIT_MS)
    } catch (error) {
      if (!this.#isClosed) this.#refused(node, wishes, error)
      return
    }
    const isConfirmed =
      answers.every(({ messages }) => messages.length === 0) || (await this.#questions.confirm())
    if (this.#isClosed || this.#ended !== null) return
    const byPartition = new Map(answers.map(answer => [answer.partition, answer]))
    for (const wish of wishes) {
      const rows = this.#partitions.get(wish.partition)!
      if (!rows.isCurrent(wish)) continue
      const answer = byPartition.get(wish.partition)
      if (answer === undefined) this.#failed(rows, unanswered('leaves a partition out'))
      else if (!isConfirmed) this.#failed(rows, unanswered('does not say which topic it has read'))
      else this.#onAnswer(rows, wish, answer)
    }
  }

  #onAnswer(rows: PartitionRows, wish: Wish, answer: KafkajsPartition): void {
    let fetched: FetchedRows
    try {
      fetched = fetchedRows(answer, wish.offset)
    } catch (error) {
      this.#failed(rows, this.#client.failure(error, -1))
      return
    }
    const endOffset = Number(answer.highWatermark)
    if (endOffset >= 0 && fetched.offsetNext > Math.max(endOffset, wish.offset)) {
      this.#failed(rows, beyondEnd(fetched.offsetNext, endOffset))
      return
    }
    if (fetched.offsetNext > wish.offset || Number(answer.lastStableOffset) <= wish.offset) {
      rows.accept(fetched, endOffset)
      return
    }
    // With others in the fetch there may have been no room left for this one.
    if (rows.isAlone) this.#failed(rows, nothingShown(Number(answer.lastStableOffset)))
    else rows.askAlone()
  }

  /** The whole fetch failed. */
  #refused(node: number, wishes: readonly Wish[], error: unknown): void {
    const current = wishes.filter(wish => this.#partitions.get(wish.partition)!.isCurrent(wish))
    const failure = this.#client.failure(error, node)
    const gone = partitionOutOfRange(error)
    for (const wish of current) {
      const rows = this.#partitions.get(wish.partition)!
      if (gone === wish.partition) void this.#outOfRange(rows, wish)
      else if (gone !== null) continue
      else if (wishes.length === 1 || isOfConnection(error)) this.#failed(rows, failure)
      else rows.askAlone()
    }
  }

  #failed(rows: PartitionRows, error: HindcastError): void {
    const { topic, partition, fetchOffset: offset } = rows
    const placed = new HindcastError(error.code, error.message, {
      where: { ...error.where, topic, partition, offset },
      advice: error.advice,
      cause: error,
    })
    const strange = rows.trouble?.strange ?? 0
    // What is wrong with records is met again in a fetch of one batch: then it lies at this offset.
    const isOfRecords = error.kind === 'data' || error.kind === 'limit' || error.kind === 'unsupported'
    const mayPass = error.kind === 'transient' || (isOfRecords && strange + 1 < STRANGE_MAX)
    if (mayPass) this.#retry(rows, placed)
    else rows.end(placed)
  }

  #retry(rows: PartitionRows, error: HindcastError): void {
    const { count } = rows.fail(error, this.#questions.version)
    rows.askAlone()
    this.#questions.requestWithin(pauseMs(count, Math.random()))
  }

  /** What is at the offset? Only the ends of the partition tell. */
  async #outOfRange(rows: PartitionRows, wish: Wish): Promise<void> {
    rows.hold()
    try {
      const { first, end } = await this.#questions.range(wish.partition)
      if (!rows.isCurrent(wish)) return
      rows.release()
      if (wish.offset < first) rows.end(retained(rows, wish.offset, first))
      else if (wish.offset <= end) this.#retry(rows, unanswered('finds an offset out of range'))
      else if (!rows.hasRead) rows.end(notWritten(rows, wish.offset, end))
      // What was fetched and not handed out is fetched again; what was handed out is lost.
      else if (end < rows.position) rows.endNow(cutBelow(rows, end, rows.position))
      else {
        rows.reset(rows.position)
        this.#wake(rows)
      }
    } catch (error) {
      if (!this.#isClosed && rows.isCurrent(wish)) rows.end(error as HindcastError)
    }
  }

  get #bytes(): number {
    let bytes = 0
    for (const rows of this.#partitions.values()) bytes += rows.bytes
    return bytes
  }

  /** Bytes that one partition may hold. */
  get #roomBytes(): number {
    const share = Math.floor(LIMITS.kafkaBufferBytes / Math.max(1, this.#partitions.size))
    return Math.min(LIMITS.kafkaPartitionBufferBytes, share)
  }

  #wakeAll(): void {
    for (const wake of this.#wakes.values()) wake.resolve()
  }
}

function unanswered(what: string): HindcastError {
  return new HindcastError('remote-failed', `a fetch ${what}`, { advice: 'Look at the log of the broker.' })
}

/** kafkajs does not show how far batches without records reach: to go on could be to pass over what cannot be read. */
function nothingShown(lastStable: number): HindcastError {
  return new HindcastError(
    'unsupported',
    `kafkajs shows nothing here, although the partition goes on to offset ${lastStable}: a batch that compaction has emptied, or a damaged one`,
    {
      advice:
        'Leave `client` out: the reader of Hindcast itself tells them apart, and passes over the former.',
    },
  )
}
