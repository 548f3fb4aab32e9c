/** The same of each reader of Kafka: ours, and the one through kafkajs, whose own filter of transactions is a canary. */
import { describe, expect, it } from 'vitest'
import { openKafkaSource } from '../../../src/live/kafka/index.ts'
import { openKafkajsSource } from '../../../src/live/kafkajs/index.ts'
import { type Adapter, conformanceTests } from './conformance.ts'
import { withKafka } from './kafka-fixture.ts'
import { overlappingTransactions } from './overlapping-transactions.ts'

const ADAPTERS: readonly Adapter[] = [
  { client: 'native', abilities: { crc: true, holes: true }, open: openKafkaSource },
  { client: 'kafkajs', abilities: { crc: false, holes: false }, open: openKafkajsSource },
]

/** A compacted topic is cleaned as soon as there is something to clean. */
const kafka = withKafka({
  listeners: async () => ({
    extra: [],
    properties: { 'log.cleaner.backoff.ms': 100, 'log.segment.delete.delay.ms': 0 },
  }),
})

describe.each(ADAPTERS)('a topic read through $client', adapter => conformanceTests(kafka, adapter))

describe('kafkajs by itself', () => {
  it('hands out records of aborted transactions: the filter of ours is needed', async () => {
    const topic = await kafka.newTopic(1)
    const committed = await overlappingTransactions(kafka, topic)
    const found = await kafka.committed(topic, committed.length + 2)
    expect(found).toContain('0:0 ABORTED-0')
    expect(found).toContain('0:7 ABORTED-7')
  })
})

describe('a reader through kafkajs', () => {
  it('refuses a topic whose elections may lose records', async () => {
    const topic = await kafka.newTopic(1, { 'unclean.leader.election.enable': 'true' })
    const brokers = [...kafka.cluster.addresses]
    await expect(
      openKafkajsSource({ client: 'kafkajs', topic, brokers, value: { kind: 'json' } }),
    ).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('unclean.leader'),
      where: { topic },
    })
  })

  it('connects only to hosts that the job allows', async () => {
    const topic = await kafka.newTopic(1)
    const brokers = [kafka.cluster.addresses[0]!.replace('127.0.0.1', 'localhost')]
    const place = { client: 'kafkajs', topic, brokers, value: { kind: 'json' } } as const
    const source = await openKafkajsSource({ ...place, advertised: ['127.0.0.1'] })
    await source.close()
    await expect(openKafkajsSource({ ...place, advertised: ['.example.com'] })).rejects.toMatchObject({
      code: 'redirect-refused',
      message: expect.stringContaining('127.0.0.1'),
    })
  })
})
