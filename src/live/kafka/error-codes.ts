/**
 * Error codes of Kafka's protocol that mean something to a reader, and what is to be done about each.
 * Source: Apache Kafka, `org.apache.kafka.common.protocol.Errors`.
 */

import type { ErrorWhere } from '../../errors.ts'
import { HindcastError } from '../../errors.ts'

export const KAFKA = {
  none: 0,
  offsetOutOfRange: 1,
  corruptMessage: 2,
  unknownTopicOrPartition: 3,
  leaderNotAvailable: 5,
  invalidTopic: 17,
  unsupportedSaslMechanism: 33,
  unknownTopicId: 100,
} as const

/** Codes that pass: leaders move, brokers start and stop, metadata ages. */
const PASSING = new Map<number, string>([
  [-1, 'UNKNOWN_SERVER_ERROR'],
  [3, 'UNKNOWN_TOPIC_OR_PARTITION'],
  [5, 'LEADER_NOT_AVAILABLE'],
  [6, 'NOT_LEADER_OR_FOLLOWER'],
  [7, 'REQUEST_TIMED_OUT'],
  [8, 'BROKER_NOT_AVAILABLE'],
  [9, 'REPLICA_NOT_AVAILABLE'],
  [13, 'NETWORK_EXCEPTION'],
  [41, 'NOT_CONTROLLER'],
  [56, 'KAFKA_STORAGE_ERROR'],
  [74, 'FENCED_LEADER_EPOCH'],
  [75, 'UNKNOWN_LEADER_EPOCH'],
  [78, 'OFFSET_NOT_AVAILABLE'],
  [89, 'THROTTLING_QUOTA_EXCEEDED'],
  [100, 'UNKNOWN_TOPIC_ID'],
  [103, 'INCONSISTENT_TOPIC_ID'],
  [106, 'FETCH_SESSION_TOPIC_ID_ERROR'],
])

const DENIED = new Map<number, string>([
  [29, 'TOPIC_AUTHORIZATION_FAILED'],
  [30, 'GROUP_AUTHORIZATION_FAILED'],
  [31, 'CLUSTER_AUTHORIZATION_FAILED'],
  [33, 'UNSUPPORTED_SASL_MECHANISM'],
  [34, 'ILLEGAL_SASL_STATE'],
  [54, 'SECURITY_DISABLED'],
  [58, 'SASL_AUTHENTICATION_FAILED'],
])

const OTHERS = new Map<number, string>([
  [1, 'OFFSET_OUT_OF_RANGE'],
  [2, 'CORRUPT_MESSAGE'],
  [17, 'INVALID_TOPIC_EXCEPTION'],
  [35, 'UNSUPPORTED_VERSION'],
  [42, 'INVALID_REQUEST'],
  [76, 'UNSUPPORTED_COMPRESSION_TYPE'],
])

/** The name of a code, as Kafka's own logs write it. */
export function kafkaErrorName(code: number): string {
  return PASSING.get(code) ?? DENIED.get(code) ?? OTHERS.get(code) ?? `error ${code}`
}

/**
 * A code as ours: `access-denied`, `remote-failed` for what passes (worth a try with new metadata), `reply-invalid` for
 * the rest. `what` was asked, as in "a fetch"; `broker` answered.
 */
export function kafkaError(code: number, what: string, broker: string, where: ErrorWhere): HindcastError {
  const message = `broker ${broker} answers ${kafkaErrorName(code)} to ${what}`
  if (DENIED.has(code)) {
    return new HindcastError('access-denied', message, {
      where,
      advice:
        'Let this user read and describe the topic: kafka-acls --add --allow-principal User:… --operation Read --operation DescribeConfigs --topic …',
    })
  }
  if (PASSING.has(code)) {
    return new HindcastError('remote-failed', message, {
      where,
      advice: 'Look at the brokers: kafka-topics --describe --topic …; then run again.',
    })
  }
  if (code === KAFKA.corruptMessage) {
    return new HindcastError('reply-invalid', `${message}: the records are damaged on its disk`, {
      where,
      advice: 'Restore the replica: delete the damaged segment on this broker, so that it is copied again.',
    })
  }
  return new HindcastError('reply-invalid', message, {
    where,
    advice: 'Look at the log of this broker for the reason.',
  })
}
