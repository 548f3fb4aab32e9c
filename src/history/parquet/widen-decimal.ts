/**
 * Integers and decimals → decimals of more digits than 64 bits hold (core/batch/wide-decimal.ts). Exact: a number that
 * 128 bits do not hold with the digits of the wanted scale is a misfit.
 */

import type { BytesColumn, Column, ColumnType, Validity } from '../../core/batch/index.ts'
import { columnRows, WIDE_DECIMAL_BYTES, WideNumber } from '../../core/batch/index.ts'
import type { WidenedColumn } from './widen-column.ts'

/** `scale` is that of the wanted decimal, no less than that of `from`. */
export function widenDecimal(column: Column, from: ColumnType, scale: number): WidenedColumn {
  const digits = scale - (from.name === 'decimal' ? from.scale : 0)
  if (column.kind === 'bytes' && digits === 0) return { column, misfits: [] }
  const rows = columnRows(column)
  const out = room(rows, column.valid)
  const misfits: number[] = []
  const number = new WideNumber()
  // Once, as a column of few values may have to spell itself out first.
  const { values, offsets, bytes } = memoryOf(column)
  const [isUnsigned, stride] = [from.name.startsWith('uint'), column.kind === 'i64' ? 2 : 1]
  for (let i = 0; i < rows; i++) {
    if (column.valid !== null && column.valid[i] === 0) continue
    if (column.kind === 'bytes') number.setBytes(bytes, offsets[i]!)
    else {
      const low = values[stride * i]!
      const high = stride === 2 ? values[2 * i + 1]! : isUnsigned ? 0 : low >> 31
      number.setHalves(low, high, isUnsigned)
    }
    if (!number.shiftDigits(digits)) misfits.push(i)
    number.write(out.bytes, out.offsets[i]!)
  }
  return { column: out, misfits }
}

interface Memory {
  readonly values: Int32Array
  readonly offsets: Int32Array
  readonly bytes: Uint8Array
}

function memoryOf(column: Column): Memory {
  const [values, bytes] = [new Int32Array(0), new Uint8Array(0)]
  if (column.kind === 'bytes') return { values, offsets: column.offsets, bytes: column.bytes }
  return { values: column.kind === 'f64' ? values : column.values, offsets: values, bytes }
}

/** 16 bytes for each row that is not null. */
function room(rows: number, valid: Validity): BytesColumn {
  const offsets = new Int32Array(rows + 1)
  for (let i = 0; i < rows; i++)
    offsets[i + 1] = offsets[i]! + (valid === null || valid[i] === 1 ? WIDE_DECIMAL_BYTES : 0)
  return { kind: 'bytes', offsets, bytes: new Uint8Array(offsets[rows]!), valid }
}
