/**
 * Which keys of a feature the history of the samples will look up: its key columns are read once, before the run, so that
 * a store is asked for each key once and not for each batch again. Bad rows are in it, too: a key too many costs a read.
 */

import type { KeyBatch } from '../core/asof/index.ts'
import { encodeKeys, KeyIndexBuilder, keyConversions, keyKind } from '../core/asof/index.ts'
import type { Batch, Column, Field } from '../core/batch/index.ts'
import { fieldIndex } from '../core/batch/index.ts'
import { onFields } from '../features/index.ts'
import { FileSystems } from '../files/index.ts'
import { createDecoder } from '../history/index.ts'
import type { FeaturePlan, FileUnit, PinnedFile, Plan } from '../plan/index.ts'
import { hiveColumn } from '../plan/index.ts'
import { CSV_DEFAULT } from './describe-files.ts'
import { historyRange } from './history-range.ts'

export interface HistoryKeys {
  /** Distinct, without null. */
  readonly keys: KeyBatch
  /** Event times of their lookups, ms, as far as statistics tell; ±∞ where none do. */
  readonly fromMs: number
  readonly untilMs: number
}

/** Null where there is no history, or where its keys alone would take more than `bytesMax`. */
export async function historyKeys(
  plan: Plan,
  feature: FeaturePlan,
  bytesMax: number,
  signal: AbortSignal,
): Promise<HistoryKeys | null> {
  const stream = plan.streams.find(({ name }) => name === plan.job.samples)!
  const job = plan.job.streams[stream.ordinal]!
  const range = historyRange(plan.job, job)
  const wanted = stream.files.flatMap(file =>
    file.units.filter(unit => unit.rows > 0 && overlaps(unit, range)).map(unit => ({ file, unit })),
  )
  if (wanted.length === 0) return null
  const on = onFields(feature.job, stream.schema)
  const conversions = keyConversions({ feature: feature.name, on, keyFields: feature.keyFields })
  const index = new KeyIndexBuilder(keyKind(conversions))
  const systems = new FileSystems(job.history?.access)
  const decoder = createDecoder({
    files: stream.files,
    csv: job.history?.csv ?? CSV_DEFAULT,
    declared: job.columns,
    open: systems.opener(stream.files),
  })
  try {
    for (const { file, unit } of wanted) {
      signal.throwIfAborted()
      await systems.checkUnchanged(file)
      const fields = on.filter(field => !Object.hasOwn(file.hive, field.name))
      const { batch, release } = await decoder.decode({ file, unit, fields })
      const parts = on.map((field, i) => ({
        column: columnOf(batch, field, file),
        type: field.type,
        conversion: conversions[i]!,
      }))
      index.add(encodeKeys(parts, batch.rows))
      release?.()
      if (index.byteLength > bytesMax) return null
    }
  } finally {
    await decoder.close()
    await systems.close()
  }
  const units = wanted.map(({ unit }) => unit)
  const from = Math.min(...units.map(unit => unit.timeMinMs ?? -Infinity))
  const until = Math.max(...units.map(unit => unit.timeMaxMs ?? Infinity))
  return {
    keys: index.distinct(),
    fromMs: Math.max(from, range.fromMs),
    untilMs: Math.min(until, range.untilMs),
  }
}

function overlaps(unit: FileUnit, range: { readonly fromMs: number; readonly untilMs: number }): boolean {
  return (unit.timeMaxMs ?? Infinity) >= range.fromMs && (unit.timeMinMs ?? -Infinity) < range.untilMs
}

function columnOf(batch: Batch, field: Field, file: PinnedFile): Column {
  const index = fieldIndex(batch.schema, field.name)
  return index >= 0 ? batch.columns[index]! : hiveColumn(field, file, batch.rows)
}
