/**
 * A topic of Kafka as a `LiveSource` whose records librdkafka reads, in a process of its own: own positions, no group,
 * read_committed (its filter), each record by a batch whose CRC was checked.
 *
 *     read(p) ◄── rows p ◄─┐
 *     read(q) ◄── rows q ◄─┼─ columns ◄── reader process ◄── @confluentinc/kafka-javascript
 *                          └─ is it still that topic? ◄─────── questions of our own
 *
 * What it cannot say (ids of topics, which partition an error is about) is asked by connections of our own. So this is a
 * reader for those who trust librdkafka with their records, not a way to brokers that only librdkafka can log in to.
 *
 * Invariants: no offset is jumped over that has a committed record; records of a topic made anew are never taken for
 * those of this one; what waits in memory is bounded; the native part is in no process that runs lanes. Not kept, and
 * therefore said in `abilities` and docs/kafka.md: why an offset has no record is not told; a log that was cut and has grown
 * again is not seen, so a topic where that can happen is refused.
 */

import type { KafkaJob } from '../../job/index.ts'
import { checkElections, openClientSource } from '../client/index.ts'
import type { KafkaBounds } from '../kafka/index.ts'
import type { LiveSource } from '../source.ts'
import { AssignedReads } from './assigned-reads.ts'
import { clientSettings, TOPIC_SETTINGS } from './client-settings.ts'
import { checkInstalled } from './load-confluent.ts'
import type { ToReader } from './reader-messages.ts'

/**
 * Opens a topic. Secrets of `kafka` are open (`openedPlace`). The process is started by the first read. Raises as
 * `openKafkaSource` does, and `unsupported` where the package is not installed, the job has a setting that librdkafka cannot
 * keep to, or the topic allows elections that lose records.
 */
export async function openConfluentSource(
  kafka: KafkaJob,
  bounds: Partial<KafkaBounds> = {},
): Promise<LiveSource> {
  checkInstalled()
  return openClientSource(kafka, bounds, { crc: true, holes: false }, async questions => {
    const opening = openingOf(kafka, questions.bounds)
    await checkElections(questions, kafka.topic, 'librdkafka')
    return new AssignedReads(kafka.topic, opening, questions)
  })
}

/** What the reader process is told first. Raises `unsupported`. */
export function openingOf(kafka: KafkaJob, bounds: KafkaBounds): Extract<ToReader, { kind: 'open' }> {
  const { topic, sasl } = kafka
  return {
    kind: 'open',
    settings: clientSettings(kafka, bounds),
    topicSettings: TOPIC_SETTINGS,
    topic,
    token: sasl?.mechanism === 'OAUTHBEARER' ? (sasl.token ?? '') : null,
    openMs: bounds.openMs,
  }
}
