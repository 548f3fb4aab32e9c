import { describe, expect, it } from 'vitest'
import type { KafkaJob } from '../../../../src/job/index.ts'
import { clientFailure, isOfOffset, isOfRecords } from '../../../../src/live/confluent/client-failure.ts'
import { clientSettings, TOPIC_SETTINGS } from '../../../../src/live/confluent/client-settings.ts'
import { checkInstalled } from '../../../../src/live/confluent/load-confluent.ts'
import { KAFKA_BOUNDS } from '../../../../src/live/kafka/bounds.ts'

const JOB: KafkaJob = { client: 'confluent', topic: 't', brokers: ['a:1', 'b:2'], value: { kind: 'json' } }

describe('settings of librdkafka', () => {
  it('join no group, commit nothing, check CRCs, and never jump to another offset', () => {
    expect(clientSettings(JOB, KAFKA_BOUNDS)).toMatchObject({
      'metadata.broker.list': 'a:1,b:2',
      'security.protocol': 'plaintext',
      'enable.auto.commit': false,
      'isolation.level': 'read_committed',
      'check.crcs': true,
    })
    expect(TOPIC_SETTINGS['auto.offset.reset']).toBe('error')
    // The binding drops settings of topics from among those of the client.
    expect(clientSettings(JOB, KAFKA_BOUNDS)).not.toHaveProperty('auto.offset.reset')
  })

  it('carry TLS and a login', () => {
    const sasl = { mechanism: 'SCRAM-SHA-512', username: 'u', password: 'p' } as const
    expect(clientSettings({ ...JOB, sasl }, KAFKA_BOUNDS)).toMatchObject({
      'security.protocol': 'sasl_plaintext',
      'sasl.mechanisms': 'SCRAM-SHA-512',
      'sasl.username': 'u',
      'sasl.password': 'p',
    })
    const tls = { ca: '/ca.pem', cert: '/c.pem', key: '/k.pem' }
    expect(clientSettings({ ...JOB, tls, sasl }, KAFKA_BOUNDS)).toMatchObject({
      'security.protocol': 'sasl_ssl',
      'ssl.ca.location': '/ca.pem',
      'ssl.certificate.location': '/c.pem',
      'ssl.key.location': '/k.pem',
      'ssl.endpoint.identification.algorithm': 'https',
    })
  })

  it.each([
    [{ advertised: ['.example.com'] }, 'advertised'],
    [{ tls: { serverName: 'other' } }, 'tls.serverName'],
  ])('refuse %j', (more, name) => {
    expect(() => clientSettings({ ...JOB, ...more }, KAFKA_BOUNDS)).toThrow(
      expect.objectContaining({ code: 'unsupported', message: expect.stringContaining(`\`${name}\``) }),
    )
  })
})

it('errors are told by their numbers, without secrets', () => {
  const codeOf = (code: number) => clientFailure({ code, message: 'Local: x' }).code
  expect([-199, -198, -170].map(codeOf)).toEqual(Array(3).fill('reply-invalid'))
  expect([-169, 29].map(codeOf)).toEqual(Array(2).fill('access-denied'))
  expect([-195, -187, -181, -150, 3, 30].map(codeOf)).toEqual(Array(6).fill('remote-failed'))
  expect(isOfOffset({ code: -140, message: '' })).toBe(true)
  expect(isOfRecords({ code: -140, message: '' })).toBe(false)
  expect(clientFailure({ code: -195, message: 'login with password=hush' }).message).not.toContain('hush')
})

it('what is not installed is named, with what to type', () => {
  checkInstalled(name => name)
  const missing = () => {
    throw new Error('not found')
  }
  expect(() => checkInstalled(missing)).toThrow(
    expect.objectContaining({
      code: 'unsupported',
      advice: expect.stringContaining('npm install @confluentinc'),
    }),
  )
})
