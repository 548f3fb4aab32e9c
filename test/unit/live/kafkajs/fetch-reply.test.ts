import { expect, it } from 'vitest'
import { partitionsOf } from '../../../../src/live/kafkajs/fetch-reply.ts'
import { answerWith, messages } from './messages.ts'

it('a reply to a fetch gives its partitions', () => {
  const partitions = [answerWith(messages([1])), { ...answerWith([]), partition: 4 }]
  expect(partitionsOf({ responses: [{ topicName: 't', partitions }] }, 't')).toEqual(partitions)
  expect(partitionsOf({ responses: [] }, 't')).toEqual([])
})

const { highWatermark: _, ...endless } = answerWith([])
const { abortedTransactions: __, ...unlisted } = answerWith([])

it.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['no list', { responses: 7 }],
  ['another topic', { responses: [{ topicName: 'u', partitions: [] }] }],
  ['no partitions', { responses: [{ topicName: 't' }] }],
  ['no end', { responses: [{ topicName: 't', partitions: [endless] }] }],
  ['no transactions', { responses: [{ topicName: 't', partitions: [unlisted] }] }],
  ['no records', { responses: [{ topicName: 't', partitions: [{ ...answerWith([]), messages: null }] }] }],
])('a reply of another version of kafkajs is not taken: %s', (_name, reply) => {
  expect(() => partitionsOf(reply, 't')).toThrow(
    expect.objectContaining({ code: 'unsupported', advice: expect.stringContaining('kafkajs@2.2.4') }),
  )
})
