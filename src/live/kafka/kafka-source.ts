/**
 * A topic of Kafka as a `LiveSource`: own positions, no group, read_committed.
 *
 *     read(p) ◄── decoder ◄── buffer p ◄─┐
 *     read(q) ◄── decoder ◄── buffer q ◄─┼─ fetcher of broker 1, one fetch in flight
 *     read(r) ◄── decoder ◄── buffer r ◄─┴─ fetcher of broker 2
 *                                 ▲ leaders, identity, number of partitions
 *                             topic watch
 *
 * Invariants: no offset is jumped over: between the one asked for and `offsetNext` each is a row or an explained hole,
 * or an error names what is lost; records of a topic made anew, or of a log that was cut, are never taken for those of
 * this one; what waits in memory is bounded (`kafkaBufferBytes`), so a slow reader slows the fetches.
 */

import { assert } from '../../errors.ts'
import type { KafkaJob } from '../../job/index.ts'
import { emptyRecords, type LiveEnds, type LiveSource, type RawRecords, type RecordBatch } from '../source.ts'
import type { KafkaBounds } from './bounds.ts'
import { BrokerLinks } from './broker-links.ts'
import { LeaderQuestions } from './leader-questions.ts'
import type { PartitionBuffer } from './partition-buffer.ts'
import { TopicFacts } from './topic-facts.ts'
import { TopicFetches } from './topic-fetches.ts'
import { firstView, TopicWatch } from './topic-watch.ts'
import { type FetchedRecords, passOver, RecordDecoder } from './wire/index.ts'

/**
 * Opens a topic. Secrets of `kafka` are open (`openedPlace`). Raises `job-invalid` for a topic that is not there,
 * `access-denied`, `redirect-refused`, `unsupported`, and `remote-failed` where no broker answers.
 */
export async function openKafkaSource(
  kafka: KafkaJob,
  bounds: Partial<KafkaBounds> = {},
): Promise<LiveSource> {
  const links = await BrokerLinks.open(kafka, bounds)
  try {
    return new KafkaSource(links, await firstView(links, kafka.topic))
  } catch (error) {
    links.close()
    throw error
  }
}

class KafkaSource implements LiveSource {
  readonly abilities = { crc: true, holes: true }
  readonly #links: BrokerLinks
  readonly #watch: TopicWatch
  readonly #facts: TopicFacts
  readonly #fetches: TopicFetches
  readonly #decoder = new RecordDecoder()
  readonly #closing = new AbortController()
  /** Partitions that a read is waiting on. */
  readonly #reading = new Set<number>()

  constructor(links: BrokerLinks, view: Awaited<ReturnType<typeof firstView>>) {
    this.#links = links
    this.#watch = new TopicWatch(links, view, {
      onRound: () => this.#fetches.onView(),
      onEnd: error => this.#fetches.end(error),
    })
    const questions = new LeaderQuestions(links, this.#watch, this.#closing.signal)
    this.#facts = new TopicFacts(this.#watch, questions)
    this.#fetches = new TopicFetches(links, this.#watch, questions)
  }

  get partitions(): number {
    return this.#facts.partitions
  }

  get id(): string {
    return this.#facts.id
  }

  ends(partition: number): Promise<LiveEnds> {
    return this.#facts.ends(partition)
  }

  offsetFor(partition: number, timestampMs: number): Promise<number> {
    return this.#facts.offsetFor(partition, timestampMs)
  }

  retentionMs(): Promise<number | null> {
    return this.#facts.retentionMs()
  }

  isCompacted(): Promise<boolean | null> {
    return this.#facts.isCompacted()
  }

  async read({ bytesMax, ...request }: ReadRequest): Promise<RecordBatch> {
    const { partition, offset } = request
    const read = await this.#next(request, (fetched, buffer) => {
      const batch = this.#decoder.decode(fetched, bytesMax)
      this.#fetches.taken(buffer)
      return { ...batch, endOffset: Math.max(buffer.endOffset, batch.offsetNext) }
    })
    return read.taken ?? emptyRecords(partition, offset, read.buffer.endOffset)
  }

  async readRaw(request: RawRequest, take: (raw: RawRecords) => void): Promise<boolean> {
    const { taken } = await this.#next(request, (fetched, buffer) => {
      passOver(fetched)
      const { offsetNext, leaderEpoch, aborted, bytes } = fetched
      take({ offset: request.offset, offsetNext, leaderEpoch, aborted, records: bytes })
      this.#fetches.taken(buffer)
      return true
    })
    return taken ?? false
  }

  /** What `take` makes of what is fetched next; null: nothing came in time. */
  async #next<Taken>(
    { partition, offset, leaderEpoch, waitMs, signal }: RawRequest,
    take: (fetched: FetchedRecords, buffer: PartitionBuffer) => Taken,
  ): Promise<{ readonly taken: Taken | null; readonly buffer: PartitionBuffer }> {
    this.#facts.check(partition)
    assert(!this.#closing.signal.aborted, 'a source is read after it was closed')
    assert(!this.#reading.has(partition), `partition ${partition} is read twice at the same time`)
    this.#reading.add(partition)
    try {
      const buffer = this.#fetches.want(partition, offset, leaderEpoch)
      const deadline = performance.now() + waitMs
      for (;;) {
        const fetched = buffer.first()
        if (fetched === null) {
          const leftMs = deadline - performance.now()
          if (leftMs <= 0 || signal?.aborted === true || this.#closing.signal.aborted)
            return { taken: null, buffer }
          await this.#fetches.arrival(buffer, leftMs, signal)
          continue
        }
        try {
          return { taken: take(fetched, buffer), buffer }
        } catch (error) {
          this.#fetches.onDamage(buffer, error)
        }
      }
    } finally {
      this.#reading.delete(partition)
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#watch.close()
    this.#fetches.close()
    this.#links.close()
  }
}

type ReadRequest = Parameters<LiveSource['read']>[0]
type RawRequest = Omit<ReadRequest, 'bytesMax'>
