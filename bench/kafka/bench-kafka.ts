/**
 * Live Kafka on one real broker of this machine: a topic of four partitions read to its end by Hindcast, by kafkajs and
 * by Kafka's own ConsumerPerformance, in turn, uncompressed and with lz4; then with each value decoded.
 *
 * Targets: 1.5 of Java's tool uncompressed, 1.1 with lz4 (its MB.sec, with start and join); with JSON into six columns
 * 350,000 records a second, and twice kafkajs with JSON.parse.
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureJars, type KafkaCluster, stackMissing, startKafka } from '../../test/stack/index.ts'
import { measure, median } from '../harness/measure.ts'
import { problemOf } from '../harness/problem.ts'
import type { BenchOptions, BenchReport } from '../harness/report.ts'
import type { Section } from '../harness/section.ts'
import { markdownTable, millions } from '../harness/table.ts'
import { consumed, type JavaConsumed } from './java-perf.ts'
import type { Reading, ReadResult } from './readers/reading.ts'
import { type BenchTopic, ensureTopics, PARTITIONS, topicsOf } from './topics.ts'

const RECORDS = 2_000_000
const QUICK_RECORDS = 400_000
const MB = 2 ** 20
const TARGETS = { none: 1.5, lz4: 1.1, decodedPerSecond: 350_000, kafkajs: 2 }

/** `quick`: fewer records. */
export async function benchKafka(options: BenchOptions, quick: boolean): Promise<BenchReport> {
  const title = 'Kafka'
  const missing = stackMissing()
  if (missing !== null) return { title, text: `skipped: ${missing}`, ok: true }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1)) // the broker ends with it
  const tools = await ensureJars('kafka-tools', { say: options.say })
  const cluster = await startKafka({
    directory: join(options.cache, 'kafka'),
    properties: { 'num.partitions': PARTITIONS },
    say: options.say,
  })
  try {
    const topics = topicsOf(quick ? QUICK_RECORDS : RECORDS)
    await ensureTopics(cluster, tools, topics, options.cache, options.say)
    const sections: Section[] = []
    for (const topic of topics) {
      const section = await benchRead({ cluster, tools, topic, rounds: Math.max(3, options.rounds) })
      options.say(section.text)
      sections.push(section)
    }
    const text = sections.map(section => section.text).join('\n\n')
    return { title, text, ok: sections.every(({ ok }) => ok) }
  } finally {
    await cluster.stop()
  }
}

interface ReadBench {
  readonly cluster: KafkaCluster
  readonly tools: string
  readonly topic: BenchTopic
  readonly rounds: number
}

async function benchRead({ cluster, tools, topic, rounds }: ReadBench): Promise<Section> {
  const reading: Omit<Reading, 'decodes'> = {
    brokers: cluster.addresses,
    topic: topic.name,
    partitions: PARTITIONS,
  }
  const own: ReadResult[] = []
  const ownDecoded: ReadResult[] = []
  const other: ReadResult[] = []
  const java: JavaConsumed[] = []
  for (let round = 0; round < rounds; round++) {
    own.push(await read('hindcast', { ...reading, decodes: false }))
    java.push(await consumed(tools, cluster.addresses, topic))
    ownDecoded.push(await read('hindcast', { ...reading, decodes: true }))
    other.push(await read('kafkajs', { ...reading, decodes: true }))
  }
  const { valueBytes } = own[0]!
  const all = [...own, ...ownDecoded, ...other]
  const isSame =
    all.every(result => result.records === topic.records && result.valueBytes === valueBytes) &&
    [...ownDecoded, ...other].every(({ idSum }) => idSum === ownDecoded[0]!.idSum)
  const perSecond = (results: readonly ReadResult[]): number =>
    topic.records / median(results.map(({ seconds }) => seconds))
  const javaPerSecond = median(java.map(({ mbPerSecond }) => mbPerSecond))
  const ownMb = (valueBytes / MB / topic.records) * perSecond(own)
  const ofJava = ownMb / javaPerSecond
  const ofOther = perSecond(ownDecoded) / perSecond(other)
  const row = (name: string, results: readonly ReadResult[]): string[] => [
    name,
    millions(perSecond(results)),
    ((valueBytes / MB / topic.records) * perSecond(results)).toFixed(0),
    millions(topic.records / median(results.map(({ cpuSeconds }) => cpuSeconds))),
  ]
  const javaRow = [
    "Java's ConsumerPerformance, values untouched",
    millions((javaPerSecond * MB * topic.records) / valueBytes),
    `${javaPerSecond.toFixed(0)} (fetch.MB.sec ${median(java.map(each => each.fetchMbPerSecond)).toFixed(0)})`,
    '–',
  ]
  const target = TARGETS[topic.compression]
  return {
    text: [
      `### ${topic.records} records, ${topic.compression === 'none' ? 'uncompressed' : topic.compression}`,
      markdownTable(
        ['', 'M records/s', 'MB/s of values', 'M records per CPU s'],
        [
          row('Hindcast, CRC checked, values untouched', own),
          javaRow,
          row('Hindcast, JSON into six columns', ownDecoded),
          row('kafkajs `eachBatch`, JSON.parse', other),
        ],
      ),
      `Hindcast reads ${ofJava.toFixed(2)}× as fast as Java's tool (target ${target}×); decoded, ${Math.round(perSecond(ownDecoded) / 1000)} k records/s (target ${TARGETS.decodedPerSecond / 1000} k) and ${ofOther.toFixed(2)}× kafkajs (target ${TARGETS.kafkajs}×). ${isSame ? 'All read the same.' : '**They do not read the same.**'}`,
    ].join('\n\n'),
    ok:
      isSame &&
      ofJava >= target &&
      perSecond(ownDecoded) >= TARGETS.decodedPerSecond &&
      ofOther >= TARGETS.kafkajs,
  }
}

async function read(reader: 'hindcast' | 'kafkajs', reading: Reading): Promise<ReadResult> {
  const program = fileURLToPath(new URL(`readers/${reader}.ts`, import.meta.url))
  const measured = await measure({ command: process.execPath, args: [program, JSON.stringify(reading)] })
  if (measured.code !== 0)
    throw new Error(`${reader} reading ${reading.topic}: ${problemOf(measured.stderr)}`)
  return JSON.parse(measured.stdout.trim().split('\n').at(-1)!) as ReadResult
}
