/**
 * The body of a Fetch response (API key 1), versions 12 and 13. Source: Apache Kafka, `FetchResponse.json`.
 *
 *     body      := throttleMs i32  error i16  session i32  topics [ topic ]  tags
 *     topic     := name string (12) | id uuid (13)   partitions [ partition ]  tags
 *     partition := index i32  error i16  highWatermark i64  lastStableOffset i64  logStart i64
 *                  aborted [ producer i64  firstOffset i64  tags ]  preferredReplica i32  records bytes  tags
 *     tags of a partition: 0 divergingEpoch := epoch i32 endOffset i64 tags
 *                          1 currentLeader  := leader i32 epoch i32 tags         (2, a snapshot, is for controllers)
 *
 * Records are not looked into: they stay where they are, for a record decoder.
 */

import { replyDamage } from './damage.ts'
import type { FetchVersion } from './fetch-request.ts'
import { WireReader } from './wire-reader.ts'

/** Records of this producer from `firstOffset` on, up to its next marker, were taken back. */
export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

export interface FetchedPartition {
  readonly partition: number
  /** Kafka's error code; 0: none. With any other, only what the error is about can be relied on. */
  readonly errorCode: number
  /** −1 where the broker does not say, as with most errors. */
  readonly highWatermark: number
  readonly lastStableOffset: number
  /** First offset still held. −1 also where the offset is out of range: then it must be asked for. */
  readonly logStartOffset: number
  /** Transactions that may have records in this answer; null where they were not asked for. */
  readonly aborted: readonly AbortedTransaction[] | null
  /** The log was cut: `epoch` is the newest one it has that is not newer than ours, and ends before `endOffset`. */
  readonly divergingEpoch: { readonly epoch: number; readonly endOffset: number } | null
  /** Who leads now; null where the broker does not say. */
  readonly currentLeader: { readonly id: number; readonly epoch: number } | null
  /** The follower to read from instead; null: none. */
  readonly preferredReplica: number | null
  /** Record batches, the last of which may be cut: a view of the answer's bytes. */
  readonly records: Uint8Array
}

export interface FetchedTopic {
  /** Version 12: the name. Version 13: the id as text. */
  readonly topic: string
  readonly partitions: readonly FetchedPartition[]
}

export interface FetchResponse {
  /** The broker has held back, or wants held back, further requests for so long. */
  readonly throttleMs: number
  /** Of the whole request; 0: none. */
  readonly errorCode: number
  readonly topics: readonly FetchedTopic[]
}

/** Least bytes of an element, by which counts are checked: everything in it null or empty. */
const TOPIC_BYTES = 3
const PARTITION_BYTES = 37
const ABORTED_BYTES = 17

/** Parses the body, from behind the header's tags to the end. Raises `reply-invalid`; nothing may be left over. */
export function parseFetchResponse(bytes: Uint8Array, version: FetchVersion): FetchResponse {
  const reader = new WireReader(bytes)
  const throttleMs = reader.int32()
  const errorCode = reader.int16()
  reader.int32()
  const topics = list(reader, TOPIC_BYTES, () => readTopic(reader, version)) ?? []
  reader.tags()
  reader.end()
  return { throttleMs, errorCode, topics }
}

function readTopic(reader: WireReader, version: FetchVersion): FetchedTopic {
  const topic = version === 12 ? reader.string() : reader.uuid()
  const partitions = list(reader, PARTITION_BYTES, () => readPartition(reader)) ?? []
  reader.tags()
  return { topic, partitions }
}

function readPartition(reader: WireReader): FetchedPartition {
  const partition = reader.int32()
  if (partition < 0) throw replyDamage(`partition ${partition} is answered`)
  const errorCode = reader.int16()
  const highWatermark = reader.int64()
  const lastStableOffset = reader.int64()
  const logStartOffset = reader.int64()
  const aborted = list(reader, ABORTED_BYTES, () => readAborted(reader))
  const preferred = reader.int32()
  const records = reader.bytes()
  let divergingEpoch: FetchedPartition['divergingEpoch'] = null
  let currentLeader: FetchedPartition['currentLeader'] = null
  reader.tags((tag, field) => {
    if (tag === 0) divergingEpoch = notUnknown({ epoch: field.int32(), endOffset: field.int64() })
    if (tag === 1) currentLeader = notUnknown({ id: field.int32(), epoch: field.int32() })
  })
  return {
    partition,
    errorCode,
    highWatermark,
    lastStableOffset,
    logStartOffset,
    aborted,
    divergingEpoch,
    currentLeader,
    preferredReplica: preferred < 0 ? null : preferred,
    records,
  }
}

function readAborted(reader: WireReader): AbortedTransaction {
  const producerId = reader.int64()
  const firstOffset = reader.int64()
  reader.tags()
  return { producerId, firstOffset }
}

/** Some brokers send the tag although there is nothing to say. */
function notUnknown<Fact extends { readonly epoch: number }>(fact: Fact): Fact | null {
  return fact.epoch < 0 ? null : fact
}

function list<Element>(reader: WireReader, elementBytes: number, read: () => Element): Element[] | null {
  const count = reader.count(elementBytes)
  if (count === null) return null
  const elements: Element[] = []
  for (let i = 0; i < count; i++) elements.push(read())
  return elements
}
