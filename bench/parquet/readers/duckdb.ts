/**
 * Reader: DuckDB's Node package, one thread, a streaming result. Its vectors are views of native memory that the next
 * chunk takes back, so fixed-width values and null bits are copied into arrays that are kept and reused. Text is
 * left where it is: nothing is made of it.
 */

import type { DuckDBDataChunk, DuckDBVector } from '@duckdb/node-api'
import { DuckDBInstance, DuckDBVarCharVector } from '@duckdb/node-api'
import type { FileChecksums } from '../checksum.ts'
import { bytesOfBitmap, wordsOf } from '../checksum.ts'
import { runReader } from '../reader.ts'

/** Rows of the arrays that values are copied to, in chunks of at most 2,048. */
const BATCH_ROWS = 65_536

/** What the vectors of fixed-width types and text have besides what they declare. */
interface VectorParts {
  readonly items?: Int32Array | Float64Array | BigInt64Array
  readonly validity: { readonly data: BigUint64Array | null; readonly offset: number }
}

/** Memory of one column of a batch. */
class Target {
  readonly #values: Int32Array | Float64Array | BigInt64Array | null
  readonly #valid = new BigUint64Array((BATCH_ROWS + 2048) / 64)

  constructor(like: DuckDBVector) {
    const { items } = partsOf(like)
    const rows = BATCH_ROWS + 2048
    if (items === undefined) this.#values = null
    else if (items instanceof Int32Array) this.#values = new Int32Array(rows)
    else if (items instanceof Float64Array) this.#values = new Float64Array(rows)
    else this.#values = new BigInt64Array(rows)
  }

  take(vector: DuckDBVector, place: number): void {
    const { items, validity } = partsOf(vector)
    if (items !== undefined) (this.#values as { set(values: unknown, at: number): void }).set(items, place)
    if (validity.data !== null) this.#valid.set(validity.data, place >> 6)
  }
}

const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
const connection = await instance.connect()
let targets: Target[] = []

await runReader(async ({ files, columns, instantsMs = [] }, checksums) => {
  const names =
    columns === null
      ? '*'
      : columns
          .map(name => (instantsMs.includes(name) ? `epoch_ms("${name}") AS "${name}"` : `"${name}"`))
          .join(', ')
  const list = files.map(path => `'${path}'`).join(', ')
  const result = await connection.stream(`SELECT ${names} FROM read_parquet([${list}])`)
  let rows = 0
  for (;;) {
    const chunk = await result.fetchChunk()
    if (chunk === null || chunk.rowCount === 0) break
    if (targets.length === 0)
      targets = Array.from({ length: chunk.columnCount }, (_, c) => new Target(chunk.getColumnVector(c)))
    const place = rows % BATCH_ROWS
    for (let c = 0; c < targets.length; c++) targets[c]!.take(chunk.getColumnVector(c), place)
    if (checksums !== null) add(checksums, result.deduplicatedColumnNames(), chunk)
    rows += chunk.rowCount
  }
  return rows
})

function add(checksums: FileChecksums, names: readonly string[], chunk: DuckDBDataChunk): void {
  for (const [c, name] of names.entries()) {
    const vector = chunk.getColumnVector(c)
    if (vector instanceof DuckDBVarCharVector) {
      checksums.of(name).addStrings(vector.toArray())
      continue
    }
    const { items, validity } = partsOf(vector)
    const { data } = validity
    const bitmap = data === null ? null : new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    const valid = bitmap === null ? null : bytesOfBitmap(bitmap, validity.offset, chunk.rowCount)
    const words = items!.BYTES_PER_ELEMENT / 4
    checksums.of(name).addWords(wordsOf(items!), words, chunk.rowCount, valid)
  }
}

function partsOf(vector: DuckDBVector): VectorParts {
  return vector as unknown as VectorParts
}
