/** What a decoded row takes in memory, besides its text: for the estimates of units. */

import type { Schema } from '../core/batch/index.ts'
import { physicalKind } from '../core/batch/index.ts'

/** Bytes of a row in typed arrays; of text columns only the offsets. */
export function rowBytes(schema: Schema): number {
  let bytes = 0
  for (const { type } of schema) {
    const kind = physicalKind(type)
    bytes += kind === 'i64' || kind === 'f64' ? 8 : 4
  }
  return bytes
}
