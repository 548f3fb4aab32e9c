/**
 * The topics of the benchmark: one without compression, one with lz4, four partitions each, written by Kafka's own
 * ProducerPerformance from the same lines: JSON objects of six columns in 200 bytes.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KafkaCluster } from '../../test/stack/index.ts'
import { type JavaPerf, produced } from './java-perf.ts'

export const PARTITIONS = 4
export const VALUE_BYTES = 200
const LINES = 20_000

/** What the values are made of, as `columns:` of a job has it. */
export const COLUMNS = {
  event_id: 'int64',
  user: 'utf8',
  ts: 'int64',
  amount: 'float64',
  country: 'utf8',
  page: 'utf8',
} as const

export interface BenchTopic {
  readonly name: string
  readonly compression: 'none' | 'lz4'
  readonly records: number
}

export function topicsOf(records: number): readonly BenchTopic[] {
  return (['none', 'lz4'] as const).map(compression => ({
    name: `bench-${compression}-${records}`,
    compression,
    records,
  }))
}

/** Writes the topics that are not there yet; the answers of ProducerPerformance for those it wrote. */
export async function ensureTopics(
  cluster: KafkaCluster,
  tools: string,
  topics: readonly BenchTopic[],
  cache: string,
  say: (text: string) => void,
): Promise<readonly JavaPerf[]> {
  const lines = ensureLines(cache)
  const written: JavaPerf[] = []
  for (const topic of topics) {
    const marker = join(cluster.directory, `${topic.name}.written`)
    if (existsSync(marker)) continue
    say(`writing ${topic.records} records to ${topic.name} (once) …`)
    written.push(await produced(tools, cluster.addresses, topic, lines))
    writeFileSync(marker, '')
  }
  return written
}

/** A file of lines, which the producer takes at random. */
function ensureLines(cache: string): string {
  const path = join(cache, `kafka-values-${LINES}.jsonl`)
  if (existsSync(path)) return path
  mkdirSync(cache, { recursive: true })
  writeFileSync(path, `${Array.from({ length: LINES }, (_, i) => line(i)).join('\n')}\n`)
  return path
}

function line(i: number): string {
  const mixed = Math.imul(i + 1, 2654435761) >>> 0
  const event = {
    event_id: 1_000_000_000 + i,
    user: `u${mixed.toString(36)}`,
    ts: 1_700_000_000_000 + i * 137,
    amount: (mixed % 100_000) / 100 + 0.25,
    country: ['de', 'fr', 'us', 'cn', 'br'][mixed % 5]!,
    page: '',
  }
  const page = `/shop/${(mixed ^ 0x5bd1e995).toString(36)}/item/${i}?ref=${mixed.toString(16)}&from=`
  const short = JSON.stringify({ ...event, page })
  return JSON.stringify({ ...event, page: page.padEnd(page.length + VALUE_BYTES - short.length, 'mail-') })
}
