import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import protobuf from 'protobufjs'
import 'protobufjs/ext/descriptor.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HindcastError } from '../../../../src/errors.ts'
import type { ValueFormat } from '../../../../src/job/index.ts'
import { LIMITS } from '../../../../src/limits.ts'
import { createValueDecoder, valueSchema } from '../../../../src/live/index.ts'
import { makeTempDirectory, removeTempDirectory } from '../../../harness/index.ts'
import { columns, recordsOf, rowsOf } from './records-of.ts'

let directory: string
beforeEach(() => {
  directory = makeTempDirectory()
})
afterEach(() => {
  removeTempDirectory(directory)
})

function file(name: string, text: string | Uint8Array): string {
  const path = join(directory, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  return path
}

async function decoded(format: ValueFormat, types: Readonly<Record<string, string>>, values: Uint8Array[]) {
  const decoder = createValueDecoder(format, columns(types))
  const records = recordsOf(values)
  await decoder.prepare(records)
  const { batch, bad } = decoder.decode(records)
  await decoder.close()
  return { rows: rowsOf(batch), reasons: bad.map(({ reason }) => reason), unknown: decoder.unknownColumns }
}

async function thrown(work: Promise<unknown>): Promise<HindcastError> {
  try {
    await work
  } catch (error) {
    return error as HindcastError
  }
  throw new Error('nothing was thrown')
}

describe('plain Avro', () => {
  it('is decoded by the schema in a file', async () => {
    const path = file(
      'e.avsc',
      '{"type":"record","name":"E","fields":[{"name":"a","type":"int"},{"name":"x","type":"int"}]}',
    )
    const format = { kind: 'avro', schema: { from: 'file', path } } as const
    expect(await decoded(format, { a: 'int64' }, [Uint8Array.of(4, 2), Uint8Array.of(4)])).toEqual({
      rows: [[2n]],
      reasons: ['is not Avro of its schema: ends too early at byte 1'],
      unknown: 1,
    })
    expect(await valueSchema(format, { topic: 't' })).toMatchObject({
      columns: columns({ a: 'int32', x: 'int32' }),
      pin: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    })
  })

  it('asks for columns only where nobody has named them', async () => {
    const fields = '[{"name":"a","type":"int"},{"name":"x","type":["int","string"]}]'
    const path = file('e.avsc', `{"type":"record","name":"E","fields":${fields}}`)
    const schema = await valueSchema({ kind: 'avro', schema: { from: 'file', path } }, { topic: 't' })
    schema!.check(columns({ a: 'int32' }))
    expect(() => schema!.columns).toThrow(/no column holds the field "x"/)
    expect(() => schema!.check(columns({ x: 'int32' }))).toThrow(
      /written as string in a union of int and string/,
    )
  })

  it('needs a file that can be read and is a schema', async () => {
    const format = (path: string) => ({ kind: 'avro', schema: { from: 'file', path } }) as const
    const code = async (path: string) => (await thrown(valueSchema(format(path), { topic: 't' }))).code
    expect(await code(join(directory, 'none.avsc'))).toBe('file-unreadable')
    expect(await code(file('bad.avsc', '{'))).toBe('schema-invalid')
    expect(await code(file('big.avsc', ' '.repeat(LIMITS.valueSchemaBytesMax + 1)))).toBe('limit-passed')
  })
})

describe('plain Protobuf', () => {
  const main = `syntax = "proto3"; package p; import "sub/o.proto"; import "google/protobuf/duration.proto";
    message Event { int32 a = 1; q.Other o = 2; map<string, Event> m = 3; google.protobuf.Duration d = 4; Deep.In in = 5; }
    message Deep { message In { bool b = 1; } }`
  const other = 'syntax = "proto3"; package q; message Other { optional sint64 n = 1; }'
  const value = Uint8Array.of(8, 5, 18, 2, 8, 3, 26, 7, 10, 1, 107, 18, 2, 8, 1, 42, 2, 8, 1, 34, 2, 8, 60)
  const row = [
    5,
    '{"n":-2}',
    '{"k":{"a":1,"o":null,"m":{},"d":null,"in":null}}',
    '{"seconds":60,"nanos":0}',
    '{"b":true}',
  ]
  const types = { a: 'int32', o: 'utf8', m: 'utf8', d: 'utf8', in: 'utf8' }

  it('is decoded by a .proto file and what it imports', async () => {
    file('sub/o.proto', other)
    const path = file('e.proto', main)
    const format = { kind: 'protobuf', schema: { from: 'proto', path, message: 'p.Event' } } as const
    expect(await decoded(format, types, [value])).toEqual({ rows: [row], reasons: [], unknown: 0 })
    expect((await valueSchema(format, { topic: 't' }))!.columns).toEqual(columns(types))
    const inner = { kind: 'protobuf', schema: { from: 'proto', path, message: 'Deep.In' } } as const
    expect((await valueSchema(inner, { topic: 't' }))!.columns).toEqual(columns({ b: 'bool' }))
    // The pin covers what is imported.
    const pin = (await valueSchema(format, { topic: 't' }))!.pin
    file('sub/o.proto', `${other}\n`)
    expect((await valueSchema(format, { topic: 't' }))!.pin).not.toBe(pin)
  })

  it('is decoded by a set of descriptors', async () => {
    const root = new protobuf.Root()
    for (const text of [other, main]) protobuf.parse(text, root, { keepCase: true })
    root.addJSON(protobuf.common.get('google/protobuf/duration.proto')!.nested!)
    root.resolveAll()
    const set = (root as unknown as { toDescriptor(edition: string): protobuf.Message }).toDescriptor(
      'proto3',
    )
    const path = file('e.desc', (set.$type as protobuf.Type).encode(set).finish())
    const format = { kind: 'protobuf', schema: { from: 'descriptor', path, message: 'p.Event' } } as const
    expect(await decoded(format, types, [value])).toEqual({ rows: [row], reasons: [], unknown: 0 })
  })

  it.each([
    ['message', 'message Event {', /./],
    ['import', 'import "gone.proto"; message Event {}', /cannot be read/],
    ['way out', 'import "../gone.proto"; message Event {}', /is not below its folder/],
    ['type', 'message Event { Gone g = 1; }', /Gone/],
    ['name', 'message Other {}', /has no message Event; there are Other/],
    ['end', `message Event { ${'message A {'.repeat(20_000)}`, /./],
  ])('needs a file with everything: no %s', async (_, text, message) => {
    const path = file('e.proto', `syntax = "proto3"; ${text}`)
    const format = { kind: 'protobuf', schema: { from: 'proto', path, message: 'Event' } } as const
    const error = await thrown(valueSchema(format, { topic: 't' }))
    expect(error.code).toMatch(/^schema-invalid$|^file-unreadable$/)
    expect(error.message).toMatch(message)
  })
})

describe('raw records', () => {
  const format = { kind: 'raw', value: 'v', key: 'k', timestamp: 't' } as const

  it('become columns, null values too', async () => {
    const decoder = createValueDecoder(format, columns({ k: 'utf8', t: 'timestamp[us]', v: 'binary' }))
    const { batch, bad } = decoder.decode(
      recordsOf([Buffer.of(255), null, Buffer.of(1)], [Buffer.from('a'), null, Buffer.of(255)]),
    )
    expect(rowsOf(batch)).toEqual([
      ['a', '1970-01-01T00:00:01.000000Z', '/w=='],
      [null, '1970-01-01T00:00:01.001000Z', null],
    ])
    expect(bad).toEqual([{ offset: 102, reason: 'column "k" (utf8) is not UTF-8', text: '01' }])
    expect((await valueSchema(format, { topic: 't' }))!.columns).toEqual(
      columns({ v: 'binary', k: 'binary', t: 'timestamp[ms, UTC]' }),
    )
  })

  it.each([
    [{ v: 'int32' }, /the column v is to hold bytes/],
    [{ v: 'binary', other: 'int32' }, /nothing for the column other/],
    [{ t: 'float64' }, /does not go into the column t \(float64\)/],
  ])('refuse the columns %j', (types, message) => {
    expect(() => createValueDecoder(format, columns(types))).toThrow(message)
  })
})
