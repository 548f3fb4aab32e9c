/**
 * The values of a page, by encoding and physical type, into a column's memory, nulls in their places.
 *
 *     PLAIN, BYTE_STREAM_SPLIT     physical values ─form─► memory
 *     dictionary                   codes ─look-up─► memory (the dictionary went through the form once)
 *     DELTA_…                      whole numbers, strings ─form─► memory
 */

import type { Column, StringEntries } from '../../core/batch/index.ts'
import { gatherStrings, StringDictionary, unpackStrings } from '../codec/kernels.ts'
import { corrupt, unsupported } from '../damage.ts'
import { splitF32, splitF64, splitFixed, splitI32, splitI64 } from '../encoding/byte-stream-split.ts'
import { deltaI32, deltaI64 } from '../encoding/delta.ts'
import { deltaLengthStrings, deltaPrefixStrings, fixedOfStrings } from '../encoding/delta-strings.ts'
import { checkCodes, lookUpF64, lookUpI32, lookUpI64 } from '../encoding/dictionary.ts'
import { expandF64, expandI32, expandI64, expandOffsets } from '../encoding/expand.ts'
import { decimalFixed, decimalStrings, float16, uuidStrings, widenI32 } from '../encoding/forms.ts'
import {
  behindFixed,
  plainBool,
  plainF32,
  plainF64,
  plainI32,
  plainI64,
  plainInt96,
} from '../encoding/plain.ts'
import { decodeRleI32 } from '../encoding/rle.ts'
import { wideDecimalStrings, wideDecimalsFixed } from '../encoding/wide-decimals.ts'
import type { LeafColumn } from '../format/leaf-columns.ts'
import type { EncodingName } from '../format/metadata.ts'
import type { ColumnTarget } from './column-target.ts'

/** A dictionary in our memory form. */
export interface Dictionary {
  readonly column: Column
  readonly size: number
  /** For a column of strings: to spell codes out, and the entries with the empty one in front. */
  readonly strings: { readonly spelt: StringDictionary; readonly entries: StringEntries } | null
}

export interface EncodedValues {
  readonly encoding: EncodingName
  readonly bytes: Uint8Array
  readonly position: number
  /** Values, nulls left out. */
  readonly count: number
  readonly nulls: number
  readonly leaf: LeafColumn
  readonly dictionary: Dictionary | null
}

/** Puts the values behind the rows that `target` has; it is for the caller to advance it. */
export function decodeValues(values: EncodedValues, target: ColumnTarget): void {
  decode(values, target)
  if (values.nulls > 0) spread(target, values.count + values.nulls, values.count)
}

export function dictionaryOf(column: Column, size: number): Dictionary {
  if (column.kind !== 'bytes') return { column, size, strings: null }
  const offsets = new Int32Array(size + 2)
  offsets.set(column.offsets, 1)
  const bytes = column.bytes.slice()
  return {
    column,
    size,
    strings: { spelt: new StringDictionary(column.offsets, bytes), entries: { offsets, bytes } },
  }
}

function decode(values: EncodedValues, target: ColumnTarget): void {
  const { encoding, bytes, position, count, leaf } = values
  switch (encoding) {
    case 'PLAIN':
      decodePlain(values, target)
      return
    case 'PLAIN_DICTIONARY':
    case 'RLE_DICTIONARY':
      decodeCodes(values, target)
      return
    case 'RLE':
      decodeRunBooleans(values, target)
      return
    case 'DELTA_BINARY_PACKED':
      decodeDeltas(values, target)
      return
    case 'DELTA_LENGTH_BYTE_ARRAY':
      if (leaf.physical !== 'BYTE_ARRAY') throw mismatch(encoding, leaf)
      putStrings(leaf, deltaLengthStrings(bytes, position, bytes.length, count), count, target)
      return
    case 'DELTA_BYTE_ARRAY':
      decodePrefixed(values, target)
      return
    case 'BYTE_STREAM_SPLIT':
      decodeSplit(values, target)
      return
    case 'BIT_PACKED':
      throw unsupported('values in encoding BIT_PACKED are not read')
  }
}

function mismatch(encoding: EncodingName, leaf: LeafColumn): Error {
  return corrupt(`${encoding} is no encoding for ${leaf.physical}`)
}

/** How values of fixed width are read, in one of the encodings that have them all. */
interface WordKernels {
  readonly i32: typeof plainI32
  readonly i64: typeof plainI64
  readonly f32: typeof plainF32
  readonly f64: typeof plainF64
}

const PLAIN_WORDS: WordKernels = { i32: plainI32, i64: plainI64, f32: plainF32, f64: plainF64 }
const SPLIT_WORDS: WordKernels = { i32: splitI32, i64: splitI64, f32: splitF32, f64: splitF64 }

/** Numbers of 4 and 8 bytes; false where the column has other values. */
function decodeWords(
  kernels: WordKernels,
  { bytes, position, count, leaf }: EncodedValues,
  target: ColumnTarget,
): boolean {
  const end = bytes.length
  const { at } = target
  switch (leaf.physical) {
    case 'INT32':
      decodeInt32(target, count, (out, to) => kernels.i32(bytes, position, end, count, out, to))
      return true
    case 'INT64':
      kernels.i64(bytes, position, end, count, target.int32, at)
      return true
    case 'FLOAT':
      kernels.f32(bytes, position, end, count, target.float64, at)
      return true
    case 'DOUBLE':
      kernels.f64(bytes, position, end, count, target.float64, at)
      return true
    default:
      return false
  }
}

/** INT32 values into the column, by way of the scratch where they have 64 bits in memory. */
function decodeInt32(target: ColumnTarget, count: number, read: (out: Int32Array, at: number) => void): void {
  if (target.kind !== 'i64') {
    read(target.int32, target.at)
    return
  }
  const narrow = scratch(count)
  read(narrow, 0)
  widenI32(narrow, 0, count, target.int32, target.at)
}

/** Physical values one behind the other. */
function decodePlain(values: EncodedValues, target: ColumnTarget): void {
  const { bytes, position, count, leaf } = values
  if (decodeWords(PLAIN_WORDS, values, target)) return
  switch (leaf.physical) {
    case 'BOOLEAN':
      plainBool(bytes, position, bytes.length, count, target.int32, target.at)
      return
    case 'INT96':
      plainInt96(bytes, position, bytes.length, count, target.int32, target.at)
      return
    case 'BYTE_ARRAY':
      putStrings(leaf, unpackStrings(bytes.subarray(position), count), count, target)
      return
    case 'FIXED_LEN_BYTE_ARRAY':
      decodeFixed(leaf, bytes, position, count, target)
  }
}

/** Strings of a page, or decimals made of them. */
function putStrings(
  leaf: LeafColumn,
  strings: { readonly offsets: Int32Array; readonly bytes: Uint8Array },
  count: number,
  target: ColumnTarget,
): void {
  if (leaf.form === 'decimal-bytes') {
    decimalStrings(strings.offsets, strings.bytes, count, target.int32, target.at)
  } else if (leaf.form === 'decimal-wide') {
    const wide = wideDecimalStrings(strings.offsets, strings.bytes, count)
    target.putStrings(wide.offsets, wide.bytes, count)
  } else target.putStrings(strings.offsets, strings.bytes, count)
}

function decodeFixed(
  leaf: LeafColumn,
  bytes: Uint8Array,
  position: number,
  count: number,
  target: ColumnTarget,
): void {
  const width = leaf.typeLength!
  const { at } = target
  switch (leaf.form) {
    case 'decimal-bytes':
      decimalFixed(bytes, position, bytes.length, count, width, target.int32, at)
      return
    case 'decimal-wide': {
      const wide = wideDecimalsFixed(bytes, position, bytes.length, count, width)
      target.putStrings(wide.offsets, wide.bytes, count)
      return
    }
    case 'float16':
      float16(bytes, position, bytes.length, count, target.float64, at)
      return
    case 'uuid': {
      const text = uuidStrings(bytes, position, bytes.length, count)
      target.putStrings(text.offsets, text.bytes, count)
      return
    }
    default: {
      const behind = behindFixed(position, bytes.length, count, width)
      const offsets = new Int32Array(count + 1)
      for (let i = 0; i <= count; i++) offsets[i] = i * width
      target.putStrings(offsets, bytes.subarray(position, behind), count)
      return
    }
  }
}

/** A byte with the width of the codes, then runs of codes. */
function decodeCodes({ bytes, position, count, dictionary }: EncodedValues, target: ColumnTarget): void {
  if (dictionary === null) throw corrupt('a page refers to a dictionary that is not there')
  if (count === 0) {
    const { strings } = dictionary
    if (strings !== null && !target.takeCodes(strings.entries)) target.putStrings(NO_STRINGS, NO_BYTES, 0)
    return
  }
  const width = bytes[position]
  if (width === undefined) throw corrupt('the page ends before its codes')
  if (width > 32) throw corrupt(`codes of ${width} bits`)
  const found = scratch(count)
  decodeRleI32(bytes, position + 1, bytes.length, width, count, found, 0)
  const { column, size, strings } = dictionary
  const { at } = target
  if (column.kind === 'i32') lookUpI32(column.values, found, 0, count, target.int32, at, size)
  else if (column.kind === 'i64') lookUpI64(column.values, found, 0, count, target.int32, at, size)
  else if (column.kind === 'f64') lookUpF64(column.values, found, 0, count, target.float64, at, size)
  else decodeStrings(found, count, size, strings!, target)
}

/** Codes stay codes where the target's other rows are of the same dictionary; entry 0 is the empty string there. */
function decodeStrings(
  found: Int32Array,
  count: number,
  size: number,
  { spelt, entries }: NonNullable<Dictionary['strings']>,
  target: ColumnTarget,
): void {
  if (!target.takeCodes(entries)) {
    const gathered = gatherStrings(spelt, found.subarray(0, count))
    target.putStrings(gathered.offsets, gathered.bytes, count)
    return
  }
  checkCodes(found, 0, count, size)
  const { int32, at } = target
  for (let i = 0; i < count; i++) int32[at + i] = found[i]! + 1
}

const NO_STRINGS = new Int32Array(1)
const NO_BYTES = new Uint8Array(0)

/** Booleans as runs of single bits, with their length in front. */
function decodeRunBooleans({ bytes, position, count, leaf }: EncodedValues, target: ColumnTarget): void {
  if (leaf.physical !== 'BOOLEAN') throw mismatch('RLE', leaf)
  if (count === 0) return
  if (bytes.length - position < 4) throw corrupt('the page ends before its runs')
  const length = new DataView(bytes.buffer, bytes.byteOffset + position, 4).getUint32(0, true)
  const from = position + 4
  if (length > bytes.length - from) {
    throw corrupt(`runs of ${length} bytes where the page has ${bytes.length - from} left`)
  }
  decodeRleI32(bytes, from, from + length, 1, count, target.int32, target.at)
}

function decodeDeltas({ bytes, position, count, leaf }: EncodedValues, target: ColumnTarget): void {
  const end = bytes.length
  if (leaf.physical === 'INT64') deltaI64(bytes, position, end, count, target.int32, target.at)
  else if (leaf.physical !== 'INT32') throw mismatch('DELTA_BINARY_PACKED', leaf)
  else decodeInt32(target, count, (out, to) => deltaI32(bytes, position, end, count, out, to))
}

function decodePrefixed({ bytes, position, count, leaf }: EncodedValues, target: ColumnTarget): void {
  if (leaf.physical !== 'BYTE_ARRAY' && leaf.physical !== 'FIXED_LEN_BYTE_ARRAY') {
    throw mismatch('DELTA_BYTE_ARRAY', leaf)
  }
  const strings = deltaPrefixStrings(bytes, position, bytes.length, count)
  if (leaf.physical === 'BYTE_ARRAY') {
    putStrings(leaf, strings, count, target)
    return
  }
  fixedOfStrings(strings, leaf.typeLength!)
  decodeFixed(leaf, strings.bytes, 0, count, target)
}

function decodeSplit(values: EncodedValues, target: ColumnTarget): void {
  const { bytes, position, count, leaf } = values
  if (decodeWords(SPLIT_WORDS, values, target)) return
  if (leaf.physical !== 'FIXED_LEN_BYTE_ARRAY') throw mismatch('BYTE_STREAM_SPLIT', leaf)
  const width = leaf.typeLength!
  behindFixed(position, bytes.length, count, width)
  const plain = new Uint8Array(count * width)
  splitFixed(bytes, position, bytes.length, count, width, plain, 0)
  decodeFixed(leaf, plain, 0, count, target)
}

/** Moves `packed` values apart, to the valid ones of `rows` rows. */
function spread(target: ColumnTarget, rows: number, packed: number): void {
  const valid = target.validity()
  const { at } = target
  switch (target.kind) {
    case 'i32':
      expandI32(target.int32, at, valid, at, rows, packed)
      return
    case 'i64':
      expandI64(target.int32, at, valid, at, rows, packed)
      return
    case 'f64':
      expandF64(target.float64, at, valid, at, rows, packed)
      return
    case 'bytes':
      if (target.isCoded) expandI32(target.int32, at, valid, at, rows, packed)
      else expandOffsets(target.offsets, at, valid, at, rows, packed)
      return
  }
}

/** Codes of the page under way, or INT32 values on their way to 64 bits. One a thread: nothing here waits. */
let codes = new Int32Array(64 * 1024)

function scratch(count: number): Int32Array {
  if (count > codes.length) codes = new Int32Array(Math.max(count, 2 * codes.length))
  return codes
}
