/**
 * A topic on a real broker, read by position: every record once and in order, in each codec, with transactions, with
 * what retention and damage take away. What kafkajs reads is the oracle.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Admin as WireAdmin, Producer as WireProducer } from '@platformatic/kafka'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../src/limits.ts'
import { lastJsonLine, runHindcast } from '../../harness/index.ts'
import { Followed, readTopic, valueText } from './followed.ts'
import { withKafka } from './kafka-fixture.ts'
import { remakeTopic } from './make-topic.ts'
import { settledBytes } from './settled-bytes.ts'
import { transactionTests } from './transactions.ts'

const PARTITIONS = 3
/** What lies in the topic when a reader stops. */
const BACKLOG_BYTES = (process.env.HINDCAST_FULL === '1' ? 1024 : 96) * 1024 * 1024
/** Bounds of a source that looks at its topic often. */
const HASTY = { metadataMs: 1000, missingMs: 3000 }

describe('a topic of Kafka', () => {
  const kafka = withKafka()

  const numbered = (from: number, count: number, text = '') =>
    Array.from({ length: count }, (_, i) => ({ key: String(from + i), value: `${from + i}${text}` }))

  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'codec %s: all, once, in order',
    async codec => {
      const topic = await kafka.newTopic(PARTITIONS)
      const bootstrapBrokers = [...kafka.cluster.addresses]
      const producer = new WireProducer<Buffer, Buffer>({ clientId: 'test', bootstrapBrokers, acks: -1 })
      const written = Array.from({ length: PARTITIONS }, () => [] as string[])
      try {
        for (let batch = 0; batch < 30; batch++) {
          const partition = batch % PARTITIONS
          const values = Array.from({ length: 200 }, (_, i) => `${batch}.${i} ${'x'.repeat(i)}`)
          written[partition]!.push(...values)
          const messages = values.map(value => ({ topic, partition, value: Buffer.from(value) }))
          await producer.send({ messages, compression: codec })
        }
      } finally {
        await producer.close()
      }
      const source = await kafka.open(topic)
      const expected = written.flatMap((values, partition) =>
        values.map((value, i) => `${partition}:${i} ${value}`),
      )
      expect(await readTopic(source)).toEqual(expected)
      // and in small pieces
      expect(await readTopic(await kafka.open(topic), 5000)).toEqual(expected)
    },
  )

  it('keys, timestamps, null keys and null values come through', async () => {
    const topic = await kafka.newTopic(1)
    const producer = await kafka.producer()
    const messages = [
      { key: 'a', value: 'one', timestamp: '1000' },
      { key: null, value: '', timestamp: '2000' },
      { key: 'c', value: null, timestamp: '3000', headers: { h: 'x' } },
    ]
    await producer.send({ topic, messages })
    const source = await kafka.open(topic)
    const batch = await new Followed(source, 0).read()
    expect([0, 1, 2].map(row => valueText(batch, row))).toEqual(['one', '', 'null'])
    expect([...batch.timestampMs]).toEqual([1000, 2000, 3000])
    expect([...batch.keyNull]).toEqual([0, 1, 0])
    expect(Buffer.from(batch.keyBytes).toString()).toBe('ac')
    expect(await Promise.all([500, 1000, 1001, 2500, 9999].map(ms => source.offsetFor(0, ms)))).toEqual([
      0, 0, 1, 2, 3,
    ])
    expect(await source.ends(0)).toEqual({ first: 0, next: 3, leaderEpoch: 0 })
    expect(source).toMatchObject({ partitions: 1, abilities: { crc: true, holes: true } })
    expect(source.id).toMatch(new RegExp(`^${kafka.cluster.clusterId}/[\\w-]{22}$`))
    expect(await source.retentionMs!()).toBeNull()
    const kept = await kafka.newTopic(1, { 'retention.ms': '123456789' })
    expect(await (await kafka.open(kept)).retentionMs!()).toBe(123_456_789)
  })

  it('a read at the end waits, sees what comes, and ends with an abort', async () => {
    const topic = await kafka.newTopic(1)
    const source = await kafka.open(topic)
    const empty = await source.read({ partition: 0, offset: 0, bytesMax: 1000, waitMs: 2000 })
    expect(empty).toMatchObject({ rows: 0, offsetNext: 0, endOffset: 0 })
    const waiting = source.read({ partition: 0, offset: 0, bytesMax: 1000, waitMs: 60_000 })
    await (await kafka.producer()).send({ topic, messages: [{ value: 'late' }] })
    expect(await waiting).toMatchObject({ rows: 1, offsetNext: 1, endOffset: 1 })
    const stop = new AbortController()
    const stopped = source.read({
      partition: 0,
      offset: 1,
      bytesMax: 1000,
      waitMs: 60_000,
      signal: stop.signal,
    })
    stop.abort()
    expect(await stopped).toMatchObject({ rows: 0, offsetNext: 1 })
    const closed = source.read({ partition: 0, offset: 1, bytesMax: 1000, waitMs: 60_000 })
    await source.close()
    expect(await closed).toMatchObject({ rows: 0, offsetNext: 1 })
  })

  describe('transactions', () => transactionTests(kafka))

  it('the command line shows where partitions begin and end, and what is in them', async () => {
    const topic = await kafka.newTopic(2)
    const producer = await kafka.producer()
    await producer.send({
      topic,
      messages: [1, 2, 3].map(i => ({ key: `k${i}`, value: `v${i}`, partition: 1 })),
    })
    await producer.send({ topic, messages: [{ key: 'gone', value: null, partition: 1 }] })
    await deleteBefore(topic, 1n, 1)
    const at = [topic, '--brokers', kafka.cluster.addresses[0]!]
    const offsets = await runHindcast(['topic', 'offsets', ...at, '--json'])
    const [leader] = kafka.cluster.addresses
    expect(lastJsonLine(offsets)).toMatchObject({
      topic,
      positions: [
        { partition: 0, first: 0, next: 0, lastStable: 0, leader, leaderEpoch: 0 },
        { partition: 1, first: 1, next: 4, lastStable: 4, leader, leaderEpoch: 0 },
      ],
    })
    expect((await runHindcast(['topic', 'offsets', ...at])).stdout).toContain('last stable')
    const tail = (...more: string[]) => runHindcast(['topic', 'tail', ...at, ...more])
    const all = await tail('--json')
    expect(
      all.stdout
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line)),
    ).toMatchObject([
      { partition: 1, offset: 1, key: 'k2', value: 'v2' },
      { partition: 1, offset: 2, key: 'k3', value: 'v3' },
      { partition: 1, offset: 3, key: 'gone', value: null },
      {
        positions: [
          { partition: 0, next: 0 },
          { partition: 1, first: 1, next: 4 },
        ],
      },
    ])
    expect((await tail('--partition', '1', '--from', '2', '--count', '1')).stdout).toMatch(/^1:2 \S+ v3\n$/)
    expect((await tail('--from', 'latest')).stdout).toBe('')
    expect((await tail('--partition', '1', '--from', '0')).code).toBe(3)
    expect((await tail('--partition', '7')).code).toBe(2)
    expect((await runHindcast(['topic', 'offsets', 'none', '--brokers', leader!])).code).toBe(2)
  })

  describe('what is not there', () => {
    it('retention that has passed: the lost range is named', async () => {
      const topic = await kafka.newTopic(1)
      await (await kafka.producer()).send({ topic, messages: numbered(0, 50) })
      const source = await kafka.open(topic)
      const followed = await new Followed(source, 0).readTo(10)
      await deleteBefore(topic, 40n)
      // What was fetched before is still handed out; then the loss is met.
      const fresh = new Followed(await kafka.open(topic), 0, 10)
      await expect(fresh.readAll()).rejects.toMatchObject({
        code: 'offset-out-of-range',
        message: expect.stringContaining('[10, 40)'),
        where: { topic, partition: 0, offset: 10 },
      })
      await expect(fresh.read()).rejects.toMatchObject({ code: 'offset-out-of-range' })
      expect(followed.records).toHaveLength(50)
      const after = await new Followed(source, 0, 40).readAll()
      expect(after.records).toHaveLength(10)
      expect((await source.ends(0)).first).toBe(40)
    })

    it('an offset that nobody has written', async () => {
      const topic = await kafka.newTopic(1)
      const source = await kafka.open(topic)
      await expect(new Followed(source, 0, 7).read(10_000)).rejects.toMatchObject({
        code: 'offset-out-of-range',
        message: expect.stringContaining('ends at 0'),
      })
    })

    it('a topic, a partition', async () => {
      await expect(kafka.open('no-such-topic')).rejects.toMatchObject({
        code: 'job-invalid',
        where: { topic: 'no-such-topic' },
        advice: expect.stringContaining('--list'),
      })
      await expect(kafka.open('no/such/topic')).rejects.toMatchObject({ code: 'job-invalid' })
      const source = await kafka.open(await kafka.newTopic(1))
      await expect(source.ends(1)).rejects.toMatchObject({ code: 'argument-invalid' })
    })

    it('a broker: refused, and told where', async () => {
      const topic = await kafka.newTopic(1)
      const [address] = kafka.cluster.addresses
      const source = await kafka.open(topic, {
        brokers: ['127.0.0.1:1', address!],
        advertised: ['.example.com'],
      })
      expect(source.partitions).toBe(1)
      await expect(
        kafka
          .open(topic, { brokers: [address!.replace('127.0.0.1', 'localhost')], advertised: [] })
          .then(each => each.ends(0)),
      ).rejects.toMatchObject({ code: 'redirect-refused', message: expect.stringContaining('127.0.0.1') })
      await expect(kafka.open(topic, { brokers: ['169.254.169.254:9092'] })).rejects.toMatchObject({
        code: 'redirect-refused',
      })
    })
  })

  describe('a topic that changes', () => {
    it('made anew under its name: an error, never its records', async () => {
      const topic = await kafka.newTopic(1)
      const producer = await kafka.producer()
      await producer.send({ topic, messages: numbered(0, 5) })
      const source = await kafka.open(topic)
      const followed = await new Followed(source, 0).readTo(3)
      await remakeTopic(kafka.admin, { topic, numPartitions: 1 })
      const others = await kafka.producer()
      await others.send({ topic, messages: numbered(100, 20) })
      const failure = await failureOf(followed)
      expect(failure).toMatchObject({ code: 'file-changed', message: expect.stringContaining('made anew') })
      expect(followed.records.every(record => Number(record.split(' ')[1]) < 5)).toBe(true)
    })

    it('deleted: told after a while', async () => {
      const topic = await kafka.newTopic(1)
      const followed = new Followed(await kafka.open(topic, {}, HASTY), 0)
      await followed.read(500)
      await kafka.admin.deleteTopics({ topics: [topic] })
      expect(await failureOf(followed)).toMatchObject({ code: 'file-changed' })
    })

    it('with more partitions: a stop', async () => {
      const topic = await kafka.newTopic(2)
      const followed = new Followed(await kafka.open(topic, {}, HASTY), 0)
      await followed.read(500)
      await kafka.admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] })
      const failure = await failureOf(followed)
      expect(failure).toMatchObject({ code: 'topic-grown', message: expect.stringContaining('4 partitions') })
    }, 90_000)

    async function failureOf(followed: Followed): Promise<unknown> {
      const until = performance.now() + 30_000
      while (performance.now() < until) {
        const failure = await followed.read(1000).then(
          () => null,
          (error: unknown) => error,
        )
        if (failure !== null) return failure
      }
      return null
    }
  })

  it('a reader that stops holds back the fetches: memory stays bounded, and nothing is lost', async () => {
    const topic = await kafka.newTopic(PARTITIONS)
    const producer = new WireProducer<Buffer, Buffer>({
      clientId: 'test',
      bootstrapBrokers: [...kafka.cluster.addresses],
      acks: -1,
    })
    const value = Buffer.alloc(8192, 'z')
    try {
      for (let batch = 0; batch < BACKLOG_BYTES / value.length / 100; batch++) {
        const partition = batch % PARTITIONS
        await producer.send({ messages: Array.from({ length: 100 }, () => ({ topic, partition, value })) })
      }
    } finally {
      await producer.close()
    }
    const before = await settledBytes()
    const source = await kafka.open(topic)
    const all = Array.from({ length: PARTITIONS }, (_, partition) => new Followed(source, partition))
    for (const each of all) await each.read()
    const held = (await settledBytes()) - before
    expect(held).toBeLessThan(2 * PARTITIONS * LIMITS.kafkaPartitionBufferBytes + 16 * 1024 * 1024)
    for (const each of all) each.records.length = 0
    let records = 0
    for (const each of all) {
      const { next } = await source.ends(each.partition)
      for (records += each.offset; each.offset < next; each.records.length = 0)
        records += (await each.read()).rows
    }
    expect(records).toBe(Math.ceil(BACKLOG_BYTES / value.length / 100) * 100)
  })

  it('a flipped byte in a segment: an error with partition and offset, after what is before it', async () => {
    const topic = await kafka.newTopic(1)
    const producer = await kafka.producer()
    for (let i = 0; i < 3; i++) await producer.send({ topic, messages: numbered(10 * i, 10, 'EGOOD-VALUE') })
    const folder = join(kafka.directory, 'data', 'broker0', `${topic}-0`)
    const segment = join(folder, readdirSync(folder).find(name => name.endsWith('.log'))!)
    const bytes = readFileSync(segment)
    const at = bytes.indexOf('15EGOOD-VALUE')
    bytes[at + 4]! ^= 0x08
    writeFileSync(segment, bytes)
    const followed = new Followed(await kafka.open(topic), 0)
    await expect(followed.readAll()).rejects.toMatchObject({
      code: 'reply-invalid',
      where: { topic, partition: 0, offset: 10 },
    })
    expect(followed.records).toHaveLength(10)
    await expect(followed.read()).rejects.toMatchObject({ code: 'reply-invalid' })
  })

  async function deleteBefore(topic: string, offset: bigint, partition = 0): Promise<void> {
    const admin = new WireAdmin({ clientId: 'test', bootstrapBrokers: [...kafka.cluster.addresses] })
    try {
      await admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition, offset }] }] })
    } finally {
      await admin.close()
    }
  }
})
