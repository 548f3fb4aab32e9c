/**
 * Versions from files: units of pinned files, decoded → chunks for `core/asof`, in order of (file ordinal, row).
 * That order is the sequence of C4: what comes later was written later.
 *
 * A row whose version time or `available` cannot be used, or whose key is too long, goes to `quarantine` with its reason; a row
 * with a null key can never be found and is counted.
 */

import type { KeyBatch, KeyConversion, VersionChunk } from '../core/asof/index.ts'
import { encodeKeys, gatherKeys, keyConversion } from '../core/asof/index.ts'
import type { Batch, Column } from '../core/batch/index.ts'
import { expectKind, fieldIndex, gatherColumn, gatherF64, gatherI32, rowText } from '../core/batch/index.ts'
import type { EventTimes } from '../core/order/index.ts'
import { eventTimes } from '../core/order/index.ts'
import type { Timeline } from '../core/time.ts'
import type { BadRow, DecodedUnit, Decoder } from '../history/index.ts'
import { LIMITS } from '../limits.ts'
import type { FileUnit, PinnedFile } from '../plan/index.ts'
import { hiveColumn } from '../plan/index.ts'
import type { TimeField, VersionLayout } from './version-layout.ts'

export interface VersionReaderOptions {
  readonly files: readonly PinnedFile[]
  readonly layout: VersionLayout
  readonly timeline: Timeline
  readonly decoder: Decoder
  /** Raises `file-changed` if the file is not what was pinned. */
  readonly checkFile: (file: PinnedFile) => Promise<void>
  /** Told of bad rows, a unit at a time, before its good ones are used. */
  readonly quarantine: (file: PinnedFile, unit: FileUnit, bad: readonly BadRow[]) => Promise<void>
}

/** The good versions of one unit. */
export interface VersionUnit {
  readonly file: PinnedFile
  readonly unit: FileUnit
  readonly chunk: VersionChunk
  readonly keys: KeyBatch
  /** Row in the file of each version. */
  readonly fileRow: Float64Array
  readonly bad: number
  readonly nullKeys: number
}

/** Units in order of (file, row); keys have the key columns' own types. */
export async function* readVersions(options: VersionReaderOptions): AsyncGenerator<VersionUnit> {
  for (const file of options.files) {
    for (const unit of file.units) {
      await options.checkFile(file)
      const fields = options.layout.reads.filter(field => !Object.hasOwn(file.hive, field.name))
      const decoded = await options.decoder.decode({ file, unit, fields })
      const prepared = prepareVersions(decoded, file, unit, options)
      if (prepared.bad.length > 0) await options.quarantine(file, unit, prepared.bad)
      yield { ...prepared.versions, bad: prepared.bad.length }
    }
  }
}

interface Prepared {
  readonly versions: Omit<VersionUnit, 'bad'>
  readonly bad: readonly BadRow[]
}

function prepareVersions(
  decoded: DecodedUnit,
  file: PinnedFile,
  unit: FileUnit,
  options: VersionReaderOptions,
): Prepared {
  const { layout, timeline } = options
  const { batch } = decoded
  const columnOf = (name: string, type: VersionLayout['reads'][number]['type']): Column => {
    const index = fieldIndex(batch.schema, name)
    return index >= 0 ? batch.columns[index] : hiveColumn({ name, type }, file, batch.rows)
  }
  const timesOf = (field: TimeField): EventTimes =>
    eventTimes(columnOf(field.name, field.type), {
      column: field.name,
      type: field.type,
      unit: field.unit,
      timeline,
      latest: Number.MAX_SAFE_INTEGER,
    })
  const fileRow = decoded.fileRow ?? rowsFrom(unit.rowFirst, batch.rows)
  const time = timesOf(layout.time)
  const available = layout.available === null ? null : timesOf(layout.available)
  const keys = encodeKeys(
    layout.key.map(field => ({
      column: columnOf(field.name, field.type),
      type: field.type,
      conversion: keyConversion(field.type, field.type) as KeyConversion,
    })),
    batch.rows,
  )
  const problems = [...time.bad, ...(available?.bad ?? []), ...longKeys(keys)]
  const bad = badRows(problems, batch, fileRow)
  const kept = goodRows(batch.rows, problems, keys)
  const chunk = {
    rows: batch.rows,
    time: time.time,
    sub: nanosOf(time, layout.timeUnits[0] === 'ns'),
    available: available === null ? null : available.time,
    availableSub: available === null ? null : nanosOf(available, layout.timeUnits[1] === 'ns'),
    deleted: layout.deleted === null ? null : flagsOf(columnOf(layout.deleted.name, layout.deleted.type)),
    columns: layout.values.map(field => columnOf(field.name, field.type)),
  }
  const nullKeys = kept === null ? 0 : batch.rows - kept.length - bad.length
  const versions = { file, unit, nullKeys, ...gatherVersions({ chunk, keys, fileRow }, kept) }
  return { versions, bad: [...decoded.bad, ...bad] }
}

function rowsFrom(first: number, rows: number): Float64Array {
  const fileRow = new Float64Array(rows)
  for (let i = 0; i < rows; i++) fileRow[i] = first + i
  return fileRow
}

function nanosOf(times: EventTimes, isNanos: boolean): Int32Array | null {
  return isNanos ? times.sub : null
}

function flagsOf(column: Column): Uint8Array {
  // A null is no delete: memory under a null is zero.
  return Uint8Array.from(expectKind(column, 'i32').values)
}

function longKeys(keys: KeyBatch): EventTimes['bad'] {
  const bad: { row: number; reason: string }[] = []
  if (keys.kind === 'words') return bad
  for (let row = 0; row < keys.rows; row++) {
    const length = keys.offsets[row + 1] - keys.offsets[row]
    if (length > LIMITS.featureKeyBytes)
      bad.push({ row, reason: `the key has ${length} bytes, more than ${LIMITS.featureKeyBytes}` })
  }
  return bad
}

function badRows(bad: EventTimes['bad'], batch: Batch, fileRow: Float64Array): BadRow[] {
  const seen = new Set<number>()
  const rows: BadRow[] = []
  for (const { row, reason } of bad) {
    if (seen.has(row)) continue
    seen.add(row)
    rows.push({ row: fileRow[row], reason, text: rowText(batch, row) })
  }
  return rows.sort((a, b) => a.row - b.row)
}

/** Rows without a problem and with a key, or null for all. */
function goodRows(rows: number, problems: EventTimes['bad'], keys: KeyBatch): Int32Array | null {
  const drop = new Uint8Array(rows)
  for (const { row } of problems) drop[row] = 1
  if (keys.isNull !== null) for (let i = 0; i < rows; i++) drop[i] |= keys.isNull[i]
  const kept = new Int32Array(rows)
  let count = 0
  for (let i = 0; i < rows; i++) if (drop[i] === 0) kept[count++] = i
  return count === rows ? null : kept.subarray(0, count)
}

type Versions = Pick<VersionUnit, 'chunk' | 'keys' | 'fileRow'>

function gatherVersions(versions: Versions, kept: Int32Array | null): Versions {
  if (kept === null) return versions
  const { chunk, keys, fileRow } = versions
  const i32 = (values: Int32Array | null): Int32Array | null =>
    values === null ? null : gatherI32(values, kept)
  return {
    keys: gatherKeys(keys, kept),
    fileRow: gatherF64(fileRow, kept),
    chunk: {
      rows: kept.length,
      time: gatherF64(chunk.time, kept),
      sub: i32(chunk.sub),
      available: chunk.available === null ? null : gatherF64(chunk.available, kept),
      availableSub: i32(chunk.availableSub),
      deleted:
        chunk.deleted === null ? null : Uint8Array.from(kept, row => (chunk.deleted as Uint8Array)[row]),
      columns: chunk.columns.map(column => gatherColumn(column, kept)),
    },
  }
}
