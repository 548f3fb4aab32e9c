/** Records as kafkajs gives them, for tests. */
import type {
  BatchContext,
  KafkajsPartition,
  KafkajsRecord,
} from '../../../../src/live/kafkajs/fetch-reply.ts'

/** A batch of records at these offsets; `last` where compaction has removed the end of it. */
export function messages(offsets: readonly number[], more: Partial<BatchContext> = {}): KafkajsRecord[] {
  const batchContext: BatchContext = {
    firstOffset: String(offsets[0]),
    lastOffsetDelta: offsets.at(-1)! - offsets[0]!,
    partitionLeaderEpoch: 3,
    inTransaction: false,
    producerId: '-1',
    ...more,
  }
  return offsets.map(offset => ({
    offset: String(offset),
    timestamp: String(1000 + offset),
    key: null,
    value: Buffer.from(`v${offset}`),
    isControlRecord: false,
    batchContext,
  }))
}

export function answerWith(
  records: readonly KafkajsRecord[],
  more: Partial<KafkajsPartition> = {},
): KafkajsPartition {
  const end = '100'
  return {
    partition: 0,
    highWatermark: end,
    lastStableOffset: end,
    abortedTransactions: [],
    messages: records,
    ...more,
  }
}
