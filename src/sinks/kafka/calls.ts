/**
 * The questions that the sink asks, but for Produce: encoded and parsed by `@platformatic/kafka`, plain data here.
 *
 * A parser there throws when a reply holds an error code, and has the reply with it: codes are data here. Versions are
 * those that Kafka 2.7 to 4.x speak: the oldest that tell a producer that it was fenced from one that may go on.
 */

import {
  addPartitionsToTxnV2,
  createTopicsV5,
  describeConfigsV4,
  endTxnV2,
  findCoordinatorV3,
  initProducerIdV4,
  metadataV9,
  Reader,
} from '@platformatic/kafka'
import type { BrokerPlace, SinkCall } from './broker-port.ts'

const SINCE = '2.7'
const TRANSACTION = 1
const TOPIC = 2

/** Who a producer is, as the coordinator says. */
export interface Identity {
  readonly producerId: bigint
  readonly producerEpoch: number
}

export interface TopicsReply {
  readonly brokers: readonly (BrokerPlace & { readonly nodeId: number })[]
  readonly topics: readonly {
    readonly name: string
    readonly errorCode: number
    readonly partitions: readonly {
      readonly partitionIndex: number
      /** −1: nobody. */
      readonly leaderId: number
      readonly replicaNodes: readonly number[]
    }[]
  }[]
}

/** Who leads what. Makes no topic. */
export function topicsCall(names: readonly string[]): SinkCall<TopicsReply> {
  return {
    name: 'Metadata',
    apiKey: 3,
    versions: [9],
    since: SINCE,
    encode: () => metadataV9.createRequest([...names], false, false, false).buffer,
    parse: body => {
      const { brokers, topics } = whole(() => metadataV9.parseResponse(0, 3, 9, Reader.from(body)))
      return { brokers, topics: topics.map(topic => ({ ...topic, name: topic.name ?? '' })) }
    },
  }
}

export interface CoordinatorReply {
  readonly errorCode: number
  readonly broker: BrokerPlace
}

/** Which broker keeps the transactions of an id. */
export function coordinatorCall(id: string): SinkCall<CoordinatorReply> {
  return {
    name: 'FindCoordinator',
    apiKey: 10,
    versions: [3],
    since: SINCE,
    encode: () => findCoordinatorV3.createRequest(TRANSACTION, [id]).buffer,
    parse: body => {
      const reply = whole(() => findCoordinatorV3.parseResponse(0, 10, 3, Reader.from(body)))
      const [found] = reply.coordinators
      if (found === undefined) throw new RangeError('the reply names no coordinator')
      return { errorCode: found.errorCode, broker: { host: found.host, port: found.port } }
    },
  }
}

export interface InitReply extends Identity {
  readonly errorCode: number
}

/**
 * A new epoch for a producer; what its older ones left open is aborted first. With `current` only for whoever still is
 * the newest. `id` null: a producer without transactions.
 */
export function initProducerCall(
  id: string | null,
  timeoutMs: number,
  current: Identity | null,
): SinkCall<InitReply> {
  return {
    name: 'InitProducerId',
    apiKey: 22,
    versions: [4],
    since: SINCE,
    encode: () =>
      initProducerIdV4.createRequest(id, timeoutMs, current?.producerId ?? -1n, current?.producerEpoch ?? -1)
        .buffer,
    parse: body => {
      const reply = whole(() => initProducerIdV4.parseResponse(0, 22, 4, Reader.from(body)))
      const { errorCode, producerId, producerEpoch } = reply
      return { errorCode, producerId, producerEpoch }
    },
  }
}

/** Topics, with the one partition of each, that the transaction is about to write to; gives the first error code. */
export function addPartitionsCall(
  id: string,
  { producerId, producerEpoch }: Identity,
  topics: readonly string[],
  partition: number,
): SinkCall<number> {
  const transaction = {
    transactionalId: id,
    producerId,
    producerEpoch,
    verifyOnly: false,
    topics: topics.map(name => ({ name, partitions: [partition] })),
  }
  return {
    name: 'AddPartitionsToTxn',
    apiKey: 24,
    versions: [2],
    since: SINCE,
    plainRequest: true,
    plainReply: true,
    encode: () => addPartitionsToTxnV2.createRequest([transaction]).buffer,
    parse: body => {
      const reply = whole(() => addPartitionsToTxnV2.parseResponse(0, 24, 2, Reader.from(body)))
      const results = reply.resultsByTransaction.flatMap(({ topicResults }) =>
        topicResults.flatMap(({ resultsByPartition }) => resultsByPartition),
      )
      if (results.length !== topics.length) throw new RangeError('the reply is about other partitions')
      return results.find(({ partitionErrorCode }) => partitionErrorCode !== 0)?.partitionErrorCode ?? 0
    },
  }
}

/** Ends a transaction; gives the error code. */
export function endTransactionCall(
  id: string,
  { producerId, producerEpoch }: Identity,
  commit: boolean,
): SinkCall<number> {
  return {
    name: 'EndTxn',
    apiKey: 26,
    versions: [2],
    since: SINCE,
    plainRequest: true,
    plainReply: true,
    encode: () => endTxnV2.createRequest(id, producerId, producerEpoch, commit).buffer,
    parse: body => whole(() => endTxnV2.parseResponse(0, 26, 2, Reader.from(body))).errorCode,
  }
}

export interface SettingsReply {
  readonly errorCode: number
  readonly values: ReadonlyMap<string, string | null>
}

/** Some settings of a topic, defaults of its brokers included. */
export function settingsCall(topic: string, names: readonly string[]): SinkCall<SettingsReply> {
  return {
    name: 'DescribeConfigs',
    apiKey: 32,
    versions: [4],
    since: SINCE,
    encode: () =>
      describeConfigsV4.createRequest([
        { resourceType: TOPIC, resourceName: topic, configurationKeys: [...names] },
      ]).buffer,
    parse: body => {
      const reply = whole(() => describeConfigsV4.parseResponse(0, 32, 4, Reader.from(body)))
      const [found] = reply.results
      if (found === undefined) throw new RangeError('the reply is about no topic')
      const values = new Map(found.configs.map(({ name, value }) => [name, value ?? null]))
      return { errorCode: found.errorCode, values }
    },
  }
}

export interface NewTopic {
  readonly name: string
  readonly partitions: number
  readonly replicas: number
  readonly settings: Readonly<Record<string, string>>
}

/** Makes a topic; gives the error code and what the broker says to it. */
export function createTopicCall(
  topic: NewTopic,
  timeoutMs: number,
): SinkCall<{ readonly errorCode: number; readonly message: string | null }> {
  const { name, partitions, replicas, settings } = topic
  return {
    name: 'CreateTopics',
    apiKey: 19,
    versions: [5],
    since: SINCE,
    encode: () =>
      createTopicsV5.createRequest(
        [
          {
            name,
            numPartitions: partitions,
            replicationFactor: replicas,
            assignments: [],
            configs: Object.entries(settings).map(([key, value]) => ({ name: key, value })),
          },
        ],
        timeoutMs,
        false,
      ).buffer,
    parse: body => {
      const reply = whole(() => createTopicsV5.parseResponse(0, 19, 5, Reader.from(body)))
      const [found] = reply.topics
      if (found === undefined) throw new RangeError('the reply is about no topic')
      return { errorCode: found.errorCode, message: found.errorMessage ?? null }
    },
  }
}

/** The reply, whether it holds error codes or not. */
export function whole<Reply>(parse: () => Reply): Reply {
  try {
    return parse()
  } catch (error) {
    const { response } = error as { response?: Reply }
    if (response === undefined) throw error
    return response
  }
}
