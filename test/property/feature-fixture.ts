/**
 * Versions in memory behind the decoder port, and what it takes to look them up through the stores: for tests.
 */

import type { Field } from '../../src/core/batch/index.ts'
import type { DecodedUnit, Decoder } from '../../src/history/index.ts'
import type { FeatureJob } from '../../src/job/index.ts'
import type { FeaturePlan, PinnedFile } from '../../src/plan/index.ts'
import type { TwinVersion } from './asof-twin.ts'
import { columnOf } from './asof-twin.ts'

/** Columns of the files; times are ns of a `ns` timeline: 1000 ticks' worth each. */
export const VERSION_FIELDS: readonly Field[] = [
  { name: 'k', type: { name: 'utf8' } },
  { name: 't', type: { name: 'int64' } },
  { name: 'seen', type: { name: 'int64' } },
  { name: 'gone', type: { name: 'bool' } },
  { name: 'v', type: { name: 'int32' } },
  { name: 'note', type: { name: 'utf8' } },
]

/** Ticks and ns of a twin's instant as a number of nanoseconds. */
export function nanosOf(time: number, sub: number): number {
  return 1000 * time + sub
}

/** Files of units of rows: `files[f][u]` are the versions of unit u of file f. */
export function versionFiles(files: readonly (readonly (readonly TwinVersion[])[])[]): {
  pinned: PinnedFile[]
  decoder: Decoder
} {
  const pinned = files.map((units, ordinal): PinnedFile => {
    let rowFirst = 0
    return {
      ordinal,
      path: `/versions/${ordinal}.parquet`,
      format: 'parquet',
      bytes: 1,
      mtimeMs: 0,
      fileId: String(ordinal),
      hive: {},
      units: units.map(rows => {
        const unit = {
          rowFirst,
          rows: rows.length,
          bytes: 100 * rows.length,
          timeMinMs: null,
          timeMaxMs: null,
        }
        rowFirst += rows.length
        return unit
      }),
    }
  })
  const decoder: Decoder = {
    counters: { bytesRead: 0, rowsPruned: 0 },
    describe: () => Promise.reject(new Error('not described')),
    describeMany: () => Promise.reject(new Error('not described')),
    decode: ({ file, unit, fields }): Promise<DecodedUnit> => {
      const rows = files[file.ordinal][file.units.indexOf(unit)]
      const values: Record<string, (row: TwinVersion) => string | number | null> = {
        k: row => row.key,
        t: row => nanosOf(row.time, row.sub),
        seen: row => (row.available === null ? nanosOf(row.time, row.sub) : nanosOf(...row.available)),
        gone: row => Number(row.deleted),
        v: row => row.value,
        note: row => (row.value === null ? null : `n${row.value}`),
      }
      const columns = fields.map(field => columnOf(field.type, rows.map(values[field.name])))
      return Promise.resolve({
        batch: { schema: fields, rows: rows.length, columns },
        fileRow: null,
        bad: [],
      })
    },
    close: () => Promise.resolve(),
  }
  return { pinned, decoder }
}

export function featureJob(part: Partial<FeatureJob>): FeatureJob {
  return {
    name: 'f',
    from: {
      kind: 'files',
      files: [],
      key: ['k'],
      time: { column: 't', unit: 'ns' },
      columns: ['v', 'note'],
      available: { column: 'seen', unit: 'ns' },
      deleted: 'gone',
    },
    on: ['key'],
    boundary: 'exclusive',
    lagMs: 0,
    waitMs: 0,
    beyond: 'unavailable',
    maxUnavailable: 0,
    ...part,
  }
}

export function featurePlan(job: FeatureJob, files: readonly PinnedFile[]): FeaturePlan {
  return {
    name: job.name,
    job,
    keyFields: [VERSION_FIELDS[0]],
    fields: [VERSION_FIELDS[4], VERSION_FIELDS[5]],
    reads: VERSION_FIELDS,
    timeUnits: ['ns', 'ns'],
    files,
    versions: files.flatMap(file => file.units).reduce((sum, unit) => sum + unit.rows, 0),
    newestMs: null,
    pinned: true,
  }
}
