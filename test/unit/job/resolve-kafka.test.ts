/** A topic as the live side: defaults, what goes together, and that no secret becomes part of the job. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { KafkaJob } from '../../../src/job/index.ts'
import { loadJob, openedAccess, openedPlace } from '../../../src/job/index.ts'
import { describeRefusals, LIVE, refusal, SEAM, useDirectory } from './refusal.ts'

const directory = useDirectory()
const ENV = { PASSWORD: 'hunter2', TOKEN: 'hunter3', EMPTY: '' }

const job = (more: string): string =>
  SEAM.replace('log: log', `kafka: { brokers: ["b:9092"], topic: t, ${more} }`)

async function kafkaOf(more: string): Promise<KafkaJob> {
  const { place } = (await loadJob(directory.write(job(more)), { env: ENV })).streams[0]!.live!
  if (place.kind === 'log') throw new Error('it is a topic')
  return place
}

describe('a topic', () => {
  it('has values of JSON, the native reader, no TLS and any advertised host', async () => {
    expect(await kafkaOf('')).toEqual({
      kind: 'kafka',
      brokers: ['b:9092'],
      topic: 't',
      client: 'native',
      value: { kind: 'json' },
    })
  })

  it('keeps what is said of TLS and hosts, with absolute paths', async () => {
    const tls = 'tls: { ca: ca.pem, cert: c.pem, key: k.pem, serverName: broker }, advertised: [.example.com]'
    expect(await kafkaOf(tls)).toMatchObject({
      tls: {
        ca: directory.path('ca.pem'),
        cert: directory.path('c.pem'),
        key: directory.path('k.pem'),
        serverName: 'broker',
      },
      advertised: ['.example.com'],
    })
    expect((await kafkaOf('tls: true')).tls).toEqual({})
    expect((await kafkaOf('tls: false')).tls).toBeUndefined()
  })

  it('takes brokers by name, IPv4 and IPv6', async () => {
    const text = job('').replace('"b:9092"', '"k-1.example.com:9092", "10.0.0.1:1", "[::1]:65535"')
    const { place } = (await loadJob(directory.write(text))).streams[0]!.live!
    expect(place).toMatchObject({ brokers: ['k-1.example.com:9092', '10.0.0.1:1', '[::1]:65535'] })
  })
})

describe('values', () => {
  const cases: [string, unknown][] = [
    ['json', { kind: 'json' }],
    ['raw', { kind: 'raw', value: 'value' }],
    ['{ raw: { value: v, key: k, timestamp: ts } }', { kind: 'raw', value: 'v', key: 'k', timestamp: 'ts' }],
    ['{ avro: { schema: /s/e.avsc } }', { kind: 'avro', schema: { from: 'file', path: '/s/e.avsc' } }],
    [
      '{ avro: { registry: "https://r/" } }',
      { kind: 'avro', schema: { from: 'registry', url: 'https://r' } },
    ],
    [
      '{ protobuf: { proto: /s/e.proto, message: a.B } }',
      { kind: 'protobuf', schema: { from: 'proto', path: '/s/e.proto', message: 'a.B' } },
    ],
    [
      '{ protobuf: { descriptor: /s/e.desc, message: a.B } }',
      { kind: 'protobuf', schema: { from: 'descriptor', path: '/s/e.desc', message: 'a.B' } },
    ],
    [
      '{ protobuf: { registry: "https://r", username: u, password: "${env:PASSWORD}", ca: /c.pem } }',
      {
        kind: 'protobuf',
        schema: {
          from: 'registry',
          url: 'https://r',
          username: 'u',
          password: '${env:PASSWORD}',
          ca: '/c.pem',
        },
      },
    ],
  ]
  it.each(cases)('%s', async (text, expected) => {
    expect((await kafkaOf(`value: ${text}`)).value).toEqual(expected)
  })
})

describe('secrets', () => {
  const sasl = 'sasl: { mechanism: SCRAM-SHA-512, username: u, password: "${env:PASSWORD}" }'

  it('are references in the job, and read where a connection is opened', async () => {
    const kafka = await kafkaOf(sasl)
    expect(kafka.sasl).toEqual({
      mechanism: 'SCRAM-SHA-512',
      username: 'u',
      password: '${env:PASSWORD}',
    })
    process.env.PASSWORD = 'of-today'
    try {
      expect(openedAccess(kafka).sasl?.password).toBe('of-today')
      expect(openedPlace({ kind: 'kafka', ...kafka })).toMatchObject({ sasl: { password: 'of-today' } })
    } finally {
      delete process.env.PASSWORD
    }
    expect(() => openedAccess(kafka)).toThrow(expect.objectContaining({ code: 'secret-missing' }))
  })

  it('of a file are found from wherever the plan is run', async () => {
    directory.write('hunter4\n', 'secret.txt')
    const kafka = await kafkaOf('tls: true, sasl: { mechanism: OAUTHBEARER, token: "${file:secret.txt}" }')
    expect(kafka.sasl?.token).toBe(`\${file:${join(directory.path(''), 'secret.txt')}}`)
    expect(openedAccess(kafka).sasl?.token).toBe('hunter4')
  })

  it.each([
    'sasl: { mechanism: SCRAM-SHA-512, username: u, password: hunter2 }',
    'sasl: { mechanism: SCRAM-SHA-512, username: u, password: 1234567 }',
    'sasl: { mechanism: SCRAM-SHA-512, username: u, password: "x${env:PASSWORD}" }',
    'tls: true, sasl: { mechanism: OAUTHBEARER, token: [hunter2] }',
    'value: { avro: { registry: "https://u:hunter2@r" } }',
    'value: { avro: { registry: "https://r", username: u, password: hunter2 } }',
  ])('that are written out are refused and not repeated: %s', async more => {
    const error = await refusal(loadJob(directory.write(job(more)), { env: ENV }))
    expect(error.code).toBe('job-invalid')
    expect(JSON.stringify(error.toData())).not.toMatch(/hunter|1234567/)
  })
})

const at = 'streams.s.live.kafka'
describeRefusals('job-invalid', [
  ['a broker without a port', job('').replace('b:9092', 'b'), `${at}.brokers[0]:7`, /host:port/],
  ['a port that is none', job('').replace('b:9092', 'b:70000'), `${at}.brokers[0]:7`, /1 to 65535/],
  ['no brokers', job('').replace('["b:9092"]', '[]'), `${at}.brokers:7`, /an empty list.*host:port/],
  ['a topic that cannot be', job('').replace('topic: t', 'topic: "a b"'), `${at}.topic:7`, /letters, digits/],
  [
    'PLAIN without TLS',
    job('sasl: { mechanism: PLAIN, username: u, password: "${file:job.yaml}" }'),
    `${at}.sasl.mechanism:7`,
    /the password as it is/,
    /tls: true/,
  ],
  [
    'OAUTHBEARER without TLS',
    job('sasl: { mechanism: OAUTHBEARER, token: "${file:job.yaml}" }'),
    `${at}.sasl.mechanism:7`,
    /the token as it is/,
    /tls: true/,
  ],
  [
    'SCRAM without a user',
    job('sasl: { mechanism: SCRAM-SHA-256, password: "${file:job.yaml}" }'),
    `${at}.sasl.username:7`,
    /needs username and password/,
  ],
  [
    'a token of SCRAM',
    job(
      'sasl: { mechanism: SCRAM-SHA-256, username: u, password: "${file:job.yaml}", token: "${file:job.yaml}" }',
    ),
    `${at}.sasl.token:7`,
    /no effect with SCRAM/,
    /Leave/,
  ],
  ['a certificate without its key', job('tls: { cert: c.pem }'), `${at}.tls.key:7`, /needs both/],
  ['avro alone', job('value: avro'), `${at}.value:7`, /which schema/, /\{ avro: \{ schema/],
  ['protobuf alone', job('value: protobuf'), `${at}.value:7`, /which schema/, /message: my.Event/],
  ['another value', job('value: xml'), `${at}.value:7`, /json, raw/],
  [
    'a password over http',
    job('value: { avro: { registry: "http://r", username: u, password: "${file:job.yaml}" } }'),
    `${at}.value.avro.registry:7`,
    /https: only/,
    /https:/,
  ],
  [
    'one column for two parts of a record',
    job('value: { raw: { value: a, key: a } }'),
    `${at}.value.raw:7`,
    /one column twice/,
    /its own/,
  ],
  [
    'a log that is spooled',
    SEAM.replace('log: log', 'log: log, spool: true'),
    'streams.s.live.spool:7',
    /keeps what it has/,
    /Leave/,
  ],
  [
    'a topic that is spooled beside no history',
    LIVE.replace('log: log', 'kafka: { brokers: ["b:1"], topic: t }, spool: true'),
    'streams.s.live.spool:6',
    /no history/,
    /Leave/,
  ],
])

describeRefusals('secret-missing', [
  [
    'a password that is nowhere',
    job('sasl: { mechanism: SCRAM-SHA-256, username: u, password: "${env:NOT_THERE}" }'),
    `${at}.sasl.password:7`,
    /NOT_THERE is not set/,
    /export/,
  ],
])
