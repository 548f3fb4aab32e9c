import { describe, expect, it } from 'vitest'
import { typeText } from '../../../../src/core/batch/index.ts'
import type { HindcastError } from '../../../../src/errors.ts'
import { avroColumns, avroPlan } from '../../../../src/live/values/avro-plan.ts'
import { AvroReader } from '../../../../src/live/values/avro-reader.ts'
import { parseAvroSchema } from '../../../../src/live/values/avro-schema.ts'
import { EventColumns } from '../../../../src/live/values/event-columns.ts'
import { columns, rowsOf } from './records-of.ts'

function record(type: unknown): string {
  return JSON.stringify({ type: 'record', name: 'E', fields: [{ name: 'c', type }] })
}

function columnOf(type: unknown): string {
  return typeText(avroColumns(parseAvroSchema(record(type), 'e.avsc'), 'e.avsc')[0]!.type)
}

/** The one value of a record written as `type`, in a column of type `into`. */
function read(type: unknown, into: string, bytes: readonly number[]): unknown {
  const event = new EventColumns(columns({ c: into }))
  const plan = avroPlan(parseAvroSchema(record(type), 'e.avsc'), event, 'e.avsc')
  const reason = new AvroReader(event).push(plan, Uint8Array.from(bytes), 0, bytes.length)
  return reason ?? rowsOf(event.take())[0]![0]
}

function thrown(work: () => unknown): HindcastError {
  try {
    work()
  } catch (error) {
    return error as HindcastError
  }
  throw new Error('nothing was thrown')
}

const decimal = { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }

describe('columns of a schema', () => {
  it.each<[unknown, string]>([
    ['int', 'int32'],
    ['long', 'int64'],
    [['null', 'double'], 'float64'],
    [['int', 'long'], 'int64'],
    [['float', 'double', 'int'], 'float64'],
    ['null', 'utf8'],
    [{ type: 'long', logicalType: 'timestamp-millis' }, 'timestamp[ms, UTC]'],
    [{ type: 'long', logicalType: 'timestamp-micros' }, 'timestamp[us, UTC]'],
    [{ type: 'long', logicalType: 'timestamp-nanos' }, 'timestamp[ns, UTC]'],
    [['null', { type: 'long', logicalType: 'local-timestamp-micros' }], 'timestamp[us]'],
    [{ type: 'int', logicalType: 'date' }, 'date'],
    [{ type: 'int', logicalType: 'time-millis' }, 'time[ms]'],
    [{ type: 'long', logicalType: 'time-micros' }, 'time[us]'],
    [{ type: 'string', logicalType: 'uuid' }, 'utf8'],
    [{ type: 'fixed', name: 'U', size: 16, logicalType: 'uuid' }, 'utf8'],
    [decimal, 'decimal(9,2)'],
    [{ type: 'fixed', name: 'D', size: 4, logicalType: 'decimal', precision: 9 }, 'decimal(9,0)'],
    // Logical types that do not fit what they stand on are passed over.
    [{ type: 'string', logicalType: 'date' }, 'utf8'],
    [{ ...decimal, scale: 10 }, 'binary'],
    [{ ...decimal, precision: 39 }, 'binary'],
    [{ type: 'array', items: 'int' }, 'utf8'],
    [{ type: 'enum', name: 'L', symbols: ['A'] }, 'utf8'],
  ])('%j is %s', (type, expected) => {
    expect(columnOf(type)).toBe(expected)
  })

  it('refuses what no column holds', () => {
    expect(thrown(() => columnOf(['string', 'int']))).toMatchObject({
      code: 'schema-conflict',
      message: expect.stringMatching(/no column holds the field "c": union of string and int/),
      where: { uri: 'e.avsc', column: 'c' },
    })
    for (const type of ['"string"', '["null","int"]'])
      expect(thrown(() => avroColumns(parseAvroSchema(type, 'e'), 'e')).message).toMatch(
        /only a record has columns/,
      )
  })
})

describe('a schema that evolves', () => {
  it.each<[string, unknown, string, number[], unknown]>([
    ['int to int64', 'int', 'int64', [3], -2n],
    ['int to float64', 'int', 'float64', [3], -2],
    ['long to float32', 'long', 'float32', [4], 2],
    ['long to int32', 'long', 'int32', [4], 2],
    ['a nullable one', ['null', 'int'], 'int64', [2, 4], 2n],
    ['its null', ['null', 'int'], 'int64', [0], null],
    ['several branches', ['int', 'null', 'long'], 'int64', [4, 4], 2n],
    ['string to binary', 'string', 'binary', [2, 97], 'YQ=='],
    ['bytes to utf8', 'bytes', 'utf8', [2, 97], 'a'],
    ['enum to utf8', { type: 'enum', name: 'L', symbols: ['A', 'B'] }, 'utf8', [2], 'B'],
    [
      'ms to us',
      { type: 'long', logicalType: 'timestamp-millis' },
      'timestamp[us]',
      [2],
      '1970-01-01T00:00:00.001000Z',
    ],
    ['decimal of more digits', decimal, 'decimal(20,4)', [2, 150], '-1.0600'],
    [
      'fixed uuid',
      { type: 'fixed', name: 'U', size: 16, logicalType: 'uuid' },
      'utf8',
      Array(16).fill(17),
      '11111111-1111-1111-1111-111111111111',
    ],
    [
      'nested to text',
      { type: 'map', values: [decimal, 'null'] },
      'utf8',
      [2, 2, 97, 0, 2, 150, 0],
      '{"a":-1.06}',
    ],
    ['null only', 'null', 'int32', [], null],
  ])('%s', (_, type, into, bytes, expected) => {
    expect(read(type, into, bytes)).toEqual(expected)
  })

  it.each<[unknown, string, string]>([
    ['string', 'int32', 'string'],
    ['double', 'int64', 'double'],
    ['double', 'float32', 'double'],
    ['boolean', 'int32', 'boolean'],
    [['null', 'string'], 'float64', 'string in a union of null and string'],
    [{ type: 'array', items: 'int' }, 'int32', 'array'],
    [{ type: 'map', values: 'int' }, 'binary', 'map'],
    [{ type: 'long', logicalType: 'timestamp-millis' }, 'float64', 'long (timestamp[ms, UTC])'],
    [decimal, 'int64', 'bytes (decimal(9,2))'],
  ])('%j never goes into %s', (type, into, written) => {
    const error = thrown(() => read(type, into, []))
    expect(error.code).toBe('schema-conflict')
    expect(error.message).toBe(
      `the field "c" is written as ${written}, which a column of type ${into} cannot hold`,
    )
    expect(error.where).toEqual({ uri: 'e.avsc', column: 'c' })
  })
})

describe('the parser of schemas', () => {
  it('resolves names in their namespaces, and names of references', () => {
    const inner = JSON.stringify({
      type: 'record',
      name: 'In',
      namespace: 'a.b',
      fields: [{ name: 'n', type: 'int' }],
    })
    const outer = JSON.stringify({
      type: 'record',
      name: 'a.b.Out',
      fields: [
        { name: 'x', type: 'In' },
        { name: 'y', type: ['null', 'a.b.Out'] },
        { name: 'z', type: { type: 'enum', name: 'c.E', symbols: ['S'] } },
        { name: 'w', type: 'c.E' },
      ],
    })
    const type = parseAvroSchema(outer, 'e', [inner])
    expect(avroColumns(type, 'e').map(field => field.name)).toEqual(['x', 'y', 'z', 'w'])
  })

  it.each([
    ['{', /is no Avro schema/],
    ['7', /7 is no type/],
    [record('uint'), /"uint" is not declared/],
    [record([]), /a union has no branch/],
    [record([['int']]), /a union is directly inside a union/],
    ['{"type":"record","name":"E"}', /"E" has no list of fields/],
    ['{"type":"record","fields":[]}', /has no name/],
    ['{"type":"record","name":"E","fields":[{"type":"int"}]}', /a field of "E" has no name/],
    [
      '{"type":"record","name":"E","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}',
      /"a" of "E" comes twice/,
    ],
    [record({ type: 'record', name: 'E', fields: [] }), /"E" is declared twice/],
    [record({ type: 'enum', name: 'L', symbols: [1] }), /has no list of symbols/],
    [record({ type: 'fixed', name: 'F', size: -1 }), /has no usable size/],
    [`${'{"type":'.repeat(500)}"int"${'}'.repeat(500)}`, /is nested deeper/],
    [`${'['.repeat(50_000)}${']'.repeat(50_000)}`, /./],
  ])('refuses %.60s', (text, message) => {
    const error = thrown(() => parseAvroSchema(text, 'e.avsc'))
    expect(error.code).toBe('schema-invalid')
    expect(error.message).toMatch(message)
  })

  it('takes names of any kind as data', () => {
    const text = JSON.stringify({
      type: 'record',
      name: '__proto__',
      fields: [{ name: '__proto__', type: 'int' }],
    })
    const [field] = avroColumns(parseAvroSchema(text, 'e'), 'e')
    expect(field).toEqual({ name: '__proto__', type: { name: 'int32' } })
  })
})
