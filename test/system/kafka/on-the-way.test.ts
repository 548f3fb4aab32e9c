/**
 * What goes wrong between a client and a broker: every connection goes through a proxy that cuts, delays and changes
 * replies. What is read is the same, once and in order; where that cannot be, the error says so.
 */
import { afterAll, describe, expect, it } from 'vitest'
import { type Fault, FaultProxy } from '../../harness/fault-proxy.ts'
import { freePort } from '../../harness/index.ts'
import { Followed, readTopic, sorted } from './followed.ts'
import { withKafka } from './kafka-fixture.ts'

const QUICK = { silenceMs: 1000, connectMs: 2000, deadlineMs: 60_000, openMs: 30_000, metadataMs: 1000 }
const PARTITIONS = 3
const RECORDS = 3000

describe('a topic behind a line with faults', () => {
  let proxy: FaultProxy | null = null
  const kafka = withKafka({
    listeners: async () => {
      const port = await freePort()
      proxy = await FaultProxy.start({ host: '127.0.0.1', port })
      const advertised = `127.0.0.1:${proxy.port}`
      return { extra: [{ name: 'PROXIED', protocol: 'PLAINTEXT', port, advertised }], properties: {} }
    },
  })

  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]()
  })

  async function topicOfRecords(): Promise<string> {
    const topic = await kafka.newTopic(PARTITIONS)
    const producer = await kafka.producer()
    for (let batch = 0; batch < 10; batch++) {
      const messages = Array.from({ length: RECORDS / 10 }, (_, i) => ({
        value: `${batch}.${i}.${'y'.repeat(i)}`,
        partition: i % PARTITIONS,
      }))
      await producer.send({ topic, messages })
    }
    return topic
  }

  const open = (topic: string) => kafka.open(topic, { brokers: [`127.0.0.1:${proxy!.port}`] }, QUICK)

  const FAULTS: readonly (readonly [string, Fault])[] = [
    ['cut before a reply', { kind: 'cut', at: 0 }],
    ['cut in the head of a reply', { kind: 'cut', at: 6 }],
    ['cut among the first replies', { kind: 'cut', at: 700 }],
    ['cut in the records', { kind: 'cut', at: 60_000 }],
    ['hanging from the start', { kind: 'hang', at: 0 }],
    ['hanging in the records', { kind: 'hang', at: 30_000 }],
    ['dripping', { kind: 'drip', at: 2000, everyMs: 20 }],
  ]

  it.each(FAULTS)('connections that are %s: all, once, in order', async (_, fault) => {
    const topic = await topicOfRecords()
    let faults = 0
    proxy!.plan = () => (faults++ % 2 === 0 ? fault : null)
    try {
      const found = await readTopic(await open(topic))
      expect(faults).toBeGreaterThan(1)
      expect(new Set(found).size).toBe(found.length)
      expect(sorted(found)).toEqual(sorted(await kafka.committed(topic, RECORDS)))
    } finally {
      proxy!.plan = () => null
    }
  })

  it('a byte that turns over on its way never becomes a value', async () => {
    const topic = await topicOfRecords()
    const written = new Set((await kafka.committed(topic, RECORDS)).map(valueIn))
    let ended = 0
    for (let at = 0; at < 80_000; at = at < 1000 ? at + 97 : at + 9973) {
      let connections = 0
      proxy!.plan = () => (connections++ === at % 4 ? { kind: 'flip', at } : null)
      try {
        const followed = new Followed(await open(topic), at % PARTITIONS)
        await followed.readTo(RECORDS / PARTITIONS).catch((error: unknown) => failed(error))
        expect(followed.records.map(valueIn).filter(value => !written.has(value))).toEqual([])
      } catch (error) {
        failed(error)
      } finally {
        proxy!.plan = () => null
      }
    }
    expect(ended).toBeLessThan(20)

    function failed(error: unknown): void {
      ended++
      expect(KNOWN).toContain((error as { code: string }).code)
    }
  })

  function valueIn(record: string): string {
    return record.slice(record.indexOf(' ') + 1)
  }

  /** A flipped host, id or code is what the broker said, as far as anyone can tell. */
  const KNOWN = [
    'reply-invalid',
    'limit-passed',
    'remote-failed',
    'access-denied',
    'unsupported',
    'file-changed',
    'job-invalid',
    'redirect-refused',
    'offset-out-of-range',
    'topic-grown',
    'topic-truncated',
  ]

  it('a line that stays dead is told with broker and partition, after the deadline', async () => {
    const topic = await topicOfRecords()
    let connections = 0
    proxy!.plan = () => ({ kind: 'cut', at: connections++ < 2 ? 20_000 : 0 })
    const access = { brokers: [`127.0.0.1:${proxy!.port}`] }
    try {
      const source = await kafka.open(topic, access, { ...QUICK, deadlineMs: 3000 })
      await expect(new Followed(source, 1).readTo(RECORDS)).rejects.toMatchObject({
        code: 'remote-failed',
        message: expect.stringContaining('3 s'),
        where: { topic, partition: 1, uri: access.brokers[0] },
      })
    } finally {
      proxy!.plan = () => null
    }
  })
})
