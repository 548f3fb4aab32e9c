import { describe, expect, it } from 'vitest'
import type { KeyBatch, VersionTable } from '../../../src/core/asof/index.ts'
import { keyBytesAt, ownMemory, VersionTableBuilder } from '../../../src/core/asof/index.ts'
import { Preload } from '../../../src/features/preload.ts'
import type { FeatureStore, VersionRequest } from '../../../src/features/store.ts'

function keysOf(...values: number[]): KeyBatch {
  return {
    kind: 'words',
    rows: values.length,
    words: Int32Array.from(values.flatMap(value => [value, 0])),
    isNull: null,
  }
}

function tableOf(request: VersionRequest, completeThrough: number): VersionTable {
  const builder = new VersionTableBuilder({ schema: [], keyKind: 'words', lag: 0, allocate: ownMemory })
  builder.addKeys(request.keys)
  return builder.build({ completeFrom: -Infinity, completeThrough })
}

const ROOM = { keysMax: 1000, bytesMax: 1e9 }

/** A store that writes down what it is asked, and is complete through its `now`. */
class AskedStore implements FeatureStore {
  readonly whole = null
  readonly asked: { keys: number[]; from: number; until: number }[] = []
  now = Infinity
  failures = 0

  versions(request: VersionRequest): Promise<VersionTable> {
    const keys = Array.from({ length: request.keys.rows }, (_, row) => keyBytesAt(request.keys, row)[0])
    this.asked.push({ keys, from: request.from, until: request.until })
    if (this.failures-- > 0) return Promise.reject(new Error('store is down'))
    return Promise.resolve(tableOf(request, this.now))
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

describe('preload', () => {
  it('asks once for all that is wanted in one turn', async () => {
    const store = new AskedStore()
    const preload = new Preload({ store, before: null, reach: -Infinity, lag: 0, ...ROOM })
    const tables = await Promise.all([
      preload.versions({ keys: keysOf(1, 2), from: 10, until: 20 }),
      preload.versions({ keys: keysOf(2, 3), from: 5, until: 15 }),
    ])
    expect(store.asked).toEqual([{ keys: [1, 2, 3], from: 5, until: 20 }])
    expect(tables[0]).toBe(tables[1])
  })

  it('serves a batch from what was fetched for it ahead', async () => {
    const store = new AskedStore()
    const preload = new Preload({ store, before: null, reach: -Infinity, lag: 0, ...ROOM })
    const ahead = preload.versions({ keys: keysOf(1, 2, 3), from: 10, until: 20 })
    // Also while the fetch is still under way.
    const due = preload.versions({ keys: keysOf(3), from: 12, until: 20 })
    expect(await due).toBe(await ahead)
    expect(await preload.versions({ keys: keysOf(1), from: 10, until: 10 })).toBe(await ahead)
    expect(store.asked.length).toBe(1)
    await preload.versions({ keys: keysOf(4), from: 12, until: 20 })
    await preload.versions({ keys: keysOf(1), from: 12, until: 21 })
    await preload.versions({ keys: keysOf(1), from: 9, until: 20 })
    expect(store.asked.slice(1).map(({ keys }) => keys)).toEqual([[4], [1], [1]])
  })

  it('asks for nothing that was fetched before the run began', async () => {
    const store = new AskedStore()
    const range = { from: 10, until: 20 }
    const table = tableOf({ keys: keysOf(1, 2), ...range }, 18)
    const preload = new Preload({ store, before: { table, ...range }, lag: 2, reach: -Infinity, ...ROOM })
    expect(await preload.versions({ keys: keysOf(2), ...range })).toBe(table)
    expect(store.asked).toEqual([])
    await preload.versions({ keys: keysOf(3), ...range })
    await preload.versions({ keys: keysOf(1), from: 9, until: 20 })
    await preload.versions({ keys: keysOf(1), from: 10, until: 21 })
    expect(store.asked.map(({ keys }) => keys)).toEqual([[3], [1], [1]])
    const early = new Preload({ store, before: { table, ...range }, lag: 1, reach: -Infinity, ...ROOM })
    await early.versions({ keys: keysOf(1), ...range })
    expect(store.asked.length).toBe(4)
  })

  it('asks again for what was not complete yet', async () => {
    const store = new AskedStore()
    store.now = 15
    const preload = new Preload({ store, before: null, reach: -Infinity, lag: 4, ...ROOM })
    const request = { keys: keysOf(1), from: 10, until: 20 }
    await preload.versions(request)
    await preload.versions({ ...request, until: 19 })
    expect(store.asked.length).toBe(1)
    store.now = 16
    await preload.versions(request)
    await preload.versions(request)
    expect(store.asked.length).toBe(2)
  })

  it('makes a failed fetch again when the batch is due', async () => {
    const store = new AskedStore()
    store.failures = 1
    const preload = new Preload({ store, before: null, reach: -Infinity, lag: 0, ...ROOM })
    const request = { keys: keysOf(1), from: 1, until: 2 }
    await expect(preload.versions(request)).rejects.toThrow('store is down')
    await expect(preload.versions(request)).resolves.toMatchObject({ versions: 0 })
    expect(store.asked.length).toBe(2)
  })

  it('keeps within its bounds of keys and bytes, oldest out first', async () => {
    const store = new AskedStore()
    const preload = new Preload({ store, before: null, reach: -Infinity, lag: 0, keysMax: 3, bytesMax: 1 })
    const range = { from: 1, until: 2 }
    await Promise.all([1, 2, 3, 4].map(key => preload.versions({ keys: keysOf(key, 10 + key), ...range })))
    expect(store.asked.map(({ keys }) => keys)).toEqual([
      [1, 11],
      [2, 12],
      [3, 13],
      [4, 14],
    ])
    await preload.versions({ keys: keysOf(4), ...range })
    expect(store.asked.length).toBe(4)
    await preload.versions({ keys: keysOf(3), ...range })
    expect(store.asked.length).toBe(5)
  })
})
