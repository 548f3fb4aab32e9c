/**
 * A topic of Kafka as a `LiveSource` whose records kafkajs reads: own positions, no group, read_committed.
 *
 *     read(p) ◄── rows p ◄─┐
 *     read(q) ◄── rows q ◄─┼─ one fetch at a time a broker ◄── kafkajs (connections, decoding)
 *                          └─ is it still that topic? ◄─────── questions of our own
 *
 * What kafkajs cannot say (ids of topics, last stable offsets, leader epochs) is asked by connections of our own.
 *
 * Invariants: no offset is jumped over that has a committed record; records of a topic made anew are never taken for
 * those of this one; what waits in memory is bounded. Not kept, and therefore said in `abilities` and docs/kafka.md: no CRC
 * is checked; why an offset has no record is not told; a log that was cut and has grown again is not seen, so a topic
 * where that can happen is refused.
 */

import type { KafkaJob } from '../../job/index.ts'
import { checkElections, openClientSource } from '../client/index.ts'
import type { KafkaBounds } from '../kafka/index.ts'
import type { LiveSource } from '../source.ts'
import { ClusterFetches } from './cluster-fetches.ts'
import { KafkajsClient } from './kafkajs-client.ts'

/**
 * Opens a topic. Secrets of `kafka` are open (`openedPlace`). Raises as `openKafkaSource` does, and `unsupported` where
 * kafkajs is not installed, or the topic allows elections that lose records.
 */
export async function openKafkajsSource(
  kafka: KafkaJob,
  bounds: Partial<KafkaBounds> = {},
): Promise<LiveSource> {
  return openClientSource(kafka, bounds, { crc: false, holes: false }, async questions => {
    await checkElections(questions, kafka.topic, 'kafkajs')
    const client = await KafkajsClient.open(kafka, questions.bounds)
    return new ClusterFetches(kafka.topic, client, questions)
  })
}
