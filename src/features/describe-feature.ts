/**
 * What the plan says of a feature (C8), from the descriptions of its files or from the store's own.
 */

import { keyConversions } from '../core/asof/index.ts'
import type { Field, Schema } from '../core/batch/index.ts'
import { fieldIndex } from '../core/batch/index.ts'
import { msFromTicks } from '../core/time.ts'
import { HindcastError } from '../errors.ts'
import type { FeatureJob } from '../job/index.ts'
import type { FeaturePlan, PinnedFile } from '../plan/index.ts'
import { StoreDirectory } from './embedded/store-directory.ts'
import { versionLayout } from './version-layout.ts'

/** The parts of a `FeaturePlan` that only the versions can tell. */
export type FeatureDescription = Pick<
  FeaturePlan,
  'keyFields' | 'fields' | 'reads' | 'timeUnits' | 'versions' | 'newestMs' | 'pinned'
>

export interface FeatureFiles {
  readonly files: readonly PinnedFile[]
  /** Their merged schema. */
  readonly schema: Schema
}

/**
 * Describes a feature; `files` are null for one from a store. Raises `column-missing` for a column that neither files
 * nor store have, `job-invalid` for a time column of a wrong type or unit.
 */
export async function describeFeature(
  job: FeatureJob,
  files: FeatureFiles | null,
): Promise<FeatureDescription> {
  if (job.from.kind === 'store') return describeStore(job)
  if (job.from.kind !== 'files' || files === null)
    throw new HindcastError('bug', `feature ${job.name} is from files, but none were described`)
  const layout = versionLayout(job.from, files.schema)
  const units = files.files.flatMap(file => file.units)
  const newest = units.map(unit => unit.timeMaxMs)
  return {
    keyFields: layout.key,
    fields: layout.values,
    reads: layout.reads,
    timeUnits: layout.timeUnits,
    versions: units.reduce((sum, unit) => sum + unit.rows, 0),
    newestMs: newest.reduce<number | null>(
      (most, ms) => (ms === null ? most : Math.max(most ?? ms, ms)),
      null,
    ),
    pinned: true,
  }
}

async function describeStore(job: FeatureJob): Promise<FeatureDescription> {
  const { from } = job
  if (from.kind !== 'store') throw new HindcastError('bug', `feature ${job.name} is not from a store`)
  const store = StoreDirectory.openToRead(from.store)
  try {
    const table = store.requireTable(from.table)
    const { keyFields, fields, timeline, versions, newest } = table
    return {
      keyFields,
      fields: from.columns === undefined ? fields : from.columns.map(name => storeField(job, fields, name)),
      reads: [],
      timeUnits: [timeline],
      versions,
      newestMs: newest === null ? null : msFromTicks(newest, timeline),
      pinned: false,
    }
  } finally {
    await store.close()
  }
}

function storeField(job: FeatureJob, fields: readonly Field[], name: string): Field {
  const index = fieldIndex(fields, name)
  if (index >= 0) return fields[index]
  throw new HindcastError('column-missing', `feature ${job.name}: its table has no column ${name}`, {
    where: { feature: job.name, column: name },
    advice: `Its columns are: ${fields.map(field => field.name).join(', ')}.`,
  })
}

/**
 * Checks that events of this schema can be looked up: raises `column-missing` for a column of `on` that events do not
 * have, `key-type-mismatch` where its type cannot give the key.
 */
export function checkFeatureKeys(job: FeatureJob, keyFields: readonly Field[], events: Schema): void {
  keyConversions({ feature: job.name, on: onFields(job, events), keyFields })
}

/** The event columns that give the key. */
export function onFields(job: FeatureJob, events: Schema): Field[] {
  return job.on.map(name => {
    const index = fieldIndex(events, name)
    if (index >= 0) return events[index]
    throw new HindcastError('column-missing', `feature ${job.name}: events have no column ${name}`, {
      where: { feature: job.name, column: name, path: `features.${job.name}.on` },
      advice: `Columns there are: ${events.map(field => field.name).join(', ')}.`,
    })
  })
}
