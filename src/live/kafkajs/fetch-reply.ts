/**
 * What kafkajs gives for a fetch, looked at before it is believed: its types say nothing of it.
 *
 * Invariant: of what is not as it was when this was written (kafkajs 2.2.4), nothing is handed on.
 */

import { HindcastError } from '../../errors.ts'

/** What all records of a batch share; the same object in each of them. */
export interface BatchContext {
  readonly firstOffset: string
  readonly lastOffsetDelta: number
  readonly partitionLeaderEpoch: number
  readonly inTransaction: boolean
  readonly producerId: string
}

/** A record, control records and those of aborted transactions included. */
export interface KafkajsRecord {
  readonly offset: string
  /** ms since the epoch. */
  readonly timestamp: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly isControlRecord: boolean
  readonly batchContext: BatchContext
}

export interface KafkajsPartition {
  readonly partition: number
  readonly highWatermark: string
  readonly lastStableOffset: string
  readonly abortedTransactions: readonly { readonly producerId: string; readonly firstOffset: string }[]
  /** Of whole batches only. Their contents are checked where they are used: there are many. */
  readonly messages: readonly KafkajsRecord[]
}

/** The partitions of a reply to a fetch of one topic. Raises `unsupported` for a reply of another shape. */
export function partitionsOf(reply: unknown, topic: string): KafkajsPartition[] {
  const partitions: KafkajsPartition[] = []
  for (const { topicName, partitions: found } of listOf<{ topicName: unknown; partitions: unknown }>(
    (reply as { readonly responses?: unknown } | null)?.responses,
  )) {
    if (topicName !== topic) throw changed('it answers for another topic')
    for (const partition of listOf<KafkajsPartition>(found)) {
      listOf(partition.messages)
      listOf(partition.abortedTransactions)
      const { highWatermark, lastStableOffset } = partition
      const numbers = [partition.partition, Number(highWatermark), Number(lastStableOffset)]
      if (!numbers.every(Number.isSafeInteger)) throw changed('it does not say where a partition ends')
      partitions.push(partition)
    }
  }
  return partitions
}

function listOf<Item>(value: unknown): readonly Item[] {
  if (Array.isArray(value)) return value
  throw changed('a part of it is missing')
}

function changed(why: string): HindcastError {
  return new HindcastError('unsupported', `kafkajs answers a fetch in a form that is not known: ${why}`, {
    advice: 'Install the version that is known: npm install kafkajs@2.2.4; or leave `client` out.',
  })
}
