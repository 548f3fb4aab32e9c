/**
 * What kafkajs throws, as errors of ours; nothing of it is let out as it is. By name, not by class: another copy of kafkajs
 * may be loaded beside ours. No password or token is in its messages; what a server says in them is redacted.
 */

import { HindcastError } from '../../errors.ts'
import { redacted } from '../../files/index.ts'
import { kafkaError } from '../kafka/index.ts'

/** Fields of the errors of kafkajs. */
interface Thrown {
  readonly name?: string
  readonly message?: string
  /** `host:port` */
  readonly broker?: string
  /** Error code of Kafka's protocol; of a socket it is a text. */
  readonly code?: unknown
  readonly partition?: unknown
  readonly cause?: unknown
}

/** Nothing is wrong with what was asked: the connection, the broker or what is known of the cluster is. */
const PASSING: ReadonlySet<string> = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSLockTimeout',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSTopicMetadataNotLoaded',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSAggregateError',
])

/** The partition whose offset is out of range; null: something else is wrong. */
export function partitionOutOfRange(error: unknown): number | null {
  const { name, partition } = causeOf(error)
  return name === 'KafkaJSOffsetOutOfRange' && Number.isInteger(partition) ? (partition as number) : null
}

/** It is about the way to a broker, or who asks: whatever was asked of the broker would have failed. */
export function isOfConnection(error: unknown): boolean {
  const { name = '' } = causeOf(error)
  return PASSING.has(name) || name === 'KafkaJSSASLAuthenticationError'
}

/** `access-denied`, `remote-failed` for what passes, `unsupported`, and `reply-invalid` for what kafkajs cannot decode. */
export function clientFailure(error: unknown, broker: string): HindcastError {
  const thrown = causeOf(error)
  if (thrown instanceof HindcastError) return thrown
  const { name = '', message = '', code } = thrown
  const at = thrown.broker ?? broker
  const where = { uri: at }
  const said = redacted(message) || name
  if (PASSING.has(name)) {
    return new HindcastError('remote-failed', `broker ${at}: ${said}`, {
      where,
      advice: 'Check that the broker runs, and whether its port needs TLS or a login.',
    })
  }
  if (name === 'KafkaJSSASLAuthenticationError') {
    return new HindcastError('access-denied', `broker ${at} does not take the login: ${said}`, {
      where,
      advice: 'Check `sasl`: the mechanism that this port offers, the user and its secret.',
    })
  }
  if (name === 'KafkaJSServerDoesNotSupportApiKey' || name === 'KafkaJSNotImplemented') {
    return new HindcastError('unsupported', `kafkajs cannot ask broker ${at} for this: ${said}`, {
      where,
      advice: 'Leave `client` out: the reader of Hindcast itself may know it.',
    })
  }
  if (typeof code === 'number') return kafkaError(code, 'kafkajs', at, where)
  if (thrown instanceof RangeError && /call stack/.test(message)) {
    return new HindcastError('unsupported', 'a batch has more records than kafkajs can decode at once', {
      where,
      advice: 'Leave `client` out, or lower batch.size of the producer.',
    })
  }
  return new HindcastError('reply-invalid', `kafkajs cannot read what broker ${at} sent: ${said}`, {
    where,
    advice: 'Look at the segment with kafka-dump-log on the leader of the partition.',
    cause: error,
  })
}

/** What was wrong at first: kafkajs wraps what it has tried again. */
function causeOf(error: unknown): Thrown {
  let thrown = (error ?? {}) as Thrown
  for (let depth = 0; depth < 5; depth++) {
    const { name = '', cause } = thrown
    const isWrapper = name === 'KafkaJSNumberOfRetriesExceeded' || name === 'KafkaJSNonRetriableError'
    if (!isWrapper || typeof cause !== 'object' || cause === null) break
    thrown = cause as Thrown
  }
  return thrown
}
