/**
 * Fields in Protobuf's binary encoding: tags, scalars, and passing over what nobody wants.
 *
 *     message := (tag value)*              tag := varint of number << 3 | wire type
 *     wire type 0: varint · 1: 8 bytes · 2: length, bytes · 3, 4: a group's begin and end · 5: 4 bytes
 *
 * Invariant: as that of the cursor; groups are nested no deeper than `valueDepthMax`.
 */

import { LIMITS } from '../../limits.ts'
import type { ByteCursor } from './byte-cursor.ts'
import type { ProtoKind } from './proto-schema.ts'

export const VARINT = 0
export const BITS_64 = 1
export const LENGTH = 2
export const GROUP_BEGIN = 3
export const GROUP_END = 4
export const BITS_32 = 5

/** Codes of scalars. */
export const INT32 = 0
export const INT64 = 1
export const UINT32 = 2
export const SINT32 = 3
export const SINT64 = 4
export const FIXED32 = 5
export const SFIXED32 = 6
export const FIXED64 = 7
export const BOOL = 8
export const FLOAT = 9
export const DOUBLE = 10
/** What has a length. */
export const BYTES = 11

const CODES: Readonly<Record<ProtoKind, number>> = {
  int32: INT32,
  enum: INT32,
  int64: INT64,
  uint64: INT64,
  uint32: UINT32,
  sint32: SINT32,
  sint64: SINT64,
  fixed32: FIXED32,
  sfixed32: SFIXED32,
  fixed64: FIXED64,
  sfixed64: FIXED64,
  bool: BOOL,
  float: FLOAT,
  double: DOUBLE,
  string: BYTES,
  bytes: BYTES,
  message: BYTES,
  group: BYTES,
}

const WIRES = [
  VARINT,
  VARINT,
  VARINT,
  VARINT,
  VARINT,
  BITS_32,
  BITS_32,
  BITS_64,
  VARINT,
  BITS_32,
  BITS_64,
  LENGTH,
]

export function codeOf(kind: ProtoKind): number {
  return CODES[kind]
}

/** The wire type of a scalar that stands alone. */
export function wireOf(code: number): number {
  return WIRES[code]!
}

/** The tag at the cursor: number and wire type in one, below 2^32; -1 for a fault. */
export function readTag(cursor: ByteCursor): number {
  const { pos } = cursor
  if (!cursor.varint()) return -1
  const tag = cursor.low >>> 0
  if (cursor.high === 0 && tag >= 8) return tag
  cursor.fail('a tag has no field number', pos)
  return -1
}

/** The scalar at the cursor: integers and booleans into `low` and `high`, floats into `real`. Not of `BYTES`. */
export function readScalar(cursor: ByteCursor, code: number): boolean {
  switch (code) {
    case INT32:
      if (!cursor.varint()) return false
      cursor.high = cursor.low >> 31
      return true
    case INT64:
      return cursor.varint()
    case UINT32:
      if (!cursor.varint()) return false
      cursor.high = 0
      return true
    case SINT32:
      if (!cursor.varint()) return false
      cursor.low = (cursor.low >>> 1) ^ -(cursor.low & 1)
      cursor.high = cursor.low >> 31
      return true
    case SINT64:
      return cursor.zigzag()
    case FIXED32:
      return cursor.fixed32()
    case SFIXED32:
      if (!cursor.fixed32()) return false
      cursor.high = cursor.low >> 31
      return true
    case FIXED64:
      return cursor.fixed64()
    case BOOL:
      if (!cursor.varint()) return false
      cursor.low = cursor.low === 0 && cursor.high === 0 ? 0 : 1
      cursor.high = 0
      return true
    case FLOAT:
      return cursor.float32()
    default:
      return cursor.float64()
  }
}

/** Passes the value behind a tag. */
export function skipField(cursor: ByteCursor, tag: number): boolean {
  let depth = 0
  let next = tag
  for (;;) {
    const wire = next & 7
    if (wire === GROUP_BEGIN) {
      if (++depth > LIMITS.valueDepthMax)
        return cursor.fail(`nested deeper than ${LIMITS.valueDepthMax} levels`)
    } else if (wire === GROUP_END) {
      if (--depth < 0) return cursor.fail('a group ends that has not begun')
    } else if (!skipScalar(cursor, wire)) return false
    if (depth === 0) return true
    next = readTag(cursor)
    if (next < 0) return false
  }
}

function skipScalar(cursor: ByteCursor, wire: number): boolean {
  switch (wire) {
    case VARINT:
      return cursor.varint()
    case BITS_64:
      return cursor.skip(8)
    case BITS_32:
      return cursor.skip(4)
    case LENGTH: {
      const length = cursor.varintLength()
      return length >= 0 && cursor.skip(length)
    }
    default:
      return cursor.fail(`there is no wire type ${wire}`)
  }
}
