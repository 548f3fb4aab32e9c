import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { partitionOfKey } from '../../../../src/core/order/index.ts'
import { createLog, type LogRecord, openLogSource, openLogWriter } from '../../../../src/live/index.ts'
import { withTempDirectory } from '../../../harness/index.ts'

function recordOf(key: string | null, value: string, timestampMs = 0): LogRecord {
  return { key: key === null ? null : Buffer.from(key), value: Buffer.from(value), timestampMs }
}

/** Values of a partition from its start, as text. */
async function valuesOf(directory: string, partition: number): Promise<string[]> {
  const source = await openLogSource(directory)
  const values: string[] = []
  let { first: offset, next } = await source.ends(partition)
  while (offset < next) {
    const batch = await source.read({ partition, offset, bytesMax: 1 << 20, waitMs: 0 })
    for (let i = 0; i < batch.rows; i++) {
      values.push(
        Buffer.from(batch.bytes.subarray(batch.valueOffsets[i], batch.valueOffsets[i + 1])).toString(),
      )
    }
    offset = batch.offsetNext
    next = batch.endOffset
  }
  await source.close()
  return values
}

/** Runs with an empty log of `partitions` partitions. */
function withLog(partitions: number, work: (directory: string) => Promise<void>): Promise<void> {
  return withTempDirectory(async parent => {
    createLog(join(parent, 'log'), { partitions, key: ['k'] })
    await work(join(parent, 'log'))
  })
}

describe('append', () => {
  it('puts each record into the partition of its key, in order, and null keys into partition 0', () =>
    withLog(3, async directory => {
      const writer = await openLogWriter(directory)
      const keys = [...Array.from({ length: 20 }, (_, i) => `key-${i % 7}`), null]
      const appended = await writer.append(keys.map((key, i) => recordOf(key, `${i}`)))
      const expected: string[][] = [[], [], []]
      for (const [i, key] of keys.entries()) {
        expected[key === null ? 0 : partitionOfKey(Buffer.from(key), 'murmur2', 3)]!.push(`${i}`)
      }
      expect(appended).toEqual(
        expected.map((values, partition) => ({ partition, first: 0, next: values.length })),
      )
      expect(writer.nullKeys).toBe(1)
      await writer.close()
      expect(await Promise.all([0, 1, 2].map(partition => valuesOf(directory, partition)))).toEqual(expected)
    }))

  it('writes overlapping appends in the order of the calls, together', () =>
    withLog(1, async directory => {
      const writer = await openLogWriter(directory)
      const appends = Array.from({ length: 200 }, (_, i) =>
        writer.appendTo(0, [recordOf(null, `${i}a`), recordOf(null, `${i}b`)]),
      )
      expect(await Promise.all(appends)).toEqual(
        appends.map((_, i) => ({ partition: 0, first: 2 * i, next: 2 * i + 2 })),
      )
      const size = statSync(join(directory, 'partition-0', '00000000000000000000.log')).size
      // One header an append would be 200 · 40 bytes more.
      expect(size).toBeLessThan(400 * 20 + 5 * 40)
      await writer.close()
      expect(await valuesOf(directory, 0)).toEqual(appends.flatMap((_, i) => [`${i}a`, `${i}b`]))
    }))

  it('cuts batches and rolls segments by size', () =>
    withTempDirectory(async parent => {
      const directory = join(parent, 'log')
      createLog(directory, { partitions: 1, key: ['k'], segmentBytes: 3_000_000 })
      const writer = await openLogWriter(directory)
      const value = 'v'.repeat(100_000)
      await writer.appendTo(
        0,
        Array.from({ length: 100 }, (_, i) => recordOf(null, `${i}${value}`)),
      )
      await writer.close()
      const segments = readdirSync(join(directory, 'partition-0')).sort()
      expect(segments.length).toBe(5)
      for (const name of segments)
        expect(statSync(join(directory, 'partition-0', name)).size).toBeLessThanOrEqual(3_000_000)
      expect((await valuesOf(directory, 0)).map(text => Number(text.replace(value, '')))).toEqual(
        Array.from({ length: 100 }, (_, i) => i),
      )
    }))

  it('takes a record larger than a batch and a segment, and none larger than the limit', () =>
    withTempDirectory(async parent => {
      const directory = join(parent, 'log')
      createLog(directory, { partitions: 1, key: ['k'], segmentBytes: 1000 })
      const writer = await openLogWriter(directory)
      const large = 'x'.repeat(3_000_000)
      await writer.appendTo(0, [recordOf(null, 'a'), recordOf(null, large), recordOf(null, 'b')])
      await expect(writer.appendTo(0, [recordOf(null, 'y'.repeat(16 * 1024 * 1024))])).rejects.toMatchObject({
        code: 'limit-passed',
      })
      await expect(writer.appendTo(0, [recordOf(null, 'z', 1.5)])).rejects.toMatchObject({
        code: 'argument-invalid',
      })
      await writer.close()
      expect(await valuesOf(directory, 0)).toEqual(['a', large, 'b'])
    }))

  it('of nothing is acknowledged, alone or between others', () =>
    withLog(1, async directory => {
      const writer = await openLogWriter(directory)
      const appends = [[], [recordOf(null, 'a')], [], [recordOf(null, 'b')], []].map(records =>
        writer.appendTo(0, records),
      )
      expect((await Promise.all(appends)).map(({ first, next }) => [first, next])).toEqual([
        [0, 0],
        [0, 1],
        [1, 1],
        [1, 2],
        [2, 2],
      ])
      expect(await writer.append([])).toEqual([])
      await writer.close()
    }))

  it('with fsync at intervals acknowledges what any reader then sees', () =>
    withLog(1, async directory => {
      const writer = await openLogWriter(directory, { fsync: { intervalMs: 5 } })
      for (let i = 0; i < 20; i++) {
        await writer.appendTo(0, [recordOf(null, `${i}`)])
        expect((await valuesOf(directory, 0)).length).toBe(i + 1)
      }
      await writer.sync()
      await writer.close()
    }))

  it('takes the partition from the key where the partitioner is `column`', () =>
    withTempDirectory(async parent => {
      const directory = join(parent, 'log')
      createLog(directory, { partitions: 4, key: ['p'], partitioner: 'column' })
      const writer = await openLogWriter(directory)
      expect(await writer.append([recordOf('3', 'x')])).toEqual([{ partition: 3, first: 0, next: 1 }])
      await expect(writer.append([recordOf('4', 'x')])).rejects.toMatchObject({ code: 'row-bad' })
      await writer.close()
    }))
})

describe('a full disk', () => {
  it('refuses the append, leaves nothing torn, says what got in, and goes on when there is room', async ({
    skip,
  }) => {
    await withTempDirectory(async parent => {
      const disk = join(parent, 'disk')
      mkdirSync(disk)
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'hindcast-test', disk], { stdio: 'pipe' })
      } catch {
        skip('a small file system cannot be mounted here')
      }
      try {
        const directory = join(disk, 'log')
        createLog(directory, { partitions: 1, key: ['k'] })
        const writer = await openLogWriter(directory)
        await writer.appendTo(0, [recordOf(null, 'kept')])
        const mebibyte = 'x'.repeat(1024 * 1024 - 200)
        const large = writer.appendTo(
          0,
          Array.from({ length: 8 }, () => recordOf(null, mebibyte)),
        )
        const waiting = writer.appendTo(0, [recordOf(null, 'behind it')])
        await expect(large).rejects.toMatchObject({ code: 'disk-full', where: { partition: 0 } })
        await expect(large).rejects.toThrow(/the first [1-3] of 8 records of this append are in the log/)
        await expect(waiting).rejects.toThrow(/nothing of this append is in the log/)
        const got = await valuesOf(directory, 0)
        expect(writer.ends(0)).toEqual({ first: 0, next: got.length })
        expect(got.every((value, i) => value === (i === 0 ? 'kept' : mebibyte))).toBe(true)
        await writer.appendTo(0, [recordOf(null, 'small enough')])
        await writer.close()
        const again = await openLogWriter(directory)
        expect(again.recovered).toEqual([])
        await again.close()
        expect(await valuesOf(directory, 0)).toEqual([...got, 'small enough'])
      } finally {
        execFileSync('umount', [disk])
      }
    })
  })
})

describe('the lock', () => {
  it('lets one writer in, and the next one when it has closed', () =>
    withLog(2, async directory => {
      const writer = await openLogWriter(directory)
      await expect(openLogWriter(directory)).rejects.toMatchObject({ code: 'log-locked' })
      await expect(openLogWriter(directory)).rejects.toThrow(`process ${process.pid} is writing to this log`)
      await writer.close()
      await writer.close()
      await (await openLogWriter(directory)).close()
    }))

  it('of a dead process is taken over', () =>
    withLog(1, async directory => {
      const dead = JSON.stringify({ pid: process.pid, started: '1' })
      writeFileSync(join(directory, 'writer.lock.1-dead'), dead)
      const writer = await openLogWriter(directory)
      expect(locksOf(directory)).toHaveLength(1)
      expect(locksOf(directory)).not.toContain('writer.lock.1-dead')
      await writer.close()
      expect(locksOf(directory)).toEqual([])
    }))

  it('is let go when opening fails', () =>
    withLog(1, async directory => {
      writeFileSync(join(directory, 'partition-0', '00000000000000000099.log'), '')
      await expect(openLogWriter(directory)).rejects.toMatchObject({ code: 'log-corrupt' })
      expect(locksOf(directory)).toEqual([])
    }))
})

function locksOf(directory: string): string[] {
  return readdirSync(directory).filter(name => name.startsWith('writer.lock'))
}

describe('trim', () => {
  it('deletes whole segments below the offset and never the last one', () =>
    withTempDirectory(async parent => {
      const directory = join(parent, 'log')
      createLog(directory, { partitions: 1, key: ['k'], segmentBytes: 1 })
      const writer = await openLogWriter(directory)
      for (let i = 0; i < 5; i++) await writer.appendTo(0, [recordOf(null, `${i}`), recordOf(null, `${i}`)])
      expect(await writer.trim(0, 1)).toBe(0)
      expect(await writer.trim(0, 5)).toBe(4)
      expect(writer.ends(0)).toEqual({ first: 4, next: 10 })
      expect(await writer.trim(0, 1000)).toBe(8)
      await writer.appendTo(0, [recordOf(null, 'more')])
      await writer.close()
      expect(await valuesOf(directory, 0)).toEqual(['4', '4', 'more'])
    }))
})
