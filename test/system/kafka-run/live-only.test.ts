/**
 * Streams that are a live topic of a real broker and nothing else: watermarks (C2) with an empty partition, one of markers
 * alone, and hours between others; columns that the schema of the values tells.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import avsc from 'avsc'
import { expect, it } from 'vitest'
import { loadJob, plan, run } from '../../../src/index.ts'
import { readLines } from '../run/samples.ts'
import type { WorldEvent } from '../run/world.ts'
import { HOUR, START } from '../run/world.ts'
import { writeKafkaJob } from './archived-topic.ts'
import { placesOf, withKafka } from './kafka-fixture.ts'

const kafka = withKafka()
const PARTITION_OF: Readonly<Record<string, number>> = { early: 0, ahead: 1, aborted: 2, empty: 3 }

function eventsOf(key: string, fromMs: number, rows: number): WorldEvent[] {
  return Array.from({ length: rows }, (_, i) => ({
    id: 1000 * PARTITION_OF[key]! + i,
    key,
    timeMs: fromMs + 60_000 * i,
    value: i,
  }))
}

it('goes to the end of each partition by position, however far apart and however empty they are', async () => {
  const topic = await kafka.topic('skewed', { partitions: 4, partitionOf: ({ key }) => PARTITION_OF[key]! })
  const early = eventsOf('early', START, 300)
  const ahead = eventsOf('ahead', START + 6 * HOUR, 300)
  await topic.write(ahead)
  await topic.write(early, 'committed')
  await topic.write(eventsOf('aborted', START + 3 * HOUR, 10), 'aborted')
  const jobFile = writeKafkaJob(kafka.directory, 'skewed.yaml', topic, {
    history: null,
    seam: null,
    stream: {
      columns: { id: 'int64', k: 'utf8', t: 'int64', v: 'float64' },
      partitioner: 'murmur2',
    },
  })
  const directory = join(kafka.directory, 'skewed')
  const outcome = await run(await plan(await loadJob(jobFile)), { directory, lanes: 2 })
  expect(outcome).toMatchObject({ state: 'complete', rows: 600, late: 0, quarantined: 0 })
  const places = await placesOf(directory)
  expect(places[0]).toEqual(early.map(({ id }, offset) => `${id}@${offset}`))
  expect(places[1]).toEqual(ahead.map(({ id }, offset) => `${id}@${offset}`))
  expect(places.slice(2)).toEqual([[]])
})

it('says topic, partition and offset of what it sets aside', async () => {
  const topic = await kafka.topic('aside', { partitions: 1, partitionOf: () => 0 })
  const events = eventsOf('early', START, 4)
  await topic.write(events, 'plain', undefined, event =>
    event.id === 2 ? '{' : JSON.stringify({ id: event.id, k: event.key, t: event.timeMs, v: event.value }),
  )
  await topic.write([{ ...events[0]!, timeMs: START - HOUR }], 'plain')
  await topic.write([{ ...events[0]!, timeMs: START + 9 * HOUR }], 'plain', () => START)
  const jobFile = writeKafkaJob(kafka.directory, 'aside.yaml', topic, {
    history: null,
    seam: null,
    stream: { columns: { id: 'int64', k: 'utf8', t: 'int64', v: 'float64' } },
  })
  const directory = join(kafka.directory, 'aside')
  const outcome = await run(await plan(await loadJob(jobFile)), { directory, lanes: 1 })
  expect(outcome).toMatchObject({ rows: 3, late: 1, quarantined: 2 })
  const of = (offset: number) =>
    expect.objectContaining({ stream: 'events', topic: 'aside', partition: 0, offset })
  const parsed = (folder: 'late' | 'quarantine') =>
    readLines(directory, folder).map(line => JSON.parse(line) as unknown)
  expect(parsed('quarantine')).toEqual([of(5), of(2)])
  expect(parsed('late')).toEqual([of(4)])
})

it('takes columns from the schema of the values, which the plan pins', async () => {
  const topic = await kafka.topic('avro', { partitions: 1, partitionOf: () => 0 })
  const schema = {
    type: 'record',
    name: 'Click',
    fields: [
      { name: 'id', type: 'long' },
      { name: 'k', type: 'string' },
      { name: 't', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'v', type: ['null', 'double'], default: null },
    ],
  } as const
  const path = join(kafka.directory, 'click.avsc')
  writeFileSync(path, JSON.stringify(schema))
  const type = avsc.Type.forSchema(structuredClone(schema) as unknown as avsc.Schema)
  const events = eventsOf('early', START, 50)
  await topic.write(
    events,
    'plain',
    ({ timeMs }) => timeMs,
    ({ id, key, timeMs }) => type.toBuffer({ id, k: key, t: timeMs, v: id % 2 === 0 ? null : id }),
  )
  const jobFile = writeKafkaJob(kafka.directory, 'avro.yaml', topic, {
    history: null,
    live: {
      kafka: { brokers: topic.options.brokers, topic: 'avro', value: { avro: { schema: 'click.avsc' } } },
    },
    seam: null,
    stream: { time: { column: 't' } },
  })
  const pinned = await plan(await loadJob(jobFile))
  expect(pinned.streams[0]!.schema.map(({ name }) => name)).toEqual(['id', 'k', 't', 'v'])
  expect(pinned.streams[0]!.live!.valuePin).toMatch(/^sha256:/)
  const outcome = await run(pinned, { directory: join(kafka.directory, 'avro'), lanes: 1 })
  expect(outcome).toMatchObject({ rows: 50, quarantined: 0 })
  writeFileSync(path, JSON.stringify({ ...schema, fields: schema.fields.slice(0, 3) }))
  const again = run(pinned, { directory: join(kafka.directory, 'avro-again'), lanes: 1 })
  await expect(again).rejects.toMatchObject({ code: 'file-changed', where: { topic: 'avro' } })
})
