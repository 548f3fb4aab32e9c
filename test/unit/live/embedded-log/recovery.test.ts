import { appendFileSync, cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createLog, openLogSource, openLogWriter } from '../../../../src/live/index.ts'
import { withTempDirectory } from '../../../harness/index.ts'

const SEGMENT = join('partition-0', '00000000000000000000.log')

interface Log {
  readonly directory: string
  readonly path: string
  /** Bytes of the segment. */
  readonly bytes: Buffer
  /** Where the batches end. */
  readonly ends: readonly number[]
  /** Makes these the bytes of the segment. */
  restore(bytes: Uint8Array): void
}

/** A log of four batches of one, two, three and four records; the value of a record is its offset. */
function withFourBatches(work: (log: Log) => Promise<void>): Promise<void> {
  return withTempDirectory(async parent => {
    const directory = join(parent, 'log')
    createLog(directory, { partitions: 1, key: ['k'] })
    const path = join(directory, SEGMENT)
    const writer = await openLogWriter(directory)
    const ends: number[] = []
    for (let batch = 1, offset = 0; batch <= 4; batch++) {
      const records = Array.from({ length: batch }, () => ({
        key: Buffer.from('k'),
        value: Buffer.from(`${offset++}`),
        timestampMs: 0,
      }))
      await writer.appendTo(0, records)
      ends.push(statSync(path).size)
    }
    await writer.close()
    const restore = (bytes: Uint8Array): void => writeFileSync(path, bytes)
    await work({ directory, path, bytes: readFileSync(path), ends, restore })
  })
}

/** Offsets that can be read from the start, with the error that ends them, if one does. */
async function readAll(directory: string): Promise<{ values: number[]; code: string | null }> {
  const source = await openLogSource(directory)
  const values: number[] = []
  try {
    for (let offset = 0; ; ) {
      const batch = await source.read({ partition: 0, offset, bytesMax: 1, waitMs: 0 })
      if (batch.rows === 0) return { values, code: null }
      for (let i = 0; i < batch.rows; i++) {
        values.push(
          Number(
            Buffer.from(batch.bytes.subarray(batch.valueOffsets[i], batch.valueOffsets[i + 1])).toString(),
          ),
        )
      }
      offset = batch.offsetNext
    }
  } catch (error) {
    return { values, code: (error as { code: string }).code }
  } finally {
    await source.close()
  }
}

const FIRST_OFFSETS = [0, 1, 3, 6, 10]
const upTo = (offset: number): number[] => Array.from({ length: offset }, (_, i) => i)

describe('a torn tail', () => {
  it('at every byte looks like the end to a reader and is cut off by the next writer', () =>
    withFourBatches(async ({ directory, bytes, ends, restore, path }) => {
      for (let length = 0; length < bytes.length; length++) {
        restore(bytes.subarray(0, length))
        const whole = ends.filter(end => end <= length).length
        const wholeBytes = whole === 0 ? 0 : ends[whole - 1]!
        const next = FIRST_OFFSETS[whole]!
        expect(await readAll(directory)).toEqual({ values: upTo(next), code: null })
        const writer = await openLogWriter(directory, { fsync: { intervalMs: 1e6 } })
        expect(writer.recovered).toEqual(
          length === wholeBytes ? [] : [{ partition: 0, cutBytes: length - wholeBytes }],
        )
        expect(
          await writer.appendTo(0, [{ key: null, value: Buffer.from(`${next}`), timestampMs: 0 }]),
        ).toMatchObject({ first: next })
        await writer.close()
        expect(await readAll(directory)).toEqual({ values: upTo(next + 1), code: null })
        expect(statSync(path).size).toBe(wholeBytes + 40 + 16 + `${next}`.length)
      }
    }))

  it.each([
    ['zeros', Buffer.alloc(100)],
    ['nonsense', Buffer.from('HCB1 this is no batch HCB1'.repeat(9))],
  ])('of %s is the end, too', (_what, tail) =>
    withFourBatches(async ({ directory, path }) => {
      appendFileSync(path, tail)
      expect(await readAll(directory)).toEqual({ values: upTo(10), code: null })
      const writer = await openLogWriter(directory)
      expect(writer.recovered).toEqual([{ partition: 0, cutBytes: tail.length }])
      await writer.close()
    }),
  )

  it('that holds a whole batch of another log is still torn', () =>
    withFourBatches(async other =>
      withFourBatches(async ({ directory, path, bytes, ends }) => {
        // A record whose value is a segment, cut after that value but before its own end.
        appendFileSync(path, Buffer.concat([bytes.subarray(ends[2], ends[2]! + 30), other.bytes]))
        const writer = await openLogWriter(directory)
        expect(writer.recovered).toEqual([{ partition: 0, cutBytes: 30 + other.bytes.length }])
        await writer.close()
      }),
    ))
})

describe('damage', () => {
  it('of any byte is told where whole batches follow, and is never read', () =>
    withFourBatches(async ({ directory, bytes, ends, restore, path }) => {
      for (let at = 0; at < bytes.length; at++) {
        const damaged = Buffer.from(bytes)
        damaged[at]! ^= 1 << (at % 8)
        restore(damaged)
        const batch = ends.findIndex(end => at < end)
        const position = batch === 0 ? 0 : ends[batch - 1]!
        const isLast = batch === 3
        expect(await readAll(directory)).toEqual({
          values: upTo(FIRST_OFFSETS[batch]!),
          code: isLast ? null : 'log-corrupt',
        })
        if (isLast) continue
        await expect(openLogWriter(directory)).rejects.toMatchObject({
          code: 'log-corrupt',
          where: { uri: path, partition: 0, offset: FIRST_OFFSETS[batch] },
          message: expect.stringContaining(`at byte ${position} of its segment`),
        })
        // Nothing was cut.
        expect(statSync(path).size).toBe(bytes.length)
      }
    }))

  it('is told by `ends` and by a search for a time', () =>
    withFourBatches(async ({ directory, bytes, ends, restore }) => {
      const damaged = Buffer.from(bytes)
      damaged[ends[1]! + 1]! ^= 1
      restore(damaged)
      const source = await openLogSource(directory)
      await expect(source.ends(0)).rejects.toMatchObject({ code: 'log-corrupt' })
      await source.close()
      // In the body of a batch whose header is good: `ends` need not read it, the search must.
      const body = Buffer.from(bytes)
      body[ends[1]! + 44]! ^= 1
      restore(body)
      const again = await openLogSource(directory)
      expect(await again.ends(0)).toEqual({ first: 0, next: 10, leaderEpoch: null })
      await expect(again.offsetFor(0, 5)).rejects.toMatchObject({ code: 'log-corrupt', where: { offset: 3 } })
      await again.close()
    }))

  it('of a closed segment is told by reader and writer', () =>
    withTempDirectory(async parent => {
      const directory = join(parent, 'log')
      createLog(directory, { partitions: 1, key: ['k'], segmentBytes: 1 })
      const writer = await openLogWriter(directory)
      for (let i = 0; i < 3; i++)
        await writer.appendTo(0, [{ key: null, value: Buffer.from(`${i}`), timestampMs: 0 }])
      await writer.close()
      const middle = join(directory, 'partition-0', '00000000000000000001.log')
      const bytes = readFileSync(middle)
      writeFileSync(middle, bytes.subarray(0, 50))
      expect(await readAll(directory)).toEqual({ values: [0], code: 'log-corrupt' })
      await expect(openLogWriter(directory)).rejects.toMatchObject({
        code: 'log-corrupt',
        where: { offset: 1 },
      })
      rmSync(middle)
      expect(await readAll(directory)).toEqual({ values: [0], code: 'log-corrupt' })
    }))

  it('at the end of a segment that was rolled meanwhile is not taken for the end', () =>
    withTempDirectory(async parent => {
      const directory = join(parent, 'log')
      createLog(directory, { partitions: 1, key: ['k'], segmentBytes: 150 })
      const source = await openLogSource(directory)
      expect(await source.ends(0)).toEqual({ first: 0, next: 0, leaderEpoch: null })
      const writer = await openLogWriter(directory)
      for (let i = 0; i < 3; i++)
        await writer.appendTo(0, [{ key: null, value: Buffer.from(`${i}`), timestampMs: 0 }])
      await writer.close()
      const bytes = readFileSync(join(directory, SEGMENT))
      bytes[bytes.length - 1]! ^= 1
      writeFileSync(join(directory, SEGMENT), bytes)
      await expect(source.ends(0)).rejects.toMatchObject({ code: 'log-corrupt', where: { offset: 1 } })
      await source.close()
    }))

  it('of a partition moved to another place is told', () =>
    withTempDirectory(async parent => {
      const directory = join(parent, 'log')
      createLog(directory, { partitions: 2, key: ['k'] })
      const writer = await openLogWriter(directory)
      await writer.appendTo(1, [{ key: null, value: Buffer.from('1'), timestampMs: 0 }])
      await writer.close()
      cpSync(join(directory, 'partition-1'), join(directory, 'partition-0'), { recursive: true })
      expect((await readAll(directory)).values).toEqual([])
    }))
})
