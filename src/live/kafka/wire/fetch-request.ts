/**
 * The body of a Fetch request (API key 1), versions 12 and 13, as a consumer without a fetch session asks.
 * Source: Apache Kafka, `FetchRequest.json`. Numbers are big-endian; string, array and tags as in wire-reader.ts.
 *
 *     body      := replica i32 (−1: a consumer)  maxWaitMs i32  minBytes i32  maxBytes i32  isolation i8
 *                  session i32 (0)  sessionEpoch i32 (−1: no session)
 *                  topics [ topic ]  forgotten [ ]  rack string  tags
 *     topic     := name string (12) | id uuid (13)   partitions [ partition ]  tags
 *     partition := index i32  currentLeaderEpoch i32  fetchOffset i64  lastFetchedEpoch i32  logStart i64 (−1)
 *                  maxBytes i32  tags
 *
 * Version 12 (brokers ≥ 2.7) is the first that tells a diverging epoch; 13 (≥ 3.1) names topics by their id, so that
 * a topic deleted and made anew under the same name answers UNKNOWN_TOPIC_ID instead of its own records. Without a
 * session each request lists all it wants, and nothing has to be remembered after a lost connection.
 */

import { assert } from '../../../errors.ts'

/** API key of Fetch in the header of a request. */
export const FETCH_API_KEY = 1

/** Versions of Fetch that are spoken: 12 for topics by name, 13 for topics by id. */
export type FetchVersion = 12 | 13

export interface FetchPartition {
  readonly partition: number
  readonly offset: number
  /** Epoch of the leader as metadata said, so that a stale leader or stale metadata is told; −1: unknown. */
  readonly leaderEpoch: number
  /** Epoch of the last batch that was read, so that a log that was cut answers a diverging epoch; −1: nothing read. */
  readonly lastFetchedEpoch: number
  /** Most bytes of this partition; its first batch comes even if it is longer. */
  readonly bytesMax: number
}

export interface FetchTopic {
  /** Version 12: the name. Version 13: the id as text, 8-4-4-4-12 hexadecimal digits. */
  readonly topic: string
  readonly partitions: readonly FetchPartition[]
}

export interface FetchRequest {
  /** The broker waits so long for `bytesMin`. */
  readonly waitMs: number
  readonly bytesMin: number
  /** Most bytes of the whole answer; the first batch of the first partition comes even if it is longer. */
  readonly bytesMax: number
  /** 1: read_committed; the answer then names the aborted transactions. */
  readonly isolation: 0 | 1
  /** Rack of the consumer, for reading from a follower near by; empty: always the leader. */
  readonly rack: string
  readonly topics: readonly FetchTopic[]
}

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i
const CONSUMER = -1
const NO_SESSION = 0
const NO_SESSION_EPOCH = -1
/** Fixed fields, an empty list of forgotten topics and tags. */
const BODY_BYTES = 32
const PARTITION_BYTES = 33
/** Longest uvarint of 32 bits. */
const UVARINT_BYTES = 5

/** Encodes the body. The header, with API key and version, is the connection's. */
export function encodeFetchRequest(request: FetchRequest, version: FetchVersion): Uint8Array {
  const { waitMs, bytesMin, bytesMax, isolation, topics } = request
  const rack = utf8(request.rack)
  const names = topics.map(({ topic }) => (version === 12 ? compactString(utf8(topic)) : uuidBytes(topic)))
  let size = BODY_BYTES + 2 * UVARINT_BYTES + rack.length
  for (let i = 0; i < topics.length; i++)
    size += names[i].length + UVARINT_BYTES + 1 + PARTITION_BYTES * topics[i].partitions.length
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const value of [CONSUMER, waitMs, bytesMin, bytesMax]) at = putInt32(view, at, value)
  view.setInt8(at++, isolation)
  for (const value of [NO_SESSION, NO_SESSION_EPOCH]) at = putInt32(view, at, value)
  at = putUvarint(bytes, at, topics.length + 1)
  for (let i = 0; i < topics.length; i++) {
    bytes.set(names[i], at)
    at = putUvarint(bytes, at + names[i].length, topics[i].partitions.length + 1)
    for (const partition of topics[i].partitions) at = putPartition(view, at, partition)
    bytes[at++] = 0
  }
  bytes[at++] = 1
  at = putUvarint(bytes, at, rack.length + 1)
  bytes.set(rack, at)
  at += rack.length
  bytes[at++] = 0
  return bytes.subarray(0, at)
}

function putPartition(view: DataView, start: number, partition: FetchPartition): number {
  const { offset } = partition
  assert(Number.isSafeInteger(offset) && offset >= 0, `offset ${offset} is asked for`)
  let at = putInt32(view, start, partition.partition)
  at = putInt32(view, at, partition.leaderEpoch)
  at = putInt32(view, at, Math.floor(offset / 2 ** 32))
  view.setUint32(at, offset % 2 ** 32)
  at = putInt32(view, at + 4, partition.lastFetchedEpoch)
  at = putInt32(view, putInt32(view, at, -1), -1)
  at = putInt32(view, at, partition.bytesMax)
  view.setUint8(at, 0)
  return at + 1
}

function putInt32(view: DataView, at: number, value: number): number {
  view.setInt32(at, value)
  return at + 4
}

function putUvarint(bytes: Uint8Array, start: number, value: number): number {
  let at = start
  let rest = value
  for (; rest >= 0x80; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80
  bytes[at++] = rest
  return at
}

function compactString(text: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(UVARINT_BYTES + text.length)
  const at = putUvarint(bytes, 0, text.length + 1)
  bytes.set(text, at)
  return bytes.subarray(0, at + text.length)
}

function uuidBytes(id: string): Uint8Array {
  assert(UUID.test(id), `${id} is no topic id`)
  return Uint8Array.from(id.replaceAll('-', '').match(/../g) ?? [], pair => Number.parseInt(pair, 16))
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
