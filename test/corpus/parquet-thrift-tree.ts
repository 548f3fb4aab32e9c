/**
 * Thrift (compact protocol) as a tree without a schema, to change any field of it to anything: what the format forbids
 * is written like all else. The slow obvious twin of src/parquet/format/thrift-reader.ts, which has the grammar.
 */

export type Tree =
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'i8'; readonly value: number }
  | { readonly kind: 'int'; readonly wire: 4 | 5 | 6; readonly value: bigint }
  | { readonly kind: 'double'; readonly bytes: Uint8Array }
  | { readonly kind: 'binary'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'list'
      readonly wire: 9 | 10
      readonly element: number
      readonly items: readonly Tree[]
      /** What the head claims, where that is not the number of items. */
      readonly claimed?: number
    }
  | { readonly kind: 'struct'; readonly fields: readonly TreeField[] }

export interface TreeField {
  readonly id: number
  readonly value: Tree
}

/** Parses the struct at `position`; returns it and the position behind it. Throws on what is no thrift. */
export function parseTree(bytes: Uint8Array, position = 0): { tree: Tree; end: number } {
  const cursor = { bytes, at: position }
  const tree = parseStruct(cursor)
  return { tree, end: cursor.at }
}

interface Cursor {
  readonly bytes: Uint8Array
  at: number
}

function parseStruct(cursor: Cursor): Tree {
  const fields: TreeField[] = []
  for (let id = 0; ; ) {
    const head = byteOf(cursor)
    if (head === 0) return { kind: 'struct', fields }
    id = head >> 4 === 0 ? Number(zigzagOf(cursor)) : id + (head >> 4)
    const wire = head & 15
    fields.push({ id, value: wire <= 2 ? { kind: 'bool', value: wire === 1 } : parseValue(cursor, wire) })
  }
}

function parseValue(cursor: Cursor, wire: number): Tree {
  switch (wire) {
    case 1:
    case 2:
      return { kind: 'bool', value: byteOf(cursor) === 1 }
    case 3:
      return { kind: 'i8', value: byteOf(cursor) }
    case 4:
    case 5:
    case 6:
      return { kind: 'int', wire, value: zigzagOf(cursor) }
    case 7:
      return { kind: 'double', bytes: bytesOf(cursor, 8) }
    case 8:
      return { kind: 'binary', bytes: bytesOf(cursor, Number(varintOf(cursor))) }
    case 9:
    case 10: {
      const head = byteOf(cursor)
      const count = head >> 4 === 15 ? Number(varintOf(cursor)) : head >> 4
      const element = head & 15
      return {
        kind: 'list',
        wire,
        element,
        items: Array.from({ length: count }, () => parseValue(cursor, element)),
      }
    }
    case 12:
      return parseStruct(cursor)
    default:
      throw new Error(`thrift type ${wire} is not in the files that are changed here`)
  }
}

function byteOf(cursor: Cursor): number {
  const byte = cursor.bytes[cursor.at++]
  if (byte === undefined) throw new Error('thrift ends early')
  return byte
}

function bytesOf(cursor: Cursor, length: number): Uint8Array {
  cursor.at += length
  return cursor.bytes.slice(cursor.at - length, cursor.at)
}

function varintOf(cursor: Cursor): bigint {
  let value = 0n
  for (let shift = 0n; ; shift += 7n) {
    const byte = byteOf(cursor)
    value |= BigInt(byte & 127) << shift
    if (byte < 128) return value
  }
}

function zigzagOf(cursor: Cursor): bigint {
  const value = varintOf(cursor)
  return (value >> 1n) ^ -(value & 1n)
}

/** The bytes of a tree whose top is a struct. */
export function encodeTree(tree: Tree): Uint8Array {
  const out: number[] = []
  writeValue(out, tree)
  return Uint8Array.from(out)
}

/** Wire type of a value. */
export function wireOf(tree: Tree): number {
  switch (tree.kind) {
    case 'bool':
      return tree.value ? 1 : 2
    case 'i8':
      return 3
    case 'double':
      return 7
    case 'binary':
      return 8
    case 'struct':
      return 12
    default:
      return tree.wire
  }
}

function writeValue(out: number[], tree: Tree): void {
  switch (tree.kind) {
    case 'bool':
      out.push(tree.value ? 1 : 2)
      return
    case 'i8':
      out.push(tree.value & 255)
      return
    case 'int':
      writeVarint(out, BigInt.asUintN(64, (tree.value << 1n) ^ (tree.value >> 63n)))
      return
    case 'double':
      for (const byte of tree.bytes) out.push(byte)
      return
    case 'binary':
      writeVarint(out, BigInt(tree.bytes.length))
      for (const byte of tree.bytes) out.push(byte)
      return
    case 'list':
      writeList(out, tree)
      return
    case 'struct':
      writeStruct(out, tree.fields)
  }
}

function writeList(out: number[], list: Extract<Tree, { kind: 'list' }>): void {
  const count = list.claimed ?? list.items.length
  if (count < 15) out.push((count << 4) | list.element)
  else {
    out.push(0xf0 | list.element)
    writeVarint(out, BigInt(count))
  }
  for (const item of list.items) writeValue(out, item)
}

function writeStruct(out: number[], fields: readonly TreeField[]): void {
  let before = 0
  for (const { id, value } of fields) {
    const wire = wireOf(value)
    const delta = id - before
    if (delta > 0 && delta < 16) out.push((delta << 4) | wire)
    else {
      out.push(wire)
      writeVarint(out, BigInt.asUintN(64, (BigInt(id) << 1n) ^ (BigInt(id) >> 63n)))
    }
    before = id
    if (value.kind !== 'bool') writeValue(out, value)
  }
  out.push(0)
}

export function writeVarint(out: number[], value: bigint): void {
  let rest = value
  for (; rest >= 128n; rest >>= 7n) out.push(Number(rest & 127n) | 128)
  out.push(Number(rest))
}
