/**
 * The join stage over each kind of store against the twin of C4: a table in memory, the same spilled to disk, and an
 * embedded store loaded in several goes. All give the same answers, for batches in any order.
 */

import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EventBatch } from '../../src/core/batch/index.ts'
import { valueAt } from '../../src/core/batch/index.ts'
import { loadVersions } from '../../src/features/embedded/load.ts'
import { StoreDirectory } from '../../src/features/embedded/store-directory.ts'
import { emptyTable } from '../../src/features/file-table.ts'
import { createFeatureStage, loadFeature, openFeatureStore } from '../../src/features/index.ts'
import type { VersionColumns } from '../../src/features/version-layout.ts'
import { versionLayout } from '../../src/features/version-layout.ts'
import type { Decoder } from '../../src/history/index.ts'
import type { Stage } from '../../src/lanes/index.ts'
import type { FeaturePlan, PinnedFile } from '../../src/plan/index.ts'
import { withTempDirectory } from '../harness/index.ts'
import type { TwinAnswer, TwinEvent, TwinPolicy, TwinVersion } from './asof-twin.ts'
import { columnOf, twinLookUp } from './asof-twin.ts'
import { cases } from './cases.ts'
import { featureJob, featurePlan, VERSION_FIELDS, versionFiles } from './feature-fixture.ts'

const TICKS_PER_MS = 1000
const instant = fc.tuple(fc.integer({ min: -20, max: 60 }), fc.integer({ min: 0, max: 2 }))
// Mostly one key, so that it has several blocks.
const key = fc.option(fc.constantFrom('a', 'a', 'a', 'a', 'b', 'a longer key', ''), { freq: 15 })
// Half of the versions share two times: more than a block can hold.
const halfMs = fc.oneof(fc.integer({ min: -20, max: 60 }), fc.constantFrom(-3, 11))

const version: fc.Arbitrary<TwinVersion> = fc.record({
  key,
  time: halfMs.map(halves => halves * (TICKS_PER_MS / 2)),
  sub: fc.integer({ min: 0, max: 2 }),
  available: instant.map(([ms, sub]): [number, number] => [ms * TICKS_PER_MS, sub]),
  deleted: fc.integer({ min: 0, max: 9 }).map(n => n === 0),
  value: fc.option(fc.nat({ max: 9999 }).map(String), { freq: 8 }),
})
const event: fc.Arbitrary<TwinEvent> = fc.record({
  key,
  time: fc.integer({ min: -25, max: 70 }).map(ms => ms * (TICKS_PER_MS / 2)),
  sub: fc.integer({ min: 0, max: 2 }),
})
const world = fc.record({
  // Files of units of versions; many enough that keys have several blocks.
  files: fc.array(
    fc.array(fc.array(version, { maxLength: 120, size: 'max' }), { maxLength: 2, size: 'max' }),
    {
      minLength: 1,
      maxLength: 3,
      size: 'max',
    },
  ),
  batches: fc.array(fc.array(event, { minLength: 1, maxLength: 8 }), {
    minLength: 1,
    maxLength: 12,
    size: 'max',
  }),
  // Whether the stage is told of all batches before the first is due, as a lane does.
  ahead: fc.boolean(),
  inclusive: fc.boolean(),
  lagMs: fc.integer({ min: 0, max: 10 }),
  maxAgeMs: fc.option(fc.integer({ min: 1, max: 20 })),
})
type World = typeof world extends fc.Arbitrary<infer Value> ? Value : never

function eventBatch(events: readonly TwinEvent[]): EventBatch {
  return {
    schema: [{ name: 'key', type: { name: 'utf8' } }],
    rows: events.length,
    columns: [
      columnOf(
        { name: 'utf8' },
        events.map(row => row.key),
      ),
    ],
    stream: 0,
    partition: 0,
    time: Float64Array.from(events, row => row.time),
    sub: Int32Array.from(events, row => row.sub),
    sourceOffset: null,
  }
}

function planOf(world: World, files: FeaturePlan['files']): FeaturePlan {
  const boundary = world.inclusive ? 'inclusive' : 'exclusive'
  const maxAge = world.maxAgeMs === null ? {} : { maxAgeMs: world.maxAgeMs }
  return featurePlan(featureJob({ boundary, lagMs: world.lagMs, ...maxAge }), files)
}

function expected(world: World): TwinAnswer[][] {
  const versions = world.files.flat(2)
  const policy: TwinPolicy = {
    inclusive: world.inclusive,
    lag: world.lagMs * TICKS_PER_MS,
    maxAge: world.maxAgeMs === null ? Infinity : world.maxAgeMs * TICKS_PER_MS,
    stale: false,
    completeFrom: -Infinity,
    completeThrough: Infinity,
  }
  return world.batches.map(batch => batch.map(event => twinLookUp(versions, event, policy)))
}

async function answers(stage: Stage, world: World): Promise<TwinAnswer[][]> {
  const batches = world.batches.map(eventBatch)
  if (world.ahead) for (const batch of batches) stage.prepare(batch).catch(() => {})
  const all: TwinAnswer[][] = []
  for (const batch of batches) {
    const joined = stage.process(batch, await stage.prepare(batch))
    const column = (name: string): number => joined.schema.findIndex(field => field.name === `f__${name}`)
    const text = (name: string, row: number): string | null => {
      const c = column(name)
      const value = valueAt(joined.columns[c], joined.schema[c].type, row)
      return value === null ? null : String(value)
    }
    all.push(
      Array.from({ length: batch.rows }, (_, row): TwinAnswer => {
        const ms = text('version', row)
        expect(text('note', row)).toBe(text('v', row) === null ? null : `n${text('v', row)}`)
        return {
          status: text('status', row) as TwinAnswer['status'],
          value: text('v', row),
          versionTime: ms === null ? null : Number(ms),
        }
      }),
    )
  }
  return all
}

/** `versionTime` of the outputs is in ms, rounded down. */
function inMs(all: TwinAnswer[][]): TwinAnswer[][] {
  return all.map(batch =>
    batch.map(row => ({
      ...row,
      versionTime: row.versionTime === null ? null : Math.floor(row.versionTime / TICKS_PER_MS),
    })),
  )
}

/** Shrinking would write to disk for minutes: the seed that is printed must do. */
const onDisk = (count: number) => ({ ...cases(count), endOnFailure: true })

const CLOCK = { now: () => 0, sleep: () => Promise.resolve() }

async function throughFiles(world: World, directory: string, memoryBytes: number): Promise<TwinAnswer[][]> {
  const { pinned, decoder } = versionFiles(world.files)
  const feature = planOf(world, pinned)
  const loaded = await loadFeature({
    feature,
    timeline: 'ns',
    decoder,
    checkFile: () => Promise.resolve(),
    quarantine: () => Promise.reject(new Error('no row is bad')),
    memoryBytes,
    spillDirectory: directory,
  })
  expect(loaded.shared.kind).toBe(memoryBytes === 0 && world.files.flat(1).length > 0 ? 'spilled' : 'table')
  const store = await openFeatureStore({
    feature,
    timeline: 'ns',
    shared: structuredClone(loaded.shared),
    now: () => 0,
  })
  const stage = createFeatureStage({
    feature,
    store,
    timeline: 'ns',
    eventSchema: eventBatch([]).schema,
    clock: CLOCK,
  })
  const all = await answers(stage, world)
  await stage.close()
  loaded.remove()
  return all
}

/** Each file is a load of its own, which first fails after its first unit, is run again, and once more for nothing. */
async function throughStore(world: World, directory: string): Promise<TwinAnswer[][]> {
  const { pinned, decoder } = versionFiles(world.files)
  const feature = planOf(world, pinned)
  const layout = versionLayout(feature.job.from as VersionColumns, VERSION_FIELDS)
  const load = async (file: PinnedFile, source: Decoder): Promise<number> => {
    const store = StoreDirectory.openToWrite(join(directory, 'store'), false)
    try {
      const outcome = await loadVersions({
        files: [file],
        layout,
        timeline: 'ns',
        decoder: source,
        checkFile: () => Promise.resolve(),
        quarantine: () => Promise.reject(new Error('no row is bad')),
        store,
        table: store.table('t') ?? emptyTable('t', layout, 'ns'),
        identify: each => Promise.resolve(each.path),
        batchBytes: 500,
      })
      return outcome.rows
    } finally {
      await store.close()
    }
  }
  const broken = (file: PinnedFile): Decoder => ({
    ...decoder,
    decode: request =>
      request.unit === file.units[0] ? decoder.decode(request) : Promise.reject(new Error('cable cut')),
  })
  for (const file of pinned) {
    if (file.units.length > 1) await expect(load(file, broken(file))).rejects.toThrow('cable cut')
    expect(await load(file, decoder)).toBe(
      world.files[file.ordinal].flat().filter(row => row.key !== null).length,
    )
    expect(await load(file, decoder)).toBe(0)
  }
  const job = {
    ...feature.job,
    from: { kind: 'store' as const, store: join(directory, 'store'), table: 't' },
  }
  const stored = { ...feature, job }
  const store = await openFeatureStore({
    feature: stored,
    timeline: 'ns',
    shared: null,
    now: () => Number.MAX_SAFE_INTEGER / 2e3,
  })
  const stage = createFeatureStage({
    feature: stored,
    store,
    timeline: 'ns',
    eventSchema: eventBatch([]).schema,
    clock: CLOCK,
  })
  const all = await answers(stage, world)
  await stage.close()
  return all
}

describe('feature stores (C4)', () => {
  it('answer as the contract says: table in memory', async () => {
    await fc.assert(
      fc.asyncProperty(world, async world => {
        expect(await throughFiles(world, '/nowhere', 1e9)).toEqual(inMs(expected(world)))
      }),
      cases(100),
    )
  })

  it('answer as the contract says: spilled to disk', async () => {
    await fc.assert(
      fc.asyncProperty(world, world =>
        withTempDirectory(async directory => {
          expect(await throughFiles(world, directory, 0)).toEqual(inMs(expected(world)))
        }),
      ),
      { ...cases(60), endOnFailure: true }, // shrinking would write to disk for minutes,
    )
  })

  it('answer as the contract says: embedded store, loaded in several goes and again', async () => {
    await fc.assert(
      fc.asyncProperty(world, world =>
        withTempDirectory(async directory => {
          expect(await throughStore(world, directory)).toEqual(inMs(expected(world)))
        }),
      ),
      onDisk(40),
    )
  })
})
