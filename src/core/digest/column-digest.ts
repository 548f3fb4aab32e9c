/**
 * The replay digest (C7): a content digest of the rows of one (partition, slice), in order.
 *
 * Published byte form. Every column is a stream of bytes, hashed on its own with SHA-256:
 *
 *     validity   one byte a row, 1 valid, 0 null
 *     i32        4 bytes a row, little-endian; 0 under a null
 *     i64        8 bytes a row, little-endian; 0 under a null
 *     f64        8 bytes a row, IEEE 754 little-endian; −0 as +0, every NaN as 7ff8000000000000; 0 under a null
 *     bytes      4 bytes length a row (0 under a null), and in a second stream the bytes one after the other
 *
 *     digest = SHA-256( "hindcast-digest-1\n" · rows as decimal "\n"
 *                       · per column: JSON of [name, type text] "\n" · hex of each of its streams "\n" )
 *
 * Streams do not know batches, so the digest does not depend on batch size, lanes, slices read or resume, and a
 * column is hashed where it lies, without making rows. A difference can be pinned to a column without the data.
 * `_offset` where it is counted is left out by the caller, so that one lost row does not change what follows.
 *
 * The hash itself comes in as a port: core imports no Node API.
 */

import type { Batch, CodedStrings, Column, Field, Schema } from '../batch/index.ts'
import { isCoded, physicalKind, typeText } from '../batch/index.ts'

/** An incremental SHA-256. */
export interface Hasher {
  update(bytes: Uint8Array): void
  /** Lower-case hex; ends the hasher. */
  hex(): string
}

export type CreateHasher = () => Hasher

interface ColumnStreams {
  readonly field: Field
  readonly valid: Hasher
  readonly values: Hasher
  /** Lengths, for `bytes` columns. */
  readonly lengths: Hasher | null
}

export interface ReplayDigest {
  /** Adds the rows of a batch; its columns must be those of the schema, in order. */
  add(batch: Batch): void
  /** Ends the digest: lower-case hex. */
  finish(): string
}

const UTF8 = new TextEncoder()
const ONES = new Uint8Array(65536).fill(1)

export function createDigest(schema: Schema, createHasher: CreateHasher): ReplayDigest {
  const streams = schema.map(
    (field): ColumnStreams => ({
      field,
      valid: createHasher(),
      values: createHasher(),
      lengths: physicalKind(field.type) === 'bytes' ? createHasher() : null,
    }),
  )
  let rows = 0
  return {
    add(batch: Batch): void {
      rows += batch.rows
      for (let c = 0; c < streams.length; c++) addColumn(streams[c]!, batch.columns[c]!, batch.rows)
    },
    finish(): string {
      const all = createHasher()
      all.update(UTF8.encode(`hindcast-digest-1\n${rows}\n`))
      for (const { field, valid, values, lengths } of streams) {
        all.update(UTF8.encode(`${JSON.stringify([field.name, typeText(field.type)])}\n${valid.hex()}\n`))
        if (lengths !== null) all.update(UTF8.encode(`${lengths.hex()}\n`))
        all.update(UTF8.encode(`${values.hex()}\n`))
      }
      return all.hex()
    },
  }
}

function addColumn(stream: ColumnStreams, column: Column, rows: number): void {
  addValidity(stream.valid, column.valid, rows)
  switch (column.kind) {
    case 'i32':
    case 'i64':
      stream.values.update(bytesOf(column.values))
      return
    case 'f64':
      stream.values.update(bytesOf(canonicalF64(column.values)))
      return
    case 'bytes': {
      if (isCoded(column)) {
        addCoded(stream, column)
        return
      }
      const lengths = new Int32Array(rows)
      for (let i = 0; i < rows; i++) lengths[i] = column.offsets[i + 1]! - column.offsets[i]!
      stream.lengths!.update(bytesOf(lengths))
      stream.values.update(column.bytes.subarray(column.offsets[0]!, column.offsets[rows]!))
    }
  }
}

/** Bytes on their way to the hash: coded strings are spelt out here, a stretch at a time. */
const STRETCH = new Uint8Array(64 * 1024)

function addCoded(stream: ColumnStreams, { codes, entries: { offsets, bytes } }: CodedStrings): void {
  const lengths = new Int32Array(codes.length)
  let filled = 0
  for (let i = 0; i < codes.length; i++) {
    const start = offsets[codes[i]!]!
    const end = offsets[codes[i]! + 1]!
    lengths[i] = end - start
    if (filled + end - start > STRETCH.length) {
      stream.values.update(STRETCH.subarray(0, filled))
      filled = 0
      if (end - start > STRETCH.length) {
        stream.values.update(bytes.subarray(start, end))
        continue
      }
    }
    for (let from = start; from < end; from++) STRETCH[filled++] = bytes[from]!
  }
  stream.values.update(STRETCH.subarray(0, filled))
  stream.lengths!.update(bytesOf(lengths))
}

function addValidity(hasher: Hasher, valid: Uint8Array | null, rows: number): void {
  if (valid !== null) {
    hasher.update(valid)
    return
  }
  for (let left = rows; left > 0; left -= ONES.length)
    hasher.update(ONES.subarray(0, Math.min(left, ONES.length)))
}

function bytesOf(values: Int32Array | Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

/** The values themselves where none is NaN or −0 (the common case: one pass, no copy), else a canonical copy. */
function canonicalF64(values: Float64Array): Float64Array {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (Number.isNaN(value) || (value === 0 && 1 / value < 0)) return canonicalCopy(values)
  }
  return values
}

const CANONICAL_NAN = new Uint8Array([0, 0, 0, 0, 0, 0, 0xf8, 0x7f])

function canonicalCopy(values: Float64Array): Float64Array {
  const out = values.slice()
  const bytes = bytesOf(out)
  for (let i = 0; i < out.length; i++) {
    if (Number.isNaN(out[i]!)) bytes.set(CANONICAL_NAN, 8 * i)
    else if (out[i] === 0) out[i] = 0
  }
  return out
}
