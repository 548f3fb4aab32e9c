/**
 * A real Kafka for one test file: topics of its own, producers, and what an independent client (kafkajs, which reads
 * committed records) finds in them.
 */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Admin, Kafka, logLevel, type Producer } from 'kafkajs'
import { afterAll, afterEach, beforeAll } from 'vitest'
import type { KafkaAccess, KafkaClient, KafkaJob } from '../../../src/job/index.ts'
import type { LiveSource } from '../../../src/live/index.ts'
import type { KafkaBounds } from '../../../src/live/kafka/bounds.ts'
import { openKafkaSource } from '../../../src/live/kafka/index.ts'
import { openKafkajsSource } from '../../../src/live/kafkajs/index.ts'
import { freePort, makeTempDirectory, removeTempDirectory, waitFor } from '../../harness/index.ts'
import { type KafkaCluster, startKafka } from '../../stack/index.ts'
import { openKafka } from '../../stack/kafka/cluster.ts'
import { needStack } from '../../stack/need-stack.ts'
import { makeTopic } from './make-topic.ts'

const START_MS = 240_000
const ORACLE_MS = 60_000
const READERS: Readonly<Record<KafkaClient, typeof openKafkaSource>> = {
  native: openKafkaSource,
  kafkajs: openKafkajsSource,
  confluent: () => Promise.reject(new Error('this one has a command of its own')),
}

export interface KafkaForm {
  readonly brokers?: number
  /** Of the brokers, where there are no further listeners. */
  readonly properties?: Readonly<Record<string, string | number>>
  /** Further listeners of a single broker: name → protocol and the port that is advertised; null: its own. */
  readonly listeners?: (directory: string) => Promise<Listeners>
}

export interface Listeners {
  readonly extra: readonly {
    readonly name: string
    readonly protocol: 'PLAINTEXT' | 'SSL' | 'SASL_SSL' | 'SASL_PLAINTEXT'
    readonly port: number
    /** `host:port` */
    readonly advertised: string
  }[]
  readonly properties: Readonly<Record<string, string | number | boolean>>
}

export interface KafkaFixture {
  readonly cluster: KafkaCluster
  readonly directory: string
  readonly admin: Admin
  /** A new topic with a leader for each partition. */
  newTopic(partitions: number, config?: Readonly<Record<string, string>>): Promise<string>
  /** A producer, closed after the test. */
  producer(options?: ProducerOptions): Promise<Producer>
  /** The topic as a job opens it, by the native reader unless `client` says otherwise; closed after the test. */
  open(
    topic: string,
    access?: Partial<Pick<KafkaJob, keyof KafkaAccess | 'client'>>,
    bounds?: Partial<KafkaBounds>,
  ): Promise<LiveSource>
  /** What kafkajs reads of the topic, once it has read so many records: `partition:offset value`, in its order. */
  committed(topic: string, records: number): Promise<string[]>
}

export interface ProducerOptions {
  readonly transactionalId?: string
  /** By number, those that it is told of (default: all). */
  readonly brokers?: readonly number[]
  readonly retries?: number
  /** Default true. */
  readonly idempotent?: boolean
}

/** For the top of a `describe`: the cluster is there in its tests, which are skipped aloud where it cannot be. */
export function withKafka(form: KafkaForm = {}): KafkaFixture {
  const isThere = needStack()
  let directory: string | null = null
  let cluster: KafkaCluster | null = null
  let admin: Admin | null = null
  const ends: (() => Promise<unknown>)[] = []

  const client = (brokers: readonly number[] = cluster!.brokers.map((_, i) => i)) =>
    new Kafka({
      brokers: brokers.map(i => cluster!.addresses[i]!),
      logLevel: logLevel.NOTHING,
      // A broker that is asleep is left for another soon.
      requestTimeout: 4000,
      retry: { initialRetryTime: 100, retries: 20, maxRetryTime: 2000 },
    })

  beforeAll(async () => {
    if (!isThere) return
    directory = makeTempDirectory()
    cluster = await startWith(directory, form)
    admin = client().admin()
    await admin.connect()
  }, START_MS)

  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })

  afterAll(async () => {
    await admin?.disconnect()
    await cluster?.stop()
    if (directory !== null) removeTempDirectory(directory)
  }, START_MS)

  return {
    get cluster() {
      return cluster!
    },
    get directory() {
      return directory!
    },
    get admin() {
      return admin!
    },
    async newTopic(partitions, config = {}) {
      const topic = `t-${randomUUID().slice(0, 8)}`
      await makeTopic(admin!, { topic, numPartitions: partitions, config })
      return topic
    },
    async producer({ transactionalId, brokers, retries = 20, idempotent = true } = {}) {
      const transactional = transactionalId === undefined ? {} : { transactionalId, maxInFlightRequests: 1 }
      const producer = client(brokers).producer({
        retry: { initialRetryTime: 100, retries, maxRetryTime: 2000 },
        idempotent,
        ...transactional,
      })
      await producer.connect()
      ends.push(() => producer.disconnect())
      return producer
    },
    async open(topic, access = {}, bounds = {}) {
      const brokers = [...cluster!.addresses]
      const place: KafkaJob = { client: 'native', value: { kind: 'json' }, topic, brokers, ...access }
      const source = await READERS[place.client](place, bounds)
      ends.push(() => source.close())
      return source
    },
    async committed(topic, records) {
      const consumer = client().consumer({ groupId: randomUUID() })
      const found: string[] = []
      try {
        await consumer.connect()
        await consumer.subscribe({ topic, fromBeginning: true })
        await consumer.run({
          eachMessage: async ({ partition, message }) => {
            found.push(`${partition}:${message.offset} ${message.value?.toString() ?? 'null'}`)
          },
        })
        await waitFor(() => found.length >= records, {
          what: `kafkajs to read ${records} records`,
          deadlineMs: ORACLE_MS,
        })
      } finally {
        await consumer.disconnect()
      }
      return found
    },
  }
}

/** The ports of a Kafka are only known once it is laid out: listeners beside them are added then. */
async function startWith(
  directory: string,
  { brokers = 1, properties: own, listeners }: KafkaForm,
): Promise<KafkaCluster> {
  if (listeners === undefined) return startKafka({ directory, brokers, ...(own && { properties: own }) })
  await openKafka({ directory, brokers })
  const known = new Map(
    readFileSync(join(directory, 'conf', 'broker0.properties'), 'utf8')
      .split('\n')
      .map(line => [line.slice(0, line.indexOf('=')), unescaped(line.slice(line.indexOf('=') + 1))]),
  )
  const { extra, properties } = await listeners(directory)
  const joined = (name: string, added: readonly string[]) => [known.get(name), ...added].join(',')
  return startKafka({
    directory,
    brokers,
    properties: {
      listeners: joined(
        'listeners',
        extra.map(({ name, port }) => `${name}://127.0.0.1:${port}`),
      ),
      'advertised.listeners': joined(
        'advertised.listeners',
        extra.map(({ name, advertised }) => `${name}://${advertised}`),
      ),
      'listener.security.protocol.map': joined(
        'listener.security.protocol.map',
        extra.map(({ name, protocol }) => `${name}:${protocol}`),
      ),
      ...properties,
    },
  })
}

/** Java's properties escape what their grammar uses. */
function unescaped(value: string): string {
  return value.replace(/\\(.)/g, '$1')
}

export { freePort }
