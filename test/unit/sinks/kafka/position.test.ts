import { describe, expect, it } from 'vitest'
import {
  type Position,
  parsePosition,
  positionKey,
  positionsTopic,
  positionText,
  transactionalId,
} from '../../../../src/sinks/kafka/position.ts'

const POSITION: Position = {
  run: 'r',
  job: 'j',
  plan: 'p',
  partition: 3,
  slice: -86_400_000,
  rows: 5,
  of: 9,
  digest: 'd',
  first: 10,
  last: 14,
}
const WHERE = { topic: 't.hindcast', partition: 3, offset: 7 }

describe('positions', () => {
  it('come back as they were written', () => {
    expect(parsePosition(positionText(POSITION), WHERE)).toEqual(POSITION)
  })

  it('are one a run and partition, beside the topic', () => {
    expect([positionKey(POSITION), positionsTopic('t'), transactionalId('t', 3)]).toEqual([
      'r/3',
      't.hindcast',
      'hindcast.t.3',
    ])
  })

  it.each([
    ['no JSON', '{'],
    ['no object', 'null'],
    ['another version', JSON.stringify({ version: 2, ...POSITION })],
    ['more rows than there are', JSON.stringify({ version: 1, ...POSITION, rows: 10 })],
    ['a number as text', JSON.stringify({ version: 1, ...POSITION, slice: '0' })],
    ['no run', JSON.stringify({ version: 1, ...POSITION, run: undefined })],
  ])('with %s are refused, with their place', (_, text) => {
    expect(() => parsePosition(text, WHERE)).toThrowError(
      expect.objectContaining({ code: 'reply-invalid', where: WHERE }),
    )
  })
})
