/** What no real broker does: replies that lie. Each ends in a typed error, in bounded time and memory. */
import { describe, expect, it } from 'vitest'
import type { KafkaSasl } from '../../../../src/job/index.ts'
import { openKafkaSource } from '../../../../src/live/kafka/index.ts'
import type { LiveSource } from '../../../../src/live/source.ts'
import { waitFor } from '../../../harness/index.ts'
import {
  type Answer,
  API,
  type Asked,
  apiVersions,
  frameOf,
  HostileBroker,
  metadata,
  TOPIC_ID,
} from './hostile-broker.ts'

const QUICK = { connectMs: 1000, openMs: 500, silenceMs: 300, deadlineMs: 600 }

async function failureOf(answer: (asked: Asked) => Answer | undefined, sasl?: KafkaSasl): Promise<unknown> {
  await using broker = await HostileBroker.start()
  broker.answer = answer
  // Awaited here: the broker goes when this returns.
  return await open(broker, sasl).then(
    async source => {
      await source.close()
      return 'it opened'
    },
    (error: unknown) => error,
  )
}

function open(broker: HostileBroker, sasl?: KafkaSasl, bounds = {}): Promise<LiveSource> {
  const job = { brokers: [broker.address], topic: 't', client: 'native', value: { kind: 'json' } } as const
  return openKafkaSource({ ...job, ...(sasl === undefined ? {} : { sasl }) }, { ...QUICK, ...bounds })
}

const SCRAM: KafkaSasl = { mechanism: 'SCRAM-SHA-256', username: 'user', password: 'sesame-open' }

describe('a broker that lies', () => {
  it('a good one opens', async () => {
    await using broker = await HostileBroker.start()
    const source = await open(broker)
    expect(source).toMatchObject({ partitions: 1, id: 'cluster/ASNFZ4mrze8BI0VniavN7w' })
    await source.close()
  })

  it.each([
    ['a reply of 2 GiB', { frame: Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 1]) }, 'limit-passed'],
    ['a reply of a negative size', { frame: Buffer.from([0xff, 0xff, 0xff, 0xff]) }, 'reply-invalid'],
    ['an alert of TLS', { frame: Buffer.from([0x15, 3, 3, 0, 2, 2, 70]) }, 'access-denied'],
    ['HTTP', { frame: Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n') }, 'limit-passed'],
    ['nothing', null, 'remote-failed'],
    ['an empty body', Buffer.alloc(0), 'reply-invalid'],
    [
      'the answer to something else',
      { frame: frameOf({ apiKey: 18, correlation: 99 }, apiVersions()) },
      'reply-invalid',
    ],
    ['lists of 2^32 versions', Buffer.from([0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f]), 'reply-invalid'],
    ['no API that we know', apiVersions([]), 'unsupported'],
    ['only old versions', apiVersions([[API.metadata, 0, 9]]), 'unsupported'],
  ] as const)('that greets with %s', async (_, answer, code) => {
    const failure = await failureOf(({ apiKey }) => (apiKey === API.apiVersions ? answer : undefined))
    expect(failure).toMatchObject({ code, where: { uri: expect.stringMatching(/^127\.0\.0\.1:\d+$/) } })
  })

  it('any bit of its Metadata turned over, or any end cut off, is an error or a topic, and never a crash', async () => {
    await using broker = await HostileBroker.start()
    const whole = metadata(broker.port)
    const known = new Set([
      'it opened',
      'reply-invalid',
      'remote-failed',
      'redirect-refused',
      'access-denied',
      'limit-passed',
      'job-invalid',
    ])
    for (let at = 0; at < whole.length; at += 3) {
      const flipped = Buffer.from(whole)
      flipped[at]! ^= 0xff
      for (const bytes of [flipped, whole.subarray(0, at)]) {
        const code = await failureOf(({ apiKey }) => (apiKey === API.metadata ? bytes : undefined)).then(
          failure => (failure as { code?: string }).code ?? String(failure),
        )
        expect(known).toContain(code)
      }
    }
  })

  it('that leads to a link-local address', async () => {
    await using broker = await HostileBroker.start()
    broker.answer = ({ apiKey }) =>
      apiKey === API.metadata ? metadata(broker.port, { host: '169.254.169.254' }) : undefined
    const source = await open(broker)
    await expect(source.ends(0)).rejects.toMatchObject({ code: 'redirect-refused' })
    await expect(source.read({ partition: 0, offset: 0, bytesMax: 1, waitMs: 5000 })).rejects.toMatchObject({
      code: 'redirect-refused',
    })
    await source.close()
  })

  it.each([
    ['without a salt', 'r=NONCEx,i=4096', 'reply-invalid'],
    ['of no SCRAM at all', 'hello', 'reply-invalid'],
    ['that wants a thousand million iterations', 'r=NONCEx,s=YWJj,i=1000000000', 'access-denied'],
    ['that wants one iteration', 'r=NONCEx,s=YWJj,i=1', 'access-denied'],
  ])('that answers a login with a message %s', async (_, message, code) => {
    const failure = await failureOf(asked => {
      if (asked.apiKey === API.handshake) return Buffer.from([0, 0, 0, 0, 0, 0])
      if (asked.apiKey !== API.authenticate) return undefined
      const nonce = /r=([\w-]+)/.exec(asked.body.toString('latin1'))?.[1] ?? ''
      const text = Buffer.from(message.replace('NONCE', nonce))
      return Buffer.concat([Buffer.from([0, 0, 0, text.length + 1]), text, Buffer.alloc(9)])
    }, SCRAM)
    expect(failure).toMatchObject({ code })
    expect(JSON.stringify(failure) + String(failure)).not.toContain('sesame')
  })

  it('that has no such mechanism says what it has', async () => {
    const other = Buffer.concat([Buffer.from([0, 33, 0, 0, 0, 1, 0, 5]), Buffer.from('PLAIN')])
    const failure = await failureOf(({ apiKey }) => (apiKey === API.handshake ? other : undefined), SCRAM)
    expect(failure).toMatchObject({ code: 'access-denied', message: expect.stringContaining('PLAIN') })
  })

  it('SASL PLAIN without TLS is refused before anything is sent', async () => {
    await using broker = await HostileBroker.start()
    const sasl = { mechanism: 'PLAIN', username: 'u', password: 'sesame' } as const
    await expect(open(broker, sasl)).rejects.toMatchObject({ code: 'job-invalid' })
    expect(broker.asked).toEqual([])
  })

  describe('in its fetches', () => {
    it.each([
      ['nothing', null, 'remote-failed'],
      ['another topic', fetched({ topicId: TOPIC_ID.replace('0123', '9123') }), 'reply-invalid'],
      ['another partition', fetched({ partition: 3 }), 'reply-invalid'],
      ['records that are none', fetched({ records: Buffer.alloc(100, 0xee) }), 'reply-invalid'],
      ['corrupt', fetched({ errorCode: 2 }), 'reply-invalid'],
      ['not allowed', fetched({ errorCode: 29 }), 'access-denied'],
      ['not the leader, for ever', fetched({ errorCode: 6 }), 'remote-failed'],
      ['rubbish', Buffer.from('rubbish'), 'reply-invalid'],
    ])('%s', async (_, answer, code) => {
      await using broker = await HostileBroker.start()
      broker.answer = ({ apiKey }) => (apiKey === API.fetch ? answer : undefined)
      const source = await open(broker)
      try {
        const read = source.read({ partition: 0, offset: 5, bytesMax: 1, waitMs: 10_000 })
        await expect(read).rejects.toMatchObject({
          code,
          where: expect.objectContaining({ topic: 't', partition: 0 }),
        })
      } finally {
        await source.close()
      }
    })

    it('all brokers gone and back: it goes on soon, and looked at no time as if it were at its end', async () => {
      await using broker = await HostileBroker.start()
      let isDead = true
      broker.answer = ({ apiKey }) => {
        if (isDead && (apiKey === API.fetch || broker.asked.includes(API.fetch))) return null
        return apiKey === API.fetch ? fetched({}) : undefined
      }
      const source = await open(broker, undefined, { deadlineMs: 60_000 })
      const look = () => source.read({ partition: 0, offset: 100, bytesMax: 1, waitMs: 50 })
      // Nobody answers for as long as several rounds of questions take.
      const questions = () =>
        broker.asked.filter(key => key === API.metadata || key === API.apiVersions).length
      await waitFor(async () => (await look()).endOffset === Number.POSITIVE_INFINITY && questions() > 8, {
        what: 'rounds of questions without an answer',
        deadlineMs: 10_000,
      })
      isDead = false
      await waitFor(async () => (await look()).endOffset === 100, { what: 'the end', deadlineMs: 10_000 })
      await source.close()
    })

    it('all brokers silent: the deadline ends it, however long a round of questions takes', async () => {
      await using broker = await HostileBroker.start()
      const source = await open(broker, undefined, { silenceMs: 600, deadlineMs: 1500, metadataMs: 330 })
      broker.answer = () => null
      const read = source.read({ partition: 0, offset: 5, bytesMax: 1, waitMs: 15_000 })
      await expect(read).rejects.toMatchObject({ code: 'remote-failed', where: { topic: 't', partition: 0 } })
      await source.close()
    })

    it('a log that was cut: what was not handed out is fetched again, what was is named', async () => {
      await using broker = await HostileBroker.start()
      broker.answer = ({ apiKey }) => {
        if (apiKey !== API.fetch) return undefined
        return fetched({ diverging: { epoch: 3, endOffset: 4 } })
      }
      const source = await open(broker)
      const read = source.read({ partition: 0, offset: 9, bytesMax: 1, waitMs: 10_000 })
      await expect(read).rejects.toMatchObject({
        code: 'topic-truncated',
        message: expect.stringContaining('[4, 9)'),
        where: { topic: 't', partition: 0, offset: 4 },
      })
      await source.close()
    })
  })
})

interface FetchedForm {
  readonly topicId?: string
  readonly partition?: number
  readonly errorCode?: number
  readonly records?: Buffer
  readonly diverging?: { readonly epoch: number; readonly endOffset: number }
}

/** Body of a Fetch response, version 13. */
function fetched({
  topicId = TOPIC_ID,
  partition = 0,
  errorCode = 0,
  records,
  diverging,
}: FetchedForm): Buffer {
  const int32 = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(value)
    return bytes
  }
  const int64 = (value: number) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64BE(BigInt(value))
    return bytes
  }
  const tags =
    diverging === undefined
      ? Buffer.from([0])
      : Buffer.concat([
          Buffer.from([1, 0, 13]),
          int32(diverging.epoch),
          int64(diverging.endOffset),
          Buffer.from([0]),
        ])
  const bytes = records ?? Buffer.alloc(0)
  return Buffer.concat([
    int32(0),
    Buffer.from([0, 0]),
    int32(0),
    Buffer.from([2]),
    Buffer.from(topicId.replaceAll('-', ''), 'hex'),
    Buffer.from([2]),
    int32(partition),
    Buffer.from([0, errorCode]),
    int64(100),
    int64(100),
    int64(0),
    Buffer.from([1]),
    int32(-1),
    Buffer.from([bytes.length + 1]),
    bytes,
    tags,
    Buffer.from([0, 0]),
  ])
}
