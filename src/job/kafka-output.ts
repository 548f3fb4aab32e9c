/**
 * Kafka as the output of a job: the topic of the samples, and how they come there. As in `kafka-job.ts` there are no
 * secrets in here, only references.
 */

import type { KafkaAccess } from './kafka-job.ts'

export type Delivery = 'exactly-once' | 'at-least-once'

export interface KafkaOutputJob extends KafkaAccess {
  readonly topic: string
  /** A JSON object a sample, all its columns in order. */
  readonly value: 'json'
  readonly delivery: Delivery
  /** Columns of the sample that make its key; null: the key of the stream. */
  readonly key: readonly string[] | null
  /** Topics for what is set aside; absent: it stays in the run's directory. */
  readonly late?: string
  readonly quarantine?: string
  /** The topic may hold samples of other runs: those of this one go behind them. */
  readonly append: boolean
}
