/**
 * The thrift reader against a slow twin with BigInt that makes a tree of objects: both agree on what any struct says,
 * and skipping a value moves on as far as reading it.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ThriftReader, WIRE } from '../../src/parquet/format/thrift-reader.ts'
import { ThriftWriter } from '../../src/parquet/format/thrift-writer.ts'
import { cases } from './cases.ts'

type Value = { readonly type: number; readonly bytes: readonly number[] }

function varint(value: bigint): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return [...bytes, Number(rest)]
}

const zigzag = (value: bigint): number[] => varint(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)))

/** Any value with its bytes, as they stand behind its field's head or in a list. */
const { value } = fc.letrec<{ value: Value; struct: Value; list: Value; map: Value }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.nat({ max: 255 }).map(byte => ({ type: WIRE.I8, bytes: [byte] })),
    fc
      .tuple(
        fc.constantFrom(WIRE.I16, WIRE.I32, WIRE.I64),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      )
      .map(([type, number]) => ({ type, bytes: zigzag(number) })),
    fc.uint8Array({ minLength: 8, maxLength: 8 }).map(bytes => ({ type: WIRE.DOUBLE, bytes: [...bytes] })),
    fc.uint8Array({ minLength: 16, maxLength: 16 }).map(bytes => ({ type: WIRE.UUID, bytes: [...bytes] })),
    fc.uint8Array().map(bytes => ({ type: WIRE.BINARY, bytes: [...varint(BigInt(bytes.length)), ...bytes] })),
    tie('struct'),
    tie('list'),
    tie('map'),
  ),
  struct: fc
    .array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.option(tie('value') as fc.Arbitrary<Value>)), {
      maxLength: 5,
    })
    .map(fields => {
      let id = 0
      const bytes = fields.flatMap(([delta, field]) => {
        id += delta
        const type = field === null ? WIRE.TRUE : field.type
        const head = delta < 16 ? [(delta << 4) | type] : [type, ...zigzag(BigInt(id))]
        return [...head, ...(field === null ? [] : field.bytes)]
      })
      return { type: WIRE.STRUCT, bytes: [...bytes, 0] }
    }),
  list: fc.tuple(tie('value') as fc.Arbitrary<Value>, fc.nat({ max: 20 })).map(([element, count]) => ({
    type: count % 2 === 0 ? WIRE.LIST : WIRE.SET,
    bytes: [
      ...(count < 15 ? [(count << 4) | element.type] : [0xf0 | element.type, ...varint(BigInt(count))]),
      ...new Array<readonly number[]>(count).fill(element.bytes).flat(),
    ],
  })),
  map: fc
    .tuple(tie('value') as fc.Arbitrary<Value>, tie('value') as fc.Arbitrary<Value>, fc.nat({ max: 3 }))
    .map(([key, entry, count]) => ({
      type: WIRE.MAP,
      bytes:
        count === 0
          ? [0]
          : [
              count,
              (key.type << 4) | entry.type,
              ...new Array<readonly number[]>(count).fill([...key.bytes, ...entry.bytes]).flat(),
            ],
    })),
}))

describe('ThriftReader', () => {
  it('passes over any value to its end, and over no cut one', () => {
    fc.assert(
      fc.property(value, fc.nat(), (made, cut) => {
        const bytes = new Uint8Array([0x10 | made.type, ...made.bytes, 0x15, 14, 0])
        const reader = new ThriftReader(bytes, 0, bytes.length)
        reader.nextField(0)
        reader.skip()
        expect(reader.position).toBe(1 + made.bytes.length)
        expect([reader.nextField(1), reader.int(), reader.nextField(2)]).toEqual([2, 7, 0])
        const short = new ThriftReader(bytes, 0, 1 + (cut % made.bytes.length))
        short.nextField(0)
        expect(() => short.skip()).toThrow(/the bytes end/)
      }),
      cases(3000),
    )
  })

  it('reads every int64 up to 2^53 as it was written, and refuses the others', () => {
    const numbers = fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }),
      fc.integer().map(BigInt),
    )
    fc.assert(
      fc.property(numbers, number => {
        const bytes = new Uint8Array([0x16, ...zigzag(number), 0])
        const reader = new ThriftReader(bytes, 0, bytes.length)
        reader.nextField(0)
        if (number >= -(2n ** 53n) && number < 2n ** 53n) {
          expect(BigInt(reader.int())).toBe(number)
          if (number > -(2n ** 53n)) {
            const writer = new ThriftWriter(1)
            writer.beginStruct()
            writer.fieldI64(1, Number(number))
            writer.endStruct()
            expect(writer.finish()).toEqual(bytes)
          }
        } else expect(() => reader.int()).toThrow(/beyond 2\^53/)
      }),
      cases(5000),
    )
  })

  it('reads every text as TextDecoder does, and knows it again', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.string({ unit: 'binary', maxLength: 30 }),
        (raw, text) => {
          const writer = new ThriftWriter()
          writer.beginStruct()
          writer.fieldBinary(1, raw)
          writer.fieldText(2, text)
          writer.fieldText(3, text)
          writer.endStruct()
          const bytes = writer.finish()
          const reader = new ThriftReader(bytes, 0, bytes.length)
          const wellFormed = text.toWellFormed()
          expect([reader.nextField(0), reader.text()]).toEqual([
            1,
            new TextDecoder('utf-8', { ignoreBOM: true }).decode(raw),
          ])
          expect([reader.nextField(1), reader.textIs(wellFormed)]).toEqual([2, true])
          expect([reader.nextField(2), reader.textIs(`${wellFormed}x`)]).toEqual([3, false])
          expect(reader.nextField(3)).toBe(0)
        },
      ),
      cases(),
    )
  })
})
