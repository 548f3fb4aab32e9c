/**
 * Values and schemas made to do harm: each is a bad record or a typed error, in bounded time and memory. Sizes that lie,
 * nesting, items without bytes, schemas that fold out without end.
 */

import { describe, expect, it } from 'vitest'
import { HindcastError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import { avroPlan } from '../../src/live/values/avro-plan.ts'
import { AvroReader } from '../../src/live/values/avro-reader.ts'
import { parseAvroSchema } from '../../src/live/values/avro-schema.ts'
import { EventColumns } from '../../src/live/values/event-columns.ts'
import { protoPlan } from '../../src/live/values/proto-plan.ts'
import { ProtoReader } from '../../src/live/values/proto-reader.ts'
import { parseProto } from '../../src/live/values/proto-schema.ts'
import { columns, rowsOf } from '../unit/live/values/records-of.ts'

/** Far more than any of these takes on a busy machine, far less than what they would take unbounded. */
const SECONDS_MAX = 20

/** The value of column `c`, or the reason why there is none. */
function readAvro(fields: unknown[], bytes: Uint8Array): unknown {
  const event = new EventColumns(columns({ c: 'utf8' }))
  const schema = JSON.stringify({ type: 'record', name: 'E', fields })
  const plan = avroPlan(parseAvroSchema(schema, 'e'), event, 'e')
  return timed(() => new AvroReader(event).push(plan, bytes, 0, bytes.length) ?? rowsOf(event.take())[0]![0])
}

function readProto(proto: string, bytes: Uint8Array): unknown {
  const event = new EventColumns(columns({ c: 'utf8' }))
  const [message] = parseProto(`syntax = "proto3"; ${proto}`, 'e', new Map())
  const plan = protoPlan(message!, event, 'e')
  return timed(() => new ProtoReader(event).push(plan, bytes, 0, bytes.length) ?? rowsOf(event.take())[0]![0])
}

function timed<Result>(work: () => Result): Result {
  const started = performance.now()
  const result = work()
  expect((performance.now() - started) / 1000).toBeLessThan(SECONDS_MAX)
  return result
}

function zigzag(value: bigint): number[] {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return [...bytes, Number(rest)]
}

const array = (items: unknown, name = 'c') => ({ name, type: { type: 'array', items } })
/** Records of records, two of each in the next, 40 deep: 2^40 values without a byte. */
const folded = Array.from({ length: 40 }).reduce<unknown>(
  (inner, _, i) => ({
    type: 'record',
    name: `R${i}`,
    fields: [
      { name: 'a', type: inner },
      { name: 'b', type: typeof inner === 'string' ? inner : (inner as { name: string }).name },
    ],
  }),
  'null',
)

describe('Avro that lies', () => {
  const counts = [2n ** 20n + 1n, 2n ** 31n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 31n), -(2n ** 63n)]
  it.each(counts)('a block of %s items', count => {
    const bytes = Uint8Array.from([...zigzag(count), ...(count < 0n ? zigzag(3n) : []), 1, 2, 3])
    for (const name of ['c', 'unwanted'])
      for (const items of ['int', 'string', 'null'])
        expect(readAvro([array(items, name)], bytes)).toMatch(/more items than bytes|nested values/)
  })

  it('items without bytes, block after block', () => {
    const block = zigzag(1_000_000n)
    const bytes = Uint8Array.from({ length: 3_000_001 }, (_, i) =>
      i === 3_000_000 ? 0 : block[i % block.length]!,
    )
    expect(readAvro([array('null')], bytes)).toMatch(/more than 1000000 nested values/)
    expect(readAvro([array({ type: 'record', name: 'N', fields: [] }, 'unwanted')], bytes)).toBeNull()
  })

  it('a schema that folds out without end', () => {
    expect(readAvro([{ name: 'c', type: folded }], new Uint8Array(0))).toMatch(
      /its text is longer than 65536/,
    )
    expect(readAvro([{ name: 'unwanted', type: folded }], new Uint8Array(0))).toMatch(
      /more than 1000000 nested values/,
    )
  })

  it('a record that holds itself', () => {
    const self = { type: 'record', name: 'S', fields: [{ name: 's', type: 'S' }] }
    const list = { type: 'record', name: 'S', fields: [{ name: 's', type: ['null', 'S'] }] }
    for (const name of ['c', 'unwanted']) {
      expect(readAvro([{ name, type: self }], new Uint8Array(9))).toMatch(/nested deeper than 64/)
      expect(readAvro([{ name, type: list }], new Uint8Array(100_000).fill(2))).toMatch(
        /nested deeper than 64/,
      )
    }
  })

  it('a few bytes that would be a long text', () => {
    const nothing = { type: 'array', items: 'null' }
    expect(readAvro([array(nothing)], Uint8Array.from([2, ...zigzag(900_000n), 0, 0]))).toMatch(
      /its text is longer than \d+ characters/,
    )
  })

  it('a nested decimal of many bytes is told in no time', () => {
    const decimal = { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }
    const value = new Uint8Array(1_000_000).fill(0x55)
    const bytes = Uint8Array.from([2, ...zigzag(BigInt(value.length)), ...value, 0])
    expect(readAvro([array(decimal)], bytes)).toMatch(/a decimal of more than 38 digits/)
  })

  it('names that make a little value a long text', () => {
    const name = 'n'.repeat(100_000)
    const items = { type: 'record', name: 'N', fields: [{ name, type: 'null' }] }
    expect(readAvro([array(items)], Uint8Array.from([...zigzag(500_000n), 0]))).toMatch(
      /its text is longer than/,
    )
  })

  it('text that is no text, in text', () => {
    expect(readAvro([array('string')], Uint8Array.of(2, 2, 0xff, 0))).toMatch(/a string is not UTF-8/)
    const lone = Uint8Array.of(2, 6, 0xed, 0xa0, 0x80, 0)
    expect(readAvro([array('string')], lone)).toMatch(/a string is not UTF-8/)
    expect(readAvro([{ name: 'c', type: 'string' }], Uint8Array.of(6, 0xed, 0xa0, 0x80))).toMatch(
      /is not UTF-8/,
    )
  })
})

describe('Protobuf that lies', () => {
  it('more elements than anyone has', () => {
    const bytes = Uint8Array.from({ length: 2 * (LIMITS.valueItemsMax + 1) }, (_, i) => (i % 2 === 0 ? 8 : 1))
    expect(readProto('message E { repeated int32 c = 1; }', bytes)).toMatch(
      /more than 1000000 elements of "c"/,
    )
    expect(readProto('message E { repeated int32 d = 1; }', bytes)).toBeNull()
    const packed = Buffer.concat([Uint8Array.of(10, 0x80, 0x89, 0x7a), new Uint8Array(2_000_000)])
    expect(readProto('message E { repeated int32 c = 1; }', packed)).toMatch(
      /more than 1000000 nested values/,
    )
  })

  it('little messages with many fields', () => {
    const fields = Array.from({ length: 500 }, (_, i) => `int64 field_number_${i} = ${i + 1};`).join(' ')
    const bytes = Uint8Array.from({ length: 200_000 }, (_, i) => (i % 2 === 0 ? 10 : 0))
    const proto = `message E { repeated M c = 1; } message M { ${fields} }`
    expect(readProto(proto, bytes)).toMatch(/more than 1000000 nested values|its text is longer/)
  })

  it('a map whose entry is cut, or no entry', () => {
    const proto = 'message E { map<string, int64> c = 1; }'
    expect(readProto(proto, Uint8Array.of(10, 2, 10, 5))).toMatch(/a length passes the end/)
    expect(readProto(proto, Uint8Array.of(10, 2, 8, 5))).toMatch(/has wire type 0/)
    expect(readProto(proto, Uint8Array.of(10, 0))).toBe('{"":0}')
  })

  it.each([
    ['deep', `message A { ${'message A { '.repeat(30_000)}`],
    ['chained', Array.from({ length: 5000 }, (_, i) => `message M${i} { M${i + 1} m = 1; }`).join(' ')],
    ['itself', 'message A { A a = 1; } message A { }'],
    ['option', 'option __proto__.polluted = "yes"; message A { Gone g = 1; }'],
    ['bytes', '\0\u{1f4a5}'.repeat(10_000)],
  ])('a schema: %s', (_, text) => {
    timed(() => {
      try {
        parseProto(`syntax = "proto3"; ${text}`, 'e', new Map())
      } catch (error) {
        expect(error).toBeInstanceOf(HindcastError)
        expect((error as HindcastError).code).toBe('schema-invalid')
      }
    })
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})
