/** The one way to open the live side of a stream, whatever it is, and to ask where a topic ends. */

import { type KafkaAccess, type LivePlace, openedAccess, openedPlace } from '../job/index.ts'
import { openLogSource } from './embedded-log/index.ts'
import type { BrokerLinks, TopicEnds } from './kafka/index.ts'
import type { LiveSource } from './source.ts'

/**
 * Opens a log or a topic, the way a job says. References to secrets are opened here, so that a place can stand in a
 * plan. Raises `log-invalid`; for Kafka see `openKafkaSource`. The client library is loaded when it is first needed.
 */
export async function openLiveSource(live: LivePlace): Promise<LiveSource> {
  const place = openedPlace(live)
  if (place.kind === 'log') return openLogSource(place.directory)
  if (place.client === 'kafkajs') {
    const { openKafkajsSource } = await import('./kafkajs/index.ts')
    return openKafkajsSource(place)
  }
  if (place.client === 'confluent') {
    const { openConfluentSource } = await import('./confluent/index.ts')
    return openConfluentSource(place)
  }
  const { openKafkaSource } = await import('./kafka/index.ts')
  return openKafkaSource(place)
}

/** Where the partitions of a topic begin and end, and who leads them. Raises as `openKafkaSource` does. */
export async function topicEndsOf(access: KafkaAccess, topic: string): Promise<TopicEnds> {
  const { topicEnds } = await import('./kafka/index.ts')
  return topicEnds(openedAccess(access), topic)
}

/** Connections for whoever writes to a cluster. Raises as `openKafkaSource` does. */
export async function openBrokerLinks(access: KafkaAccess): Promise<BrokerLinks> {
  const kafka = await import('./kafka/index.ts')
  return kafka.BrokerLinks.open(openedAccess(access))
}
