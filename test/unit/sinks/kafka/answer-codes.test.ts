import { protocolErrors } from '@platformatic/kafka'
import { describe, expect, it } from 'vitest'
import { answered, codeName, meaningOf } from '../../../../src/sinks/kafka/answer-codes.ts'

const codeOf = (name: string): number => protocolErrors[name]!.code

describe('what brokers answer to a producer', () => {
  it.each([
    ['PRODUCER_FENCED', 'sink-fenced', 'fenced'],
    ['INVALID_PRODUCER_EPOCH', 'sink-fenced', 'fenced'],
    ['INVALID_PRODUCER_ID_MAPPING', 'sink-fenced', 'fenced'],
    ['TOPIC_AUTHORIZATION_FAILED', 'access-denied', 'auth'],
    ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'access-denied', 'auth'],
    ['MESSAGE_TOO_LARGE', 'sink-refused', 'data'],
    ['INVALID_TIMESTAMP', 'sink-refused', 'data'],
    ['INVALID_TRANSACTION_TIMEOUT', 'sink-refused', 'data'],
    ['NOT_LEADER_OR_FOLLOWER', 'remote-failed', 'transient'],
    ['NOT_COORDINATOR', 'remote-failed', 'transient'],
    ['CONCURRENT_TRANSACTIONS', 'remote-failed', 'transient'],
    ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'remote-failed', 'transient'],
    ['INVALID_TXN_STATE', 'remote-failed', 'transient'],
  ])('%s is %s', (name, code, kind) => {
    const error = answered(codeOf(name), 'Produce', { topic: 't', partition: 1 }, 'said so')
    expect(error).toMatchObject({ code, kind, where: { topic: 't', partition: 1 } })
    expect(error.message).toContain(`${name} to Produce (said so)`)
    expect(error.advice).not.toBe('')
  })

  it('every code has a meaning, and one that nobody knows is worth a try', () => {
    for (const { code } of Object.values(protocolErrors))
      expect(['again', 'fenced', 'refused', 'denied']).toContain(meaningOf(code))
    expect([meaningOf(9999), codeName(9999)]).toEqual(['again', 'error 9999'])
  })
})
