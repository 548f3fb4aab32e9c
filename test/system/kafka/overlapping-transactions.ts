/** Transactions that a filter of committed records can get wrong, on a real broker. */
import { topicEnds } from '../../../src/live/kafka/index.ts'
import { waitFor } from '../../harness/index.ts'
import type { KafkaFixture } from './kafka-fixture.ts'

/**
 * Two producers whose aborted transactions overlap, so that the one that began first ends last; several of one producer,
 * one with a key of four zeros, which is what the marker of an abort has; committed records among them. Gives these.
 */
export async function overlappingTransactions(kafka: KafkaFixture, topic: string): Promise<string[]> {
  const [a, b] = await Promise.all(
    ['a', 'b'].map(name => kafka.producer({ transactionalId: `${name}-${topic}` })),
  )
  const plain = await kafka.producer()
  const one = (value: string, key: Buffer | null = null) => ({
    topic,
    messages: [{ key, value, partition: 0 }],
  })
  /** A marker is written some time after the producer was told that it is. */
  const endsAt = (end: number) =>
    waitFor(
      async () => (await topicEnds({ brokers: kafka.cluster.addresses }, topic)).partitions[0]!.next === end,
      { what: `the partition to end at ${end}`, deadlineMs: 20_000 },
    )
  const first = await a!.transaction()
  await first.send(one('ABORTED-0'))
  const second = await b!.transaction()
  await second.send(one('ABORTED-1'))
  await second.abort()
  await endsAt(3)
  await first.send(one('ABORTED-3'))
  await plain.send(one('plain-4'))
  await first.abort()
  await endsAt(6)
  const third = await a!.transaction()
  await third.send(one('ABORTED-6', Buffer.alloc(4)))
  await third.send(one('ABORTED-7'))
  await third.abort()
  await endsAt(9)
  const fourth = await a!.transaction()
  await fourth.send(one('committed-9', Buffer.alloc(4)))
  await fourth.commit()
  await endsAt(11)
  await plain.send(one('plain-11'))
  return ['0:4 plain-4', '0:9 committed-9', '0:11 plain-11']
}
