import { describe, expect, it } from 'vitest'
import { EventRecords, type LogMeta } from '../../../../src/live/index.ts'

const META: LogMeta = {
  id: 'x',
  partitions: 4,
  key: ['k'],
  keyEncoding: 'text',
  partitioner: 'murmur2',
  segmentBytes: 1,
  createdAt: '',
}

/** The record of an event as plain values, or the reason why there is none. */
function read(json: string, meta: Partial<LogMeta> = {}, timestamp: string | null = null): unknown {
  const bytes = Buffer.from(json)
  const record = new EventRecords({ ...META, ...meta }, timestamp).record(bytes, 0, bytes.length, 77)
  if (typeof record === 'string') return record
  return {
    ...record,
    key: record.key && Buffer.from(record.key).toString('latin1'),
    value: Buffer.from(record.value).toString(),
  }
}

describe('keys', () => {
  it.each([
    ['{"k":"text"}', 'text'],
    ['{"k":"\\u0041"}', 'A'],
    ['{"k":5}', '5'],
    ['{"k":5.0}', '5'],
    ['{"k":-0}', '0'],
    ['{"k":1.5}', '1.5'],
    ['{"k":true}', 'true'],
    ['{"k":9007199254740993}', '9007199254740993'],
    ['{"k":-9223372036854775808}', '-9223372036854775808'],
    ['{"k":null}', null],
    ['{"other":1}', null],
  ])('of %s is %s', (json, key) => {
    expect(read(json)).toEqual({ key, value: json, timestampMs: 77 })
  })

  it('of several columns are a JSON array, in the order of the log', () => {
    expect(read('{"b":"x","a":1}', { key: ['a', 'b'] })).toMatchObject({ key: '[1,"x"]' })
    expect(read('{"b":"x"}', { key: ['a', 'b'] })).toMatchObject({ key: '[null,"x"]' })
  })

  it('are encoded as the log says', () => {
    expect(read('{"k":258}', { keyEncoding: 'int32' })).toMatchObject({ key: '\0\0\x01\x02' })
    expect(read('{"k":"x"}', { keyEncoding: 'json' })).toMatchObject({ key: '"x"' })
    expect(read('{"k":"x"}', { keyEncoding: 'int64' })).toMatch(/whole-number key column/)
    expect(read('{"k":3}', { partitioner: 'column' })).toMatchObject({ key: '3' })
    expect(read('{"k":4}', { partitioner: 'column' })).toBe('column "k" is not a partition of 0…3: 4')
  })
})

describe('timestamps', () => {
  it.each([
    ['{"k":1,"t":12}', 12],
    ['{"k":1,"t":"1970-01-01T00:00:01.5Z"}', 1500],
    ['{"k":1,"t":"1969-12-31T23:59:59.999999Z"}', -1],
  ])('of %s is %s', (json, timestampMs) => {
    expect(read(json, {}, 't')).toMatchObject({ timestampMs })
  })

  it('may be the key', () => {
    expect(read('{"k":12}', {}, 'k')).toMatchObject({ key: '12', timestampMs: 12 })
  })

  it.each(['{"k":1}', '{"k":1,"t":1.5}', '{"k":1,"t":"soon"}', '{"k":1,"t":true}'])('refuses %s', json => {
    expect(read(json, {}, 't')).toMatch(/^column "t" is not a time/)
  })
})

describe('what is no event', () => {
  it.each([
    ['', 'is empty'],
    ['[]', 'is not a JSON object'],
    ['{"k":{}}', 'column "k" cannot be an object'],
    ['{"k":1e999}', 'column "k" is out of range'],
    ['{"k":1,"k":2}', 'column "k" comes twice'],
    ['{"k":1', 'is not JSON: expected "," or "}" at byte 6'],
  ])('%s: %s', (json, reason) => {
    expect(read(json)).toBe(reason)
  })

  it('is longer than a record may be', () => {
    expect(read(`{"k":"${'x'.repeat(9_000_000)}","v":"${'x'.repeat(100)}"}`)).toMatch(
      /longer than 16777216 bytes with its key/,
    )
  })
})
