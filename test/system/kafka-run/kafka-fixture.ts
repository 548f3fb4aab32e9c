/** A real Kafka of one broker for a test file, topics of it, and what runs over them wrote. */

import { join } from 'node:path'
import { Admin as WireAdmin } from '@platformatic/kafka'
import { afterAll, beforeAll } from 'vitest'
import type { Schema } from '../../../src/core/batch/index.ts'
import { valueAt } from '../../../src/core/batch/index.ts'
import { createDigest } from '../../../src/core/digest/index.ts'
import { createSha256 } from '../../../src/lanes/index.ts'
import { readManifest } from '../../../src/run/manifest.ts'
import { readSamples } from '../../../src/sinks/index.ts'
import { makeTempDirectory, removeTempDirectory } from '../../harness/index.ts'
import { type KafkaCluster, startKafka } from '../../stack/index.ts'
import { needStack } from '../../stack/need-stack.ts'
import type { WorldEvent } from '../run/world.ts'
import { PARTITIONS, partitionOf } from './archived-topic.ts'
import { type KafkaTopic, openTopic } from './kafka-topic.ts'

const START_MS = 240_000

export interface KafkaFixture {
  readonly cluster: KafkaCluster
  /** For jobs, files and runs of the test file. */
  readonly directory: string
  /** A topic with the partitions of `archived-topic.ts`; closed with the cluster. */
  topic(name: string, options?: TopicForm): Promise<KafkaTopic>
}

/** Deletes the records before these offsets, by partition, as retention does. */
export async function deleteBefore(topic: KafkaTopic, offsets: readonly number[]): Promise<void> {
  const admin = new WireAdmin({ clientId: 'test', bootstrapBrokers: [...topic.options.brokers] })
  try {
    const partitions = offsets.map((offset, partition) => ({ partition, offset: BigInt(offset) }))
    await admin.deleteRecords({ topics: [{ name: topic.options.topic, partitions }] })
  } finally {
    await admin.close()
  }
}

export interface TopicForm {
  readonly partitions?: number
  readonly partitionOf?: (event: WorldEvent) => number
  readonly config?: Readonly<Record<string, string>>
}

/**
 * For the top of a test file: the broker is there in its tests, which are skipped aloud where it cannot be. `more`:
 * properties of the broker.
 */
export function withKafka(more: Readonly<Record<string, string>> = {}): KafkaFixture {
  const isThere = needStack()
  const directory = makeTempDirectory()
  const topics: KafkaTopic[] = []
  let cluster: KafkaCluster | null = null

  beforeAll(async () => {
    // a compacted topic is cleaned as soon as there is something to clean
    const properties = { 'log.cleaner.backoff.ms': 100, 'log.segment.delete.delay.ms': 0, ...more }
    if (isThere) cluster = await startKafka({ directory: join(directory, 'kafka'), properties })
  }, START_MS)

  afterAll(async () => {
    for (const topic of topics) await topic.close()
    await cluster?.stop()
    removeTempDirectory(directory)
  }, START_MS)

  return {
    directory,
    get cluster() {
      return cluster!
    },
    async topic(name, form = {}) {
      const brokers = cluster!.addresses
      const topic = await openTopic({ brokers, topic: name, partitions: PARTITIONS, partitionOf, ...form })
      topics.push(topic)
      return topic
    },
  }
}

const PLACE = [
  { name: 'id', type: { name: 'int64' } },
  { name: '_source_offset', type: { name: 'int64' } },
] as const satisfies Schema

/** `id@offset` of the samples of each partition, in the order of the output; a null offset is `null`. */
export async function placesOf(run: string): Promise<string[][]> {
  const places: string[][] = Array.from({ length: PARTITIONS }, () => [])
  for (const { partitions } of readManifest(run)!.slices) {
    for (const { partition, path } of partitions) {
      if (path === null) continue
      for await (const batch of readSamples(join(run, path), PLACE)) {
        for (let row = 0; row < batch.rows; row++) {
          const [id, offset] = PLACE.map(({ type }, c) => valueAt(batch.columns[c]!, type, row))
          places[partition]!.push(`${id}@${offset}`)
        }
      }
    }
  }
  return places
}

/** One digest a slice and partition over the columns that a run with a live side and one without both write. */
export async function commonDigests(run: string): Promise<Record<string, string>> {
  const schema: Schema = [
    PLACE[0],
    { name: 'k', type: { name: 'utf8' } },
    { name: 't', type: { name: 'int64' } },
    { name: 'v', type: { name: 'float64' } },
    { name: '_partition', type: { name: 'int32' } },
    { name: '_offset', type: { name: 'int64' } },
  ]
  const digests: Record<string, string> = {}
  for (const { slice, partitions } of readManifest(run)!.slices) {
    for (const { partition, path } of partitions) {
      if (path === null) continue
      const digest = createDigest(schema, createSha256)
      for await (const batch of readSamples(join(run, path), schema)) digest.add(batch)
      digests[`${slice}/${partition}`] = digest.finish()
    }
  }
  return digests
}
