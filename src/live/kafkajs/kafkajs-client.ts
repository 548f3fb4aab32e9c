/**
 * kafkajs as far as it is used: its cluster, and fetches from one of its brokers.
 *
 * Its consumer reads as a member of a group only: it would join one, be assigned partitions, start from zero after each
 * rebalance, and begin at the start of the topic where an offset is gone. But it shows its cluster to partition
 * assigners, and a broker of a cluster can be asked for records from any offset (types `Cluster` and `Broker` of
 * kafkajs). So a consumer is made for its cluster, and never run: there is no group, and nothing is committed.
 */

import type { Cluster, Kafka, SASLOptions } from 'kafkajs'
import { HindcastError } from '../../errors.ts'
import { Tries } from '../../files/index.ts'
import type { KafkaJob, KafkaSasl } from '../../job/index.ts'
import { LIMITS } from '../../limits.ts'
import type { Wish } from '../client/index.ts'
import { AllowedHosts, type KafkaBounds, parseBroker, tlsSettings } from '../kafka/index.ts'
import { clientFailure } from './client-failure.ts'
import { type KafkajsPartition, partitionsOf } from './fetch-reply.ts'
import { GuardedSockets } from './guarded-sockets.ts'
import { type KafkajsModule, loadKafkajs } from './load-kafkajs.ts'

const READ_COMMITTED = 1
/**
 * So long before a login ends it is made again, ms: longer than a fetch takes. By default it is 10 s, and then one that lasts
 * for less is made again with each request, which brokers refuse.
 */
const LOGIN_AGAIN_MS = 1000
/** Its consumer has to have one; nobody joins it. */
const NO_GROUP = 'hindcast-never-joined'

type KafkajsWish = Omit<Wish, 'generation'>

export class KafkajsClient {
  readonly #topic: string
  readonly #cluster: Cluster
  readonly #sockets: GuardedSockets
  /** Longest time for one question, ms: to connect and log in, a pause that the broker asks for, an answer. */
  readonly #patienceMs: number
  #isClosed = false

  private constructor(topic: string, cluster: Cluster, sockets: GuardedSockets, bounds: KafkaBounds) {
    this.#patienceMs = bounds.connectMs + LIMITS.kafkaThrottleMsMax + bounds.silenceMs
    this.#topic = topic
    this.#cluster = cluster
    this.#sockets = sockets
  }

  /**
   * Loads kafkajs and connects it. Secrets of `kafka` are open. Raises `unsupported`, `access-denied`, `redirect-refused`,
   * `file-unreadable`, and `remote-failed` where no broker answers in `bounds.openMs`.
   */
  static async open(kafka: KafkaJob, bounds: KafkaBounds): Promise<KafkajsClient> {
    const kafkajs = await loadKafkajs()
    const allowed = new AllowedHosts(kafka.brokers.map(seedOf), kafka.advertised)
    const sockets = new GuardedSockets(allowed, kafka.tls === undefined ? null : await tlsSettings(kafka.tls))
    const cluster = clusterOf(kafkajs, clientOf(kafkajs, kafka, sockets, bounds), bounds)
    const client = new KafkajsClient(kafka.topic, cluster, sockets, bounds)
    try {
      await client.#connect(bounds)
      return client
    } catch (error) {
      await client.close()
      throw error
    }
  }

  /**
   * Committed and aborted records of some partitions from one broker, which waits up to `waitMs` where it has none. Raises
   * what kafkajs throws: see `clientFailure`, which a caller asks once it knows whom it is about.
   */
  async fetch(node: number, wishes: readonly KafkajsWish[], waitMs: number): Promise<KafkajsPartition[]> {
    const reply = await inTime(this.#ask(node, wishes, waitMs), waitMs + this.#patienceMs)
    return partitionsOf(reply, this.#topic)
  }

  /** An error of `fetch` as ours. */
  failure(error: unknown, node: number): HindcastError {
    const failure = clientFailure(error, String(node))
    return (failure.code === 'remote-failed' && this.#sockets.denial(failure.where.uri)) || failure
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    // Without sockets nothing is left that kafkajs would wait for.
    await this.#sockets.close()
    await this.#cluster.disconnect().catch(() => undefined)
  }

  async #ask(node: number, wishes: readonly KafkajsWish[], waitMs: number): Promise<unknown> {
    const broker = await this.#cluster.findBroker({ nodeId: String(node) })
    const partitions = wishes.map(({ partition, offset, bytesMax }) => ({
      partition,
      fetchOffset: String(offset),
      maxBytes: bytesMax,
    }))
    return broker.fetch({
      isolationLevel: READ_COMMITTED,
      maxWaitTime: waitMs,
      minBytes: 1,
      maxBytes: LIMITS.kafkaFetchBytes,
      topics: [{ topic: this.#topic, partitions }],
    })
  }

  async #connect({ openMs, silenceMs }: KafkaBounds): Promise<void> {
    const tries = new Tries({ deadlineMs: openMs, attemptMs: silenceMs }, new AbortController().signal)
    for (;;) {
      try {
        await inTime(this.#cluster.connect(), this.#patienceMs)
        await inTime(this.#cluster.addMultipleTargetTopics([this.#topic]), this.#patienceMs)
        return
      } catch (error) {
        const failure = clientFailure(error, 'of the cluster')
        const denial = this.#sockets.denial(failure.where.uri)
        if (failure.kind !== 'transient' || denial !== null) throw denial ?? failure
        if (!(await tries.next())) throw failure
      }
    }
  }
}

/** kafkajs itself waits for ever where a broker asks it to pause. What it still does is not stopped. */
async function inTime<Value>(asked: Promise<Value>, timeoutMs: number): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>()
  const late = () => reject(new HindcastError('remote-failed', `kafkajs has no answer after ${timeoutMs} ms`))
  const timer = setTimeout(late, timeoutMs)
  try {
    return await Promise.race([asked, promise])
  } finally {
    clearTimeout(timer)
  }
}

function seedOf(broker: string): { readonly host: string; readonly port: number } {
  const address = parseBroker(broker)
  if (!address.host.includes(':')) return address
  throw new HindcastError('unsupported', `kafkajs cannot be given an IPv6 address such as ${broker}`, {
    advice: 'Name the broker in `brokers` by its host name, or leave `client` out.',
  })
}

function clientOf(
  { Kafka, logLevel }: KafkajsModule,
  { brokers, tls, sasl }: KafkaJob,
  sockets: GuardedSockets,
  { connectMs, silenceMs }: KafkaBounds,
): Kafka {
  return new Kafka({
    brokers: [...brokers],
    clientId: 'hindcast',
    logLevel: logLevel.NOTHING,
    connectionTimeout: connectMs,
    authenticationTimeout: silenceMs,
    requestTimeout: silenceMs,
    reauthenticationThreshold: LOGIN_AGAIN_MS,
    // What fails is tried again here, with what is known of the topic by then.
    retry: { retries: 1, initialRetryTime: 50, maxRetryTime: 200 },
    socketFactory: sockets.factory,
    ssl: tls !== undefined,
    ...(sasl === undefined ? {} : { sasl: saslOf(sasl) }),
  })
}

function clusterOf({ PartitionAssigners }: KafkajsModule, kafka: Kafka, bounds: KafkaBounds): Cluster {
  let cluster: Cluster | null = null
  kafka.consumer({
    groupId: NO_GROUP,
    allowAutoTopicCreation: false,
    metadataMaxAge: bounds.metadataMs,
    partitionAssigners: [
      options => {
        cluster = options.cluster
        return PartitionAssigners.roundRobin(options)
      },
    ],
  })
  if (cluster !== null) return cluster
  throw new HindcastError('unsupported', 'kafkajs shows its cluster to nobody', {
    advice: 'Install the version that is known: npm install kafkajs@2.2.4; or leave `client` out.',
  })
}

/** The checks that need no broker (a secret that would go in clear text, what is missing) were made by the job. */
function saslOf({ mechanism, username = '', password = '', token = '' }: KafkaSasl): SASLOptions {
  switch (mechanism) {
    case 'PLAIN':
      return { mechanism: 'plain', username, password }
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', username, password }
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', username, password }
    case 'OAUTHBEARER':
      return { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: token }) }
  }
}
