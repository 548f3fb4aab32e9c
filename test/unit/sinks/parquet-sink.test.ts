/**
 * Sample files: what is appended is what is read back, in order, by us and by a reader that shares no code;
 * nothing half-written is ever left.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import type { Batch } from '../../../src/core/batch/index.ts'
import { i64ToNumber, typeFromText, typeText, valueAt } from '../../../src/core/batch/index.ts'
import type { SliceWriter } from '../../../src/sinks/index.ts'
import { createParquetSink, readSamples } from '../../../src/sinks/index.ts'
import { withTempDirectory } from '../../harness/index.ts'
import { Chance, EVERY_TYPE, randomBatch } from './random-batch.ts'
import {
  bytesBelow,
  COUNTED,
  caught,
  counted,
  MEMORY_BYTES,
  numbersOf,
  plainRows,
  slice,
  upTo,
  wide,
  wideBatch,
  withSink,
} from './sink-fixture.ts'

describe('parquet sink', () => {
  for (const encodings of ['auto', 'plain'] as const) {
    it(`gives back every type exactly, encodings ${encodings}`, async () => {
      const chance = new Chance(7)
      const sizes = [1, 2047, 2048, 2049, 0, 700, 5000]
      const batches = sizes.map((rows, i) => randomBatch(EVERY_TYPE, rows, chance, i % 2 === 0 ? 100 : 0))
      await withSink({ schema: EVERY_TYPE, encodings }, async (sink, directory) => {
        const writer = sink.open(slice('samples/partition=0/a.parquet'))
        for (const batch of batches) await writer.append(batch)
        const file = await writer.seal()
        expect(file.rows).toBe(sizes.reduce((a, b) => a + b))
        const back: Batch[] = []
        for await (const batch of readSamples(join(directory, file.path), EVERY_TYPE)) back.push(batch)
        expect(plainRows(back)).toEqual(plainRows(batches))
      })
    })
  }

  it('writes files that a reader of other origin understands', async () => {
    const schema = EVERY_TYPE.filter(field =>
      ['int64', 'utf8', 'bool', 'uint32', 'float64', 'timestamp[ms]'].includes(field.name),
    )
    const batch = randomBatch(schema, 3000, new Chance(3), 50)
    await withSink({ schema, metadata: { 'hindcast.plan': "it's" } }, async (sink, directory) => {
      const writer = sink.open(slice('a.parquet'))
      await writer.append(batch)
      const { path, bytes } = await writer.seal()
      const file = await asyncBufferFromFile(join(directory, path))
      expect(file.byteLength).toBe(bytes)
      const rows = await parquetReadObjects({ file })
      expect(rows).toHaveLength(3000)
      schema.forEach((field, c) => {
        const ours = Array.from({ length: batch.rows }, (_, i) => valueAt(batch.columns[c]!, field.type, i))
        const theirs = rows.map(row => {
          const value = row[field.name]
          return value instanceof Date ? value.toISOString().replace('Z', '') : value
        })
        const expected =
          field.type.name === 'timestamp'
            ? ours.map(v => (v === null ? null : String(v).replace('Z', '')))
            : ours
        expect(
          theirs.map(value => value ?? null),
          field.name,
        ).toEqual(expected)
      })
      const { key_value_metadata: metadata } = await parquetMetadataAsync(file)
      expect(metadata?.find(entry => entry.key === 'hindcast.plan')?.value).toBe("it's")
      expect(JSON.parse(metadata!.find(entry => entry.key === 'hindcast.schema')!.value!)).toEqual(
        schema.map(field => [field.name, typeText(field.type)]),
      )
    })
  })

  it('keeps order in many slices at once, past its memory', async () => {
    await withSink({ memoryBytes: 1024 * 1024 }, async (sink, directory) => {
      const writers = [0, 1, 2].map(p =>
        sink.open({ partition: p, startMs: 0, path: `samples/partition=${p}/0.parquet` }),
      )
      const rows = [0, 0, 0]
      for (let round = 0; round < 60; round++) {
        const p = round % 7 === 0 ? 2 : round % 2
        const size = 1000 + 37 * round
        await writers[p]!.append(counted(rows[p]!, size))
        rows[p]! += size
      }
      const files = await Promise.all(writers.map(writer => writer.seal()))
      for (const [p, file] of files.entries()) {
        expect(file.rows).toBe(rows[p])
        expect(await numbersOf(join(directory, file.path))).toEqual(upTo(rows[p]!))
      }
    })
  })

  it('writes early what its memory cannot hold, and keeps the order', async () => {
    const schema = wide(10)
    await withSink({ schema, memoryBytes: 4 * 1024 * 1024 }, async (sink, directory) => {
      const writers = ['a', 'b'].map(name => sink.open(slice(`${name}.parquet`)))
      for (let first = 0; first < 600_000; first += 60_000) {
        for (const writer of writers) await writer.append(wideBatch(schema, first, 60_000))
      }
      expect(bytesBelow(directory)).toBeGreaterThan(10_000_000)
      for (const writer of writers) {
        const file = await writer.seal()
        const { row_groups: groups } = await parquetMetadataAsync(
          await asyncBufferFromFile(join(directory, file.path)),
        )
        expect(groups.length).toBeGreaterThan(3)
        let next = 0
        for await (const batch of readSamples(join(directory, file.path), schema.slice(0, 1))) {
          const { values } = batch.columns[0] as { values: Float64Array }
          for (const value of values) if (value !== next++) throw new Error(`row ${next - 1} holds ${value}`)
        }
        expect(next).toBe(600_000)
      }
    })
  })

  it('numbers rows when the first number is known, after everything else is written', async () => {
    const schema = [{ name: 'place', type: typeFromText('int64')! }, ...COUNTED]
    await withSink({ schema, ordinal: 'place', memoryBytes: 1 }, async (sink, directory) => {
      const writer = sink.open(slice('a.parquet'))
      for (let i = 0; i < 3; i++) await writer.append(counted(i * 700, 700))
      await writer.complete()
      const { path } = await writer.seal(5_000_000_000)
      expect(await numbersOf(join(directory, path))).toEqual(upTo(2100))
      const places: number[] = []
      for await (const { columns } of readSamples(join(directory, path), schema.slice(0, 1))) {
        const { values } = columns[0] as { values: Int32Array }
        for (let i = 0; i < values.length; i += 2) places.push(i64ToNumber(values[i]!, values[i + 1]!))
      }
      expect(places).toEqual(upTo(2100).map(i => 5_000_000_000 + i))
    })
  })

  it('keeps the order of appends that nobody awaited', async () => {
    await withSink({}, async (sink, directory) => {
      const writer = sink.open(slice('a.parquet'))
      const appends = [0, 1, 2, 3].map(i => writer.append(counted(i * 100, 100)))
      const file = await writer.seal()
      await Promise.all(appends)
      expect(await numbersOf(join(directory, file.path))).toEqual(upTo(400))
    })
  })

  it('leaves no trace of a discarded slice, and nothing but samples when closed', async () => {
    await withTempDirectory(async directory => {
      const sink = createParquetSink({
        directory,
        schema: COUNTED,
        memoryBytes: MEMORY_BYTES,
        metadata: {},
      })
      const [kept, discarded, left] = ['kept', 'discarded', 'left'].map(name =>
        sink.open(slice(`samples/${name}.parquet`)),
      )
      for (const writer of [kept, discarded, left] as SliceWriter[]) await writer.append(counted(0, 5000))
      await discarded!.discard()
      await discarded!.discard()
      await kept!.seal()
      await sink.close()
      expect(readdirSync(join(directory, 'samples'))).toEqual(['kept.parquet'])
      expect(readdirSync(directory)).toEqual(['samples'])
      expect((await caught(() => discarded!.append(counted(0, 1)))).code).toBe('bug')
    })
  })

  it('replaces the temporary file that a killed run left', async () => {
    await withSink({}, async (sink, directory) => {
      mkdirSync(join(directory, 'samples'))
      execFileSync('sh', ['-c', 'echo torn > "$0"', join(directory, 'samples/a.parquet.tmp')])
      const writer = sink.open(slice('samples/a.parquet'))
      await writer.append(counted(0, 10))
      await writer.seal()
      expect(await numbersOf(join(directory, 'samples/a.parquet'))).toEqual(upTo(10))
      expect(readdirSync(join(directory, 'samples'))).toEqual(['a.parquet'])
    })
  })

  it('says where it could not write, and goes on with other slices', async () => {
    await withSink({}, async (sink, directory) => {
      mkdirSync(join(directory, 'a.parquet.tmp')) // a directory where the temporary file should be
      const [bad, good] = ['a.parquet', 'b.parquet'].map(path => sink.open(slice(path)))
      await bad!.append(counted(0, 10))
      await good!.append(counted(0, 10))
      const error = await caught(bad!.seal())
      expect(error.code).toBe('io-failed')
      expect(error.where.uri).toContain('a.parquet')
      expect(await numbersOf(join(directory, (await good!.seal()).path))).toEqual(upTo(10))
    })
  })

  it('refuses columns that a file could not name', async () => {
    const int64 = typeFromText('int64')!
    for (const names of [[''], ['Key', 'key']]) {
      const schema = names.map(name => ({ name, type: int64 }))
      expect((await caught(withSink({ schema }, async () => undefined))).code).toBe('unsupported')
    }
  })

  it('takes any other column name', async () => {
    const names = ['__proto__', 'a"b', "c'd", 'select', ' ', 'ключ', 'constructor', 'a\0b']
    const schema = names.map(name => ({ name, type: typeFromText('utf8')! }))
    const batch = randomBatch(schema, 100, new Chance(1), 10)
    await withSink({ schema }, async (sink, directory) => {
      const writer = sink.open(slice('a.parquet'))
      await writer.append(batch)
      const file = await writer.seal()
      const back: Batch[] = []
      for await (const read of readSamples(join(directory, file.path), schema)) back.push(read)
      expect(plainRows(back)).toEqual(plainRows([batch]))
    })
  })

  it('names a time that milliseconds cannot hold', async () => {
    const schema = [{ name: 'at', type: typeFromText('timestamp[s, UTC]')! }]
    const values = new Int32Array(new BigInt64Array([1n, 9_223_372_036_854_776n]).buffer)
    await withSink({ schema }, async sink => {
      const writer = sink.open(slice('a.parquet'))
      const error = await caught(async () =>
        writer.append({ schema, rows: 2, columns: [{ kind: 'i64', values, valid: null }] }),
      )
      expect(error.code).toBe('limit-passed')
      expect(error.where).toEqual({ column: 'at', row: 1 })
      await writer.discard()
    })
  })

  it('raises disk-full on a full disk and leaves no file', async context => {
    await withTempDirectory(async directory => {
      const mounted = mountSmall(directory)
      if (!mounted) return context.skip('needs the right to mount a tmpfs')
      try {
        const sink = createParquetSink({
          directory,
          schema: COUNTED,
          memoryBytes: MEMORY_BYTES,
          metadata: {},
          compression: 'uncompressed',
        })
        const writer = sink.open(slice('samples/a.parquet'))
        for (let i = 0; i < 20; i++) await writer.append(counted(i * 10_000, 10_000))
        expect((await caught(writer.seal())).code).toBe('disk-full')
        expect(existsSync(join(directory, 'samples/a.parquet'))).toBe(false)
        expect(existsSync(join(directory, 'samples/a.parquet.tmp'))).toBe(false)
        await sink.close()
      } finally {
        execFileSync('umount', [directory])
      }
    })
  })
})

function mountSmall(directory: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
