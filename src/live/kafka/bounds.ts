/** Times that a source keeps to, ms; those of limits.ts unless a test is in a hurry. */

import { LIMITS } from '../../limits.ts'

export interface KafkaBounds {
  /** To connect to a broker, TLS and SASL included. */
  readonly connectMs: number
  /** Tries to reach the first broker. */
  readonly openMs: number
  /** Silence of a broker beyond what it was allowed to wait. */
  readonly silenceMs: number
  /** Tries of one question, and of the fetches of one partition. */
  readonly deadlineMs: number
  /** A topic that is unknown for so long has been deleted. */
  readonly missingMs: number
  /** Age at which the topic is asked for again. */
  readonly metadataMs: number
}

export const KAFKA_BOUNDS: KafkaBounds = {
  connectMs: LIMITS.kafkaConnectMs,
  openMs: LIMITS.kafkaOpenMs,
  silenceMs: LIMITS.kafkaSilenceMs,
  deadlineMs: LIMITS.kafkaDeadlineMs,
  missingMs: LIMITS.kafkaMissingMs,
  metadataMs: LIMITS.kafkaMetadataMs,
}
