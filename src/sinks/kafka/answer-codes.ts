/**
 * Error codes that brokers give to a producer, and what each means for the sink: one total function.
 *
 *     again     leaders move, brokers restart, a transaction is still being ended: discard, begin anew, ask what is true
 *     fenced    a newer producer has this transactional id; only the coordinator's word to InitProducerId counts
 *     refused   the topic will never take this: `sink-refused`
 *     denied    `access-denied`
 *
 * Source: Apache Kafka, `org.apache.kafka.common.protocol.Errors`, and what its TransactionManager does about each.
 */

import { protocolErrors } from '@platformatic/kafka'
import { type ErrorWhere, HindcastError } from '../../errors.ts'

export const CODES = {
  none: 0,
  unknownTopic: 3,
  messageTooLarge: 10,
  topicExists: 36,
  invalidTransactionState: 48,
  concurrentTransactions: 51,
} as const

type Meaning = 'again' | 'fenced' | 'refused' | 'denied'

const FENCED: ReadonlySet<number> = new Set([
  47, // INVALID_PRODUCER_EPOCH
  49, // INVALID_PRODUCER_ID_MAPPING
  90, // PRODUCER_FENCED
])
const DENIED: ReadonlySet<number> = new Set([
  29, // TOPIC_AUTHORIZATION_FAILED
  31, // CLUSTER_AUTHORIZATION_FAILED
  53, // TRANSACTIONAL_ID_AUTHORIZATION_FAILED
  54, // SECURITY_DISABLED
  58, // SASL_AUTHENTICATION_FAILED
])
const REFUSED: ReadonlySet<number> = new Set([
  10, // MESSAGE_TOO_LARGE
  17, // INVALID_TOPIC_EXCEPTION
  18, // RECORD_LIST_TOO_LARGE
  21, // INVALID_REQUIRED_ACKS
  32, // INVALID_TIMESTAMP
  35, // UNSUPPORTED_VERSION
  38, // INVALID_REPLICATION_FACTOR
  40, // INVALID_CONFIG
  43, // UNSUPPORTED_FOR_MESSAGE_FORMAT
  44, // POLICY_VIOLATION
  50, // INVALID_TRANSACTION_TIMEOUT
  87, // INVALID_RECORD
])

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(protocolErrors).map(([name, { code }]) => [code, name]),
)

export function meaningOf(code: number): Meaning {
  if (FENCED.has(code)) return 'fenced'
  if (DENIED.has(code)) return 'denied'
  return REFUSED.has(code) ? 'refused' : 'again'
}

/** The name of a code, as Kafka's own logs write it. */
export function codeName(code: number): string {
  return NAMES.get(code) ?? `error ${code}`
}

/** A code as one of our errors; `again` becomes `remote-failed`. `what` was asked, as in "Produce". */
export function answered(
  code: number,
  what: string,
  where: ErrorWhere,
  said: string | null = null,
): HindcastError {
  const message = `the cluster of the sink answers ${codeName(code)} to ${what}${said === null ? '' : ` (${said})`}`
  switch (meaningOf(code)) {
    case 'fenced':
      return new HindcastError('sink-fenced', `${message}: a newer process writes to this partition`, {
        where,
        advice:
          'Find the other process that writes this topic, and run this one again only when that has ended. If there is none, this one stood still for minutes in a transaction: run it again.',
      })
    case 'denied':
      return new HindcastError('access-denied', message, {
        where,
        advice:
          'Let this user write and describe the topic and <topic>.hindcast, and use transactional ids that begin with hindcast.: kafka-acls --add --operation Write …',
      })
    case 'refused':
      return new HindcastError('sink-refused', message, {
        where,
        advice:
          ADVICE.get(code) ?? 'Look at the settings of the topic: kafka-configs --describe --all --topic …',
      })
    case 'again':
      return new HindcastError('remote-failed', message, {
        where,
        advice: 'Look at the brokers: kafka-topics --describe --topic …; then run the same command again.',
      })
  }
}

const ADVICE: ReadonlyMap<number, string> = new Map([
  [10, 'Set max.message.bytes of the topic higher, or leave columns out: output.columns.'],
  [
    32,
    'The topic refuses the time of an event: set message.timestamp.type=CreateTime and higher message.timestamp.before.max.ms and after.max.ms.',
  ],
  [50, 'Set transaction.max.timeout.ms of the brokers to at least 180000.'],
])
