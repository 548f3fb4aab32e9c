/**
 * A job's Kafka as settings of librdkafka (its CONFIGURATION.md). Pure; what it has no setting for is refused.
 *
 * Invariants: no group is joined and nothing is committed; an offset that is gone is an error, never a jump; CRCs are checked.
 */

import { HindcastError } from '../../errors.ts'
import type { KafkaJob } from '../../job/index.ts'
import { LIMITS } from '../../limits.ts'
import type { KafkaBounds } from '../kafka/index.ts'

/**
 * Settings of topics. They are no part of those of the client: given there, the binding drops them without a word, and
 * librdkafka passes from an offset that is gone to the end of the partition.
 */
export const TOPIC_SETTINGS: ClientSettings = { 'auto.offset.reset': 'error' }

export type ClientSettings = Readonly<Record<string, string | number | boolean>>

/** It cannot be assigned partitions without one; nobody joins it. */
const NO_GROUP = 'hindcast-never-joined'
/** How long a broker keeps a fetch that finds nothing, ms: so long a new assignment may have to wait. */
const FETCH_WAIT_MS = 100
/** A full queue is looked at again after so long, ms: by default a second, in which nothing would be fetched. */
const QUEUE_AGAIN_MS = 20
/** It takes no less, ms. */
const SETUP_MS_MIN = 1000
const KIB = 1024

/** Secrets of `kafka` are open, and are in what it gives. Raises `unsupported`. */
export function clientSettings(
  kafka: KafkaJob,
  { connectMs, silenceMs, metadataMs }: KafkaBounds,
): ClientSettings {
  refuse(kafka)
  return {
    'metadata.broker.list': kafka.brokers.join(','),
    'client.id': 'hindcast',
    'group.id': NO_GROUP,
    'enable.auto.commit': false,
    'enable.auto.offset.store': false,
    'allow.auto.create.topics': false,
    'enable.partition.eof': true,
    'isolation.level': 'read_committed',
    'check.crcs': true,
    'fetch.wait.max.ms': FETCH_WAIT_MS,
    'fetch.error.backoff.ms': 100,
    'fetch.queue.backoff.ms': QUEUE_AGAIN_MS,
    'fetch.max.bytes': LIMITS.kafkaFetchBytes,
    'max.partition.fetch.bytes': LIMITS.kafkaPartitionFetchBytes,
    'receive.message.max.bytes': LIMITS.kafkaFetchReplyBytesMax,
    'queued.max.messages.kbytes': LIMITS.kafkaFetchBytes / KIB,
    'socket.connection.setup.timeout.ms': Math.max(SETUP_MS_MIN, connectMs),
    'socket.timeout.ms': Math.max(silenceMs, 10 * FETCH_WAIT_MS),
    'reconnect.backoff.ms': 100,
    'reconnect.backoff.max.ms': 1000,
    'topic.metadata.refresh.interval.ms': metadataMs,
    ...securityOf(kafka),
  }
}

function securityOf({ tls, sasl }: KafkaJob): ClientSettings {
  const protocol = `${sasl === undefined ? '' : 'sasl_'}${tls === undefined ? 'plaintext' : 'ssl'}`
  const settings: Record<string, string> = { 'security.protocol': protocol }
  if (tls?.ca !== undefined) settings['ssl.ca.location'] = tls.ca
  if (tls?.cert !== undefined) settings['ssl.certificate.location'] = tls.cert
  if (tls?.key !== undefined) settings['ssl.key.location'] = tls.key
  if (tls !== undefined) settings['ssl.endpoint.identification.algorithm'] = 'https'
  if (sasl !== undefined) settings['sasl.mechanisms'] = sasl.mechanism
  if (sasl?.username !== undefined) settings['sasl.username'] = sasl.username
  if (sasl?.password !== undefined) settings['sasl.password'] = sasl.password
  return settings
}

/** librdkafka opens its sockets itself, and nobody is asked. */
function refuse({ topic, tls, advertised }: KafkaJob): void {
  const [setting, why] =
    advertised !== undefined
      ? ['advertised', 'librdkafka connects to whatever host a broker names']
      : tls?.serverName !== undefined
        ? ['tls.serverName', 'librdkafka takes a certificate for the host that it connects to only']
        : []
  if (setting === undefined) return
  throw new HindcastError('unsupported', `\`client: confluent\` cannot keep to \`${setting}\`: ${why}`, {
    where: { topic },
    advice: `Leave \`client\` or \`${setting}\` out.`,
  })
}
