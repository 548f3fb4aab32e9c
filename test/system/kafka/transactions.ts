/**
 * What read_committed has to get right, on a real broker: aborted transactions of one producer in one fetch, a marker
 * beyond the fetch, a fetch that begins anywhere; and a canary that shows how a simpler filter fails.
 */
import { expect, it } from 'vitest'
import { BrokerLinks } from '../../../src/live/kafka/broker-links.ts'
import { fetchCall } from '../../../src/live/kafka/fetch-call.ts'
import { firstView } from '../../../src/live/kafka/topic-watch.ts'
import { type AbortedTransaction, FetchedRecords, RecordDecoder } from '../../../src/live/kafka/wire/index.ts'
import { Followed, sorted, valueText } from './followed.ts'
import type { KafkaFixture } from './kafka-fixture.ts'

/** For a `describe` of their own. */
export function transactionTests(kafka: KafkaFixture): void {
  /** Commits or aborts each piece in turn, all of one producer: what Kafka has when it is done. */
  async function transactions(topic: string, pieces: readonly (readonly [string, number, boolean])[]) {
    const producer = await kafka.producer({ transactionalId: `tx-${topic}` })
    const committed: string[] = []
    for (const [name, count, isCommitted] of pieces) {
      const transaction = await producer.transaction()
      const pad = name.endsWith('LONG') ? 'z'.repeat(50_000) : ''
      const messages = Array.from({ length: count }, (_, i) => ({
        value: `${name}-${i}${pad}`,
        partition: 0,
      }))
      for (let at = 0; at < count; at += 10)
        await transaction.send({ topic, messages: messages.slice(at, at + 10) })
      if (isCommitted) {
        await transaction.commit()
        committed.push(...messages.map(({ value }) => value))
      } else await transaction.abort()
    }
    return committed
  }

  /** The long one is longer than a fetch, so that its marker lies beyond the one that it begins in. */
  const PIECES = [
    ['c0', 2, true],
    ['ABORTED-1', 3, false],
    ['cA', 2, true],
    ['ABORTED-2', 3, false],
    ['cB', 2, true],
    ['ABORTED-LONG', 40, false],
    ['cC', 2, true],
  ] as const

  it('aborted ones of one producer in one fetch are holes; control records too', async () => {
    const topic = await kafka.newTopic(1)
    const committed = await transactions(topic, PIECES)
    const source = await kafka.open(topic)
    const followed = await new Followed(source, 0).readAll()
    expect(followed.records.map(record => record.split(' ')[1])).toEqual(committed)
    expect(sorted(followed.records)).toEqual(sorted(await kafka.committed(topic, committed.length)))
    const count = (why: string) =>
      followed.holes
        .filter(hole => hole.why === why)
        .reduce((sum, { first, last }) => sum + last - first + 1, 0)
    expect({ aborted: count('aborted'), control: count('control') }).toEqual({ aborted: 46, control: 7 })
    // The partition ends with a control record: its end is reached by position.
    expect(followed.offset).toBe((await source.ends(0)).next)
    expect((await followed.read(2000)).endOffset).toBe(followed.offset)
  })

  it('a fetch that begins anywhere, also within an aborted one or at a marker, gives the same', async () => {
    const topic = await kafka.newTopic(1)
    await transactions(topic, PIECES)
    const source = await kafka.open(topic)
    const whole = await new Followed(source, 0).readAll()
    for (let offset = 0; offset < whole.offset; offset++) {
      const part = await new Followed(source, 0, offset).readAll()
      expect(part.records).toEqual(
        whole.records.filter(record => Number(/:(\d+)/.exec(record)![1]) >= offset),
      )
    }
  })

  it('canary: a filter that keeps one aborted range a producer lets the others through', async () => {
    const topic = await kafka.newTopic(1)
    const committed = await transactions(topic, PIECES)
    const naive = await fetchedWith(topic, aborted => [
      ...new Map(aborted.map(each => [each.producerId, each])).values(),
    ])
    expect(naive.filter(value => value.startsWith('ABORTED'))).not.toHaveLength(0)
    expect(await fetchedWith(topic, aborted => aborted)).toEqual(committed)
  })

  /** One fetch of all, decoded with what a filter makes of the list of aborted transactions. */
  async function fetchedWith(
    topic: string,
    filter: (aborted: readonly AbortedTransaction[]) => readonly AbortedTransaction[],
  ): Promise<string[]> {
    const links = await BrokerLinks.open({ brokers: kafka.cluster.addresses })
    try {
      const { topicId } = await firstView(links, topic)
      const wish = { partition: 0, offset: 0, leaderEpoch: -1, lastFetchedEpoch: -1, bytesMax: 4 << 20 }
      const question = fetchCall({ topic, topicId, waitMs: 1000, partitions: [wish] })
      const { response } = await links.ask(links.bootstrap[0]!, 'fetches', question, 10_000)
      const { records, aborted } = response.topics[0]!.partitions[0]!
      const fetched = { topic, partition: 0, offset: 0, records, aborted: filter(aborted!), endOffset: 0 }
      const batch = new RecordDecoder().decode(new FetchedRecords(fetched), 1 << 20)
      return Array.from({ length: batch.rows }, (_, row) => valueText(batch, row))
    } finally {
      links.close()
    }
  }

  it('an open one holds the reader at the last stable offset, and the partition is not at its end', async () => {
    const topic = await kafka.newTopic(1)
    await (await kafka.producer()).send({ topic, messages: [0, 1, 2].map(i => ({ value: String(i) })) })
    const producer = await kafka.producer({ transactionalId: `open-${topic}` })
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [3, 4, 5, 6].map(i => ({ value: String(i) })) })
    const source = await kafka.open(topic)
    expect(await source.ends(0)).toMatchObject({ first: 0, next: 3 })
    const followed = await new Followed(source, 0).readTo(3)
    const blocked = await followed.read(300)
    expect(blocked.rows).toBe(0)
    expect(blocked.endOffset).toBeGreaterThan(blocked.offsetNext)
    await transaction.commit()
    await followed.readTo(8)
    expect(followed.records).toHaveLength(7)
    expect(followed.holes).toEqual([{ first: 7, last: 7, why: 'control' }])
  })
}
