/**
 * Records as kafkajs decodes them → columns, without those of aborted transactions and without control records. Pure.
 *
 *     asked ▼                                  offsetNext ▼
 *     [ batch ][ of an aborted one ][ marker ]    [ batch ]
 *         rows                                       rows
 *
 * kafkajs has a filter of its own for aborted transactions, and it lets some of their records through: it takes the
 * broker's list as it comes, which is by the place of the markers, so that of two producers whose transactions overlap
 * the one that began first is met too late; and it takes any record with the key 00 00 00 00 for a marker. So nothing of
 * it is used: the fetch is asked for raw, and what is left out is decided here, by the rule of the native reader.
 *
 * Invariants: rows rise by offset; `offsetNext` lies behind the last batch that came whole. Why an offset has no row is
 * not told: nobody has checked the CRC of the bytes that would say so.
 */

import { HindcastError } from '../../errors.ts'
import { AbortedTransactions } from '../kafka/index.ts'
import { columnsOf, type FetchedRows } from '../record-columns.ts'
import type { BatchContext, KafkajsPartition, KafkajsRecord } from './fetch-reply.ts'

/** Type of a control record, the second number of its key: takes back the transaction of its producer. */
const ABORT = 0

/** Rows at and behind `offset`. Raises `reply-invalid` for records that are out of order, or no records at all. */
export function fetchedRows(answer: KafkajsPartition, offset: number): FetchedRows {
  const { messages, abortedTransactions } = answer
  const aborted = new AbortedTransactions(
    abortedTransactions.map(({ producerId, firstOffset }) => ({
      producerId: whole(producerId),
      firstOffset: whole(firstOffset),
    })),
  )
  const kept: KafkajsRecord[] = []
  let batch: Batch | null = null
  let isAborted = false
  let last = -1
  for (const message of messages) {
    if (batch === null || message.batchContext !== batch.context) {
      batch = batchOf(message.batchContext, batch)
      isAborted = aborted.isAborted(batch)
    }
    const at = whole(message.offset)
    if (at <= last || at < batch.firstOffset || at > batch.lastOffset)
      throw damaged(`a record of offset ${at} follows ${last}`)
    last = at
    if (message.isControlRecord) {
      if (controlType(message) === ABORT) aborted.close(batch.producerId)
    } else if (!isAborted && at >= offset) {
      whole(message.timestamp)
      kept.push(message)
    }
  }
  return {
    ...columnsOf(kept),
    offsetNext: Math.max(offset, (batch?.lastOffset ?? -1) + 1),
    leaderEpoch: batch?.context.partitionLeaderEpoch ?? -1,
  }
}

interface Batch {
  readonly context: BatchContext
  readonly firstOffset: number
  readonly lastOffset: number
  readonly isTransactional: boolean
  readonly producerId: number
}

function batchOf(context: BatchContext | undefined, before: Batch | null): Batch {
  if (context === undefined) {
    throw new HindcastError('unsupported', 'a batch of records has the format of Kafka before 0.11', {
      advice: 'Copy the topic with a producer of Kafka 0.11 or later.',
    })
  }
  const firstOffset = whole(context.firstOffset)
  const lastOffset = firstOffset + whole(context.lastOffsetDelta)
  if (lastOffset < firstOffset || firstOffset <= (before?.lastOffset ?? -1))
    throw damaged(`a batch of offsets ${firstOffset} to ${lastOffset} follows ${before?.lastOffset ?? -1}`)
  const producerId = whole(context.producerId)
  return { context, firstOffset, lastOffset, isTransactional: context.inTransaction, producerId }
}

/** The key of a control record is `version i16, type i16`. */
function controlType({ key }: KafkajsRecord): number {
  if (key === null || key.length < 4) throw damaged('a control record has no type')
  return key.readInt16BE(2)
}

function whole(value: string | number): number {
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  throw damaged(`a number that should be whole is ${value}`)
}

function damaged(why: string): HindcastError {
  return new HindcastError('reply-invalid', `records cannot be used: ${why}`, {
    advice: 'Look at the segment with kafka-dump-log on the leader of the partition.',
  })
}
