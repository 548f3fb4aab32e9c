/**
 * Stands in for history's decoder (see ports.ts): the same decoder, with the event times of a set's files moved by the
 * set's shift, in what it describes as in what it decodes.
 */

import type { Batch, Column } from '../../src/core/batch/index.ts'
import { expectKind, fieldIndex, i64ToNumber, setI64 } from '../../src/core/batch/index.ts'
import type { DecoderOptions } from '../../src/history/create-decoder.ts'
import { createDecoder as createOwnDecoder } from '../../src/history/create-decoder.ts'
import type { DecodedUnit, DecodeRequest, Decoder, FileDescription } from '../../src/history/index.ts'
import { shiftMsOf } from './set.ts'

/** The column that is moved: of the benchmark's events, in ms. */
const TIME_COLUMN = 'event_time'

export function createDecoder(options: DecoderOptions): Decoder {
  return shiftedDecoder(createOwnDecoder(options))
}

/** A decoder with the times of sets moved. */
export function shiftedDecoder(decoder: Decoder): Decoder {
  return {
    ...decoder,
    async describe(path, timeColumn, unit) {
      return shiftedDescription(await decoder.describe(path, timeColumn, unit), shiftMsOf(path))
    },
    async describeMany(paths, timeColumn, unit) {
      const descriptions = await decoder.describeMany(paths, timeColumn, unit)
      return descriptions.map((description, i) => shiftedDescription(description, shiftMsOf(paths[i]!)))
    },
    async decode(request: DecodeRequest): Promise<DecodedUnit> {
      const decoded = await decoder.decode(request)
      const shiftMs = shiftMsOf(request.file.path)
      return shiftMs === 0 ? decoded : { ...decoded, batch: shiftedBatch(decoded.batch, shiftMs) }
    },
  }
}

function shiftedDescription(description: FileDescription, shiftMs: number): FileDescription {
  if (shiftMs === 0) return description
  const units = description.units.map(unit => ({
    ...unit,
    timeMinMs: unit.timeMinMs === null ? null : unit.timeMinMs + shiftMs,
    timeMaxMs: unit.timeMaxMs === null ? null : unit.timeMaxMs + shiftMs,
  }))
  return { ...description, units }
}

function shiftedBatch(batch: Batch, shiftMs: number): Batch {
  const at = fieldIndex(batch.schema, TIME_COLUMN)
  if (at < 0) return batch
  const columns: Column[] = [...batch.columns]
  const { values, valid } = expectKind(columns[at]!, 'i64')
  const moved = new Int32Array(values.length)
  for (let row = 0; row < batch.rows; row++) {
    if (valid !== null && valid[row] === 0) continue
    setI64(moved, row, i64ToNumber(values[2 * row]!, values[2 * row + 1]!) + shiftMs)
  }
  columns[at] = { kind: 'i64', values: moved, valid }
  return { ...batch, columns }
}
