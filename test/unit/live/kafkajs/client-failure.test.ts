import * as kafkajs from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { HindcastError } from '../../../../src/errors.ts'
import {
  clientFailure,
  isOfConnection,
  partitionOutOfRange,
} from '../../../../src/live/kafkajs/client-failure.ts'

const protocol = (type: string, code: number) =>
  new kafkajs.KafkaJSProtocolError(Object.assign(new Error(type), { type, code, retriable: true }))
const wrapped = (cause: Error) =>
  new kafkajs.KafkaJSNumberOfRetriesExceeded(cause, { retryCount: 1, retryTime: 1 })
const gone = new kafkajs.KafkaJSOffsetOutOfRange(protocol('OFFSET_OUT_OF_RANGE', 1), {
  topic: 't',
  partition: 3,
})

describe('what kafkajs throws', () => {
  it.each<[string, unknown, object]>([
    [
      'a lost connection passes, and names its broker',
      wrapped(new kafkajs.KafkaJSConnectionError('Connection error: nobody', { broker: 'b:9' })),
      { code: 'remote-failed', message: 'broker b:9: Connection error: nobody', where: { uri: 'b:9' } },
    ],
    [
      'a leader that has moved passes',
      protocol('NOT_LEADER_OR_FOLLOWER', 6),
      { code: 'remote-failed', message: expect.stringContaining('NOT_LEADER_OR_FOLLOWER') },
    ],
    ['who may not read is denied', protocol('TOPIC_AUTHORIZATION_FAILED', 29), { code: 'access-denied' }],
    [
      'a wrong password is denied',
      Object.assign(new Error('SASL PLAIN authentication failed'), {
        name: 'KafkaJSSASLAuthenticationError',
      }),
      { code: 'access-denied', advice: expect.stringContaining('sasl') },
    ],
    [
      'what a broker is too old for',
      Object.assign(new Error('no Fetch'), { name: 'KafkaJSServerDoesNotSupportApiKey' }),
      { code: 'unsupported' },
    ],
    [
      'more records than fit on a stack',
      new RangeError('Maximum call stack size exceeded'),
      { code: 'unsupported', message: expect.stringContaining('more records') },
    ],
    [
      'bytes that make no sense',
      new RangeError('The value of "offset" is out of range.'),
      { code: 'reply-invalid', message: expect.stringContaining('cannot read what broker 1 sent') },
    ],
    ['nothing at all', undefined, { code: 'reply-invalid' }],
  ])('%s', (_, thrown, expected) => {
    expect(clientFailure(thrown, '1')).toMatchObject(expected)
  })

  it('that is ours stays as it is', () => {
    const ours = new HindcastError('limit-passed', 'a bomb')
    expect(clientFailure(ours, '1')).toBe(ours)
  })

  it('says nothing secret that a server has said', () => {
    const failure = clientFailure(new kafkajs.KafkaJSConnectionError('no: password=hunter2', {}), '1')
    expect(`${failure.message} ${JSON.stringify(failure.toData())}`).not.toContain('hunter2')
  })

  it('names the partition of an offset that is gone, and of nothing else', () => {
    expect(partitionOutOfRange(gone)).toBe(3)
    expect(partitionOutOfRange(protocol('NOT_LEADER_OR_FOLLOWER', 6))).toBeNull()
    expect(isOfConnection(gone)).toBe(false)
    expect(isOfConnection(wrapped(new kafkajs.KafkaJSConnectionError('gone', {})))).toBe(true)
  })
})
