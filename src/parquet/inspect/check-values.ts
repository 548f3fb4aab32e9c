/**
 * Values held against the type of their column: what statistics may well agree with, and is wrong all the same.
 */

import { isUtf8 } from 'node:buffer'
import type { BytesColumn, Column } from '../../core/batch/index.ts'
import { isCoded, typeText } from '../../core/batch/index.ts'
import { wholeRange } from '../batch-of.ts'
import type { LeafColumn } from '../format/leaf-columns.ts'
import type { Bounds } from '../format/statistics-value.ts'
import { distinctCodes } from './distinct-codes.ts'

/** What is wrong with decoded values, whose bounds are `bounds`; null where nothing. */
export function valuesComplaint({ type }: LeafColumn, column: Column, bounds: Bounds | null): string | null {
  if (type === null || bounds === null) return null
  if (column.kind === 'bytes' && type.name !== 'decimal') {
    const broken = type.name === 'utf8' ? notUtf8(column) : 0
    return broken === 0 ? null : `${broken} texts of the page are no UTF-8`
  }
  if (column.kind === 'f64') return null
  const [least, most] = wholeRange(type)
  const { min, max } = bounds
  if (typeof min !== 'bigint' || typeof max !== 'bigint') return null
  const outside = min < least ? min : max > most ? max : null
  return outside === null ? null : `${outside} is no ${typeText(type)}`
}

/** Texts that are not UTF-8; those of a dictionary are counted once. */
function notUtf8(column: BytesColumn): number {
  const { bytes, offsets } = isCoded(column) ? column.entries : column
  let broken = 0
  if (isCoded(column)) {
    for (const code of distinctCodes(column)) if (!isUtf8(textAt(bytes, offsets, code))) broken++
  } else if (!isWholeUtf8(bytes, offsets)) {
    for (let i = 0; i + 1 < offsets.length; i++) if (!isUtf8(textAt(bytes, offsets, i))) broken++
  }
  return broken
}

function textAt(bytes: Uint8Array, offsets: Int32Array, i: number): Uint8Array {
  return bytes.subarray(offsets[i], offsets[i + 1])
}

/** Whether all texts are, at once: they are together, and none begins inside a character. */
function isWholeUtf8(bytes: Uint8Array, offsets: Int32Array): boolean {
  const end = offsets[offsets.length - 1]!
  if (!isUtf8(bytes.subarray(offsets[0], end))) return false
  for (let i = 0; i < offsets.length; i++) {
    const at = offsets[i]!
    if (at < end && (bytes[at]! & 0xc0) === 0x80) return false
  }
  return true
}
