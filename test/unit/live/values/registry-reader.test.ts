import avro from 'avsc'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HindcastError } from '../../../../src/errors.ts'
import type { RegistryPlace } from '../../../../src/job/index.ts'
import { LIMITS } from '../../../../src/limits.ts'
import { createValueDecoder, type ValueDecoder, valueSchema } from '../../../../src/live/index.ts'
import { columns, recordsOf, rowsOf } from './records-of.ts'
import { framed, TestRegistry } from './test-registry.ts'

let server: TestRegistry
const open: ValueDecoder[] = []

beforeEach(async () => {
  server = await TestRegistry.start()
})

afterEach(async () => {
  for (const decoder of open.splice(0)) await decoder.close()
  await server.stop()
})

function decoderOf(
  kind: 'avro' | 'protobuf',
  types: Readonly<Record<string, string>>,
  more: Partial<RegistryPlace> = {},
): ValueDecoder {
  const place = { from: 'registry', url: server.url, ...more } as const
  const decoder = createValueDecoder({ kind, schema: place }, columns(types))
  open.push(decoder)
  return decoder
}

async function thrown(work: Promise<unknown>): Promise<HindcastError> {
  try {
    await work
  } catch (error) {
    return error as HindcastError
  }
  throw new Error('nothing was thrown')
}

const V1 = {
  type: 'record',
  name: 'E',
  fields: [
    { name: 'a', type: 'int' },
    { name: 'b', type: 'string' },
  ],
}
const V2 = {
  type: 'record',
  name: 'E',
  fields: [
    { name: 'new', type: 'double' },
    { name: 'a', type: ['null', 'long'] },
  ],
}
const written = (schema: unknown, value: unknown) =>
  avro.Type.forSchema(schema as avro.Schema).toBuffer(value)

describe('Avro with a registry', () => {
  it('decodes each record by its own schema, each of which is asked for once', async () => {
    server.serve(7, { schema: JSON.stringify(V1) })
    server.serve(8, { schema: JSON.stringify(V2) })
    const records = recordsOf([
      framed(7, written(V1, { a: 1, b: 'x' })),
      framed(8, written(V2, { new: 0.5, a: 2 })),
      framed(7, written(V1, { a: -3, b: 'é' })),
      framed(8, written(V2, { new: 0.5, a: null })),
    ])
    const decoder = decoderOf('avro', { a: 'int64', b: 'utf8' })
    for (let round = 0; round < 2; round++) {
      await decoder.prepare(records)
      const { batch, bad } = decoder.decode(records)
      expect(bad).toEqual([])
      expect(rowsOf(batch)).toEqual([
        [1n, 'x'],
        [2n, null],
        [-3n, 'é'],
        [null, null],
      ])
    }
    expect(decoder.unknownColumns).toBe(4)
    expect(server.asked.sort()).toEqual(['/schemas/ids/7', '/schemas/ids/8'])
  })

  it('keeps nothing of a row where the next one has no such field', async () => {
    server.serve(7, { schema: JSON.stringify(V1) })
    server.serve(8, { schema: JSON.stringify(V2) })
    const decoder = decoderOf('avro', { a: 'int64', b: 'utf8' })
    const old = framed(7, written(V1, { a: 1, b: 'x' }))
    for (const values of [
      [old, old],
      [framed(8, written(V2, { new: 0.5, a: 2 })), old],
    ]) {
      const records = recordsOf(values)
      await decoder.prepare(records)
      const rows = rowsOf(decoder.decode(records).batch)
      expect(rows).toEqual(
        values[0] === old
          ? [
              [1n, 'x'],
              [1n, 'x'],
            ]
          : [
              [2n, null],
              [1n, 'x'],
            ],
      )
    }
  })

  it('names what is no record of it, and goes on', async () => {
    server.serve(7, { schema: JSON.stringify(V1) })
    const good = framed(7, written(V1, { a: 1, b: 'x' }))
    const records = recordsOf([
      good,
      null,
      Uint8Array.of(1, 0, 0, 0, 7, 2),
      Uint8Array.of(0, 0, 0),
      framed(9, Uint8Array.of(2)),
      framed(-2, Uint8Array.of(2)),
      framed(7, Uint8Array.of(2, 20, 97)),
      framed(7, Uint8Array.of(2, 2, 0xff)),
      good,
    ])
    const decoder = decoderOf('avro', { a: 'int32', b: 'utf8' })
    await decoder.prepare(records)
    const { batch, offset, bad } = decoder.decode(records)
    expect(rowsOf(batch)).toEqual([
      [1, 'x'],
      [1, 'x'],
    ])
    expect(offset).toEqual(Float64Array.of(100, 108))
    expect(bad).toEqual([
      { offset: 101, reason: 'is null (a tombstone)', text: '' },
      {
        offset: 102,
        reason: 'does not begin with the magic byte 0 and the id of a schema',
        text: '010000000702',
      },
      { offset: 103, reason: 'does not begin with the magic byte 0 and the id of a schema', text: '000000' },
      { offset: 104, reason: 'its schema 9 is not in the registry', text: '000000000902' },
      { offset: 105, reason: expect.stringMatching(/magic byte/), text: '00fffffffe02' },
      {
        offset: 106,
        reason: 'is not Avro of its schema: a length passes the end at byte 2 (schema 7)',
        text: '0000000007021461',
      },
      { offset: 107, reason: 'column "b" (utf8) is not UTF-8 (schema 7)', text: '00000000070202ff' },
    ])
    // What is unknown is not asked for again with every batch.
    await decoder.prepare(records)
    expect(server.asked.filter(path => path === '/schemas/ids/9')).toHaveLength(1)
  })

  it('an incompatible schema is an error that names field, types and schema', async () => {
    server.serve(7, { schema: JSON.stringify(V1) })
    const error = await thrown(
      decoderOf('avro', { a: 'int32', b: 'float64' }).prepare(recordsOf([framed(7, Buffer.of(0))])),
    )
    expect(error).toMatchObject({
      code: 'schema-conflict',
      message: 'the field "b" is written as string, which a column of type float64 cannot hold',
      where: { uri: `${server.url}/schemas/ids/7`, column: 'b' },
    })
  })

  it('asks for every schema of a batch, each once, however many they are', async () => {
    const ids = Array.from({ length: LIMITS.registryIdsPerBatch + 9 }, (_, i) => i + 1)
    for (const id of ids.slice(1)) server.serve(id, { schema: JSON.stringify(V1) })
    const value = written(V1, { a: 5, b: 'x' })
    const records = recordsOf(ids.map(id => framed(id, value)))
    const decoder = decoderOf('avro', { a: 'int32' })
    await decoder.prepare(records)
    expect(server.asked).toHaveLength(ids.length)
    expect(decoder.decode(records).bad).toMatchObject([{ reason: 'its schema 1 is not in the registry' }])
  })

  it('refuses a batch that names more schemas than a topic can have, known or not', async () => {
    const ids = Array.from({ length: LIMITS.registrySchemasMax + 1 }, (_, i) => i + 1)
    const records = recordsOf(ids.map(id => framed(id, Buffer.of(0))))
    const error = await thrown(decoderOf('avro', { a: 'int32' }).prepare(records))
    expect(error).toMatchObject({ code: 'limit-passed' })
    expect(server.asked).toHaveLength(LIMITS.registrySchemasMax)
  })

  it('takes what a schema refers to', async () => {
    const inner = { type: 'record', name: 'x.In', fields: [{ name: 'n', type: 'int' }] }
    const outer = { type: 'record', name: 'x.Out', fields: [{ name: 'in', type: 'x.In' }] }
    server.serve(7, {
      schema: JSON.stringify(outer),
      references: [{ name: 'x.In', subject: 'in/é', version: 3 }],
    })
    server.replies.set('/subjects/in%2F%C3%A9/versions/3', { schema: JSON.stringify(inner) })
    const records = recordsOf([framed(7, Buffer.of(8))])
    const decoder = decoderOf('avro', { in: 'utf8' })
    await decoder.prepare(records)
    expect(rowsOf(decoder.decode(records).batch)).toEqual([['{"n":4}']])
  })

  it('tells columns of a topic by the newest schema of its values', async () => {
    server.replies.set('/subjects/t-value/versions/latest', { schema: JSON.stringify(V1), id: 7 } as never)
    const format = { kind: 'avro', schema: { from: 'registry', url: server.url } } as const
    const schema = await valueSchema(format, { topic: 't' })
    expect(schema).toMatchObject({ columns: columns({ a: 'int32', b: 'utf8' }), pin: 'id:7' })
    schema!.check(columns({ a: 'int64' }))
    expect(() => schema!.check(columns({ a: 'utf8' }))).toThrow(
      '"a" is written as int, which a column of type utf8',
    )
    expect(await valueSchema(format, { topic: 'u' })).toBeNull()
  })
})

describe('Protobuf with a registry', () => {
  const schema = `syntax = "proto3"; import "other.proto";
    message First { int32 a = 1; message In { string b = 1; } }
    enum Kind { NONE = 0; }
    message Second { Other o = 1; Kind k = 2; }`
  const references = [{ name: 'other.proto', subject: 'other', version: 1 }]

  beforeEach(() => {
    server.serve(7, { schema, schemaType: 'PROTOBUF', references })
    server.replies.set('/subjects/other/versions/1', {
      schema: 'syntax = "proto3"; message Other { int64 n = 1; }',
      schemaType: 'PROTOBUF',
    })
  })

  it('finds the message by its indexes', async () => {
    const records = recordsOf([
      framed(7, Uint8Array.of(8, 5), [0]),
      framed(7, Uint8Array.of(8, 6), [2, 0]),
      framed(7, Uint8Array.of(10, 1, 98), [4, 0, 0]),
      framed(7, Uint8Array.of(10, 2, 8, 9), [2, 2]),
      framed(7, Uint8Array.of(), [2, 4]),
      framed(7, Uint8Array.of(), [2, 1]),
      framed(7, Uint8Array.of(), []),
      framed(7, Uint8Array.of(), [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]),
    ])
    const decoder = decoderOf('protobuf', { a: 'int32', b: 'utf8', o: 'utf8', k: 'utf8' })
    await decoder.prepare(records)
    const { batch, bad } = decoder.decode(records)
    expect(rowsOf(batch)).toEqual([
      [5, null, null, null],
      [6, null, null, null],
      [null, 'b', null, null],
      [null, null, '{"n":9}', 'NONE'],
    ])
    expect(bad.map(({ offset }) => offset)).toEqual([104, 105, 106, 107])
    expect(bad[0]!.reason).toBe('names a message that its schema does not have (schema 7)')
  })

  it('refuses a schema of another kind', async () => {
    const error = await thrown(
      decoderOf('avro', { a: 'int32' }).prepare(recordsOf([framed(7, Buffer.of(0))])),
    )
    expect(error).toMatchObject({
      code: 'schema-conflict',
      message: 'values are PROTOBUF, and the job says avro',
    })
  })
})

describe('a registry that fails', () => {
  const records = () => recordsOf([framed(7, written(V1, { a: 1, b: '' }))])
  const types = { a: 'int32', b: 'utf8' }

  it('is asked again', async () => {
    server.serve(7, { schema: JSON.stringify(V1) })
    server.instead.push(
      (_, response) => response.writeHead(503).end(),
      request => request.socket.destroy(),
      (_, response) =>
        response.writeHead(200, { 'content-length': '9' }).end('{', () => response.socket?.destroy()),
    )
    const decoder = decoderOf('avro', types)
    await decoder.prepare(records())
    expect(decoder.decode(records()).batch.rows).toBe(1)
    expect(server.asked).toHaveLength(4)
  })

  it.each<[string, number, string, string]>([
    ['a page', 200, '<html>', 'reply-invalid'],
    ['no schema', 200, '{"schema":7}', 'reply-invalid'],
    ['a broken reference', 200, '{"schema":"\\"int\\"","references":[{}]}', 'reply-invalid'],
    ['no such path', 404, '<html>', 'reply-invalid'],
    ['no access', 401, '', 'access-denied'],
    ['a redirect', 302, '', 'redirect-refused'],
    ['no schema text', 200, '{"schema":"oops"}', 'schema-invalid'],
    ['a bomb', 200, ' '.repeat(6 * LIMITS.valueSchemaBytesMax + 1), 'limit-passed'],
  ])('with %s is %s', async (_, status, body, code) => {
    server.instead.push((_request, response) =>
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(body),
    )
    const error = await thrown(decoderOf('avro', types).prepare(records()))
    expect(error.code).toBe(code)
    expect(JSON.stringify(error.where)).toContain('/schemas/ids/7')
    expect(server.asked).toHaveLength(1)
  })

  it('gives up when the run ends', async () => {
    const controller = new AbortController()
    server.instead.push(() => controller.abort(new Error('stopped')))
    const error = await thrown(decoderOf('avro', types).prepare(records(), controller.signal))
    expect(error.message).toBe('stopped')
  })

  it('a reference that goes in a circle, or without end, is followed no further', async () => {
    const again = { schema: '"int"', references: [{ name: 'a', subject: 'a', version: 1 }] }
    server.serve(7, again)
    server.replies.set('/subjects/a/versions/1', again)
    expect(await thrown(decoderOf('avro', types).prepare(records()))).toMatchObject({
      code: 'schema-conflict',
    })
    expect(server.asked).toHaveLength(2)
  })

  it('hears the password, and no error says it', async () => {
    const seen: (string | undefined)[] = []
    server.instead.push((request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(403).end('no, hunter2')
    })
    const error = await thrown(
      decoderOf('avro', types, { username: 'u', password: 'hunter2' }).prepare(records()),
    )
    expect(seen).toEqual([`Basic ${Buffer.from('u:hunter2').toString('base64')}`])
    expect(error.code).toBe('access-denied')
    expect(JSON.stringify([error.message, error.where, error.advice])).not.toContain('hunter2')
    expect(() => decoderOf('avro', types, { url: 'http://schemas.example.com', password: 'p' })).toThrow(
      /without TLS/,
    )
  })
})
