/**
 * A bloom filter held against the values that it was made of: one that denies a value makes readers lose rows.
 */

import type { CodedStrings, Column } from '../../core/batch/index.ts'
import { columnRows, isCoded } from '../../core/batch/index.ts'
import { corrupt } from '../damage.ts'
import { mightContain, parseBloomHeader } from '../format/bloom-filter.ts'
import type { LeafColumn } from '../format/leaf-columns.ts'
import type { ColumnChunk } from '../format/metadata.ts'
import { XxHash64 } from '../format/xxhash64.ts'
import type { ByteSource } from '../read/byte-source.ts'
import { distinctCodes } from './distinct-codes.ts'
import type { ProblemList, ProblemPlace } from './problem-list.ts'

/** A header is some 20 bytes. */
const HEADER_BYTES = 64

export class BloomCheck {
  readonly #leaf: LeafColumn
  readonly #bitset: Uint8Array
  readonly #hash = new XxHash64()
  readonly #value = new DataView(new ArrayBuffer(8))
  readonly #bytes = new Uint8Array(this.#value.buffer)

  private constructor(leaf: LeafColumn, bitset: Uint8Array) {
    this.#leaf = leaf
    this.#bitset = bitset
  }

  /** Null where there is no filter, or none over values as we hold them; one that cannot be read is a problem. */
  static async open(
    source: ByteSource,
    leaf: LeafColumn,
    chunk: ColumnChunk,
    problems: ProblemList,
    place: ProblemPlace,
  ): Promise<BloomCheck | null> {
    if (chunk.bloomFilter === null || !isHashedAsHeld(leaf)) return null
    try {
      return new BloomCheck(leaf, await readBitset(source, chunk.bloomFilter.position))
    } catch (thrown) {
      problems.addThrown(place, thrown)
      return null
    }
  }

  /** Values of the column that the filter denies. */
  missing(column: Column): number {
    if (isCoded(column)) return this.#missingCoded(column)
    const rows = columnRows(column)
    const { valid } = column
    let missing = 0
    for (let row = 0; row < rows; row++) {
      if (valid !== null && valid[row] === 0) continue
      this.#hashOf(column, row)
      if (!mightContain(this.#bitset, this.#hash.low, this.#hash.high)) missing++
    }
    return missing
  }

  /** Each entry is looked for once. */
  #missingCoded(column: CodedStrings): number {
    const { bytes, offsets } = column.entries
    const denied = new Set<number>()
    for (const code of distinctCodes(column)) {
      this.#hash.hash(bytes, offsets[code]!, offsets[code + 1]!)
      if (!mightContain(this.#bitset, this.#hash.low, this.#hash.high)) denied.add(code)
    }
    if (denied.size === 0) return 0
    const { codes, valid } = column
    let missing = 0
    for (let row = 0; row < codes.length; row++)
      if ((valid === null || valid[row] === 1) && denied.has(codes[row]!)) missing++
    return missing
  }

  #hashOf(column: Column, row: number): void {
    if (column.kind === 'bytes') {
      this.#hash.hash(column.bytes, column.offsets[row]!, column.offsets[row + 1]!)
      return
    }
    let length = 8
    if (column.kind === 'i64') {
      this.#value.setInt32(0, column.values[2 * row]!, true)
      this.#value.setInt32(4, column.values[2 * row + 1]!, true)
    } else if (this.#leaf.physical === 'DOUBLE') this.#value.setFloat64(0, column.values[row]!, true)
    else {
      length = 4
      if (column.kind === 'f64') this.#value.setFloat32(0, column.values[row]!, true)
      else this.#value.setInt32(0, column.values[row]!, true)
    }
    this.#hash.hash(this.#bytes, 0, length)
  }
}

/** Whether a value in memory has the bytes that the filter was made of. Booleans have no filters. */
function isHashedAsHeld({ type, form, physical }: LeafColumn): boolean {
  return type !== null && physical !== 'BOOLEAN' && (form === 'direct' || form === 'fixed')
}

async function readBitset(source: ByteSource, position: number): Promise<Uint8Array> {
  const left = source.size - position
  if (position < 4 || left <= 0) throw corrupt(`a bloom filter lies at ${position}, outside the file`)
  const { headerBytes, bitsetBytes } = parseBloomHeader(
    await source.read(position, Math.min(HEADER_BYTES, left)),
  )
  if (headerBytes + bitsetBytes > left)
    throw corrupt(`a bloom filter of ${bitsetBytes} bytes ends outside the file`)
  return source.read(position + headerBytes, bitsetBytes)
}
