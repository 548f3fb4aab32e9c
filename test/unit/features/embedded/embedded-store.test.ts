import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { open } from 'lmdb'
import { describe, expect, it } from 'vitest'
import type { VersionTable } from '../../../../src/core/asof/index.ts'
import { EmbeddedStore } from '../../../../src/features/embedded/embedded-store.ts'
import type { TableMeta } from '../../../../src/features/embedded/store-directory.ts'
import { StoreDirectory } from '../../../../src/features/embedded/store-directory.ts'
import { withTempDirectory } from '../../../harness/index.ts'
import { keysOf, META, writeInChild, writeVersionsOf } from './store-fixture.ts'

function openStore(
  directory: string,
  part: Partial<ConstructorParameters<typeof EmbeddedStore>[0]> = {},
): EmbeddedStore {
  return new EmbeddedStore({
    directory,
    table: 't',
    columns: ['v'],
    timeline: 'ms',
    lag: 0,
    now: null,
    ...part,
  })
}

/** Times of the versions of key number k, in order. */
function timesOf(table: VersionTable, k = 0): number[] {
  return Array.from(table.time.subarray(table.start[k], table.start[k + 1]))
}

describe('embedded store', () => {
  it('gives the versions inside the range and the newest one before it', async () => {
    await withTempDirectory(async directory => {
      const many = Array.from({ length: 200 }, (_, i) => 10 * i)
      await writeVersionsOf(directory, 'few', [10, 20, 30, 40])
      await writeVersionsOf(directory, 'many', many, 1)
      const store = openStore(directory)
      const few = await store.versions({ keys: keysOf('few'), from: 25, until: 35 })
      expect(timesOf(few)).toEqual([20, 30])
      // 20 is not yet readable at 20 where the boundary is exclusive.
      expect(timesOf(await store.versions({ keys: keysOf('few'), from: 20, until: 20 }))).toEqual([10, 20])
      const wide = await store.versions({ keys: keysOf('many'), from: 995, until: 1995 })
      expect(timesOf(wide)).toEqual(many.slice(99))
      expect(timesOf(await store.versions({ keys: keysOf('many'), from: -5, until: -1 }))).toEqual([])
      await store.close()
    })
  })

  it('looks back by the lag', async () => {
    await withTempDirectory(async directory => {
      await writeVersionsOf(directory, 'k', [10, 20, 30])
      const store = openStore(directory, { lag: 7 })
      // Readable from 17, 27 and 37 on.
      expect(timesOf(await store.versions({ keys: keysOf('k'), from: 30, until: 36 }))).toEqual([20])
      expect(timesOf(await store.versions({ keys: keysOf('k'), from: 27, until: 37 }))).toEqual([10, 20, 30])
      await store.close()
    })
  })

  it('knows every key that was asked for', async () => {
    await withTempDirectory(async directory => {
      await writeVersionsOf(directory, 'k', [10])
      const store = openStore(directory)
      const table = await store.versions({ keys: keysOf('none', 'k'), from: 50, until: 50 })
      expect([table.index.keys, timesOf(table, 0), timesOf(table, 1)]).toEqual([2, [], [10]])
      await store.close()
    })
  })

  it('delivers the columns of the feature on a finer timeline', async () => {
    await withTempDirectory(async directory => {
      await writeVersionsOf(directory, 'k', [10, 20])
      const store = openStore(directory, { columns: ['w', 'v'], timeline: 'us', lag: 500 })
      const table = await store.versions({ keys: keysOf('k'), from: 21_600, until: 21_600 })
      expect(timesOf(table)).toEqual([20_000])
      expect(table.columns).toMatchObject([{ values: Float64Array.of(20) }, { values: Int32Array.of(20) }])
      expect(() => openStore(directory, { columns: ['x'] })).toThrow(
        expect.objectContaining({ code: 'column-missing' }),
      )
      await store.close()
    })
  })

  it('is complete through now − lag, or without end where it cannot change', async () => {
    await withTempDirectory(async directory => {
      await writeVersionsOf(directory, 'k', [10])
      const request = { keys: keysOf('k'), from: 0, until: 0 }
      const live = openStore(directory, { now: () => 5000, lag: 300 })
      expect((await live.versions(request)).completeThrough).toBe(4700)
      const done = openStore(directory)
      expect((await done.versions(request)).completeThrough).toBe(Infinity)
      await Promise.all([live.close(), done.close()])
    })
  })

  it('sees what another has written since', async () => {
    await withTempDirectory(async directory => {
      await writeVersionsOf(directory, 'k', [10])
      const store = openStore(directory)
      const request = { keys: keysOf('k'), from: 100, until: 100 }
      expect(timesOf(await store.versions(request))).toEqual([10])
      writeInChild(directory, 'k', [15], 1)
      expect(timesOf(await store.versions(request))).toEqual([15])
      await store.close()
    })
  })

  it('is read by several threads at once, and survives one that is ended', async () => {
    await withTempDirectory(async directory => {
      await writeVersionsOf(directory, 'k', [10, 20, 30])
      const store = openStore(directory)
      const threads = Array.from(
        { length: 3 },
        () => new Worker(READING_THREAD, { eval: true, workerData: { directory } }),
      )
      const answers = await Promise.all(
        threads.map(thread => new Promise(resolve => thread.once('message', resolve))),
      )
      expect(answers).toEqual([20, 20, 20])
      await Promise.all(threads.map(thread => thread.terminate()))
      expect(timesOf(await store.versions({ keys: keysOf('k'), from: 25, until: 25 }))).toEqual([20])
      await store.close()
    })
  })
})

const SOURCE = new URL('../../../../src/', import.meta.url)
/** Opens the store, answers one lookup, and goes on reading until it is ended. */
const READING_THREAD = `
import { parentPort, workerData } from 'node:worker_threads'
const { EmbeddedStore } = await import('${SOURCE}features/embedded/embedded-store.ts')
const { directory } = workerData
const store = new EmbeddedStore({ directory, table: 't', columns: ['v'], timeline: 'ms', lag: 0, now: null })
const keys = { kind: 'bytes', rows: 1, offsets: Int32Array.of(0, 1), bytes: Uint8Array.of(107), isNull: null }
const read = () => store.versions({ keys, from: 25, until: 25 })
parentPort.postMessage((await read()).time[0])
const again = async () => { await read(); setImmediate(again) }
again()
`

describe('store directory', () => {
  it('names what is no store, and tables that are not there', async () => {
    await withTempDirectory(async directory => {
      expect(() => StoreDirectory.openToRead(directory)).toThrow(
        expect.objectContaining({ code: 'file-unreadable', where: { uri: directory } }),
      )
      await writeVersionsOf(join(directory, 'with.dot'), 'k', [1])
      expect(() => openStore(join(directory, 'with.dot'), { table: 'other' })).toThrow(
        expect.objectContaining({ code: 'argument-invalid', advice: 'Its tables are: t.' }),
      )
    })
  })

  it('never lets LMDB at a file that is none of its own or was cut off', async () => {
    await withTempDirectory(async directory => {
      const file = join(directory, 'data.mdb')
      const damaged = expect.objectContaining({ code: 'file-corrupt', where: { uri: directory } })
      await writeVersionsOf(
        directory,
        'k',
        Array.from({ length: 3000 }, (_, i) => i),
      )
      const whole = readFileSync(file)
      const lengths = [
        1,
        23,
        24,
        100,
        4095,
        4096,
        4200,
        8191,
        8192,
        whole.length >> 1,
        whole.length - 4096,
        whole.length - 1,
      ]
      for (const bytes of [
        Buffer.alloc(16384, 7),
        Buffer.alloc(16384),
        ...lengths.map(length => whole.subarray(0, length)),
      ]) {
        writeFileSync(file, bytes)
        expect(() => StoreDirectory.openToRead(directory)).toThrow(damaged)
        expect(() => StoreDirectory.openToWrite(directory, true)).toThrow(damaged)
      }
      for (const at of [24, 28, 48, 4096 + 24, 4096 + 28]) {
        const wrong = Buffer.from(whole)
        wrong[at] ^= 0x55
        writeFileSync(file, wrong)
        expect(() => StoreDirectory.openToRead(directory)).toThrow(damaged)
      }
      writeFileSync(file, Buffer.alloc(0))
      expect(() => StoreDirectory.openToRead(directory)).toThrow(damaged)
      // What a writer leaves that was killed while it made the store.
      await writeVersionsOf(directory, 'k', [1])
      const store = openStore(directory)
      expect(timesOf(await store.versions({ keys: keysOf('k'), from: 5, until: 5 }))).toEqual([1])
      await store.close()
    })
  })

  it('refuses a place that can be no folder', async () => {
    await withTempDirectory(directory => {
      writeFileSync(join(directory, 'file'), '')
      expect(() => StoreDirectory.openToWrite(join(directory, 'file', 'below'), true)).toThrow(
        expect.objectContaining({ code: 'store-failed' }),
      )
    })
  })

  it.each([
    ['a format it does not know', '"format":1', '"format":2', 'unsupported'],
    ['a type it does not know', '"int32"', '"int33"', 'file-corrupt'],
    ['words that are no JSON', '{', '[', 'file-corrupt'],
  ])('refuses %s', async (_what, from, to, code) => {
    await withTempDirectory(async directory => {
      await writeVersionsOf(directory, 'k', [1])
      const root = open<string, string>({ path: directory, noSubdir: false })
      const meta = root.openDB<string, string>({ name: 'meta', encoding: 'string' })
      meta.putSync('table:t', meta.get('table:t')!.replace(from, to))
      await root.close()
      expect(() => openStore(directory)).toThrow(expect.objectContaining({ code, where: { uri: directory } }))
    })
  })

  it('keeps tables and files as they were', async () => {
    await withTempDirectory(async directory => {
      const meta: TableMeta = {
        ...META,
        fields: [{ name: '__proto__', type: { name: 'decimal', precision: 9, scale: 2 } }],
        timeline: 'ns',
        newest: -5,
      }
      const store = StoreDirectory.openToWrite(directory, true)
      store.transaction(() => {
        store.putTable(meta)
        store.putFile('t', 'abc', { ordinal: 4, path: '/x', rows: 1, bad: 2, done: true })
      })
      await store.close()
      const again = StoreDirectory.openToRead(directory)
      expect(again.tables()).toEqual([meta])
      expect(again.file('t', 'abc')).toEqual({ ordinal: 4, path: '/x', rows: 1, bad: 2, done: true })
      expect([again.file('t', 'x'), again.table('u')]).toEqual([null, null])
      await again.close()
    })
  })
})
