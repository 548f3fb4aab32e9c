/**
 * A topic of Kafka as a `LiveSource` whose records another client reads: own positions, no group, read_committed.
 *
 *     read(p) ◄── rows p ◄─┐
 *     read(q) ◄── rows q ◄─┼─ `ClientReads` ◄── kafkajs, or librdkafka in a process of its own
 *                          └─ is it still that topic? ◄── questions of our own
 *
 * What the clients cannot say (ids of topics, last stable offsets, leader epochs) is asked by connections of our own.
 *
 * Invariants: of one partition one read is under way; an end is shown only as the rows know it, so a partition that cannot
 * be read never looks idle. A log that was cut and has grown again is not seen by these clients: `checkElections` refuses a
 * topic where that can happen.
 */

import { assert, HindcastError } from '../../errors.ts'
import type { KafkaJob } from '../../job/index.ts'
import { type KafkaBounds, TopicQuestions } from '../kafka/index.ts'
import {
  emptyRecords,
  type LiveAbilities,
  type LiveEnds,
  type LiveSource,
  type RecordBatch,
} from '../source.ts'
import type { PartitionRows } from './partition-rows.ts'

/** What a client reads, by partition. */
export interface ClientReads {
  /** The rows of a partition, which from now on are read from `offset` on; `leaderEpoch`: of the record before it. */
  want(partition: number, offset: number, leaderEpoch?: number): PartitionRows
  /** Resolves when there is something of the partition, or nothing came in time. */
  arrival(rows: PartitionRows, waitMs: number, signal: AbortSignal | undefined): Promise<void>
  /** Rows were handed out: there is room for more. */
  taken(rows: PartitionRows): void
  /** The topic was looked at, or nobody answered (`WatchPort`). Left out where it makes no difference. */
  onRound?(): void
  /** Nothing more can be read of any partition. */
  end(error: HindcastError): void
  /** Ends each wait, and then the client. */
  close(): Promise<void>
}

/** Elections that lose records. */
const UNCLEAN = 'unclean.leader.election.enable'

/**
 * Opens a topic; `open` gives what reads it. Secrets of `kafka` are open (`openedPlace`). Raises as `openKafkaSource` does,
 * and what `open` raises.
 */
export async function openClientSource(
  kafka: KafkaJob,
  bounds: Partial<KafkaBounds>,
  abilities: LiveAbilities,
  open: (questions: TopicQuestions) => Promise<ClientReads>,
): Promise<LiveSource> {
  let reads: ClientReads | null = null
  const port = {
    onRound: () => reads?.onRound?.(),
    onEnd: (error: HindcastError) => reads?.end(error),
  }
  const questions = await TopicQuestions.open(kafka, port, bounds)
  try {
    reads = await open(questions)
    return new ClientSource(reads, questions, abilities)
  } catch (error) {
    questions.close()
    throw error
  }
}

/**
 * A replica that lacks records may become the leader, and what was read before is not looked at again by a reader of this
 * name. Raises `unsupported` where the topic allows that.
 */
export async function checkElections(
  questions: TopicQuestions,
  topic: string,
  reader: 'kafkajs' | 'librdkafka',
): Promise<void> {
  const settings = await questions.settings([UNCLEAN])
  if (settings.get(UNCLEAN) !== 'true') return
  throw new HindcastError(
    'unsupported',
    `the topic has ${UNCLEAN}=true, and a reader by ${reader} would not see that records it has read are lost`,
    { where: { topic }, advice: 'Leave `client` out, or set it to false for this topic.' },
  )
}

class ClientSource implements LiveSource {
  readonly partitions: number
  readonly id: string
  readonly abilities: LiveAbilities
  readonly #reads: ClientReads
  readonly #questions: TopicQuestions
  /** Partitions that a read is waiting on. */
  readonly #reading = new Set<number>()
  #isClosed = false

  constructor(reads: ClientReads, questions: TopicQuestions, abilities: LiveAbilities) {
    this.partitions = questions.partitions
    this.id = questions.id
    this.abilities = abilities
    this.#reads = reads
    this.#questions = questions
  }

  ends(partition: number): Promise<LiveEnds> {
    return this.#questions.ends(partition)
  }

  offsetFor(partition: number, timestampMs: number): Promise<number> {
    return this.#questions.offsetFor(partition, timestampMs)
  }

  retentionMs(): Promise<number | null> {
    return this.#questions.retentionMs()
  }

  async read(request: Parameters<LiveSource['read']>[0]): Promise<RecordBatch> {
    const { partition, offset, leaderEpoch, bytesMax, waitMs, signal } = request
    this.#questions.check(partition)
    assert(!this.#isClosed, 'a source is read after it was closed')
    assert(!this.#reading.has(partition), `partition ${partition} is read twice at the same time`)
    this.#reading.add(partition)
    try {
      const rows = this.#reads.want(partition, offset, leaderEpoch)
      const deadline = performance.now() + waitMs
      for (;;) {
        const batch = rows.take(bytesMax)
        if (batch !== null) {
          this.#reads.taken(rows)
          return batch
        }
        const leftMs = deadline - performance.now()
        if (leftMs <= 0 || signal?.aborted === true || this.#isClosed)
          return emptyRecords(partition, offset, rows.endOffset)
        await this.#reads.arrival(rows, leftMs, signal)
      }
    } finally {
      this.#reading.delete(partition)
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const closing = this.#reads.close()
    this.#questions.close()
    await closing
  }
}
