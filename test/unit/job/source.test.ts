import { describe, expect, it } from 'vitest'
import { HindcastError } from '../../../src/errors.ts'
import { parseJobText, valueAt } from '../../../src/job/source.ts'

function refusal(text: string): HindcastError {
  try {
    parseJobText(text, 'job.yaml')
  } catch (thrown) {
    if (thrown instanceof HindcastError) return thrown
  }
  throw new Error('was not refused')
}

describe('parseJobText', () => {
  it('keeps the line of every key and item', () => {
    const { value, lineOf } = parseJobText(
      'name: a\nstreams:\n  s:\n    key:\n      - x\n      - y\n    time: { column: t }\n',
      'job.yaml',
    )
    expect(value).toEqual({ name: 'a', streams: { s: { key: ['x', 'y'], time: { column: 't' } } } })
    expect(lineOf(['streams', 's', 'key'])).toBe(4)
    expect(lineOf(['streams', 's', 'key', 1])).toBe(6)
    expect(lineOf(['streams', 's', 'time', 'column'])).toBe(7)
  })

  it('says the line of the nearest parent for what is not there', () => {
    const { lineOf } = parseJobText('name: a\nstreams:\n  s: {}\n', 'job.yaml')
    expect(lineOf(['streams', 's', 'time', 'column'])).toBe(3)
    expect(lineOf(['output'])).toBe(1)
  })

  it('reads JSON, with tabs and a byte order mark', () => {
    const { value, lineOf } = parseJobText('\ufeff{\n\t"name": "a",\n\t"on": [1, true, null]\n}', 'job.json')
    expect(value).toEqual({ name: 'a', on: [1, true, null] })
    expect(lineOf(['on', 2])).toBe(3)
  })

  it('takes keys as the text that stands there', () => {
    const { value } = parseJobText('csv: { null: "", true: 1, 07: 2, on: 3 }', 'job.yaml')
    expect(value).toEqual({ csv: { null: '', true: 1, '07': 2, on: 3 } })
  })

  it('keeps __proto__ as an own key', () => {
    const { value } = parseJobText('__proto__: { x: 1 }', 'job.yaml')
    expect(Object.keys(value as object)).toEqual(['__proto__'])
    expect((value as { x?: number }).x).toBeUndefined()
  })

  it('keeps instants as text', () => {
    expect(parseJobText('at: 2001-06-01T00:00:00Z', 'job.yaml').value).toEqual({ at: '2001-06-01T00:00:00Z' })
  })

  it('follows anchors', () => {
    const { value } = parseJobText('a: &t { column: x }\nb: *t\n', 'job.yaml')
    expect(value).toEqual({ a: { column: 'x' }, b: { column: 'x' } })
  })

  it.each([
    ['', 1, /is empty/],
    ['# nothing\n', 1, /is empty/],
    ['a: 1\nb: [1,\nc: 2\n', 3, /line 3/],
    ['a: 1\n\na: 2\n', 3, /unique/],
    ['a: 1\n"a": 2\n', 2, /unique|twice/],
    ['null: 1\n"null": 2\n', 2, /twice/],
    ['a: !secret x\n', 1, /tag/],
    ['a: 1\n---\nb: 2\n', 2, /multiple documents/],
    ['a: *missing\n', 1, /alias/],
    ['? [a, b]\n: 1\n', 1, /not plain text/],
  ])('refuses %j', (text, line, message) => {
    const error = refusal(text)
    expect(error.code).toBe('job-unreadable')
    expect(error.message).toMatch(message)
    expect(error.where).toEqual({ uri: 'job.yaml', line })
  })

  it('tells several syntax errors at once', () => {
    expect(refusal('a: 1\na: 2\nb: 1\nb: 2\n').message).toMatch(/line 2.*line 4/)
  })

  it('stops at a file whose anchors multiply', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
    for (let i = 1; i < 9; i++) lines.push(`a${i}: &a${i} [${`*a${i - 1}, `.repeat(10)}]`)
    expect(refusal(lines.join('\n')).message).toMatch(/more than/)
  })

  it('stops at an anchor inside itself', () => {
    expect(refusal('a: &a [*a]\n').code).toBe('job-unreadable')
  })
})

describe('valueAt', () => {
  it('sees own values only', () => {
    expect(valueAt({ a: [1, 2] }, ['a', 1])).toBe(2)
    expect(valueAt({}, ['constructor'])).toBeUndefined()
    expect(valueAt('text', ['length'])).toBeUndefined()
  })
})
