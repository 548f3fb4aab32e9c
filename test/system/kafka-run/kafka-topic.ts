/**
 * A topic of a real Kafka as tests write it: by kafkajs, a client that Hindcast does not read with; plainly, in
 * transactions that are committed, and in ones that are aborted. What was written where is kept, by what the broker said.
 */

import type { Admin, Message, Producer } from 'kafkajs'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { makeTopic, remakeTopic, type TopicForm } from '../kafka/make-topic.ts'
import type { WorldEvent } from '../run/world.ts'

/** How a chunk of events is written. */
export type ChunkKind = 'plain' | 'committed' | 'aborted'

/** An event at the place that the broker gave it. */
export interface PlacedEvent extends WorldEvent {
  readonly partition: number
  readonly offset: number
}

export interface TopicOptions {
  readonly brokers: readonly string[]
  readonly topic: string
  readonly partitions: number
  readonly partitionOf: (event: WorldEvent) => number
  readonly config?: Readonly<Record<string, string>>
}

export class KafkaTopic {
  readonly options: TopicOptions
  readonly admin: Admin
  /** What a reader of committed records finds, by partition, in order of offset. */
  readonly records: PlacedEvent[][]
  readonly #plain: Producer
  readonly #transactional: Producer

  constructor(kafka: Kafka, options: TopicOptions) {
    this.options = options
    this.admin = kafka.admin()
    // When one partition of a request is not ready yet, the client sends the others again too.
    const once = {
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      idempotent: true,
      maxInFlightRequests: 1,
    }
    this.#plain = kafka.producer(once)
    this.#transactional = kafka.producer({ ...once, transactionalId: `${options.topic}-writer` })
    this.records = Array.from({ length: options.partitions }, () => [])
  }

  async open(): Promise<void> {
    await Promise.all([this.admin, this.#plain, this.#transactional].map(client => client.connect()))
    await makeTopic(this.admin, this.#form())
  }

  #form(): TopicForm {
    const { topic, partitions, config } = this.options
    return { topic, numPartitions: partitions, replicationFactor: 1, ...(config && { config }) }
  }

  /** The timestamp of a record is the time of its event, unless `at` says otherwise. */
  async write(
    events: readonly WorldEvent[],
    kind: ChunkKind = 'plain',
    at: (event: WorldEvent) => number = event => event.timeMs,
    encode: (event: WorldEvent) => string | Buffer = jsonOf,
  ): Promise<void> {
    const { topic, partitionOf } = this.options
    const messages = events.map((event): Message => {
      const partition = partitionOf(event)
      return { partition, key: event.key, value: encode(event), timestamp: String(at(event)) }
    })
    if (kind === 'plain') {
      this.#place(events, await this.#plain.send({ topic, messages }))
      return
    }
    const transaction = await this.#transactional.transaction()
    const sent = await transaction.send({ topic, messages })
    if (kind === 'aborted') await transaction.abort()
    else {
      await transaction.commit()
      this.#place(events, sent)
    }
  }

  /** Deletes the topic and makes it anew. */
  async recreate(): Promise<void> {
    await remakeTopic(this.admin, this.#form())
  }

  /** Next offset of each partition, markers and open transactions included. */
  async ends(): Promise<number[]> {
    const ends = await this.admin.fetchTopicOffsets(this.options.topic)
    return ends.toSorted((a, b) => a.partition - b.partition).map(({ high }) => Number(high))
  }

  async close(): Promise<void> {
    await Promise.all([this.admin, this.#plain, this.#transactional].map(client => client.disconnect()))
  }

  /** A chunk of a partition is one batch: its records lie one behind the other. */
  #place(events: readonly WorldEvent[], sent: readonly { partition: number; baseOffset?: string }[]): void {
    const next = new Map(sent.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]))
    for (const event of events) {
      const partition = this.options.partitionOf(event)
      const offset = next.get(partition)!
      next.set(partition, offset + 1)
      this.records[partition]!.push({ ...event, partition, offset })
    }
  }
}

function jsonOf({ id, key, timeMs, value }: WorldEvent): string {
  return JSON.stringify({ id, k: key, t: timeMs, v: value })
}

export async function openTopic(options: TopicOptions): Promise<KafkaTopic> {
  const kafka = new Kafka({
    clientId: 'hindcast-test',
    brokers: [...options.brokers],
    logLevel: logLevel.NOTHING,
    retry: { retries: 10 },
  })
  const topic = new KafkaTopic(kafka, options)
  await topic.open()
  return topic
}
