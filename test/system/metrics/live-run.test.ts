/** Metrics of a run over a real topic, scraped while it runs: lag comes and goes, and the endpoint goes with the run. */

import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Child } from '../../harness/index.ts'
import { spawnHindcast, waitFor } from '../../harness/index.ts'
import { chunksOf, writeChunks, writeKafkaJob } from '../kafka-run/archived-topic.ts'
import { withKafka } from '../kafka-run/kafka-fixture.ts'

const kafka = withKafka()
const WAIT_MS = 60_000

type Scrape = ReadonlyMap<string, number>

/** `name{labels}` → value. */
async function scrape(url: string): Promise<Scrape> {
  const text = await (await fetch(url)).text()
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  )
}

function sumOf(found: Scrape, name: string): number {
  return [...found].reduce((sum, [key, value]) => (key.replace(/\{.*$/, '') === name ? sum + value : sum), 0)
}

async function metricsUrl(child: Child): Promise<string> {
  return waitFor(
    () => {
      if (!child.isRunning) throw new Error(child.describe())
      return /metrics: (http:\S+)/.exec(child.stderr)?.[1]
    },
    { what: 'the run to say where its metrics are', deadlineMs: WAIT_MS },
  )
}

it('tells lag, positions and watermarks of a live run, and is gone after it', async () => {
  const topic = await kafka.topic('watched')
  const chunks = chunksOf(20261123, 3000)
  await writeChunks(topic, chunks.slice(0, 10))
  const jobFile = writeKafkaJob(kafka.directory, 'watched.yaml', topic, {
    history: null,
    seam: null,
    live: { stop: 'never' },
    stream: { columns: { id: 'int64', k: 'utf8', t: 'int64', v: 'float64' }, partitioner: 'murmur2' },
  })
  const run = join(kafka.directory, 'watched')
  const child = spawnHindcast(['run', jobFile, '--run', run, '--metrics', '0', '--lanes', '2'], {
    deadlineMs: 180_000,
  })
  const url = await metricsUrl(child)
  const until = (what: string, isSo: (found: Scrape) => boolean): Promise<Scrape> =>
    waitFor(
      async () => {
        if (!child.isRunning) throw new Error(child.describe())
        const found = await scrape(url)
        return isSo(found) ? found : null
      },
      { what, deadlineMs: WAIT_MS },
    )
  const isAt = (found: Scrape, ends: readonly number[]): boolean =>
    ends.every((end, p) => {
      const labels = `{stream="events",partition="${p}"}`
      return (
        found.get(`hindcast_live_position${labels}`) === end &&
        found.get(`hindcast_live_lag_records${labels}`) === 0
      )
    })
  const early = await topic.ends()
  const first = await until('lag to fall to 0', found => isAt(found, early))
  const readFirst = topic.records.flat().length
  expect(sumOf(first, 'hindcast_live_records_total')).toBe(readFirst)

  await writeChunks(topic, chunks.slice(10))
  const ends = await topic.ends()
  // LIVE: newest time seen less the disorder, of each partition
  const watermarks = topic.records.map(
    records => (Math.max(...records.map(({ timeMs }) => timeMs)) - 300_000) / 1000,
  )
  const last = await until(
    'lag to fall to 0 again, and watermarks to follow',
    found =>
      isAt(found, ends) &&
      watermarks.every((seconds, p) => found.get(`hindcast_watermark_seconds{partition="${p}"}`) === seconds),
  )
  const records = topic.records.flat()
  expect(sumOf(last, 'hindcast_live_records_total')).toBe(records.length)
  const bytes = records.map(({ id, key, timeMs, value }) =>
    Buffer.byteLength(key + JSON.stringify({ id, k: key, t: timeMs, v: value })),
  )
  expect(sumOf(last, 'hindcast_live_fetch_bytes_total')).toBe(bytes.reduce((sum, length) => sum + length, 0))
  for (const name of [
    'hindcast_live_fetch_seconds_total',
    'hindcast_live_decode_seconds_total',
    'process_cpu_seconds_total',
  ])
    expect(sumOf(last, name)).toBeGreaterThan(0)
  expect(sumOf(last, 'hindcast_bad_records_total')).toBe(0)
  expect(sumOf(last, 'hindcast_rows_total')).toBeGreaterThan(0)
  expect(sumOf(last, 'hindcast_rows_total')).toBeLessThanOrEqual(records.length)

  child.kill('SIGINT')
  expect((await child.ended).code).toBe(130)
  await expect(fetch(url)).rejects.toThrow('fetch failed')
}, 240_000)

it('ends before it begins where the port is taken', async () => {
  const topic = await kafka.topic('port-taken')
  const jobFile = writeKafkaJob(kafka.directory, 'taken.yaml', topic, {
    history: null,
    seam: null,
    stream: { columns: { id: 'int64', k: 'utf8', t: 'int64', v: 'float64' }, partitioner: 'murmur2' },
  })
  const port = kafka.cluster.addresses[0]!.replace(/^.*:/, '')
  const run = join(kafka.directory, 'taken')
  const child = spawnHindcast(['run', jobFile, '--run', run, '--metrics', port])
  const ended = await child.ended
  expect(ended.code).toBe(2)
  expect(ended.stderr).toContain(
    `metrics cannot be served on 127.0.0.1, port ${port}: another process has it`,
  )
})
