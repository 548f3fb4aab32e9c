/** What every reader of Kafka has to keep to, of the one through @confluentinc/kafka-javascript. */
import { describe, expect, it } from 'vitest'
import type { KafkaJob } from '../../src/job/index.ts'
import { openConfluentSource } from '../../src/live/confluent/index.ts'
import { type Adapter, conformanceTests } from '../system/kafka/conformance.ts'
import { withKafka } from '../system/kafka/kafka-fixture.ts'

const ADAPTER: Adapter = {
  client: 'confluent',
  abilities: { crc: true, holes: false },
  open: openConfluentSource,
}

/** A compacted topic is cleaned as soon as there is something to clean. */
const kafka = withKafka({
  listeners: async () => ({
    extra: [],
    properties: { 'log.cleaner.backoff.ms': 100, 'log.segment.delete.delay.ms': 0 },
  }),
})

describe('a topic read through confluent', () => conformanceTests(kafka, ADAPTER))

describe('a reader through confluent', () => {
  const place = (topic: string): KafkaJob => ({
    client: 'confluent',
    topic,
    brokers: [...kafka.cluster.addresses],
    value: { kind: 'json' },
  })

  it('refuses what librdkafka cannot keep to', async () => {
    const topic = await kafka.newTopic(1, { 'unclean.leader.election.enable': 'true' })
    for (const [job, why] of [
      [place(topic), 'unclean.leader'],
      [{ ...place(topic), advertised: ['127.0.0.1'] }, 'advertised'],
    ] as const) {
      await expect(openConfluentSource(job)).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringContaining(why),
        where: { topic },
      })
    }
  })
})
