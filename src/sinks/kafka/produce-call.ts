/**
 * Produce, version 8: one batch of one partition a request.
 *
 *     request   transactionalId:string? acks:i16=-1 timeoutMs:i32 [topic:string [partition:i32 records:bytes]]
 *     response  [topic:string [partition:i32 error:i16 baseOffset:i64 logAppendTimeMs:i64 logStartOffset:i64
 *                              [index:i32 message:string?] message:string?]] throttleMs:i32
 *
 * Source: Kafka's protocol guide. Version 8 is the newest that every broker from 2.4 to 4.x takes. The body is built
 * here because a client that takes messages would make an object a record.
 */

import { produceV8, Reader } from '@platformatic/kafka'
import type { SinkCall } from './broker-port.ts'
import { whole } from './calls.ts'

export interface Produce {
  readonly transactionalId: string | null
  readonly topic: string
  readonly partition: number
  /** A sealed record batch. */
  readonly batch: Uint8Array
  /** The broker waits so long for its replicas. */
  readonly timeoutMs: number
}

export interface ProduceReply {
  readonly errorCode: number
  /** What the broker says of a record that it refuses. */
  readonly message: string | null
  /** Offset of the first record. */
  readonly offset: number
}

/** Acknowledged by all replicas that are in sync. */
const ACKS_ALL = -1

export function produceCall(produce: Produce): SinkCall<ProduceReply> {
  return {
    name: 'Produce',
    apiKey: 0,
    versions: [8],
    since: '2.4',
    plainRequest: true,
    plainReply: true,
    encode: () => bodyOf(produce),
    parse: body => replyOf(body, produce),
  }
}

function bodyOf({ transactionalId, topic, partition, batch, timeoutMs }: Produce): Buffer {
  const id = transactionalId === null ? null : Buffer.from(transactionalId)
  const name = Buffer.from(topic)
  const head = Buffer.alloc(2 + (id?.length ?? 0) + 2 + 4 + 4 + 2 + name.length + 4 + 4 + 4)
  let at = head.writeInt16BE(id === null ? -1 : id.length, 0)
  if (id !== null) at += id.copy(head, at)
  at = head.writeInt16BE(ACKS_ALL, at)
  at = head.writeInt32BE(timeoutMs, at)
  at = head.writeInt32BE(1, at)
  at = head.writeInt16BE(name.length, at)
  at += name.copy(head, at)
  at = head.writeInt32BE(1, at)
  at = head.writeInt32BE(partition, at)
  head.writeInt32BE(batch.length, at)
  return Buffer.concat([head, batch])
}

function replyOf(body: Buffer, { topic, partition }: Produce): ProduceReply {
  const reply = whole(() => produceV8.parseResponse(0, 0, 8, Reader.from(body)))
  const found = reply.responses[0]?.partitionResponses[0]
  if (found === undefined || reply.responses[0]?.name !== topic || found.index !== partition)
    throw new RangeError('the reply is about another partition')
  const { errorCode, errorMessage, baseOffset, recordErrors } = found
  return {
    errorCode,
    message: recordErrors[0]?.batchIndexErrorMessage ?? errorMessage ?? null,
    offset: Number(baseOffset),
  }
}
