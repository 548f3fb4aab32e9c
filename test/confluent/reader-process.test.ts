/** The reader process by itself: what it says of offsets that are gone, of records it cannot use, and when it ends. */
import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import type { KafkaJob } from '../../src/job/index.ts'
import { openingOf } from '../../src/live/confluent/confluent-source.ts'
import { openConfluentSource } from '../../src/live/confluent/index.ts'
import { type Arrived, ReaderLink } from '../../src/live/confluent/reader-link.ts'
import type { ToReader } from '../../src/live/confluent/reader-messages.ts'
import { KAFKA_BOUNDS } from '../../src/live/kafka/bounds.ts'
import { waitFor } from '../harness/index.ts'
import { Followed } from '../system/kafka/followed.ts'
import { withKafka } from '../system/kafka/kafka-fixture.ts'

const kafka = withKafka()
const links: ReaderLink[] = []

afterEach(async () => {
  for (const link of links.splice(0)) await link.close()
})

const place = (topic: string): KafkaJob => ({
  client: 'confluent',
  topic,
  brokers: [...kafka.cluster.addresses],
  value: { kind: 'json' },
})

function opened(opening: Extract<ToReader, { kind: 'open' }>) {
  const ends: { code: number | null; message: string }[] = []
  const link = new ReaderLink(opening, {
    onReady: () => undefined,
    onArrival: () => undefined,
    onTrouble: () => undefined,
    onEnd: error => ends.push(error),
  })
  links.push(link)
  link.start()
  return { link, ends }
}

async function write(topic: string, count: number): Promise<void> {
  const messages = Array.from({ length: count }, (_, i) => ({ value: String(i), partition: 0 }))
  await (await kafka.producer()).send({ topic, messages })
}

/** Children of a process that run the reader, by /proc; ours have their entry in the command line. */
function readersOf(parent: number): number[] {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ')
  return children
    .filter(pid => pid !== '' && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('reader-process'))
    .map(Number)
}

const nextOf = (link: ReaderLink): Promise<Arrived> =>
  waitFor(async () => link.next(), { what: 'the reader process to say something', deadlineMs: 30_000 })

describe('the reader process', () => {
  it('says that an offset is gone or unwritten, and never goes on from another one', async () => {
    const topic = await kafka.newTopic(1)
    await write(topic, 50)
    await kafka.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '40' }] })
    const { link } = opened(openingOf(place(topic), KAFKA_BOUNDS))
    await waitFor(async () => link.isReady || null, { what: 'the reader process', deadlineMs: 30_000 })
    for (const offset of [10, 70]) {
      link.assign([{ partition: 0, offset }])
      expect(await nextOf(link)).toMatchObject({ kind: 'refused', code: -140 })
    }
    link.assign([{ partition: 0, offset: 45 }])
    expect(await nextOf(link)).toMatchObject({
      kind: 'records',
      parts: [{ partition: 0, rows: 5, offsetNext: 50 }],
    })
  })

  it('does not begin with settings that librdkafka does not know, and says why', async () => {
    const topic = await kafka.newTopic(1)
    const opening = openingOf(place(topic), KAFKA_BOUNDS)
    const { ends } = opened({ ...opening, settings: { ...opening.settings, 'no.such.setting': 1 } })
    await waitFor(async () => ends.length > 0 || null, { what: 'the end', deadlineMs: 30_000 })
    expect(ends).toEqual([
      { kind: 'failed', code: null, message: expect.stringContaining('no.such.setting') },
    ])
  })

  it('killed, it is started again: nothing is lost or had twice', async () => {
    const topic = await kafka.newTopic(1)
    await write(topic, 100)
    const source = await openConfluentSource(place(topic))
    try {
      const followed = await new Followed(source, 0).readAll(200)
      for (const pid of readersOf(process.pid)) process.kill(pid, 'SIGKILL')
      await write(topic, 100)
      await followed.readAll()
      expect(followed.records).toEqual(Array.from({ length: 200 }, (_, i) => `0:${i} ${i % 100}`))
    } finally {
      await source.close()
    }
    expect(readersOf(process.pid)).toEqual([])
  })
})
