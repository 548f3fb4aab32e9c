/**
 * Cells written and read through the Thrift2 gateway: a second opinion that shares no code with the native client.
 *
 * Source: thrift-compact-protocol.md of Apache Thrift; hbase.thrift of hbase-thrift 2.6.1.
 */
import { askFramed } from '../../stack/framed-question.ts'

export interface ThriftCell {
  readonly row: string
  readonly family: string
  readonly qualifier: string
  readonly time: number
  readonly value: string
}

const [I32, I64, BINARY, LIST, STRUCT] = [5, 6, 8, 9, 12] as const
const PUTS_AT_ONCE = 500

/** `address` is the gateway's `host:port`. */
export async function putByThrift(
  address: string,
  table: string,
  cells: readonly ThriftCell[],
): Promise<void> {
  for (let from = 0; from < cells.length; from += PUTS_AT_ONCE) {
    const puts = cells.slice(from, from + PUTS_AT_ONCE).map(({ row, family, qualifier, time, value }) => {
      const column = [
        field(1, BINARY, binary(family)),
        field(1, BINARY, binary(qualifier)),
        field(1, BINARY, binary(value)),
      ]
      const columnValue = struct([...column, field(1, I64, zigzag(time))])
      return struct([field(1, BINARY, binary(row)), field(1, LIST, list([columnValue]))])
    })
    await call(address, 'putMultiple', [field(1, BINARY, binary(table)), field(1, LIST, list(puts))])
  }
}

/** All versions of all columns of rows, in the order of the rows. */
export async function getByThrift(
  address: string,
  table: string,
  rows: readonly string[],
): Promise<ThriftCell[]> {
  const cells: ThriftCell[] = []
  for (let from = 0; from < rows.length; from += PUTS_AT_ONCE) {
    const gets = rows
      .slice(from, from + PUTS_AT_ONCE)
      .map(row => struct([field(1, BINARY, binary(row)), field(4, I32, zigzag(1000))]))
    const reply = await call(address, 'getMultiple', [
      field(1, BINARY, binary(table)),
      field(1, LIST, list(gets)),
    ])
    const results = reply.get(0) as Shape[]
    for (const result of results) {
      const row = String(result.get(1))
      for (const each of result.get(2) as Shape[]) {
        const [family, qualifier, value] = [1, 2, 3].map(id => String(each.get(id))) as [
          string,
          string,
          string,
        ]
        cells.push({ row, family, qualifier, value, time: each.get(4) as number })
      }
    }
  }
  return cells
}

async function call(address: string, name: string, args: readonly Buffer[]): Promise<Shape> {
  const [host, port] = address.split(':') as [string, string]
  const message = Buffer.concat([Buffer.from([0x82, 0x21, 1]), binary(name), struct(args)])
  const reply = await askFramed(host, Number(port), message)
  const parser = new Parser(reply, 3 + binary(name).length)
  const result = parser.struct()
  if (reply[1] !== 0x41 || [...result.keys()].some(id => id !== 0))
    throw new Error(`${name}: ${reply.toString('latin1')}`)
  return result
}

function field(delta: number, type: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.of((delta << 4) | type), value])
}

function struct(fields: readonly Buffer[]): Buffer {
  return Buffer.concat([...fields, Buffer.of(0)])
}

function list(structs: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.of(0xf0 | STRUCT), varint(BigInt(structs.length)), ...structs])
}

function binary(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([varint(BigInt(bytes.length)), bytes])
}

function zigzag(value: number): Buffer {
  return varint(BigInt(value) * 2n)
}

function varint(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return Buffer.from([...bytes, Number(rest)])
}

type Value = number | boolean | Buffer | Value[] | Shape
type Shape = Map<number, Value>

class Parser {
  readonly #bytes: Buffer
  #at: number

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  struct(): Shape {
    const fields: Shape = new Map()
    let id = 0
    for (let head = this.#byte(); head !== 0; head = this.#byte()) {
      id = head >> 4 === 0 ? this.#zigzag() : id + (head >> 4)
      fields.set(id, this.#value(head & 15))
    }
    return fields
  }

  #value(type: number): Value {
    if (type === 1 || type === 2) return type === 1
    if (type === BINARY) {
      const length = Number(this.#varint())
      this.#at += length
      return this.#bytes.subarray(this.#at - length, this.#at)
    }
    if (type === LIST) {
      const head = this.#byte()
      const size = head >> 4 === 15 ? Number(this.#varint()) : head >> 4
      return Array.from({ length: size }, () => this.#value(head & 15))
    }
    return type === STRUCT ? this.struct() : this.#zigzag()
  }

  #byte(): number {
    return this.#bytes[this.#at++]!
  }

  #zigzag(): number {
    const value = this.#varint()
    return Number((value >> 1n) ^ -(value & 1n))
  }

  #varint(): bigint {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#byte()
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
  }
}
