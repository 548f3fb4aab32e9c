/**
 * File features: all versions of the pinned files as one table that the lanes share; or, where that would not fit
 * into its share of memory, as an embedded store in a spill directory. The answers are the same.
 *
 * Built once on the main thread. What crosses to the lanes is `SharedFeature`: data, and for a table the very memory.
 */

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { VersionTable } from '../core/asof/index.ts'
import { keyConversion, keyKind, sharedMemory, VersionTableBuilder } from '../core/asof/index.ts'
import type { Schema } from '../core/batch/index.ts'
import { physicalKind } from '../core/batch/index.ts'
import type { Timeline } from '../core/time.ts'
import { msFromTicks, ticksFromMs } from '../core/time.ts'
import { assert } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { FeaturePlan } from '../plan/index.ts'
import { loadVersions } from './embedded/load.ts'
import type { TableMeta } from './embedded/store-directory.ts'
import { StoreDirectory } from './embedded/store-directory.ts'
import type { Preloaded } from './preload.ts'
import type { VersionLayout } from './version-layout.ts'
import { versionLayout } from './version-layout.ts'
import type { VersionReaderOptions } from './version-reader.ts'
import { readVersions } from './version-reader.ts'

/** A feature's versions as a lane gets them: structured clone passes it on. */
export type SharedFeature =
  | { readonly kind: 'table'; readonly table: VersionTable }
  | { readonly kind: 'spilled'; readonly directory: string }
  | ({ readonly kind: 'preloaded' } & Preloaded)

export interface LoadFeatureOptions
  extends Pick<VersionReaderOptions, 'decoder' | 'checkFile' | 'quarantine'> {
  /** A feature from files. */
  readonly feature: FeaturePlan
  readonly timeline: Timeline
  /** Memory for the table, building it included, bytes. */
  readonly memoryBytes: number
  /** Where a table that does not fit is put: a folder of its own below this one. */
  readonly spillDirectory: string
}

export interface LoadedFeature {
  readonly shared: SharedFeature
  /** Good versions that were read. */
  readonly versions: number
  readonly bad: number
  /** Versions without a key, which no lookup can find. */
  readonly nullKeys: number
  readonly newestMs: number | null
  /** Removes what was spilled. */
  remove(): void
}

/** Reads the versions of a feature from its files. */
export async function loadFeature(options: LoadFeatureOptions): Promise<LoadedFeature> {
  const { feature, memoryBytes } = options
  const { from } = feature.job
  assert(from.kind === 'files', `feature ${feature.name} is not from files`)
  const layout = versionLayout(from, feature.reads)
  const reader = { ...options, files: feature.files, layout }
  const expected = estimateTableBytes(feature.versions, layout.key, layout.values)
  const loaded = expected > memoryBytes ? null : await loadTable(reader, options)
  return loaded ?? (await spill(reader, options))
}

/** Memory that a table of so many versions takes while it is built, bytes: two copies of everything, and the index. */
export function estimateTableBytes(versions: number, keyFields: Schema, fields: Schema): number {
  const TEXT_BYTES = 24
  const widths = fields.map(
    field => ({ i32: 4, i64: 8, f64: 8, bytes: TEXT_BYTES })[physicalKind(field.type)],
  )
  const version = 8 + widths.reduce((sum, width) => sum + width, 0)
  const key =
    keyFields.length === 1 && physicalKind(keyFields[0].type) !== 'bytes'
      ? 8
      : 4 + TEXT_BYTES * keyFields.length
  return versions * (2 * version + 20 + key)
}

/** Null where the table outgrows its memory. */
async function loadTable(
  reader: VersionReaderOptions,
  options: LoadFeatureOptions,
): Promise<LoadedFeature | null> {
  const { layout, timeline } = reader
  const builder = new VersionTableBuilder({
    schema: layout.values,
    keyKind: keyKind(layout.key.map(field => keyConversion(field.type, field.type)!)),
    lag: ticksFromMs(options.feature.job.lagMs, timeline),
    allocate: sharedMemory,
  })
  let bad = 0
  let nullKeys = 0
  let newest = -Infinity
  for await (const unit of readVersions(reader)) {
    bad += unit.bad
    nullKeys += unit.nullKeys
    for (let i = 0; i < unit.chunk.rows; i++) if (unit.chunk.time[i] > newest) newest = unit.chunk.time[i]
    builder.add(unit.chunk, builder.addKeys(unit.keys))
    if (builder.byteLength > options.memoryBytes) return null
  }
  const versions = builder.rows
  const table = builder.build({ completeFrom: -Infinity, completeThrough: Infinity })
  const newestMs = newest === -Infinity ? null : msFromTicks(newest, timeline)
  return { shared: { kind: 'table', table }, versions, bad, nullKeys, newestMs, remove: () => {} }
}

/** Name of the one table of a spilled store. */
export const SPILLED_TABLE = 'versions'

async function spill(reader: VersionReaderOptions, options: LoadFeatureOptions): Promise<LoadedFeature> {
  const directory = join(options.spillDirectory, `feature-${encodeURIComponent(options.feature.name)}`)
  const remove = (): void => rmSync(directory, { recursive: true, force: true })
  remove() // of a run that was killed
  try {
    return { ...(await spillInto(directory, reader, options)), remove }
  } catch (error) {
    remove()
    throw error
  }
}

async function spillInto(
  directory: string,
  reader: VersionReaderOptions,
  options: LoadFeatureOptions,
): Promise<Omit<LoadedFeature, 'remove'>> {
  const { layout, timeline } = reader
  const store = StoreDirectory.openToWrite(directory, false)
  try {
    const { rows, bad, nullKeys } = await loadVersions({
      ...reader,
      store,
      table: emptyTable(SPILLED_TABLE, layout, timeline),
      identify: file => Promise.resolve(String(file.ordinal)),
      batchBytes: spillBatchBytes(options.memoryBytes),
    })
    const { newest } = store.requireTable(SPILLED_TABLE)
    const newestMs = newest === null ? null : msFromTicks(newest, timeline)
    return { shared: { kind: 'spilled', directory }, versions: rows, bad, nullKeys, newestMs }
  } finally {
    await store.close()
  }
}

/** A quarter of the memory, since rows are sorted and encoded beside it, within the declared bounds. */
function spillBatchBytes(memoryBytes: number): number {
  return Math.max(LIMITS.featureLoadBytesMin, Math.min(LIMITS.featureLoadBytes, memoryBytes / 4))
}

/** A table that nothing has been loaded into. */
export function emptyTable(name: string, layout: VersionLayout, timeline: Timeline): TableMeta {
  return {
    name,
    keyFields: layout.key,
    fields: layout.values,
    timeline,
    available: layout.available !== null,
    versions: 0,
    newest: null,
    fileNext: 0,
  }
}
