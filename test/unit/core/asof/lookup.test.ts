/** The way of a lookup: version table, as-of kernel, joined columns (C4), case by case. */

import { describe, expect, it } from 'vitest'
import type { AsOfPolicy, VersionTable } from '../../../../src/core/asof/index.ts'
import {
  findKeys,
  joinedColumns,
  KEY_NULL,
  lookUpAsOf,
  ownMemory,
  STATUS_TEXT,
  tableBytes,
  VersionTableBuilder,
} from '../../../../src/core/asof/index.ts'
import { columnOf } from '../../../property/asof-twin.ts'

interface Version {
  readonly time: number
  readonly available?: number
  readonly value?: number | null
  readonly deleted?: boolean
}

const NAMES = ['int32', 'int64', 'float64', 'utf8'] as const

/** A table of one key, 1, with its value in a column of each kind. */
function tableOf(versions: readonly Version[], complete: Partial<VersionTable> = {}, lag = 0): VersionTable {
  const values = versions.map(version => (version.value === undefined ? version.time : version.value))
  const builder = new VersionTableBuilder({
    schema: NAMES.map(name => ({ name, type: { name } })),
    keyKind: 'words',
    lag,
    allocate: ownMemory,
  })
  const chunk = {
    rows: versions.length,
    time: Float64Array.from(versions, version => version.time),
    sub: null,
    available: versions.some(version => version.available !== undefined)
      ? Float64Array.from(versions, version => version.available ?? -Infinity)
      : null,
    availableSub: null,
    deleted: versions.some(version => version.deleted)
      ? Uint8Array.from(versions, version => Number(version.deleted ?? false))
      : null,
    columns: NAMES.map(name => columnOf({ name }, values)),
  }
  const words = Int32Array.from({ length: 2 * versions.length }, (_, i) => (i % 2 === 0 ? 1 : 0))
  builder.add(chunk, builder.addKeys({ kind: 'words', rows: versions.length, words, isNull: null }))
  return { ...builder.build({ completeFrom: -Infinity, completeThrough: Infinity }), ...complete }
}

const POLICY: AsOfPolicy = { inclusive: false, lag: 0, maxAge: Infinity, stale: false }

function statuses(table: VersionTable, times: readonly number[], policy: Partial<AsOfPolicy> = {}): string[] {
  const events = { time: Float64Array.from(times), sub: null }
  const result = lookUpAsOf(table, new Int32Array(times.length), events, { ...POLICY, ...policy })
  return Array.from(result.status, code => STATUS_TEXT[code])
}

describe('version table', () => {
  it('keeps only versions that can be an answer, ascending in both times', () => {
    const table = tableOf([
      { time: 10, available: 15 },
      { time: 30, available: 90 }, // 40 is newer and readable before it
      { time: 20, available: 25 },
      { time: 40, available: 80 },
      { time: 40, available: 80, value: 41 }, // written later than its twin
    ])
    expect(Array.from(table.time)).toEqual([10, 20, 40])
    expect(Array.from(table.at)).toEqual([15, 25, 80])
    expect(table.columns[0]).toMatchObject({ values: Int32Array.of(10, 20, 41) })
  })

  it('keeps the last written of equal times', () => {
    const table = tableOf([{ time: 5, value: 1 }, { time: 7 }, { time: 5, value: 2 }])
    expect(table.columns[2]).toMatchObject({ values: Float64Array.of(2, 7) })
    expect(table.at).toBe(table.time)
  })

  it('sorts keys with very many versions', () => {
    const versions = Array.from({ length: 500 }, (_, i) => ({ time: (i * 7919) % 500 }))
    const table = tableOf(versions)
    expect(Array.from(table.time)).toEqual(Array.from({ length: 500 }, (_, i) => i))
  })

  it('leaves versions without a key out, and knows keys without versions', () => {
    const builder = new VersionTableBuilder({ schema: [], keyKind: 'words', lag: 0, allocate: ownMemory })
    const keys = {
      kind: 'words',
      rows: 2,
      words: Int32Array.of(9, 0, 0, 0),
      isNull: Uint8Array.of(0, 1),
    } as const
    const numbers = builder.addKeys(keys)
    expect(Array.from(numbers)).toEqual([0, KEY_NULL])
    const chunk = {
      rows: 1,
      time: Float64Array.of(1),
      sub: null,
      available: null,
      availableSub: null,
      deleted: null,
      columns: [],
    }
    builder.add(chunk, Int32Array.of(KEY_NULL))
    const table = builder.build({ completeFrom: -Infinity, completeThrough: Infinity })
    expect([table.versions, table.index.keys, Array.from(table.start)]).toEqual([0, 1, [0, 0]])
    expect(Array.from(findKeys(table.index, keys))).toEqual([0, KEY_NULL])
  })

  it('tells how much memory it keeps', () => {
    const few = tableBytes(tableOf([{ time: 1 }]))
    const many = tableBytes(tableOf(Array.from({ length: 1001 }, (_, time) => ({ time }))))
    // time 8, int32 4, int64 8, float64 8, offsets 4, text of 1 to 4 digits
    expect(many - few).toBeGreaterThan(1000 * 33)
    expect(many - few).toBeLessThan(1000 * 36)
  })
})

describe('as-of lookup', () => {
  it('reads the boundary, lag and maxAge by C4', () => {
    const table = tableOf([{ time: 100 }])
    expect(statuses(table, [100, 101])).toEqual(['absent', 'hit'])
    expect(statuses(table, [99, 100], { inclusive: true })).toEqual(['absent', 'hit'])
    expect(statuses(table, [105, 106], { lag: 5 })).toEqual(['absent', 'hit'])
    expect(statuses(table, [110, 111], { maxAge: 10 })).toEqual(['hit', 'expired'])
  })

  it('calls a deleted value absent, however old', () => {
    const table = tableOf([{ time: 1 }, { time: 5, deleted: true }, { time: 9 }])
    expect(statuses(table, [2, 6, 500, 10], { maxAge: 20 })).toEqual(['hit', 'absent', 'expired', 'hit'])
    expect(statuses(tableOf([{ time: 5, deleted: true }]), [500], { maxAge: 20 })).toEqual(['absent'])
  })

  it('says unavailable where an eligible version can have been lost', () => {
    const table = tableOf([{ time: 10 }, { time: 60 }], { completeFrom: 50, completeThrough: 100 })
    expect(statuses(table, [20, 55, 61, 100, 101])).toEqual([
      'unavailable',
      'unavailable',
      'hit',
      'hit',
      'unavailable',
    ])
    // Within maxAge of 5 nothing before 50 could be a hit.
    expect(statuses(table, [54, 55, 61, 66], { maxAge: 5 })).toEqual([
      'unavailable',
      'expired',
      'hit',
      'expired',
    ])
  })

  it('reaches back from completeThrough by the lag', () => {
    const table = tableOf([{ time: 10 }], { completeThrough: 100 })
    expect(statuses(table, [130, 131], { lag: 30 })).toEqual(['hit', 'unavailable'])
  })

  it('takes what there is where stale is allowed, and counts it', () => {
    const table = tableOf([{ time: 60 }], { completeThrough: 100 })
    const events = { time: Float64Array.of(100, 101, 500), sub: null }
    const result = lookUpAsOf(table, new Int32Array(3), events, { ...POLICY, stale: true, maxAge: 200 })
    expect(Array.from(result.status, code => STATUS_TEXT[code])).toEqual(['hit', 'hit', 'expired'])
    expect(result.stale).toBe(2)
  })

  it('knows keys that are complete from later on than the table', () => {
    const table = tableOf([{ time: 40 }], { completeFromOfKey: Float64Array.of(30) })
    expect(statuses(table, [35, 41])).toEqual(['unavailable', 'hit'])
    const unknown = lookUpAsOf(
      table,
      Int32Array.of(-1, KEY_NULL),
      { time: Float64Array.of(35, 35), sub: null },
      POLICY,
    )
    expect(Array.from(unknown.status, code => STATUS_TEXT[code])).toEqual(['absent', 'absent'])
  })

  it('never calls a null key unavailable', () => {
    const table = tableOf([], { completeFrom: Infinity, completeThrough: -Infinity })
    const result = lookUpAsOf(
      table,
      Int32Array.of(KEY_NULL, -1),
      { time: Float64Array.of(0, 0), sub: null },
      POLICY,
    )
    expect(Array.from(result.status, code => STATUS_TEXT[code])).toEqual(['absent', 'unavailable'])
  })
})

describe('joined columns', () => {
  it('are null, with zero memory, unless the lookup is a hit', () => {
    const table = tableOf([
      { time: 7, value: 77 },
      { time: 9, value: null },
    ])
    const events = { time: Float64Array.of(1, 8, 10), sub: null }
    const result = lookUpAsOf(table, new Int32Array(3), events, POLICY)
    const [int32, int64, float64, utf8, version, status] = joinedColumns(table, result, 'us')
    const valid = Uint8Array.of(0, 1, 0)
    expect(int32).toEqual({ kind: 'i32', values: Int32Array.of(0, 77, 0), valid })
    expect(int64).toEqual({ kind: 'i64', values: Int32Array.of(0, 0, 77, 0, 0, 0), valid })
    expect(float64).toEqual({ kind: 'f64', values: Float64Array.of(0, 77, 0), valid })
    expect(utf8).toEqual({
      kind: 'bytes',
      offsets: Int32Array.of(0, 0, 2, 2),
      bytes: Uint8Array.of(55, 55),
      valid,
    })
    expect(version).toEqual({ kind: 'i64', values: new Int32Array(6), valid: Uint8Array.of(0, 1, 1) })
    expect(Buffer.from(status.kind === 'bytes' ? status.bytes : []).toString()).toBe('absenthithit')
    expect(status).toMatchObject({ offsets: Int32Array.of(0, 6, 9, 12), valid: null })
  })

  it.each(['hit', 'absent', 'expired', 'unavailable'] as const)('lay %s down for a whole batch', text => {
    const rows = 1000
    const code = STATUS_TEXT.indexOf(text)
    const counts = STATUS_TEXT.map((_, each) => (each === code ? rows : 0))
    const result = {
      position: new Int32Array(rows).fill(code === 0 ? 0 : -1),
      versionTime: new Float64Array(rows),
      status: new Uint8Array(rows).fill(code),
      counts,
      stale: 0,
    }
    const columns = joinedColumns(tableOf([{ time: 7 }]), result, 'ms')
    const status = columns[5]
    expect(Buffer.from(status.kind === 'bytes' ? status.bytes : []).toString()).toBe(text.repeat(rows))
    expect(columns[0].valid === null).toBe(text === 'hit')
  })
})
