/**
 * What every reader of a topic has to keep to, on a real broker, whichever client it reads through. Where readers may
 * differ, what is expected follows from what the adapter declares (`abilities`).
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Admin as WireAdmin, Producer as WireProducer } from '@platformatic/kafka'
import { afterEach, expect, it } from 'vitest'
import type { KafkaJob } from '../../../src/job/index.ts'
import { LIMITS } from '../../../src/limits.ts'
import type { LiveAbilities, LiveSource } from '../../../src/live/index.ts'
import type { KafkaBounds } from '../../../src/live/kafka/index.ts'
import { waitFor } from '../../harness/index.ts'
import { Followed, readTopic, sorted, valueText } from './followed.ts'
import type { KafkaFixture } from './kafka-fixture.ts'
import { remakeTopic } from './make-topic.ts'
import { overlappingTransactions } from './overlapping-transactions.ts'
import { settledBytes } from './settled-bytes.ts'

/** A way to read a topic, and what it declares of itself. */
export interface Adapter {
  readonly client: KafkaJob['client']
  readonly abilities: LiveAbilities
  open(kafka: KafkaJob, bounds?: Partial<KafkaBounds>): Promise<LiveSource>
}

const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const PARTITIONS = 3
const BACKLOG_BYTES = 64 * 1024 * 1024
const HASTY = { metadataMs: 1000, missingMs: 3000 }

/** For a `describe` of its own. The broker is restarted by the last of them. */
export function conformanceTests(kafka: KafkaFixture, adapter: Adapter): void {
  const { client, abilities } = adapter
  const sources: LiveSource[] = []

  afterEach(async () => {
    for (const source of sources.splice(0)) await source.close()
  })

  async function open(topic: string, bounds: Partial<KafkaBounds> = {}): Promise<LiveSource> {
    const brokers = [...kafka.cluster.addresses]
    const source = await adapter.open({ client, topic, brokers, value: { kind: 'json' } }, bounds)
    sources.push(source)
    return source
  }

  const numbered = (from: number, count: number, text = '') =>
    Array.from({ length: count }, (_, i) => ({
      key: String(from + i),
      value: `${from + i}${text}`,
      partition: 0,
    }))

  it('declares what it can', async () => {
    const source = await open(await kafka.newTopic(1))
    expect(source.abilities).toEqual(abilities)
    expect(source.id).toMatch(new RegExp(`^${kafka.cluster.clusterId}/[\\w-]{22}$`))
  })

  it('whole topics in every codec, partitions of different length and an empty one, whole and in pieces', async () => {
    const topic = await kafka.newTopic(PARTITIONS)
    const expected = await writeInCodecs(topic)
    expect(await readTopic(await open(topic))).toEqual(expected)
    expect(await readTopic(await open(topic), 5000)).toEqual(expected)
    const middle = new Followed(await open(topic), 0, 777)
    await middle.readAll()
    expect(middle.records).toEqual(expected.filter(record => record.startsWith('0:')).slice(777))
  })

  it('keys, timestamps, null keys and null values; ends, times and retention', async () => {
    const topic = await kafka.newTopic(1, { 'retention.ms': '9223372036854' })
    const messages = [
      { key: 'a', value: 'one', timestamp: '1000' },
      { key: null, value: '', timestamp: '2000' },
      { key: 'c', value: null, timestamp: '3000', headers: { h: 'x' } },
    ]
    await (await kafka.producer()).send({ topic, messages })
    const source = await open(topic)
    const batch = await new Followed(source, 0).read()
    expect([0, 1, 2].map(row => valueText(batch, row))).toEqual(['one', '', 'null'])
    expect([...batch.timestampMs]).toEqual([1000, 2000, 3000])
    expect([...batch.keyNull]).toEqual([0, 1, 0])
    expect(Buffer.from(batch.keyBytes).toString()).toBe('ac')
    expect(batch).toMatchObject({ offsetNext: 3, endOffset: 3, leaderEpoch: 0 })
    expect(await Promise.all([500, 1001, 9999].map(ms => source.offsetFor(0, ms)))).toEqual([0, 1, 3])
    expect(await source.ends(0)).toEqual({ first: 0, next: 3, leaderEpoch: 0 })
    expect(await source.retentionMs!()).toBe(9_223_372_036_854)
    await expect(source.ends(1)).rejects.toMatchObject({ code: 'argument-invalid' })
  })

  it('a read at the end waits, sees what comes, and ends with an abort or a close', async () => {
    const topic = await kafka.newTopic(1)
    const source = await open(topic)
    const read = (offset: number, waitMs: number, signal?: AbortSignal) =>
      source.read({
        partition: 0,
        offset,
        bytesMax: 1000,
        waitMs,
        ...(signal === undefined ? {} : { signal }),
      })
    expect(await read(0, 2000)).toMatchObject({ rows: 0, offsetNext: 0, endOffset: 0 })
    const waiting = read(0, 60_000)
    await (await kafka.producer()).send({ topic, messages: [{ value: 'late' }] })
    expect(await waiting).toMatchObject({ rows: 1, offsetNext: 1, endOffset: 1 })
    const stop = new AbortController()
    const stopped = read(1, 60_000, stop.signal)
    stop.abort()
    expect(await stopped).toMatchObject({ rows: 0, offsetNext: 1 })
    const closed = read(1, 60_000)
    const before = performance.now()
    await source.close()
    expect(await closed).toMatchObject({ rows: 0, offsetNext: 1 })
    expect(performance.now() - before).toBeLessThan(5000)
  })

  it('aborted transactions that overlap, one after another, and a key that looks like a marker', async () => {
    const topic = await kafka.newTopic(1)
    const committed = await overlappingTransactions(kafka, topic)
    const source = await open(topic)
    const followed = await new Followed(source, 0).readAll()
    expect(followed.records).toEqual(committed)
    expect(followed.offset).toBe((await source.ends(0)).next)
    // From anywhere in it the same is left.
    for (let from = 1; from < followed.offset; from++) {
      const rest = await new Followed(source, 0, from).readAll()
      expect(rest.records).toEqual(committed.filter(record => Number(/^0:(\d+)/.exec(record)![1]) >= from))
    }
  })

  it('an open transaction is waited for, and is no end', async () => {
    const topic = await kafka.newTopic(1)
    const producer = await kafka.producer({ transactionalId: `open-${topic}` })
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [{ value: 'in', partition: 0 }] })
    const source = await open(topic)
    const batch = await source.read({ partition: 0, offset: 0, bytesMax: 1000, waitMs: 1500 })
    expect(batch).toMatchObject({ rows: 0, offsetNext: 0, endOffset: 1 })
    expect((await source.ends(0)).next).toBe(0)
    await transaction.commit()
    const followed = await new Followed(source, 0).readTo(2)
    expect(followed.records).toEqual(['0:0 in'])
  })

  it('what compaction left, in order, and gaps passed over', async () => {
    const topic = await kafka.newTopic(1, {
      'cleanup.policy': 'compact',
      'segment.ms': '100',
      'min.cleanable.dirty.ratio': '0.001',
      'min.compaction.lag.ms': '0',
    })
    const producer = await kafka.producer()
    for (let i = 0; i < 5; i++) await producer.send({ topic, messages: numbered(0, 20, `-${i}`) })
    const followed = await waitFor(
      async () => {
        // A segment is closed by the next record, and only closed ones are cleaned.
        await producer.send({ topic, messages: [{ key: 'tick', value: 'tick', partition: 0 }] })
        const all = await new Followed(await open(topic), 0).readAll()
        return all.records.filter(record => !record.endsWith('tick')).length === 20 ? all : null
      },
      { what: 'the topic to be compacted', deadlineMs: 90_000 },
    )
    const values = followed.records.map(record => record.split(' ')[1]).filter(value => value !== 'tick')
    expect(values).toEqual(Array.from({ length: 20 }, (_, i) => `${i}-4`))
    expect(followed.holes.some(({ why }) => why === 'compacted')).toBe(abilities.holes)
    const inside = await new Followed(await open(topic), 0, 7).readAll()
    expect(inside.records.slice(0, 20)).toEqual(followed.records.slice(0, 20))
  })

  it('retention that has passed names the lost range; the other partitions go on', async () => {
    const topic = await kafka.newTopic(2)
    const producer = await kafka.producer()
    const messages = numbered(0, 50).flatMap(each => [each, { ...each, partition: 1 }])
    await producer.send({ topic, messages })
    await deleteBefore(topic, 40n)
    const source = await open(topic)
    const gone = new Followed(source, 0, 10)
    const other = new Followed(source, 1)
    const [failure] = await Promise.all([gone.readAll().catch((error: unknown) => error), other.readAll()])
    expect(failure).toMatchObject({
      code: 'offset-out-of-range',
      message: expect.stringContaining('[10, 40)'),
      where: { topic, partition: 0, offset: 10 },
    })
    expect(other.records).toHaveLength(50)
    expect((await new Followed(source, 0, 40).readAll()).records).toHaveLength(10)
    await expect(new Followed(source, 1, 70).read(10_000)).rejects.toMatchObject({
      code: 'offset-out-of-range',
      message: expect.stringContaining('ends at 50'),
    })
  })

  it('a topic made anew under its name: an error, never its records', async () => {
    const topic = await kafka.newTopic(1)
    await (await kafka.producer()).send({ topic, messages: numbered(0, 5) })
    const followed = await new Followed(await open(topic), 0).readTo(3)
    // One that has not read yet, and does not see the topic go.
    const asleep = new Followed(await open(topic), 0, 3)
    await remakeTopic(kafka.admin, { topic, numPartitions: 1 })
    await (await kafka.producer()).send({ topic, messages: numbered(100, 20) })
    for (const each of [followed, asleep]) {
      const told = { code: 'file-changed', message: expect.stringContaining('made anew') }
      expect(await failureOf(each)).toMatchObject(told)
      expect(each.records.every(record => Number(record.split(' ')[1]) < 5)).toBe(true)
    }
  })

  it('a topic that gets more partitions: a stop', async () => {
    const topic = await kafka.newTopic(2)
    const followed = new Followed(await open(topic, HASTY), 0)
    await followed.read(500)
    await kafka.admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] })
    expect(await failureOf(followed)).toMatchObject({ code: 'topic-grown' })
  })

  it('a flipped byte is found by those who check', async () => {
    const topic = await kafka.newTopic(1)
    const producer = await kafka.producer()
    for (let i = 0; i < 3; i++) await producer.send({ topic, messages: numbered(10 * i, 10, 'EGOOD-VALUE') })
    flip(topic, '15EGOOD-VALUE', 4, 0x08)
    const followed = new Followed(await open(topic), 0)
    if (abilities.crc) {
      await expect(followed.readAll()).rejects.toMatchObject({ code: 'reply-invalid', where: { offset: 10 } })
      expect(followed.records).toHaveLength(10)
    } else expect((await followed.readAll()).records).toContain('0:15 15EGGOD-VALUE')
  })

  it('records that cannot be decoded: an error where they lie, after what is before them', async () => {
    const topic = await kafka.newTopic(1)
    const producer = await kafka.producer()
    for (let i = 0; i < 5; i++) await producer.send({ topic, messages: numbered(10 * i, 10, 'GOOD-VALUE') })
    // The length of a record: it would reach far beyond its batch.
    flip(topic, '30GOOD-VALUE', -10, 0xff)
    const followed = new Followed(await open(topic), 0)
    await expect(followed.readAll()).rejects.toMatchObject({
      code: 'reply-invalid',
      where: { topic, partition: 0, offset: 30 },
    })
    expect(followed.records).toHaveLength(30)
    await expect(followed.read()).rejects.toMatchObject({ code: 'reply-invalid' })
  })

  it('a reader that stops holds back the fetches, and nothing is lost', async () => {
    const topic = await kafka.newTopic(PARTITIONS)
    await writeBacklog(topic)
    const before = await settledBytes()
    const source = await open(topic)
    const all = Array.from({ length: PARTITIONS }, (_, partition) => new Followed(source, partition))
    for (const each of all) await each.read()
    const held = (await settledBytes()) - before
    expect(held).toBeLessThan(2 * PARTITIONS * LIMITS.kafkaPartitionBufferBytes + 24 * 1024 * 1024)
    let records = 0
    for (const each of all) {
      const { next } = await source.ends(each.partition)
      for (each.records.length = 0, records += each.offset; each.offset < next; each.records.length = 0)
        records += (await each.read()).rows
    }
    expect(records).toBe(BACKLOG_BYTES / 8192)
  })

  it('a broker that is restarted: all, once, in order', async () => {
    const topic = await kafka.newTopic(PARTITIONS)
    const first = await writeInCodecs(topic)
    const source = await open(topic)
    const readers = Array.from({ length: PARTITIONS }, (_, partition) => new Followed(source, partition))
    for (const each of readers) await each.read(1000, 5000)
    const [broker] = kafka.cluster.brokers
    await broker!.killAndWait()
    const waiting = readers.map(each => each.read(2000))
    broker!.start()
    await kafka.cluster.waitReady()
    await Promise.all(waiting)
    for (const each of readers) await each.readAll()
    await (await kafka.producer()).send({ topic, messages: numbered(1, 3, ' behind it') })
    for (const each of readers) await each.readAll()
    const found = readers.flatMap(each => each.records)
    expect(sorted(found.filter(record => !record.endsWith('behind it')))).toEqual(sorted(first))
    expect(found.filter(record => record.endsWith('behind it'))).toHaveLength(3)
  })

  /** Batches of all codecs in turn, in all partitions but the last; partition 1 has fewer. Gives `partition:offset value`. */
  async function writeInCodecs(topic: string): Promise<string[]> {
    const bootstrapBrokers = [...kafka.cluster.addresses]
    const producer = new WireProducer<Buffer, Buffer>({ clientId: 'test', bootstrapBrokers, acks: -1 })
    const written = [[], []] as [string[], string[]]
    try {
      for (let batch = 0; batch < 20; batch++) {
        const partition = batch % 4 === 3 ? 1 : 0
        const values = Array.from({ length: 150 }, (_, i) => `${batch}.${i} ${'x'.repeat(i)}`)
        written[partition].push(...values)
        const messages = values.map(value => ({ topic, partition, value: Buffer.from(value) }))
        await producer.send({ messages, compression: CODECS[batch % CODECS.length]! })
      }
    } finally {
      await producer.close()
    }
    return written.flatMap((values, partition) => values.map((value, i) => `${partition}:${i} ${value}`))
  }

  async function writeBacklog(topic: string): Promise<void> {
    const bootstrapBrokers = [...kafka.cluster.addresses]
    const producer = new WireProducer<Buffer, Buffer>({ clientId: 'test', bootstrapBrokers, acks: -1 })
    const value = Buffer.alloc(8192, 'z')
    try {
      for (let sent = 0; sent < BACKLOG_BYTES / value.length; sent += 64) {
        const partition = (sent / 64) % PARTITIONS
        await producer.send({ messages: Array.from({ length: 64 }, () => ({ topic, partition, value })) })
      }
    } finally {
      await producer.close()
    }
  }

  /** Turns bits over in the segment of partition 0, beside where a text is. */
  function flip(topic: string, text: string, distance: number, bits: number): void {
    const folder = join(kafka.directory, 'data', 'broker0', `${topic}-0`)
    const segment = join(folder, readdirSync(folder).find(name => name.endsWith('.log'))!)
    const bytes = readFileSync(segment)
    bytes[bytes.indexOf(text) + distance]! ^= bits
    writeFileSync(segment, bytes)
  }

  async function deleteBefore(topic: string, offset: bigint): Promise<void> {
    const admin = new WireAdmin({ clientId: 'test', bootstrapBrokers: [...kafka.cluster.addresses] })
    try {
      await admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset }] }] })
    } finally {
      await admin.close()
    }
  }
}

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
