/**
 * Checked batches of a segment → one `RecordBatch`: sizes first, then one exact allocation a column and one copy a
 * batch. The result has memory of its own, so it can be sent to another thread.
 */

import type { RecordBatch } from '../source.ts'
import { batchParts } from './batch-format.ts'
import type { WholeBatches } from './segment-file.ts'

/** The records of `batches` from `offset` on; the first batch may begin before it. */
export function toRecords(
  batches: WholeBatches,
  place: { readonly partition: number; readonly offset: number; readonly endOffset: number },
): RecordBatch {
  const { rows, keyTotal, valueTotal } = sizesOf(batches, place.offset)
  const offset = new Float64Array(rows)
  const timestampMs = new Float64Array(rows)
  const bytes = new Uint8Array(valueTotal)
  const valueOffsets = new Int32Array(rows + 1)
  const keyBytes = new Uint8Array(keyTotal)
  const keyOffsets = new Int32Array(rows + 1)
  const keyNull = new Uint8Array(rows)
  const view = viewOf(batches.buffer)
  let row = 0
  for (const header of batches.headers) {
    const { timestamps, keyLengths, valueLengths, keys } = batchParts(
      header.position - batches.start,
      header.count,
    )
    const skip = Math.max(0, place.offset - header.base)
    let keyStart = keys
    let valueStart = keys
    for (let i = 0; i < header.count; i++) valueStart += Math.max(0, view.getInt32(keyLengths + 4 * i, true))
    for (let i = 0; i < skip; i++) {
      keyStart += Math.max(0, view.getInt32(keyLengths + 4 * i, true))
      valueStart += view.getInt32(valueLengths + 4 * i, true)
    }
    const rowFirst = row
    for (let i = skip; i < header.count; i++, row++) {
      const keyLength = view.getInt32(keyLengths + 4 * i, true)
      offset[row] = header.base + i
      timestampMs[row] = view.getFloat64(timestamps + 8 * i, true)
      keyNull[row] = keyLength < 0 ? 1 : 0
      keyOffsets[row + 1] = keyOffsets[row]! + Math.max(0, keyLength)
      valueOffsets[row + 1] = valueOffsets[row]! + view.getInt32(valueLengths + 4 * i, true)
    }
    const keyLength = keyOffsets[row]! - keyOffsets[rowFirst]!
    const valueLength = valueOffsets[row]! - valueOffsets[rowFirst]!
    keyBytes.set(batches.buffer.subarray(keyStart, keyStart + keyLength), keyOffsets[rowFirst])
    bytes.set(batches.buffer.subarray(valueStart, valueStart + valueLength), valueOffsets[rowFirst])
  }
  return {
    partition: place.partition,
    rows,
    offset,
    timestampMs,
    bytes,
    valueOffsets,
    keyBytes,
    keyOffsets,
    keyNull,
    holes: [],
    offsetNext: batches.next.offset,
    endOffset: place.endOffset,
  }
}

function sizesOf(
  batches: WholeBatches,
  offset: number,
): { rows: number; keyTotal: number; valueTotal: number } {
  const view = viewOf(batches.buffer)
  let rows = 0
  let keyTotal = 0
  let valueTotal = 0
  for (const header of batches.headers) {
    const { keyLengths, valueLengths } = batchParts(header.position - batches.start, header.count)
    const skip = Math.max(0, offset - header.base)
    rows += header.count - skip
    for (let i = skip; i < header.count; i++) {
      keyTotal += Math.max(0, view.getInt32(keyLengths + 4 * i, true))
      valueTotal += view.getInt32(valueLengths + 4 * i, true)
    }
  }
  return { rows, keyTotal, valueTotal }
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}
