/**
 * Protobuf values → columns, against protobufjs, which encodes: random messages and values, fields in any order and
 * packed or not; columns as the schema tells them and as they evolve; and any bytes at all.
 */

import fc from 'fast-check'
import protobuf from 'protobufjs'
import { describe, expect, it } from 'vitest'
import type { PlainValue, Schema } from '../../src/core/batch/index.ts'
import { EventColumns } from '../../src/live/values/event-columns.ts'
import { protoColumns, protoPlan } from '../../src/live/values/proto-plan.ts'
import { ProtoReader } from '../../src/live/values/proto-reader.ts'
import type { ProtoMessage } from '../../src/live/values/proto-schema.ts'
import { parseProto } from '../../src/live/values/proto-schema.ts'
import { rowsOf } from '../unit/live/values/records-of.ts'

const CASES = { numRuns: Number(process.env.HINDCAST_CASES ?? 120) }

interface Scalar {
  readonly name: string
  /** As `fromObject` of protobufjs takes it. */
  readonly value: fc.Arbitrary<unknown>
  readonly zero: unknown
  readonly plain: (value: unknown) => PlainValue
  readonly json: (value: unknown) => unknown
}

const same = (value: unknown): PlainValue => value as PlainValue
const big = (value: unknown): PlainValue => BigInt(value as string)
const realJson = (value: unknown): unknown => (Number.isFinite(value) ? value : String(value))
const longJson = (value: unknown): unknown => (Number.isSafeInteger(Number(value)) ? Number(value) : value)
const base64 = (value: unknown): string => Buffer.from(value as Uint8Array).toString('base64')
const signed = fc
  .oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -70n, max: 70n }))
  .map(String)
const unsigned = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String)
const small = { zero: 0, plain: same, json: same }
const wide = { zero: '0', plain: big, json: longJson }

const SCALARS: readonly Scalar[] = [
  ...['int32', 'sint32', 'sfixed32'].map(name => ({ name, value: fc.integer(), ...small })),
  ...['uint32', 'fixed32'].map(name => ({ name, value: fc.nat(2 ** 32 - 1), ...small })),
  ...['int64', 'sint64', 'sfixed64'].map(name => ({ name, value: signed, ...wide })),
  ...['uint64', 'fixed64'].map(name => ({ name, value: unsigned, ...wide })),
  { name: 'bool', value: fc.boolean(), zero: false, plain: same, json: same },
  { name: 'double', value: fc.double(), zero: 0, plain: same, json: realJson },
  { name: 'float', value: fc.float(), zero: 0, plain: same, json: realJson },
  {
    name: 'string',
    value: fc.string({ unit: 'grapheme', maxLength: 60 }),
    zero: '',
    plain: same,
    json: same,
  },
  {
    name: 'bytes',
    value: fc.uint8Array({ maxLength: 60 }),
    zero: new Uint8Array(0),
    plain: base64,
    json: base64,
  },
]

/** A field, values of it (undefined: not written), and what each is in its column. */
interface Sample {
  readonly declare: (name: string, number: number) => string
  readonly value: fc.Arbitrary<unknown>
  readonly plain: (value: unknown) => PlainValue
}

const scalar = fc.constantFrom(...SCALARS)
const WRAPPERS: Readonly<Record<string, string>> = {
  double: 'Double',
  float: 'Float',
  int32: 'Int32',
  int64: 'Int64',
  uint32: 'UInt32',
  uint64: 'UInt64',
  bool: 'Bool',
  string: 'String',
  bytes: 'Bytes',
}

const singular = fc.tuple(scalar, fc.constantFrom('', 'optional ')).map(
  ([{ name, value, zero, plain }, rule]): Sample => ({
    declare: (field, number) => `${rule}${name} ${field} = ${number};`,
    value: fc.option(value, { nil: undefined }),
    plain: item => (item !== undefined ? plain(item) : rule === '' ? plain(zero) : null),
  }),
)

const repeated = fc.tuple(scalar, fc.constantFrom('', '[packed=false]')).map(
  ([{ name, value, json }, packed]): Sample => ({
    declare: (field, number) =>
      `repeated ${name} ${field} = ${number} ${name === 'string' || name === 'bytes' ? '' : packed};`,
    value: fc.array(value, { maxLength: 5 }),
    plain: items => JSON.stringify((items as unknown[]).map(json)),
  }),
)

const wrapped = fc.constantFrom(...SCALARS.filter(({ name }) => name in WRAPPERS)).map(
  ({ name, value, plain }): Sample => ({
    declare: (field, number) => `google.protobuf.${WRAPPERS[name]}Value ${field} = ${number};`,
    value: fc.option(
      value.map(inner => ({ value: inner })),
      { nil: undefined },
    ),
    plain: item => (item === undefined ? null : plain((item as { value: unknown }).value)),
  }),
)

const SECONDS = { min: -9_000_000_000, max: 9_000_000_000 }
const timestamp = fc.constant<Sample>({
  declare: (field, number) => `google.protobuf.Timestamp ${field} = ${number};`,
  value: fc.option(fc.record({ seconds: fc.integer(SECONDS), nanos: fc.nat(999_999_999) }), {
    nil: undefined,
  }),
  plain: item => {
    if (item === undefined) return null
    const { seconds, nanos } = item as { seconds: number; nanos: number }
    return `${new Date(seconds * 1000).toISOString().slice(0, -5)}.${String(nanos).padStart(9, '0')}Z`
  },
})

const enumeration = fc.constant<Sample>({
  declare: (field, number) => `Level ${field} = ${number};`,
  value: fc.constantFrom('LOW', 'HIGH', 7, undefined),
  plain: item => String(item ?? 'LOW'),
})

const map = fc.tuple(scalar, fc.constantFrom('string', 'int64', 'bool')).map(
  ([{ name, value, json }, key]): Sample => ({
    declare: (field, number) => `map<${key}, ${name}> ${field} = ${number};`,
    value:
      key === 'bool'
        ? fc.record({ true: value })
        : fc.dictionary(key === 'string' ? fc.string({ maxLength: 5 }) : fc.integer().map(String), value, {
            maxKeys: 3,
          }),
    plain: entries =>
      JSON.stringify(
        Object.fromEntries(
          Object.entries(entries as Record<string, unknown>).map(([k, item]) => [k, json(item)]),
        ),
      ),
  }),
)

const inner = fc.constant<Sample>({
  declare: (field, number) => `Inner ${field} = ${number};`,
  value: fc.option(
    fc.record({
      n: fc.integer(),
      list: fc.array(signed, { maxLength: 3 }),
      inner: fc.option(fc.record({ n: fc.integer() }), { nil: undefined }),
    }),
    { nil: undefined },
  ),
  plain: item => {
    if (item === undefined) return null
    return JSON.stringify(innerJson(item as InnerValue))
  },
})

interface InnerValue {
  readonly n: number
  readonly list?: readonly string[]
  readonly inner?: InnerValue
}

function innerJson({ n, list = [], inner: next }: InnerValue): unknown {
  return { n, list: list.map(longJson), inner: next === undefined ? null : innerJson(next) }
}

const sample = fc.oneof(
  { weight: 4, arbitrary: singular },
  repeated,
  wrapped,
  timestamp,
  enumeration,
  map,
  inner,
)

const written = fc.array(sample, { minLength: 1, maxLength: 6 }).chain(fields =>
  fc
    .tuple(
      fc.uniqueArray(
        fc.oneof(
          fc.integer({ min: 1, max: 20 }),
          fc.integer({ min: 1, max: 100_000 }).filter(n => n < 19_000 || n > 19_999),
        ),
        {
          minLength: fields.length,
          maxLength: fields.length,
        },
      ),
      fc.array(fc.tuple(...fields.map(({ value }) => value)), { minLength: 1, maxLength: 4 }),
    )
    .map(([numbers, records]) => ({ fields, numbers, records })),
)

function protoOf(fields: readonly Sample[], numbers: readonly number[]): string {
  return `syntax = "proto3";
    package test;
    import "google/protobuf/wrappers.proto";
    import "google/protobuf/timestamp.proto";
    message Event { ${fields.map(({ declare }, i) => declare(`c${i}`, numbers[i]!)).join('\n')} }
    message Inner { int32 n = 1; repeated int64 list = 2; Inner inner = 3; }
    enum Level { LOW = 0; HIGH = 1; }`
}

function bytesOf(proto: string, records: readonly (readonly unknown[])[]): Uint8Array[] {
  const root = new protobuf.Root()
  protobuf.parse(proto, root, { keepCase: true })
  for (const name of ['wrappers', 'timestamp'])
    root.addJSON(protobuf.common.get(`google/protobuf/${name}.proto`)!.nested!)
  const type = root.lookupType('test.Event')
  return records.map(record => {
    const entries = record
      .map((value, i) => [`c${i}`, value] as const)
      .filter(([, value]) => value !== undefined)
    return type.encode(type.fromObject(Object.fromEntries(entries))).finish()
  })
}

function messageOf(proto: string): ProtoMessage {
  return parseProto(proto, 'test', new Map())[0]!
}

function decoded(
  message: ProtoMessage,
  into: Schema,
  values: readonly Uint8Array[],
): (PlainValue[] | string)[] {
  const event = new EventColumns(into)
  const reader = new ProtoReader(event)
  const plan = protoPlan(message, event, 'test')
  const reasons = values.map(value => reader.push(plan, value, 0, value.length))
  const rows = rowsOf(event.take())
  return reasons.map(reason => reason ?? rows.shift()!)
}

/** Keys of JSON objects come in the order of the wire, those of the expectation in that of JavaScript. */
function settled(row: PlainValue[] | string): unknown {
  if (typeof row === 'string') return row
  return row.map(value => (typeof value === 'string' && value.startsWith('{"') ? JSON.parse(value) : value))
}

describe('Protobuf values', () => {
  it('become what protobufjs encoded', () => {
    fc.assert(
      fc.property(written, ({ fields, numbers, records }) => {
        const proto = protoOf(fields, numbers)
        const message = messageOf(proto)
        const rows = decoded(message, protoColumns(message, 'test'), bytesOf(proto, records))
        const expected = records.map(record => record.map((value, i) => fields[i]!.plain(value)))
        expect(rows.map(settled)).toEqual(expected.map(settled))
      }),
      CASES,
    )
  })

  it('go into other columns by name: some dropped, some added, in any order', () => {
    const cut = written.chain(given =>
      fc.shuffledSubarray(given.fields.map((_, i) => i)).map(kept => ({ ...given, kept })),
    )
    fc.assert(
      fc.property(cut, ({ fields, numbers, records, kept }) => {
        const proto = protoOf(fields, numbers)
        const message = messageOf(proto)
        const all = protoColumns(message, 'test')
        const into: Schema = [{ name: 'added', type: { name: 'int32' } }, ...kept.map(i => all[i]!)]
        const expected = records.map(record => [null, ...kept.map(i => fields[i]!.plain(record[i]))])
        expect(decoded(message, into, bytesOf(proto, records)).map(settled)).toEqual(expected.map(settled))
      }),
      CASES,
    )
  })

  it('of two records one behind the other are the record that has the fields of both, the last of each', () => {
    fc.assert(
      fc.property(fc.array(singular, { minLength: 1, maxLength: 4 }), fc.nat(), (fields, seed) => {
        const numbers = fields.map((_, i) => i + 1)
        const proto = protoOf(fields, numbers)
        const [first, second] = fc.sample(fc.tuple(...fields.map(({ value }) => value)), {
          numRuns: 2,
          seed,
        }) as [unknown[], unknown[]]
        // A default that tells no presence is not on the wire, so the first one stays there.
        const bytes = Buffer.concat(bytesOf(proto, [first, second]))
        const root = protobuf.parse(proto, { keepCase: true }).root
        for (const name of ['wrappers', 'timestamp'])
          root.addJSON(protobuf.common.get(`google/protobuf/${name}.proto`)!.nested!)
        const type = root.lookupType('test.Event')
        const merged = type.encode(type.decode(bytes)).finish()
        const message = messageOf(proto)
        const into = protoColumns(message, 'test')
        const [once, again] = decoded(message, into, [bytes, merged])
        expect(once).toEqual(again)
      }),
      CASES,
    )
  })

  it('cut or damaged anywhere are rows or have a reason, and never spoil their neighbours', () => {
    fc.assert(
      fc.property(
        written,
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        ({ fields, numbers, records }, at, byte) => {
          const proto = protoOf(fields, numbers)
          const message = messageOf(proto)
          const [first] = bytesOf(proto, records) as [Uint8Array]
          const damaged = Uint8Array.from(first)
          if (damaged.length > 0) damaged[at % damaged.length] = byte
          const into = protoColumns(message, 'test')
          const rows = decoded(message, into, [
            first,
            damaged,
            first.subarray(0, at % (first.length + 1)),
            first,
          ])
          expect(rows[0]).toEqual(rows[3])
          expect(typeof rows[0]).toBe('object')
        },
      ),
      CASES,
    )
  })

  it('never throw for any bytes', () => {
    fc.assert(
      fc.property(
        written,
        fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 5 }),
        ({ fields, numbers }, values) => {
          const message = messageOf(protoOf(fields, numbers))
          for (const row of decoded(message, protoColumns(message, 'test'), values)) expect(row).toBeDefined()
        },
      ),
      CASES,
    )
  })
})
