import { describe, expect, it } from 'vitest'
import { ThriftReader, WIRE } from '../../../../src/parquet/format/thrift-reader.ts'
import { ThriftWriter } from '../../../../src/parquet/format/thrift-writer.ts'

function readerOf(...bytes: number[]): ThriftReader {
  return new ThriftReader(new Uint8Array(bytes), 0, bytes.length)
}

/** The one whole number in a struct of these bytes. */
function numberIn(...bytes: number[]): number {
  const reader = readerOf(0x16, ...bytes, 0)
  reader.nextField(0)
  return reader.int()
}

describe('ThriftReader', () => {
  it('reads whole numbers up to 2^53 and no further', () => {
    expect(numberIn(0)).toBe(0)
    expect(numberIn(1)).toBe(-1)
    expect(numberIn(0xac, 0x02)).toBe(150)
    expect(numberIn(0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f)).toBe(2 ** 52 - 1)
    expect(numberIn(0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f)).toBe(2 ** 53 - 1)
    expect(numberIn(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f)).toBe(-(2 ** 53))
    expect(() => numberIn(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20)).toThrow(/beyond 2\^53/)
    expect(() => numberIn(...new Array<number>(10).fill(0x80), 0)).toThrow(/more than 10 bytes/)
  })

  it('takes a padded number for what it is', () => {
    expect(numberIn(0x82, 0x80, 0x80, 0x00)).toBe(1)
  })

  it('reads i8 with its sign, booleans from the head, and ids that are far apart', () => {
    const writer = new ThriftWriter(4)
    writer.beginStruct()
    writer.fieldI8(1, -5)
    writer.fieldBool(2, true)
    writer.fieldBool(40, false)
    writer.fieldText(41, 'é\ufeff')
    writer.endStruct()
    const bytes = writer.finish()
    const reader = new ThriftReader(bytes, 0, bytes.length)
    expect([reader.nextField(0), reader.int()]).toEqual([1, -5])
    expect([reader.nextField(1), reader.bool()]).toEqual([2, true])
    expect([reader.nextField(2), reader.bool()]).toEqual([40, false])
    expect([reader.nextField(40), reader.text()]).toEqual([41, 'é\ufeff'])
    expect(reader.nextField(41)).toBe(0)
  })

  it('compares texts without decoding them, and moves on either way', () => {
    const writer = new ThriftWriter()
    writer.beginStruct()
    writer.fieldList(1, WIRE.BINARY, 4)
    for (const text of ['abc', 'é', 'ab', '']) writer.text(text)
    writer.endStruct()
    const bytes = writer.finish()
    const reader = new ThriftReader(bytes, 0, bytes.length)
    reader.nextField(0)
    expect(reader.list(WIRE.BINARY)).toBe(4)
    expect(reader.textIs('abc')).toBe(true)
    expect(reader.textIs('é')).toBe(true)
    expect(reader.textIs('abc')).toBe(false)
    expect(reader.textIs('')).toBe(true)
    expect(reader.nextField(1)).toBe(0)
  })

  it('passes over every type', () => {
    const uuid = new Array<number>(16).fill(0xff)
    const double = new Array<number>(8).fill(0xff)
    const reader = readerOf(
      ...[0x11, 0x12, 0x13, 0xff, 0x14, 0x80, 0x01, 0x17, ...double, 0x18, 2, 0xff, 0xff, 0x1d, ...uuid],
      ...[0x19, 0x21, 1, 2], // list of 2 booleans
      ...[0x1a, 0x1c, 0x15, 2, 0], // set of a struct
      ...[0x1b, 1, 0x58, 2, 1, 0x61, 0x1b, 0], // map of i32 to binary, empty map
      ...[0x15, 8, 0],
    )
    let id = reader.nextField(0)
    while (id !== 12) {
      reader.skip()
      id = reader.nextField(id)
    }
    expect(reader.int()).toBe(4)
    expect(reader.nextField(12)).toBe(0)
  })

  it.each([
    ['a type that is none', [0x1e], /no type/],
    ['a field id of 0', [0x05, 0], /no field id/],
    ['a negative field id', [0x05, 1], /no field id/],
    ['the end within a head', [], /the bytes end/],
    ['bytes longer than what is left', [0x18, 5, 1], /the bytes end/],
    ['a list longer than what is left', [0x19, 0xf5, 0xff, 0xff, 0xff, 0x0f], /the bytes end/],
    ['a map longer than what is left', [0x1b, 0xff, 0xff, 0xff, 0xff, 0x0f], /the bytes end/],
    ['a length of six bytes', [0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], /more than 5 bytes/],
    ['a double cut off', [0x17, 1, 2], /the bytes end/],
  ])('refuses %s', (_, bytes, message) => {
    const reader = readerOf(...bytes)
    expect(() => {
      reader.nextField(0)
      reader.skip()
    }).toThrow(message)
  })

  it('refuses to go deeper than 64 levels', () => {
    const lists = readerOf(0x19, ...new Array<number>(100_000).fill(0x19))
    lists.nextField(0)
    expect(() => lists.skip()).toThrow(/more than 64 levels/)
    const structs = readerOf(...new Array<number>(100_000).fill(0x1c))
    structs.nextField(0)
    expect(() => structs.skip()).toThrow(/more than 64 levels/)
  })

  it('refuses a value of another type than the caller expects', () => {
    const reader = readerOf(0x15, 2, 0)
    reader.nextField(0)
    expect(() => reader.text()).toThrow(/where bytes belongs/)
    expect(() => reader.bool()).toThrow(/where a boolean belongs/)
    expect(() => reader.struct()).toThrow(/where a struct belongs/)
    expect(() => reader.list(WIRE.I32)).toThrow(/where a list belongs/)
    const list = readerOf(0x19, 0x15, 2, 0)
    list.nextField(0)
    expect(() => list.list(WIRE.STRUCT)).toThrow(/another one/)
  })

  it('reads no bytes behind its end, though there are some', () => {
    const bytes = new Uint8Array([0x18, 3, 0x61, 0x62, 0x63])
    const readers = Array.from({ length: 3 }, () => new ThriftReader(bytes, 0, 4))
    for (const reader of readers) reader.nextField(0)
    expect(() => readers[0]!.binary()).toThrow(/the bytes end/)
    expect(() => readers[1]!.text()).toThrow(/the bytes end/)
    expect(() => readers[2]!.textIs('abc')).toThrow(/the bytes end/)
  })

  it('refuses a range outside of its bytes', () => {
    expect(() => new ThriftReader(new Uint8Array(4), 2, 5)).toThrow(/the bytes end/)
    expect(() => new ThriftReader(new Uint8Array(4), 3, 2)).toThrow(/the bytes end/)
  })
})
