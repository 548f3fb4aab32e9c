import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createLog, type LogWriter, openLogSource, openLogWriter } from '../../../../src/live/index.ts'
import { withTempDirectory } from '../../../harness/index.ts'

/** Runs with an open log of one partition; each append of the tests makes a segment of its own. */
function withWriter(work: (writer: LogWriter, directory: string) => Promise<void>): Promise<void> {
  return withTempDirectory(async parent => {
    const directory = join(parent, 'log')
    createLog(directory, { partitions: 1, key: ['k'], segmentBytes: 1 })
    const writer = await openLogWriter(directory)
    try {
      await work(writer, directory)
    } finally {
      await writer.close()
    }
  })
}

function append(writer: LogWriter, timestamps: readonly number[]): Promise<unknown> {
  return writer.appendTo(
    0,
    timestamps.map(timestampMs => ({ key: null, value: Buffer.from(`${timestampMs}`), timestampMs })),
  )
}

describe('read', () => {
  it('waits for records, and has them when they come', () =>
    withWriter(async (writer, directory) => {
      const source = await openLogSource(directory)
      for (let offset = 0; offset < 3; offset++) {
        const waiting = source.read({ partition: 0, offset, bytesMax: 1000, waitMs: 10_000 })
        await append(writer, [offset])
        expect(await waiting).toMatchObject({ rows: 1, offsetNext: offset + 1, endOffset: offset + 1 })
      }
      await source.close()
    }))

  it('gives up waiting after its time, and at once when it is aborted', () =>
    withWriter(async (_writer, directory) => {
      const source = await openLogSource(directory)
      const request = { partition: 0, offset: 0, bytesMax: 1000 }
      const started = performance.now()
      expect(await source.read({ ...request, waitMs: 30 })).toMatchObject({
        rows: 0,
        offsetNext: 0,
        endOffset: 0,
      })
      expect(performance.now() - started).toBeGreaterThanOrEqual(29)
      const controller = new AbortController()
      const waiting = source.read({ ...request, waitMs: 1e9, signal: controller.signal })
      controller.abort()
      expect(await waiting).toMatchObject({ rows: 0, offsetNext: 0 })
      await source.close()
    }))

  it('begins in the middle of a batch, and tells how far the log goes', () =>
    withWriter(async (writer, directory) => {
      await append(writer, [10, 11, 12, 13])
      await append(writer, [14])
      const source = await openLogSource(directory)
      const batch = await source.read({ partition: 0, offset: 2, bytesMax: 1, waitMs: 0 })
      expect({ ...batch, bytes: Buffer.from(batch.bytes).toString() }).toEqual({
        partition: 0,
        rows: 2,
        offset: Float64Array.of(2, 3),
        timestampMs: Float64Array.of(12, 13),
        bytes: '1213',
        valueOffsets: Int32Array.of(0, 2, 4),
        keyBytes: new Uint8Array(0),
        keyOffsets: new Int32Array(3),
        holes: [],
        keyNull: Uint8Array.of(1, 1),
        offsetNext: 4,
        endOffset: 5,
      })
      await source.close()
    }))

  it('takes many calls at once', () =>
    withWriter(async (writer, directory) => {
      for (let i = 0; i < 20; i++) await append(writer, [i])
      const source = await openLogSource(directory)
      const reads = Array.from({ length: 20 }, (_, i) =>
        source.read({ partition: 0, offset: (i * 7) % 20, bytesMax: 1, waitMs: 0 }),
      )
      expect((await Promise.all(reads)).map(batch => batch.timestampMs[0])).toEqual(
        reads.map((_, i) => (i * 7) % 20),
      )
      await source.close()
    }))

  it.each([-1, 0.5, Number.NaN, 2])('refuses offset %d of a log that holds 0 and 1', offset =>
    withWriter(async (writer, directory) => {
      await append(writer, [0])
      const source = await openLogSource(directory)
      await expect(source.read({ partition: 0, offset, bytesMax: 1, waitMs: 0 })).rejects.toMatchObject({
        code: 'offset-out-of-range',
      })
      await source.close()
    }),
  )
})

describe('a source that lags behind a trim', () => {
  it('finds the end again, and is told what it lost', () =>
    withWriter(async (writer, directory) => {
      await append(writer, [0])
      const source = await openLogSource(directory)
      expect((await source.read({ partition: 0, offset: 0, bytesMax: 1, waitMs: 0 })).rows).toBe(1)
      for (let i = 1; i < 6; i++) await append(writer, [i])
      await writer.trim(0, 5)
      expect(await source.ends(0)).toEqual({ first: 5, next: 6, leaderEpoch: null })
      const lost = source.read({ partition: 0, offset: 1, bytesMax: 1, waitMs: 0 })
      await expect(lost).rejects.toMatchObject({
        code: 'offset-out-of-range',
        where: { partition: 0, offset: 1 },
      })
      await expect(lost).rejects.toThrow('offsets 1…4 are no longer held: the log begins at 5')
      expect((await source.read({ partition: 0, offset: 5, bytesMax: 1, waitMs: 0 })).rows).toBe(1)
      await source.close()
    }))
})

describe('offsetFor', () => {
  it('is the first record at or after the time, also where times go back', () =>
    withWriter(async (writer, directory) => {
      await append(writer, [10, 30, 20])
      await append(writer, [15, 40])
      await append(writer, [35, 50, 45])
      const source = await openLogSource(directory)
      const expected = [10, 11, 30, 31, 40, 41, 50, 51].map(time =>
        [10, 30, 20, 15, 40, 35, 50, 45].findIndex(at => at >= time),
      )
      const found = await Promise.all([10, 11, 30, 31, 40, 41, 50, 51].map(time => source.offsetFor(0, time)))
      expect(found).toEqual(expected.map(index => (index === -1 ? 8 : index)))
      await source.close()
    }))

  it('knows the newest time of before the writer was opened', () =>
    withTempDirectory(async parent => {
      const directory = join(parent, 'log')
      createLog(directory, { partitions: 1, key: ['k'], segmentBytes: 1 })
      for (const times of [[100], [1], [2, 3], [4]]) {
        const writer = await openLogWriter(directory)
        await append(writer, times)
        await writer.close()
      }
      const source = await openLogSource(directory)
      expect([await source.offsetFor(0, 50), await source.offsetFor(0, 101)]).toEqual([0, 5])
      await source.close()
    }))

  it('is not misled by a newest record that was trimmed away', () =>
    withWriter(async (writer, directory) => {
      await append(writer, [1_000_000])
      for (const time of [1, 2, 3]) await append(writer, [time])
      await writer.trim(0, 1)
      const source = await openLogSource(directory)
      expect([await source.offsetFor(0, 2), await source.offsetFor(0, 4)]).toEqual([2, 4])
      await source.close()
    }))
})
