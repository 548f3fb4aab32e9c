/**
 * What brokers are asked beside records: who leads, where a partition begins and ends, how long it is kept. Encoded and
 * parsed by `@platformatic/kafka`, turned into plain data here; its objects go no further.
 *
 * A parser there throws when a reply holds an error code, and has the reply with it: codes are data here.
 */

import {
  apiVersionsV3,
  describeConfigsV4,
  listOffsetsV6,
  listOffsetsV7,
  metadataV10,
  metadataV12,
  Reader,
  saslAuthenticateV2,
  saslHandshakeV1,
} from '@platformatic/kafka'
import { HindcastError } from '../../errors.ts'
import type { ApiCall } from './api-call.ts'

export const READ_COMMITTED = 1
/** Timestamps that ListOffsets takes as words. */
export const LATEST = -1
export const EARLIEST = -2

export interface ApiRange {
  readonly apiKey: number
  readonly min: number
  readonly max: number
}

export function apiVersionsCall(): ApiCall<readonly ApiRange[]> {
  return {
    name: 'ApiVersions',
    apiKey: 18,
    versions: [3],
    since: '2.4',
    // Its reply has no tags in the header in any version, so that a broker that does not know one can say so.
    plainReply: true,
    encode: () => apiVersionsV3.createRequest('hindcast', '1').buffer,
    parse: body => {
      const reply = whole(() => apiVersionsV3.parseResponse(0, 18, 3, Reader.from(body)))
      return reply.apiKeys.map(({ apiKey, minVersion, maxVersion }) => ({
        apiKey,
        min: minVersion,
        max: maxVersion,
      }))
    },
  }
}

export interface TopicReply {
  readonly clusterId: string | null
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[]
  readonly errorCode: number
  /** As text, 8-4-4-4-12 hexadecimal digits; all zeros: the cluster has none. */
  readonly topicId: string
  readonly partitions: readonly {
    readonly partitionIndex: number
    readonly errorCode: number
    /** −1: nobody. */
    readonly leaderId: number
    readonly leaderEpoch: number
  }[]
}

/** Who has which partition of one topic. Never makes the topic. */
export function metadataCall(topic: string): ApiCall<TopicReply> {
  return {
    name: 'Metadata',
    apiKey: 3,
    versions: [12, 10],
    since: '2.8',
    encode: version =>
      version === 12
        ? metadataV12.createRequest([topic], false, false).buffer
        : metadataV10.createRequest([topic], false, false, false).buffer,
    parse: (body, version) => {
      const { parseResponse } = version === 12 ? metadataV12 : metadataV10
      const reply = whole(() => parseResponse(0, 3, version, Reader.from(body)))
      const [found] = reply.topics
      if (reply.topics.length !== 1 || found === undefined || found.name !== topic)
        throw strange('it is about another topic')
      const { errorCode, topicId, partitions } = found
      return { clusterId: reply.clusterId ?? null, brokers: reply.brokers, errorCode, topicId, partitions }
    },
  }
}

export interface OffsetReply {
  readonly errorCode: number
  /** −1: there is none. */
  readonly offset: number
}

export interface OffsetQuestion {
  readonly topic: string
  readonly partition: number
  readonly leaderEpoch: number
  /** ms since the epoch, `LATEST` or `EARLIEST`. */
  readonly timestampMs: number
  /** With it the latest offset is the last stable one, else the high watermark. */
  readonly isCommitted: boolean
}

/** The first offset of a time, or one end of a partition. For its leader. */
export function listOffsetsCall(question: OffsetQuestion): ApiCall<OffsetReply> {
  const { topic, partition, leaderEpoch, timestampMs, isCommitted } = question
  const wanted = {
    partitionIndex: partition,
    currentLeaderEpoch: leaderEpoch,
    timestamp: BigInt(Math.trunc(timestampMs)),
  }
  return {
    name: 'ListOffsets',
    apiKey: 2,
    versions: [7, 6],
    since: '2.7',
    encode: version =>
      (version === 7 ? listOffsetsV7 : listOffsetsV6).createRequest(-1, isCommitted ? READ_COMMITTED : 0, [
        { name: topic, partitions: [wanted] },
      ]).buffer,
    parse: (body, version) => {
      const { parseResponse } = version === 7 ? listOffsetsV7 : listOffsetsV6
      const reply = whole(() => parseResponse(0, 2, version, Reader.from(body)))
      const found = reply.topics[0]?.partitions[0]
      if (found === undefined || found.partitionIndex !== partition || reply.topics[0]?.name !== topic)
        throw strange('it is about another partition')
      return { errorCode: found.errorCode, offset: exact(found.offset) }
    },
  }
}

export interface ConfigReply {
  readonly errorCode: number
  readonly values: ReadonlyMap<string, string | null>
}

/** Some settings of a topic. */
export function topicConfigCall(topic: string, names: readonly string[]): ApiCall<ConfigReply> {
  const TOPIC = 2
  return {
    name: 'DescribeConfigs',
    apiKey: 32,
    versions: [4],
    since: '2.7',
    encode: () =>
      describeConfigsV4.createRequest([
        { resourceType: TOPIC, resourceName: topic, configurationKeys: [...names] },
      ]).buffer,
    parse: body => {
      const reply = whole(() => describeConfigsV4.parseResponse(0, 32, 4, Reader.from(body)))
      const [found] = reply.results
      if (found === undefined) throw strange('it is about nothing')
      const values = new Map(found.configs.map(({ name, value }) => [name, value ?? null]))
      return { errorCode: found.errorCode, values }
    },
  }
}

export interface HandshakeReply {
  readonly errorCode: number
  readonly mechanisms: readonly string[]
}

export function saslHandshakeCall(mechanism: string): ApiCall<HandshakeReply> {
  return {
    name: 'SaslHandshake',
    apiKey: 17,
    versions: [1],
    since: '1.0',
    plainRequest: true,
    plainReply: true,
    encode: () => saslHandshakeV1.createRequest(mechanism).buffer,
    parse: body => {
      const { errorCode, mechanisms } = whole(() =>
        saslHandshakeV1.parseResponse(0, 17, 1, Reader.from(body)),
      )
      return { errorCode: errorCode ?? 0, mechanisms: mechanisms ?? [] }
    },
  }
}

export interface AuthenticateReply {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly bytes: Buffer
  /** After so many ms the broker wants the login again; 0: never. */
  readonly sessionMs: number
}

export function saslAuthenticateCall(bytes: Uint8Array): ApiCall<AuthenticateReply> {
  return {
    name: 'SaslAuthenticate',
    apiKey: 36,
    versions: [2],
    since: '2.4',
    encode: () => saslAuthenticateV2.createRequest(Buffer.from(bytes)).buffer,
    parse: body => {
      const reply = whole(() => saslAuthenticateV2.parseResponse(0, 36, 2, Reader.from(body)))
      const { errorCode, errorMessage, authBytes, sessionLifetimeMs } = reply
      return {
        errorCode,
        errorMessage: errorMessage ?? null,
        bytes: Buffer.from(authBytes),
        sessionMs: exact(sessionLifetimeMs),
      }
    },
  }
}

/** The reply, whether it holds error codes or not. */
function whole<Reply>(parse: () => Reply): Reply {
  try {
    return parse()
  } catch (error) {
    const { response } = error as { response?: Reply }
    if (response === undefined) throw error
    return response
  }
}

function exact(value: bigint): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw strange('it has a number beyond 2^53')
  return number
}

function strange(why: string): HindcastError {
  return new HindcastError('reply-invalid', `a reply cannot be used: ${why}`, {
    advice: 'Check that this is a broker of Kafka 2.8 or later.',
  })
}
