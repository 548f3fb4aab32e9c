/** A spool while it is being written: reader and writer share nothing but files. The property test has all the cuts. */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { RecordDecoder } from '../../../../src/live/kafka/wire/index.ts'
import type { RecordBatch } from '../../../../src/live/source.ts'
import { SpoolReader } from '../../../../src/live/spool/spool-reader.ts'
import { SpoolWriter } from '../../../../src/live/spool/spool-writer.ts'
import { spooledSource } from '../../../../src/live/spool/spooled-source.ts'
import { withTempDirectory } from '../../../harness/index.ts'
import { batchBytes } from '../../../property/kafka-batch-bytes.ts'
import { MemoryTopic, recordAt } from '../../run/memory-topic.ts'

const START = { offset: 10, leaderEpoch: 4 }

function openWriter(folder: string, segmentBytes = 1): Promise<SpoolWriter> {
  return SpoolWriter.open({ folder, partition: 0, start: START, segmentBytes })
}

function openReader(folder: string): SpoolReader {
  return new SpoolReader({ folder, topic: 't', partition: 0 }, new RecordDecoder())
}

/** Five offsets in one batch without records: compacted. */
function five(writer: SpoolWriter, epoch = 5): Promise<void> {
  const offset = writer.offsetNext
  const records = batchBytes({
    base: offset,
    last: offset + 4,
    leaderEpoch: epoch,
    codec: 'none',
    baseTimestampMs: 0,
    appendTimeMs: null,
    marker: null,
    isTransactional: false,
    producerId: -1,
    records: [],
  })
  return writer.append({ offset, offsetNext: offset + 5, leaderEpoch: epoch, aborted: [], records })
}

async function next(reader: SpoolReader, offset: number, waitMs = 0): Promise<RecordBatch | null> {
  const read = await reader.read({ offset, bytesMax: 1000, waitMs })
  return read.kind === 'records' ? read.batch : null
}

describe('a spool that is being written', () => {
  it('is waited for, by a reader that is ahead of it, and handed over where it ends', () =>
    withTempDirectory(async folder => {
      const writer = await openWriter(folder)
      const reader = openReader(folder)
      expect(await next(reader, 10)).toMatchObject({
        offsetNext: 10,
        rows: 0,
        endOffset: Number.POSITIVE_INFINITY,
      })
      const waiting = next(reader, 10, 10_000)
      await five(writer)
      expect(await waiting).toMatchObject({ offsetNext: 15, leaderEpoch: 5 })
      await five(writer)
      await five(writer)
      expect(await next(reader, 15)).toMatchObject({ offsetNext: 20 })
      expect(await next(reader, 20)).toMatchObject({ offsetNext: 25 })
      await writer.end()
      expect(await next(reader, 25)).toBeNull()
      expect(await next(reader, 12)).toMatchObject({ offsetNext: 15 })
      expect(await next(reader, 25)).toBeNull()
      expect(await next(reader, 9)).toBeNull()
      await reader.close()
      await writer.close()
    }))

  it('goes on behind its last frame, with the epoch, and stays ended', () =>
    withTempDirectory(async folder => {
      const first = await openWriter(folder)
      expect(first).toMatchObject({ offsetNext: 10, leaderEpoch: 4, isEnded: false })
      await five(first, 6)
      await first.close()
      const second = await openWriter(folder)
      expect(second).toMatchObject({ offsetNext: 15, leaderEpoch: 6, isEnded: false, cutBytes: 0 })
      await second.end()
      await second.end()
      await second.close()
      const third = await openWriter(folder)
      expect(third).toMatchObject({ offsetNext: 15, leaderEpoch: 6, isEnded: true })
      await third.close()
    }))

  it('loses its past where it was read, and keeps what comes', () =>
    withTempDirectory(async folder => {
      const writer = await openWriter(folder)
      for (let i = 0; i < 4; i++) await five(writer)
      const before = writer.bytes
      expect(await writer.trim(19)).toBe(15)
      expect(await writer.trim(25)).toBe(25)
      expect(writer.bytes).toBeLessThan(before)
      await writer.end()
      expect(await writer.trim(1000)).toBe(30)
      expect(writer.segments).toBe(1)
      const reader = openReader(folder)
      expect(reader.first()).toBe(30)
      expect(await next(reader, 30)).toBeNull()
      await reader.close()
      await writer.close()
    }))

  it('that lacks a segment, or all of them, says so', () =>
    withTempDirectory(async folder => {
      const writer = await openWriter(folder)
      for (let i = 0; i < 3; i++) await five(writer)
      const segments = readdirSync(join(folder, '0')).sort()
      rmSync(join(folder, '0', segments[1]))
      const reader = openReader(folder)
      await next(reader, 10)
      await expect(next(reader, 15)).rejects.toMatchObject({
        code: 'output-corrupt',
        message: expect.stringContaining('the next one begins at offset 20'),
        where: { uri: join(folder, '0', segments[0]), partition: 0, offset: 15 },
      })
      await reader.close()
      await writer.close()
      rmSync(join(folder, '0'), { recursive: true })
      await expect(next(openReader(folder), 10)).rejects.toMatchObject({
        code: 'output-corrupt',
        message: 'the spool of partition 0 is missing',
      })
    }))
})

describe('a topic with its spool', () => {
  it('is one source: the copy, and from its end on the topic', () =>
    withTempDirectory(async folder => {
      const topic = new MemoryTopic(Array.from({ length: 25 }, (_, i) => recordAt(i)))
      topic.first[0] = 20
      const writer = await openWriter(folder)
      await five(writer)
      await five(writer)
      await writer.end()
      const source = spooledSource(topic, folder, 't')
      expect(await source.ends(0)).toMatchObject({ first: 10, next: 25 })
      const at = async (offset: number) =>
        (await source.read({ partition: 0, offset, bytesMax: 1, waitMs: 0 })).offsetNext
      expect([await at(10), await at(15), await at(20), await at(23)]).toEqual([15, 20, 23, 25])
      expect(topic.asked).toEqual([20, 23])
      topic.first[0] = 22
      await expect(at(20)).rejects.toMatchObject({ code: 'offset-out-of-range' })
      await source.close()
      await writer.close()
    }))

  it('shows the end of the partition where nothing was copied in time and the topic has nothing', () =>
    withTempDirectory(async folder => {
      const topic = new MemoryTopic(Array.from({ length: 21 }, (_, i) => recordAt(i)))
      const writer = await openWriter(folder)
      await five(writer)
      await five(writer)
      const source = spooledSource(topic, folder, 't')
      const endAt = async (offset: number) => {
        const { rows, offsetNext, endOffset } = await source.read({
          partition: 0,
          offset,
          bytesMax: 1,
          waitMs: 0,
        })
        expect([rows, offsetNext]).toEqual([0, offset])
        return endOffset
      }
      expect(await endAt(20)).toBe(Number.POSITIVE_INFINITY)
      topic.first[0] = 21
      expect(await endAt(20)).toBe(Number.POSITIVE_INFINITY)
      await source.close()
      await writer.close()
      const short = new MemoryTopic(Array.from({ length: 20 }, (_, i) => recordAt(i)))
      const quiet = spooledSource(short, folder, 't')
      const read = await quiet.read({ partition: 0, offset: 20, bytesMax: 1, waitMs: 0 })
      expect(read).toMatchObject({ rows: 0, offsetNext: 20, endOffset: 20 })
      await quiet.close()
    }))
})
