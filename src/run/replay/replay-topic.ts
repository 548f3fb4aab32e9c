/** The topic of a replay: whether it can hold the events (C6's fitness), one sender a partition, encoders for their rows. */

import { HindcastError } from '../../errors.ts'
import type { KafkaAccess } from '../../job/index.ts'
import { LIMITS } from '../../limits.ts'
import { openBrokerLinks } from '../../live/index.ts'
import type { Plan } from '../../plan/index.ts'
import type { KafkaSink, SampleEncoder, SinkBrokers, SinkTopics } from '../../sinks/index.ts'
import { loadKafkaSink } from '../../sinks/index.ts'
import { PartitionRows } from './partition-rows.ts'

export interface ReplayTopicPlace {
  readonly access: KafkaAccess
  readonly topic: string
  /** Makes the topic where it is not there. */
  readonly create: boolean
}

export class ReplayTopic {
  readonly #sink: KafkaSink
  readonly #brokers: SinkBrokers
  readonly #plan: Plan
  readonly partitions: readonly PartitionRows[]

  private constructor(
    sink: KafkaSink,
    brokers: SinkBrokers,
    plan: Plan,
    partitions: readonly PartitionRows[],
  ) {
    this.#sink = sink
    this.#brokers = brokers
    this.#plan = plan
    this.partitions = partitions
  }

  /** `plan` has the replayed stream alone. Raises `sink-refused` with what to type, `access-denied`, `remote-failed`. */
  static async open(plan: Plan, place: ReplayTopicPlace, signal: AbortSignal): Promise<ReplayTopic> {
    const { access, topic } = place
    const sink = await loadKafkaSink()
    const brokers = new sink.SinkBrokers(await openBrokerLinks(access), [topic])
    try {
      const topics = await fitTopic(sink, brokers, plan, place, signal)
      const partitions = partitionsOf({ sink, brokers, plan, topic, topics, signal })
      return new ReplayTopic(sink, brokers, plan, partitions)
    } catch (error) {
      brokers.close()
      throw error
    }
  }

  createEncoder(): SampleEncoder {
    const { job, streams, timeline } = this.#plan
    const { key, keyEncoding, time } = job.streams[0]!
    return new this.#sink.SampleEncoder({ schema: streams[0]!.reads, key, keyEncoding, time, timeline })
  }

  close(): void {
    this.#brokers.close()
  }
}

/** Resolves with the batches that the topic takes. */
async function fitTopic(
  sink: KafkaSink,
  brokers: SinkBrokers,
  plan: Plan,
  { topic, create }: ReplayTopicPlace,
  signal: AbortSignal,
): Promise<SinkTopics> {
  const { partitions, maxFutureMs } = plan.job.streams[0]!
  if (create) await sink.createEventTopic(brokers, topic, partitions, signal)
  else if ((await brokers.describe(topic)) === null) {
    throw new HindcastError('sink-refused', `there is no topic ${topic}`, {
      where: { topic },
      advice: `Add --create, which makes it with ${partitions} partitions and retention.ms=-1.`,
    })
  }
  return sink.openSinkTopics(
    brokers,
    {
      kafka: { topic, delivery: 'at-least-once' },
      partitions,
      fromMs: plan.totals.fromMs ?? 0, // not known: it may be any time
      maxFutureMs,
      nowMs: Date.now(),
    },
    false,
  )
}

interface SendersPlace {
  readonly sink: KafkaSink
  readonly brokers: SinkBrokers
  readonly plan: Plan
  readonly topic: string
  readonly topics: SinkTopics
  readonly signal: AbortSignal
}

/** Idempotent producers; each asks for its identity when it first sends. */
function partitionsOf({ sink, brokers, plan, topic, topics, signal }: SendersPlace): PartitionRows[] {
  const { name, partitions } = plan.job.streams[0]!
  return Array.from({ length: partitions }, (_, partition) => {
    const producer = new sink.PartitionProducer({ brokers, topic, partition, transactional: false, signal })
    const senderFor = (onAcknowledged: (rows: number) => void) =>
      new sink.PartitionSender({
        producer,
        topic,
        asideTopics: [],
        ...topics,
        transactionBytes: LIMITS.kafkaTransactionBytes,
        run: { run: `replay of ${name}`, job: plan.job.name, plan: plan.hash },
        positions: null,
        onCommitted: ({ rows }) => onAcknowledged(rows),
        onStep: () => {},
      })
    return new PartitionRows(partition, { begin: () => producer.begin(), senderFor })
  })
}
