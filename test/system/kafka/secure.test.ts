/**
 * Brokers that want to know who asks, on a line that nobody can listen to: TLS with and without a client's certificate,
 * and each SASL mechanism, on a real broker.
 */
import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { alterUserScramCredentialsV0, Connection } from '@platformatic/kafka'
import { beforeAll, describe, expect, it } from 'vitest'
import type { KafkaAccess, KafkaSasl } from '../../../src/job/index.ts'
import { freePort, runHindcast, spawnCommand } from '../../harness/index.ts'
import { Followed } from './followed.ts'
import { withKafka } from './kafka-fixture.ts'

const PASSWORD = 'correct horse, battery=staple'
const USER = 'alice,with=signs'
/** The broker wants each login again after so long. */
const SESSION_MS = 4000

describe('a broker with TLS and SASL', () => {
  const ports = new Map<string, number>()
  let tls = ''
  const kafka = withKafka({
    listeners: async directory => {
      tls = join(directory, 'tls')
      await makeCertificates(tls)
      const listener = async (name: string, protocol: 'SSL' | 'SASL_SSL' | 'SASL_PLAINTEXT') => {
        const port = await freePort()
        ports.set(name, port)
        return { name, protocol, port, advertised: `localhost:${port}` }
      }
      return {
        extra: [
          await listener('SECURE', 'SSL'),
          await listener('MUTUAL', 'SSL'),
          await listener('LOGIN', 'SASL_SSL'),
          await listener('CLEAR', 'SASL_PLAINTEXT'),
        ],
        properties: { ...tlsProperties(tls), ...saslProperties() },
      }
    },
  })
  let topic = ''

  beforeAll(async () => {
    if (tls === '') return
    await storeScram(kafka.cluster.addresses[0]!)
    topic = await kafka.newTopic(1)
    const producer = await kafka.producer()
    await producer.send({ topic, messages: [{ value: 'one' }, { value: 'two' }] })
  }, 60_000)

  const at = (listener: string, host = 'localhost') => [`${host}:${ports.get(listener)}`]
  const ca = () => join(tls, 'ca.pem')
  const SCRAM = (hash: '256' | '512', password = PASSWORD): KafkaSasl => ({
    mechanism: `SCRAM-SHA-${hash}`,
    username: USER,
    password,
  })

  describe.each(['native', 'kafkajs'] as const)('read through %s', client => {
    async function reads(access: Partial<KafkaAccess>): Promise<string[]> {
      const source = await kafka.open(topic, { ...access, client }, { openMs: 5000 })
      const { records } = await new Followed(source, 0).readAll()
      return records
    }

    const BOTH = ['0:0 one', '0:1 two']

    it('TLS with its authority', async () => {
      expect(await reads({ brokers: at('SECURE'), tls: { ca: ca() } })).toEqual(BOTH)
    })

    it('TLS with a client certificate', async () => {
      const [cert, key] = [join(tls, 'client.pem'), join(tls, 'client.key')]
      expect(await reads({ brokers: at('MUTUAL'), tls: { ca: ca(), cert, key } })).toEqual(BOTH)
      await expect(reads({ brokers: at('MUTUAL'), tls: { ca: ca() } })).rejects.toMatchObject({
        code: 'access-denied',
        message: expect.stringContaining('certificate'),
      })
    })

    it('an authority that is not trusted, a name that is not in the certificate, no TLS', async () => {
      const untrusted = { code: 'access-denied', advice: expect.stringContaining('tls.ca') }
      await expect(reads({ brokers: at('SECURE'), tls: {} })).rejects.toMatchObject(untrusted)
      await expect(reads({ brokers: at('SECURE', '127.0.0.1'), tls: { ca: ca() } })).rejects.toMatchObject(
        untrusted,
      )
      expect(
        await reads({ brokers: at('SECURE', '127.0.0.1'), tls: { ca: ca(), serverName: 'localhost' } }),
      ).toEqual(BOTH)
      await expect(
        reads({ brokers: at('SECURE'), tls: { ca: ca(), serverName: 'elsewhere.example.com' } }),
      ).rejects.toMatchObject(untrusted)
      const plain = await reads({ brokers: at('SECURE') }).catch((error: unknown) => error)
      expect(plain).toMatchObject({ advice: expect.stringMatching(/TLS|tls/) })
      await expect(
        reads({ brokers: at('SECURE'), tls: { ca: join(tls, 'none.pem') } }),
      ).rejects.toMatchObject({
        code: 'file-unreadable',
      })
      writeFileSync(join(tls, 'bad.pem'), 'no certificate')
      await expect(
        reads({
          brokers: at('MUTUAL'),
          tls: { ca: ca(), cert: join(tls, 'bad.pem'), key: join(tls, 'bad.pem') },
        }),
      ).rejects.toMatchObject({ code: 'job-invalid' })
    })

    it.each(['256', '512'] as const)('SCRAM-SHA-%s, with TLS and without', async hash => {
      expect(await reads({ brokers: at('LOGIN'), tls: { ca: ca() }, sasl: SCRAM(hash) })).toEqual(BOTH)
      expect(await reads({ brokers: at('CLEAR'), sasl: SCRAM(hash) })).toEqual(BOTH)
    })

    it('PLAIN and OAUTHBEARER with TLS', async () => {
      const plain = { mechanism: 'PLAIN', username: 'bob', password: 'builder' } as const
      expect(await reads({ brokers: at('LOGIN'), tls: { ca: ca() }, sasl: plain })).toEqual(BOTH)
      const bearer = { mechanism: 'OAUTHBEARER', token: unsecuredToken(3600) } as const
      expect(await reads({ brokers: at('LOGIN'), tls: { ca: ca() }, sasl: bearer })).toEqual(BOTH)
    })

    it('what is wrong is access-denied, and says no secret', async () => {
      const wrong: readonly (readonly [string, KafkaSasl])[] = [
        ['LOGIN', SCRAM('256', 'hunter2')],
        ['CLEAR', SCRAM('512', 'hunter2')],
        ['LOGIN', { mechanism: 'PLAIN', username: 'bob', password: 'hunter2' }],
        ['LOGIN', { mechanism: 'OAUTHBEARER', token: unsecuredToken(-3600) }],
        ['LOGIN', { mechanism: 'OAUTHBEARER', token: 'hunter2' }],
      ]
      for (const [listener, sasl] of wrong) {
        const access = { brokers: at(listener), sasl, ...(listener === 'LOGIN' ? { tls: { ca: ca() } } : {}) }
        const failure = await reads(access).catch((error: unknown) => error)
        expect(failure).toMatchObject({ code: 'access-denied' })
        const text = `${JSON.stringify(failure)}${String(failure)}${(failure as Error).stack}`
        expect(text).not.toContain('hunter2')
        expect(text).not.toContain(sasl.token ?? 'hunter2')
      }
      const unknown = { brokers: at('CLEAR'), tls: { ca: ca() }, sasl: SCRAM('256') }
      await expect(reads(unknown)).rejects.toMatchObject({ code: 'remote-failed' })
    })

    it('a login that the broker wants again goes on without a gap', async () => {
      const access = { brokers: at('LOGIN'), tls: { ca: ca() }, sasl: SCRAM('256'), client }
      const topic = await kafka.newTopic(1)
      const followed = new Followed(await kafka.open(topic, access), 0)
      const producer = await kafka.producer()
      const until = performance.now() + 2.5 * SESSION_MS
      for (let count = (await followed.readAll()).records.length; performance.now() < until; count++) {
        await producer.send({ topic, messages: [{ value: `later ${count}` }] })
        await followed.readTo(count + 1)
      }
      expect(new Set(followed.records).size).toBe(followed.records.length)
    })
  })

  it('the command line takes references, and no secrets', async () => {
    writeFileSync(join(tls, 'password'), PASSWORD)
    const login = ['--ca', ca(), '--sasl', 'SCRAM-SHA-512', '--user', USER]
    const args = ['topic', 'tail', topic, '--brokers', at('LOGIN')[0]!, ...login, '--count', '2', '--json']
    const shown = await runHindcast([...args, '--password', `\${file:${join(tls, 'password')}}`])
    expect(
      shown.stdout
        .split('\n')
        .slice(0, 2)
        .map(line => JSON.parse(line).value),
    ).toEqual(['one', 'two'])
    const refused = await runHindcast([...args, '--password', PASSWORD])
    expect(refused.code).toBe(2)
    expect(refused.stdout + refused.stderr).not.toContain(PASSWORD)
  })
})

/** An authority, the certificate of the server (for localhost only) and of a client. */
async function makeCertificates(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const file = (name: string) => join(folder, name)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '3650']
  const ca = ['-keyout', file('ca.key'), '-out', file('ca.pem'), '-subj', '/CN=test authority']
  await openssl(['req', '-x509', ...key, ...ca])
  for (const [name, subject, alt] of [
    ['server', '/CN=server', 'DNS:localhost'],
    ['client', '/CN=client', 'DNS:client'],
  ] as const) {
    const signed = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-addext', `subjectAltName=${alt}`]
    const out = ['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`), '-subj', subject]
    await openssl([
      'req',
      '-x509',
      ...key,
      ...signed,
      ...out,
      '-addext',
      'basicConstraints=critical,CA:FALSE',
    ])
  }
  const parts = ['server.key', 'server.pem', 'ca.pem'].map(name => readFileSync(file(name), 'utf8'))
  writeFileSync(file('server-keys.pem'), parts.join(''))
}

async function openssl(args: readonly string[]): Promise<void> {
  const { code, stderr } = await spawnCommand('openssl', args).ended
  if (code !== 0) throw new Error(`openssl ended with ${code}: ${stderr}`)
}

function tlsProperties(folder: string): Record<string, string> {
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': join(folder, 'server-keys.pem'),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': join(folder, 'ca.pem'),
    'listener.name.mutual.ssl.client.auth': 'required',
  }
}

function saslProperties(): Record<string, string | number> {
  const properties: Record<string, string | number> = { 'connections.max.reauth.ms': SESSION_MS }
  const module = 'org.apache.kafka.common.security'
  for (const listener of ['login', 'clear']) {
    const prefix = `listener.name.${listener}`
    properties[`${prefix}.sasl.enabled.mechanisms`] = 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER'
    properties[`${prefix}.plain.sasl.jaas.config`] =
      `${module}.plain.PlainLoginModule required user_bob="builder";`
    for (const hash of ['256', '512'])
      properties[`${prefix}.scram-sha-${hash}.sasl.jaas.config`] =
        `${module}.scram.ScramLoginModule required;`
    properties[`${prefix}.oauthbearer.sasl.jaas.config`] =
      `${module}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`
  }
  return properties
}

/** A token that says who it is and until when, signed by nobody: Kafka takes it where no other check is set. */
function unsecuredToken(seconds: number): string {
  const now = Math.floor(Date.now() / 1000)
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ sub: 'carol', iat: now - 7200, exp: now + seconds })}.`
}

async function storeScram(address: string): Promise<void> {
  const [host, port] = address.split(':')
  const connection = new Connection('test')
  await connection.connect(host!, Number(port))
  for (const mechanism of [1, 2]) {
    const salt = randomBytes(16)
    const [bytes, name] = mechanism === 1 ? ([32, 'sha256'] as const) : ([64, 'sha512'] as const)
    const saltedPassword = pbkdf2Sync(PASSWORD, salt, 8192, bytes, name)
    const stored = { name: USER, mechanism, iterations: 8192, salt, saltedPassword }
    await alterUserScramCredentialsV0.api.async(connection, [], [stored])
  }
  await connection.close()
}
