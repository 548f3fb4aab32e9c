/**
 * What an independent client (kafkajs, committed records only) finds in a topic, to its very end: a last record of our
 * own in each partition says where that is.
 */
import { randomUUID } from 'node:crypto'
import { Kafka, logLevel } from 'kafkajs'
import { withDeadline } from '../../harness/index.ts'

const READ_MS = 60_000

export interface FoundRecord {
  readonly offset: number
  readonly timestampMs: number
  readonly key: string | null
  readonly value: string
}

/** Records of each partition in the order in which the client gets them. */
export async function topicContents(brokers: readonly string[], topic: string): Promise<FoundRecord[][]> {
  const kafka = new Kafka({
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 100, retries: 20, maxRetryTime: 2000 },
  })
  const admin = kafka.admin()
  const producer = kafka.producer()
  const consumer = kafka.consumer({ groupId: randomUUID() })
  await Promise.all([admin.connect(), producer.connect(), consumer.connect()])
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    const partitions = topics[0]!.partitions.length
    const end = `end-${randomUUID()}`
    await producer.send({
      topic,
      acks: -1,
      messages: Array.from({ length: partitions }, (_, partition) => ({
        partition,
        key: end,
        value: end,
        timestamp: String(Date.now()),
      })),
    })
    const found: FoundRecord[][] = Array.from({ length: partitions }, () => [])
    const ended = Promise.withResolvers<void>()
    let open = partitions
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        const { offset, timestamp, key, value } = message
        const text = value?.toString() ?? ''
        if (text === end && --open === 0) ended.resolve()
        if (text.startsWith('end-')) return
        found[partition]!.push({
          offset: Number(offset),
          timestampMs: Number(timestamp),
          key: key?.toString() ?? null,
          value: text,
        })
      },
    })
    await withDeadline(ended.promise, { what: `the end of ${topic}`, deadlineMs: READ_MS })
    return found
  } finally {
    await Promise.all([consumer.disconnect(), producer.disconnect(), admin.disconnect()])
  }
}
