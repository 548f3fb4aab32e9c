/** A fetch of some partitions of one topic from their leader, as a question to a broker (wire/ has its bytes). */

import { LIMITS } from '../../limits.ts'
import type { ApiCall } from './api-call.ts'
import { READ_COMMITTED } from './questions.ts'
import {
  encodeFetchRequest,
  FETCH_API_KEY,
  type FetchPartition,
  type FetchResponse,
  type FetchVersion,
  parseFetchResponse,
} from './wire/index.ts'

export interface FetchQuestion {
  readonly topic: string
  readonly topicId: string
  readonly waitMs: number
  readonly partitions: readonly FetchPartition[]
}

export interface FetchReply {
  /** Its records are valid until the next fetch from the same broker. */
  readonly response: FetchResponse
  /** How the response names the topic: by id where the broker can, so that one made anew is never taken for it. */
  readonly topicName: string
}

export function fetchCall({ topic, topicId, waitMs, partitions }: FetchQuestion): ApiCall<FetchReply> {
  const nameFor = (version: number) => (version === 13 ? topicId : topic)
  return {
    name: 'Fetch',
    apiKey: FETCH_API_KEY,
    versions: [13, 12],
    since: '2.8',
    encode: version =>
      encodeFetchRequest(
        {
          waitMs,
          bytesMin: 1,
          bytesMax: LIMITS.kafkaFetchBytes,
          isolation: READ_COMMITTED,
          rack: '',
          topics: [{ topic: nameFor(version), partitions }],
        },
        version as FetchVersion,
      ),
    parse: (body, version) => ({
      response: parseFetchResponse(body, version as FetchVersion),
      topicName: nameFor(version),
    }),
  }
}
