/**
 * Calls of the Thrift2 gateway, framed, in the compact protocol: enough to ask whether it serves, and for a test to
 * write and read a cell, without a Thrift library.
 *
 * Source: thrift-compact-protocol.md of Apache Thrift; hbase.thrift of hbase-thrift 2.6.1.
 *
 *     message  82 21 (version 1, call) sequence:varint name:string arguments:struct
 *     struct   field…  00        field  (id delta << 4 | type) value, ids ascending
 */
import { askFramed } from '../framed-question.ts'

/** A field of a struct: text is a string or binary, an array of fields a struct, `list` a list of structs. */
export type Field = readonly [id: number, value: FieldValue]
export type FieldValue =
  | string
  | boolean
  | readonly Field[]
  | { readonly list: readonly (readonly Field[])[] }

const TYPE = { true: 1, false: 2, binary: 8, list: 9, struct: 12 }
const PROTOCOL = 0x82
const CALL = 0x21
const REPLY = 0x41
const SEQUENCE = 1

/**
 * Result of a call as the bytes of its struct. Throws where nobody answers, and where the answer is an exception: of the
 * protocol, or one that the method declares.
 */
export async function callThrift(
  host: string,
  port: number,
  name: string,
  args: readonly Field[],
): Promise<Buffer> {
  return resultOf(name, await askFramed(host, port, callMessage(name, args)))
}

export function callMessage(name: string, args: readonly Field[]): Buffer {
  return Buffer.concat([Buffer.from([PROTOCOL, CALL, SEQUENCE]), binary(name), struct(args)])
}

/** The result struct of a reply. Field 0 is what a method gives; others are its exceptions. */
export function resultOf(name: string, reply: Buffer): Buffer {
  const result = reply.subarray(3 + binary(name).length)
  const isVoid = result[0] === 0
  const isValue = (result[0]! & 0xf0) === 0 && result[1] === 0 // a delta of 0: the id follows, zigzag
  if (reply[0] !== PROTOCOL || reply[1] !== REPLY || !(isVoid || isValue)) {
    const readable = result
      .toString('latin1')
      .replaceAll(/[^\x20-\x7e]+/g, ' ')
      .trim()
    throw new Error(`${name}: ${readable}`)
  }
  return result
}

function struct(fields: readonly Field[]): Buffer {
  const parts: Buffer[] = []
  let before = 0
  for (const [id, value] of fields) {
    const [type, bytes] = encoded(value)
    parts.push(Buffer.from([((id - before) << 4) | type]), bytes)
    before = id
  }
  return Buffer.concat([...parts, Buffer.from([0])])
}

function encoded(value: FieldValue): [type: number, bytes: Buffer] {
  if (typeof value === 'string') return [TYPE.binary, binary(value)]
  if (typeof value === 'boolean') return [value ? TYPE.true : TYPE.false, Buffer.alloc(0)]
  if (!('list' in value)) return [TYPE.struct, struct(value)]
  const head = Buffer.from([(value.list.length << 4) | TYPE.struct]) // fewer than 15
  return [TYPE.list, Buffer.concat([head, ...value.list.map(struct)])]
}

/** Shorter than 128 bytes, so that the length is one byte. */
function binary(text: string): Buffer {
  const bytes = Buffer.from(text)
  if (bytes.length > 127)
    throw new Error(`${bytes.length} bytes are more than this form of Thrift has room for`)
  return Buffer.concat([Buffer.from([bytes.length]), bytes])
}
