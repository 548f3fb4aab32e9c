/**
 * Avro values → columns, against avsc, which encodes: random schemas and values, columns as the schema tells them and
 * as they evolve; and any bytes at all.
 */

import avro from 'avsc'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PlainValue, Schema } from '../../src/core/batch/index.ts'
import { avroColumns, avroPlan } from '../../src/live/values/avro-plan.ts'
import { AvroReader } from '../../src/live/values/avro-reader.ts'
import { parseAvroSchema } from '../../src/live/values/avro-schema.ts'
import { EventColumns } from '../../src/live/values/event-columns.ts'
import { rowsOf } from '../unit/live/values/records-of.ts'

const CASES = { numRuns: Number(process.env.HINDCAST_CASES ?? 300) }

/** A type, values of it as avsc takes them, and what they are in a column of their own and inside JSON. */
interface Sample {
  readonly type: unknown
  readonly value: fc.Arbitrary<unknown>
  readonly plain: (value: unknown) => PlainValue
  readonly json: (value: unknown) => unknown
}

const LONG = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(value)
    return bytes
  },
  fromJSON: BigInt,
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
})

const same = (value: unknown): PlainValue => value as PlainValue
const realJson = (value: unknown): unknown => (Number.isFinite(value) ? value : String(value))
const longJson = (value: unknown): unknown =>
  Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
const base64 = (value: unknown): string => Buffer.from(value as Buffer).toString('base64')
const text = fc.string({ unit: 'grapheme', maxLength: 60 })
const long = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -70n, max: 70n }),
)

let names = 0
const leaf: fc.Arbitrary<Sample> = fc.constantFrom<Sample>(
  { type: 'int', value: fc.integer(), plain: same, json: same },
  { type: 'long', value: long, plain: same, json: longJson },
  { type: 'boolean', value: fc.boolean(), plain: same, json: same },
  { type: 'double', value: fc.double(), plain: same, json: realJson },
  { type: 'float', value: fc.float(), plain: same, json: realJson },
  { type: 'string', value: text, plain: same, json: same },
  { type: 'bytes', value: fc.uint8Array({ maxLength: 60 }).map(Buffer.from), plain: base64, json: base64 },
)

const enumeration: fc.Arbitrary<Sample> = fc.constant(null).map(() => ({
  type: { type: 'enum', name: `E${names++}`, symbols: ['A', 'B', 'LONGER'] },
  value: fc.constantFrom('A', 'B', 'LONGER'),
  plain: same,
  json: same,
}))

const fixed: fc.Arbitrary<Sample> = fc.integer({ min: 0, max: 20 }).map(size => ({
  type: { type: 'fixed', name: `F${names++}`, size },
  value: fc.uint8Array({ minLength: size, maxLength: size }).map(Buffer.from),
  plain: base64,
  json: base64,
}))

function nested(inner: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> {
  const asText = (json: (value: unknown) => unknown) => ({
    json,
    plain: (value: unknown) => JSON.stringify(json(value)),
  })
  const array = inner.map(({ type, value, json }) => ({
    type: { type: 'array', items: type },
    value: fc.array(value, { maxLength: 4 }),
    ...asText(items => (items as unknown[]).map(json)),
  }))
  const map = inner.map(({ type, value, json }) => ({
    type: { type: 'map', values: type },
    value: fc.dictionary(text, value, { maxKeys: 4 }),
    ...asText(entries =>
      Object.fromEntries(Object.entries(entries as object).map(([key, item]) => [key, json(item)])),
    ),
  }))
  const record = fc.array(inner, { maxLength: 3 }).map(fields => ({
    type: {
      type: 'record',
      name: `R${names++}`,
      fields: fields.map(({ type }, i) => ({ name: `f${i}`, type })),
    },
    value: fc.record(Object.fromEntries(fields.map(({ value }, i) => [`f${i}`, value]))),
    ...asText(whole =>
      Object.fromEntries(
        fields.map(({ json }, i) => [`f${i}`, json((whole as Record<string, unknown>)[`f${i}`])]),
      ),
    ),
  }))
  return fc.oneof(array, map, record)
}

function nullable({ type, value, plain, json }: Sample): Sample {
  return {
    type: ['null', type],
    value: fc.option(value),
    plain: item => (item === null ? null : plain(item)),
    json: item => (item === null ? null : json(item)),
  }
}

const flat = fc.oneof({ weight: 5, arbitrary: leaf }, enumeration, fixed)
const sample = fc
  .oneof({ weight: 4, arbitrary: flat }, nested(fc.oneof(flat, nested(flat))))
  .chain(found => fc.constantFrom(found, nullable(found)))

/** A record's schema with some values of it. */
const written = fc
  .array(sample, { minLength: 1, maxLength: 6 })
  .chain(fields =>
    fc
      .array(fc.tuple(...fields.map(({ value }) => value)), { minLength: 1, maxLength: 5 })
      .map(records => ({ fields, records })),
  )

function schemaOf(fields: readonly Sample[]): avro.Schema {
  const json = {
    type: 'record',
    name: 'Event',
    fields: fields.map(({ type }, i) => ({ name: `c${i}`, type })),
  }
  return json as avro.Schema
}

function bytesOf(fields: readonly Sample[], records: readonly unknown[][]): Buffer[] {
  // avsc keeps wrapped branches where they could be mistaken; ours never can, with null as the only other one.
  const type = avro.Type.forSchema(schemaOf(fields), { registry: { long: LONG }, wrapUnions: 'never' })
  return records.map(record => type.toBuffer(Object.fromEntries(record.map((value, i) => [`c${i}`, value]))))
}

function decoded(schema: unknown, into: Schema, values: readonly Uint8Array[]): (PlainValue[] | string)[] {
  const event = new EventColumns(into)
  const reader = new AvroReader(event)
  const plan = avroPlan(parseAvroSchema(JSON.stringify(schema), 'test'), event, 'test')
  const reasons = values.map(value => reader.push(plan, value, 0, value.length))
  const rows = rowsOf(event.take())
  return reasons.map(reason => reason ?? rows.shift()!)
}

describe('Avro values', () => {
  it('become what avsc encoded', () => {
    fc.assert(
      fc.property(written, ({ fields, records }) => {
        const into = avroColumns(parseAvroSchema(JSON.stringify(schemaOf(fields)), 'test'), 'test')
        const rows = decoded(schemaOf(fields), into, bytesOf(fields, records))
        expect(rows).toEqual(records.map(record => record.map((value, i) => fields[i]!.plain(value))))
      }),
      CASES,
    )
  })

  it('go into other columns by name: some dropped, some added, in any order', () => {
    const cut = written.chain(given =>
      fc.shuffledSubarray(given.fields.map((_, i) => i)).map(kept => ({ ...given, kept })),
    )
    fc.assert(
      fc.property(cut, ({ fields, records, kept }) => {
        const all = avroColumns(parseAvroSchema(JSON.stringify(schemaOf(fields)), 'test'), 'test')
        const into: Schema = [{ name: 'added', type: { name: 'int32' } }, ...kept.map(i => all[i]!)]
        const rows = decoded(schemaOf(fields), into, bytesOf(fields, records))
        expect(rows).toEqual(records.map(record => [null, ...kept.map(i => fields[i]!.plain(record[i]))]))
      }),
      CASES,
    )
  })

  it('cut or damaged anywhere are rows or have a reason, and never spoil their neighbours', () => {
    fc.assert(
      fc.property(written, fc.nat(), fc.integer({ min: 0, max: 255 }), ({ fields, records }, at, byte) => {
        const into = avroColumns(parseAvroSchema(JSON.stringify(schemaOf(fields)), 'test'), 'test')
        const [first] = bytesOf(fields, records) as [Buffer]
        const damaged = Buffer.from(first)
        if (damaged.length > 0) damaged[at % damaged.length] = byte
        const rows = decoded(schemaOf(fields), into, [
          first,
          damaged,
          first.subarray(0, at % (first.length + 1)),
          Buffer.concat([first, Buffer.of(byte)]),
          first,
        ])
        const whole = fields.map(({ plain }, i) => plain(records[0]![i]))
        expect(rows[0]).toEqual(whole)
        expect(rows[3]).toMatch(/something follows the record/)
        expect(rows[4]).toEqual(whole)
        if (at % (first.length + 1) !== first.length && first.length > 0)
          expect(typeof rows[2]).toBe('string')
      }),
      CASES,
    )
  })

  it('never throw for any bytes', () => {
    fc.assert(
      fc.property(
        written,
        fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 5 }),
        ({ fields }, values) => {
          const into = avroColumns(parseAvroSchema(JSON.stringify(schemaOf(fields)), 'test'), 'test')
          for (const row of decoded(schemaOf(fields), into, values)) expect(row).toBeDefined()
        },
      ),
      CASES,
    )
  })
})
