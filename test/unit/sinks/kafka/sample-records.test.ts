import { describe, expect, it } from 'vitest'
import type { Batch, Schema } from '../../../../src/core/batch/index.ts'
import { createJsonRows, typeFromText } from '../../../../src/core/batch/index.ts'
import { createDigest } from '../../../../src/core/digest/index.ts'
import { createSha256 } from '../../../../src/lanes/index.ts'
import type { SampleForm } from '../../../../src/sinks/kafka/sample-records.ts'
import { SampleEncoder } from '../../../../src/sinks/kafka/sample-records.ts'
import { Chance, EVERY_TYPE, randomBatch } from '../random-batch.ts'

const TIME = { name: 't', type: typeFromText('int64')! }

function formOf(schema: Schema, change: Partial<SampleForm> = {}): SampleForm {
  return {
    schema,
    key: ['t'],
    keyEncoding: 'text',
    time: { column: 't', unit: 'ms' },
    timeline: 'ms',
    ...change,
  }
}

/** A batch with the columns and their values, and a time column of 0, 1, 2 …. */
function withTimes(batch: Batch): Batch {
  const values = Int32Array.from({ length: 2 * batch.rows }, (_, i) => (i % 2 === 0 ? i / 2 : 0))
  return {
    schema: [...batch.schema, TIME],
    rows: batch.rows,
    columns: [...batch.columns, { kind: 'i64', values, valid: null }],
  }
}

function valuesOf(batch: Batch, form = formOf(batch.schema)): string[] {
  const { values, valueOffsets } = new SampleEncoder(form).encode(batch)
  return Array.from({ length: batch.rows }, (_, row) =>
    Buffer.from(values.subarray(valueOffsets[row], valueOffsets[row + 1])).toString('utf8'),
  )
}

function keysOf(batch: Batch, form: SampleForm): (string | null)[] {
  const { keys, keyOffsets, keyNull } = new SampleEncoder(form).encode(batch)
  return Array.from({ length: batch.rows }, (_, row) =>
    keyNull[row] === 1
      ? null
      : Buffer.from(keys.subarray(keyOffsets[row], keyOffsets[row + 1])).toString('latin1'),
  )
}

function digestOf(batch: Batch): string {
  const digest = createDigest(batch.schema, createSha256)
  digest.add(batch)
  return digest.finish()
}

describe('values', () => {
  it.each([0, 200])('of every type come back as the same columns, with %i nulls in 1000', nulls => {
    const batch = withTimes(randomBatch(EVERY_TYPE, 3000, new Chance(7 + nulls), nulls))
    const rows = createJsonRows(batch.schema)
    for (const value of valuesOf(batch)) {
      expect(rows.push(value)).toBeNull()
      expect(() => JSON.parse(value) as unknown).not.toThrow()
    }
    expect(digestOf(rows.take())).toBe(digestOf(batch))
  })

  it.each([
    ['int64', '-9223372036854775808'],
    ['int64', '9007199254740993'],
    ['int64', '-1000000000000'],
    ['uint64', '18446744073709551615'],
    ['int32', '-2147483648'],
    ['uint32', '4294967295'],
    ['float64', '-0'],
    ['float64', '5e-324'],
    ['float64', '1e+21'],
    ['float64', '100000000000000'],
    ['float64', '"NaN"'],
    ['float64', '"-Infinity"'],
    ['float32', '0.5'],
    ['bool', 'true'],
    ['utf8', '"a\\"b\\\\c\\n\\u0001 é漢🎉"'],
    ['utf8', '""'],
    ['binary', '"AAECAw=="'],
    ['date', '"1969-12-31"'],
    ['date', '-2000000000'],
    ['date', '"+010000-01-01"'],
    ['time[us]', '"24:00:00.000000"'],
    ['time[ns]', '"23:59:59.999999999"'],
    ['timestamp[s]', '"2001-06-01T00:00:00Z"'],
    ['timestamp[ms, UTC]', '"1969-12-31T23:59:59.999Z"'],
    ['timestamp[us]', '"2001-06-01T00:00:00.000001Z"'],
    ['timestamp[ns]', '"1969-12-31T23:59:59.999999999Z"'],
    ['timestamp[ns]', '"2200-01-01T00:00:00.000000001Z"'],
    ['timestamp[s]', '9000000000000'],
    ['decimal(9,2)', '"-12.50"'],
    ['decimal(38,10)', '"1234567890123456789.0000000001"'],
    ['int8', 'null'],
  ])('%s %s', (type, json) => {
    const schema = [{ name: 'q"ö', type: typeFromText(type)! }]
    const rows = createJsonRows(schema)
    expect(rows.push(`{"q\\"ö":${json}}`)).toBeNull()
    expect(valuesOf(withTimes(rows.take()))).toEqual([`{"q\\"ö":${json},"t":0}`])
  })
})

describe('keys', () => {
  const schema: Schema = [
    { name: 's', type: typeFromText('utf8')! },
    { name: 'n', type: typeFromText('int64')! },
    { name: 't', type: typeFromText('timestamp[us]')! },
  ]
  const rows = createJsonRows(schema)
  rows.push('{"s":"JFK","n":7,"t":1500}')
  rows.push('{"s":null,"n":null,"t":2000000}')
  const batch = rows.take()
  const time = { column: 't' }

  it.each([
    [['s'], 'text', ['JFK', null]],
    [['n'], 'text', ['7', null]],
    [['n'], 'int64', ['\0\0\0\0\0\0\0\u0007', null]],
    [['n'], 'int32', ['\0\0\0\u0007', null]],
    [['s', 'n'], 'text', ['["JFK",7]', null]],
    [['s'], 'json', ['"JFK"', null]],
  ] as const)('of %j as %s', (key, keyEncoding, expected) => {
    expect(keysOf(batch, formOf(schema, { key, keyEncoding, time, timeline: 'us' }))).toEqual(expected)
  })

  it('timestamps are event times, rounded down to ms', () => {
    const encoder = new SampleEncoder(formOf(schema, { key: ['s'], time, timeline: 'us' }))
    expect([...encoder.encode(batch).timestampMs]).toEqual([1, 2000])
  })

  it('an event before 1970 is refused: Kafka has no such timestamp', () => {
    const early = createJsonRows(schema)
    early.push('{"s":"JFK","n":7,"t":"1969-12-31T23:59:59.999999Z"}')
    const encoder = new SampleEncoder(formOf(schema, { key: ['s'], time, timeline: 'us' }))
    expect(() => encoder.encode(early.take())).toThrowError(expect.objectContaining({ code: 'sink-refused' }))
  })
})
