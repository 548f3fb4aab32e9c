/**
 * Brokers that die and sleep while a topic is written and read. What kafkajs reads afterwards is the oracle: the same
 * set of (partition, offset, value), nothing twice, in order (`Followed` checks order and coverage at each read).
 */
import type { Producer } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import type { LiveSource } from '../../../src/live/index.ts'
import { waitFor } from '../../harness/index.ts'
import { Followed, sorted } from './followed.ts'
import { withKafka } from './kafka-fixture.ts'

const isFull = process.env.HINDCAST_FULL === '1'
const KILLS = isFull ? 20 : 2
const ASLEEP_MS = isFull ? 40_000 : 12_000
const PARTITIONS = 4
const TEST_MS = isFull ? 1_800_000 : 240_000

describe('three brokers', () => {
  const kafka = withKafka({ brokers: 3 })
  /** Number of the broker that is stopped. */
  let asleep = -1

  it(
    `kill -9 of the leader, ${KILLS} times`,
    async () => {
      await whileReadAndWritten(async (topic, progress) => {
        for (let kill = 0; kill < KILLS; kill++) {
          const leader = await leaderOf(topic, kill % PARTITIONS)
          const broker = kafka.cluster.brokers[leader - 1]!
          const before = progress()
          await broker.killAndWait()
          await waitFor(() => progress() > before + 200, {
            what: 'the readers to go on without the leader',
            deadlineMs: 60_000,
          })
          broker.start()
          await kafka.cluster.waitReady()
          await allInSync(topic)
        }
      })
    },
    TEST_MS,
  )

  it(
    'a broker that is stopped, and goes on',
    async () => {
      await whileReadAndWritten(async (topic, _progress, readers) => {
        const leader = await leaderOf(topic, 0)
        const { pid } = kafka.cluster.brokers[leader - 1]!
        asleep = leader - 1
        process.kill(pid!, 'SIGSTOP')
        try {
          const until = performance.now() + ASLEEP_MS
          const before = readers.map(each => each.records.length)
          const isAhead = () => readers.every((each, i) => each.records.length > before[i]! + 50)
          await waitFor(() => isAhead() && performance.now() > until, {
            what: 'the readers to go on without the leader',
            deadlineMs: 90_000,
          })
        } finally {
          process.kill(pid!, 'SIGCONT')
          asleep = -1
        }
        await allInSync(topic)
      })
    },
    TEST_MS,
  )

  /** Writes and reads a topic during `trouble`, then compares; `progress` counts records that were read. */
  async function whileReadAndWritten(
    trouble: (topic: string, progress: () => number, readers: readonly Followed[]) => Promise<void>,
  ): Promise<void> {
    const topic = await kafka.newTopic(PARTITIONS)
    await allInSync(topic)
    const source = await kafka.open(topic)
    const readers = Array.from({ length: PARTITIONS }, (_, partition) => new Followed(source, partition))
    const writing = new AbortController()
    const reading = new AbortController()
    const written = write(topic, writing.signal)
    const read = readers.map(reader => follow(reader, reading.signal))
    const progress = () => readers.reduce((sum, reader) => sum + reader.records.length, 0)
    try {
      await waitFor(() => progress() > 200, { what: 'the readers to begin', deadlineMs: 30_000 })
      await trouble(topic, progress, readers)
    } finally {
      writing.abort()
      reading.abort()
    }
    await Promise.all([written, ...read])
    for (const reader of readers) await reader.readAll()
    await expectSame(topic, source, readers)
  }

  async function expectSame(topic: string, source: LiveSource, readers: readonly Followed[]): Promise<void> {
    let records = 0
    for (const { partition } of readers) records += (await source.ends(partition)).next
    const oracle = await kafka.committed(topic, records)
    const found = readers.flatMap(reader => reader.records)
    expect(new Set(found).size).toBe(found.length)
    expect(sorted(found)).toEqual(sorted(oracle))
  }

  /**
   * Each round has values of its own. A producer of kafkajs can hang on a broker that sleeps: after a failure there is
   * a new one, which does not know that broker. What a failed round has written or not, the oracle tells.
   */
  async function write(topic: string, signal: AbortSignal): Promise<void> {
    let producer: Producer | null = null
    for (let round = 0; !signal.aborted; round++) {
      const messages = Array.from({ length: 40 }, (_, i) => ({
        value: `${round}.${i}`,
        partition: i % PARTITIONS,
      }))
      try {
        producer ??= await kafka.producer({ brokers: [0, 1, 2].filter(each => each !== asleep), retries: 3 })
        await producer.send({ topic, acks: -1, messages })
      } catch {
        producer = null
      }
    }
  }

  async function follow(reader: Followed, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await reader.read(200)
  }

  async function partitionsOf(topic: string) {
    const { topics } = await kafka.admin.fetchTopicMetadata({ topics: [topic] })
    return topics[0]!.partitions
  }

  async function leaderOf(topic: string, partition: number): Promise<number> {
    return (await partitionsOf(topic)).find(({ partitionId }) => partitionId === partition)!.leader
  }

  async function allInSync(topic: string): Promise<void> {
    await waitFor(async () => (await partitionsOf(topic)).every(({ isr }) => isr.length === 3), {
      what: 'all replicas to be in sync',
      deadlineMs: 120_000,
    })
  }
})
