/**
 * A topic that a sink has archived as Kafka Connect lays it out, and that goes on: a day of events in chunks, some in
 * transactions, some of those aborted, so that offsets have holes in the files, at their end and behind it.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { partitionOfKey } from '../../../src/core/order/index.ts'
import { seededRandom } from '../run/seeded-random.ts'
import type { WorldEvent } from '../run/world.ts'
import { copyToParquet, DISORDER, START } from '../run/world.ts'
import type { ChunkKind, KafkaTopic, PlacedEvent } from './kafka-topic.ts'

export const PARTITIONS = 3
const KEYS = 40
const COLUMNS = `{id: 'BIGINT', k: 'VARCHAR', t: 'BIGINT', v: 'DOUBLE', o: 'BIGINT'}`

export interface Chunk {
  readonly kind: ChunkKind
  readonly events: readonly WorldEvent[]
}

export function partitionOf(event: Pick<WorldEvent, 'key'>): number {
  return partitionOfKey(Buffer.from(event.key), 'murmur2', PARTITIONS)
}

/** A day of events in chunks of about a hundred, out of order by less than the disorder; the aborted are beside them. */
export function chunksOf(seed: number, rows: number): Chunk[] {
  const random = seededRandom(seed)
  const eventAt = (id: number, timeMs: number): WorldEvent => {
    return { id, key: `k${Math.floor(random() * KEYS)}`, timeMs, value: id / 8 }
  }
  const inOrder = Array.from({ length: rows }, (_, id) => {
    const event = eventAt(id, START + 1000 * Math.floor(random() * 86_400))
    return { event, at: event.timeMs + (DISORDER - 1) * random() }
  })
    .toSorted((a, b) => a.at - b.at)
    .map(({ event }) => event)
  const chunks: Chunk[] = []
  for (let from = 0; from < rows; ) {
    const events = inOrder.slice(from, from + 50 + Math.floor(random() * 100))
    from += events.length
    chunks.push({ kind: random() < 0.5 ? 'committed' : 'plain', events })
    if (random() < 0.3) {
      const ghosts = Array.from({ length: 20 }, (_, i) => eventAt(-1 - from - i, events[0]!.timeMs))
      chunks.push({ kind: 'aborted', events: ghosts })
    }
  }
  return chunks
}

export async function writeChunks(topic: KafkaTopic, chunks: readonly Chunk[]): Promise<void> {
  for (const { kind, events } of chunks) await topic.write(events, kind)
}

/** Writes what `take` lets through, cut into `files` files a partition, with the offset of each row in column `o`. */
export async function archive(
  directory: string,
  folder: string,
  topic: KafkaTopic,
  files: number,
  take: (event: PlacedEvent) => boolean = () => true,
): Promise<void> {
  for (const [partition, records] of topic.records.entries()) {
    const rows = records.filter(take)
    for (let f = 0; f < files; f++) {
      const [from, to] = [f, f + 1].map(n => Math.floor((n * rows.length) / files)) as [number, number]
      const part = rows.slice(from, to)
      if (part.length === 0) continue
      const ends = [part[0]!.offset, part.at(-1)!.offset].map(offset => String(offset).padStart(10, '0'))
      const name = `${folder}/partition=${partition}/${topic.options.topic}+${partition}+${ends.join('+')}`
      const lines = part.map(({ id, key, timeMs, value, offset }) => {
        return { id, k: key, t: timeMs, v: value, o: offset }
      })
      await copyToParquet(directory, name, lines, COLUMNS, 2048)
    }
  }
}

export interface JobParts {
  readonly history?: Readonly<Record<string, unknown>> | null
  readonly live?: Readonly<Record<string, unknown>> | null
  readonly seam?: Readonly<Record<string, unknown>> | null
  readonly stream?: Readonly<Record<string, unknown>>
}

/** Writes a job over the archive and the topic, and returns its path. */
export function writeKafkaJob(directory: string, name: string, topic: KafkaTopic, parts: JobParts): string {
  const { brokers, topic: topicName, partitions } = topic.options
  const events = {
    key: ['k'],
    time: { column: 't', unit: 'ms' },
    partitions,
    disorder: '5m',
    ...(parts.history === null ? {} : { history: { files: 'history', offsetColumn: 'o', ...parts.history } }),
    ...(parts.live === null
      ? {}
      : { live: { kafka: { brokers, topic: topicName, value: 'json' }, stop: 'caught-up', ...parts.live } }),
    ...(parts.seam === null ? {} : { seam: { by: 'offset', ...parts.seam } }),
    ...parts.stream,
  }
  const job = {
    name: 'kafka-run',
    streams: { events },
    output: { directory: 'out', slice: '6h', columns: ['id', 'k', 't', 'v'] },
  }
  const path = join(directory, name)
  writeFileSync(path, JSON.stringify(job, null, 2))
  return path
}
