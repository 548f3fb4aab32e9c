import { describe, expect, it } from 'vitest'
import type { VersionTable } from '../../../src/core/asof/index.ts'
import { encodeKeys, keyConversion, ownMemory, VersionTableBuilder } from '../../../src/core/asof/index.ts'
import type { EventBatch } from '../../../src/core/batch/index.ts'
import { rowObject } from '../../../src/core/batch/index.ts'
import type { FeatureStore, StageClock, VersionRequest } from '../../../src/features/index.ts'
import { checkUnavailable, createFeatureStage } from '../../../src/features/index.ts'
import { TableStore } from '../../../src/features/open-feature.ts'
import type { FeatureJob } from '../../../src/job/index.ts'
import type { Stage } from '../../../src/lanes/index.ts'
import { columnOf } from '../../property/asof-twin.ts'
import { featureJob, featurePlan } from '../../property/feature-fixture.ts'

const TEXT = { name: 'utf8' } as const

/** Versions of key `a` at the times given, with v = time and note = `n<time>`. */
function tableOf(times: readonly number[], completeThrough = Infinity): VersionTable {
  const schema = [{ name: 'v', type: { name: 'int32' } } as const, { name: 'note', type: TEXT }]
  const builder = new VersionTableBuilder({ schema, keyKind: 'bytes', lag: 0, allocate: ownMemory })
  const column = columnOf(
    TEXT,
    times.map(() => 'a'),
  )
  const keys = encodeKeys([{ column, type: TEXT, conversion: keyConversion(TEXT, TEXT)! }], times.length)
  const columns = [
    columnOf({ name: 'int32' }, times),
    columnOf(
      TEXT,
      times.map(time => `n${time}`),
    ),
  ]
  const chunk = {
    rows: times.length,
    time: Float64Array.from(times),
    sub: null,
    available: null,
    availableSub: null,
    deleted: null,
    columns,
  }
  builder.add(chunk, builder.addKeys(keys))
  return builder.build({ completeFrom: -Infinity, completeThrough })
}

function events(rows: readonly (readonly [string | null, number])[]): EventBatch {
  return {
    schema: [
      { name: 'id', type: { name: 'int32' } },
      { name: 'key', type: TEXT },
    ],
    rows: rows.length,
    columns: [
      columnOf(
        { name: 'int32' },
        rows.map((_, i) => i),
      ),
      columnOf(
        TEXT,
        rows.map(row => row[0]),
      ),
    ],
    stream: 2,
    partition: 7,
    time: Float64Array.from(rows, row => row[1]),
    sub: null,
    sourceOffset: null,
  }
}

/** A clock that only moves when somebody sleeps. */
class SleepyClock implements StageClock {
  time = 1000
  readonly slept: number[] = []

  now(): number {
    return this.time
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    this.slept.push(ms)
    this.time += ms
    return Promise.resolve()
  }
}

/** Complete through `behind` ms before the clock's now; new versions show up only once they are that old. */
class LiveStore implements FeatureStore {
  readonly whole = null
  closed = false
  readonly #clock: StageClock
  readonly #behind: number

  constructor(clock: StageClock, behind: number) {
    this.#clock = clock
    this.#behind = behind
  }

  versions(_request: VersionRequest): Promise<VersionTable> {
    const through = this.#clock.now() - this.#behind
    return Promise.resolve(
      tableOf(
        [900, 1004].filter(time => time <= through),
        through,
      ),
    )
  }

  close(): Promise<void> {
    this.closed = true
    return Promise.resolve()
  }
}

function stageOf(
  job: Partial<FeatureJob>,
  store: FeatureStore,
  clock: StageClock = new SleepyClock(),
): Stage {
  const feature = featurePlan(featureJob(job), [])
  return createFeatureStage({ feature, store, timeline: 'ms', eventSchema: events([]).schema, clock })
}

describe('join stage', () => {
  it('appends the columns of the feature and keeps all else', () => {
    const stage = stageOf({ maxAgeMs: 100 }, new TableStore(tableOf([10, 20])))
    const batch = events([
      ['a', 15],
      ['b', 15],
      [null, 15],
      ['a', 500],
      ['a', 10],
    ])
    const joined = stage.process(batch, null)
    expect(joined.schema).toEqual([...batch.schema, ...stage.adds])
    expect(stage.adds.map(field => field.name)).toEqual(['f__v', 'f__note', 'f__version', 'f__status'])
    expect(joined).toMatchObject({ rows: 5, stream: 2, partition: 7, time: batch.time })
    const rows = Array.from({ length: 5 }, (_, row) => rowObject(joined, row))
    expect(rows[0]).toEqual({ id: 0, key: 'a', f__v: 10, f__note: 'n10', f__version: 10, f__status: 'hit' })
    expect(rows[3]).toEqual({
      id: 3,
      key: 'a',
      f__v: null,
      f__note: null,
      f__version: null,
      f__status: 'expired',
    })
    expect(rows.map(row => row.f__status)).toEqual(['hit', 'absent', 'absent', 'expired', 'absent'])
    expect(stage.counters()).toEqual({ hit: 1, absent: 3, expired: 1, unavailable: 0 })
  })

  it('keeps no state and joins an empty batch to an empty batch', async () => {
    const stage = stageOf({}, new LiveStore(new SleepyClock(), 0))
    const batch = events([])
    const joined = stage.process(batch, await stage.prepare(batch))
    expect([joined.rows, joined.schema.length, joined.columns.length]).toEqual([0, 6, 6])
    expect(stage.snapshot(0)).toBeNull()
    expect(() => stage.restore(0, new Uint8Array(1))).toThrow('keeps no state')
  })

  it('ends the run at the first version that cannot be told, naming feature, key and time', async () => {
    const stage = stageOf({}, new LiveStore(new SleepyClock(), 0))
    const batch = events([
      ['a', 1000],
      ['a', 1007],
    ])
    const prepared = await stage.prepare(batch)
    expect(() => stage.process(batch, prepared)).toThrow(
      expect.objectContaining({
        code: 'versions-unavailable',
        message:
          'feature f: the version of key a at 1970-01-01T00:00:01.007Z cannot be told: the store is complete only through 1970-01-01T00:00:01.000Z',
        where: { feature: 'f', partition: 7 },
      }),
    )
  })

  it('waits for the store as long as it may, and then sees what came', async () => {
    const clock = new SleepyClock()
    const stage = stageOf({ waitMs: 50 }, new LiveStore(clock, 2), clock)
    const batch = events([['a', 1005]])
    const joined = stage.process(batch, await stage.prepare(batch))
    expect(clock.slept).toEqual([7])
    expect(rowObject(joined, 0)).toMatchObject({ f__v: 1004, f__status: 'hit' })
  })

  it('waits no longer than it may, then writes unavailable where a share of it is allowed', async () => {
    const clock = new SleepyClock()
    const stage = stageOf({ waitMs: 5, maxUnavailable: 0.5 }, new LiveStore(clock, 2), clock)
    const batch = events([
      ['a', 1009],
      ['a', 990],
    ])
    const joined = stage.process(batch, await stage.prepare(batch))
    expect(clock.slept).toEqual([5])
    expect([0, 1].map(row => rowObject(joined, row).f__status)).toEqual(['unavailable', 'hit'])
    expect(stage.counters()).toMatchObject({ hit: 1, unavailable: 1 })
  })

  it('takes what there is with `beyond: stale`, and counts it', async () => {
    const stage = stageOf({ beyond: 'stale' }, new LiveStore(new SleepyClock(), 0))
    const batch = events([
      ['a', 1007],
      ['b', 1007],
      ['a', 950],
    ])
    const joined = stage.process(batch, await stage.prepare(batch))
    expect([0, 1, 2].map(row => rowObject(joined, row).f__status)).toEqual(['hit', 'absent', 'hit'])
    expect(stage.counters()).toEqual({ hit: 2, absent: 1, expired: 0, unavailable: 0, stale: 2 })
  })

  it('stops waiting and closes its store when it is closed', async () => {
    const clock = new SleepyClock()
    const store = new LiveStore(clock, 2)
    const stage = stageOf({ waitMs: 50 }, store, clock)
    await stage.close()
    await expect(stage.prepare(events([['a', 1005]]))).rejects.toMatchObject({ name: 'AbortError' })
    expect(store.closed).toBe(true)
  })

  it('refuses events that cannot be looked up', () => {
    const store = new TableStore(tableOf([]))
    expect(() => stageOf({ on: ['nokey'] }, store)).toThrow(
      expect.objectContaining({ code: 'column-missing' }),
    )
    expect(() => stageOf({ on: ['id'] }, store)).toThrow(
      expect.objectContaining({ code: 'key-type-mismatch' }),
    )
  })
})

describe('checkUnavailable', () => {
  const counters = { hit: 90, absent: 5, expired: 4, unavailable: 1 }

  it('allows the share of the job over all lookups', () => {
    expect(() => checkUnavailable({ job: featureJob({ maxUnavailable: 0.01 }) }, counters)).not.toThrow()
    expect(() => checkUnavailable({ job: featureJob({}) }, { hit: 3 })).not.toThrow()
  })

  it('ends the run beyond it', () => {
    expect(() => checkUnavailable({ job: featureJob({ maxUnavailable: 0.009 }) }, counters)).toThrow(
      expect.objectContaining({
        code: 'versions-unavailable',
        message: expect.stringContaining('1 of 100 lookups'),
      }),
    )
  })
})
