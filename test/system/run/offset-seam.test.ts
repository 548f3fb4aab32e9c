/**
 * `by: offset` (C3): files that carry the topic's own offsets in their names, then the log from the next offset on. Both
 * leave as one sequence by (time, offset) with the topic's own `_offset`; a hole in the files is named and not proven.
 */

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadJob, plan, run } from '../../../src/index.ts'
import { createLog, openLogWriter } from '../../../src/live/index.ts'
import { makeTempDirectory, readJsonFile, removeTempDirectory } from '../../harness/index.ts'
import { readIds } from './samples.ts'
import { seededRandom } from './seeded-random.ts'
import type { WorldEvent } from './world.ts'
import { copyToParquet, PARTITIONS, partitionOf } from './world.ts'

const START = Date.UTC(2024, 0, 1)
const DISORDER = 300_000
const directory = makeTempDirectory()
/** By partition; the index is the offset. */
const topic: WorldEvent[][] = Array.from({ length: PARTITIONS }, () => [])

beforeAll(async () => {
  const random = seededRandom(9)
  const events = Array.from({ length: 8000 }, (_, i) => {
    const timeMs = START + 1000 * Math.floor(random() * 86_400)
    return {
      event: { id: i, key: `k${Math.floor(random() * 40)}`, timeMs, value: i },
      at: timeMs + random() * (DISORDER - 1),
    }
  })
  for (const { event } of events.toSorted((a, b) => a.at - b.at)) topic[partitionOf(event)]!.push(event)
  createLog(join(directory, 'log'), { partitions: PARTITIONS, key: ['k'] })
  const writer = await openLogWriter(join(directory, 'log'))
  for (const [partition, rows] of topic.entries()) {
    await writer.appendTo(partition, rows.map(recordOf))
    const files = fileStarts(rows.length)
    for (const [f, first] of files.slice(0, -1).entries()) {
      const last = files[f + 1]! - 1
      const lines = rows
        .slice(first, last + 1)
        .map(event => ({ id: event.id, k: event.key, t: event.timeMs, v: event.value }))
      const name = `history/events+${partition}+${String(first).padStart(10, '0')}+${String(last).padStart(10, '0')}`
      await copyToParquet(
        directory,
        name,
        lines,
        `{id: 'BIGINT', k: 'VARCHAR', t: 'BIGINT', v: 'DOUBLE'}`,
        2048,
      )
    }
  }
  await writer.close()
  writeFileSync(join(directory, 'job.yaml'), JOB)
})
afterAll(() => removeTempDirectory(directory))

function recordOf(event: WorldEvent): { key: Buffer; value: Buffer; timestampMs: number } {
  const value = JSON.stringify({ id: event.id, k: event.key, t: event.timeMs, v: event.value })
  return { key: Buffer.from(event.key), value: Buffer.from(value), timestampMs: event.timeMs }
}

/** First offset of each of three files, and of live. */
function fileStarts(rows: number): number[] {
  return [0, 0.2, 0.4, 0.7].map(share => Math.floor(rows * share))
}

const JOB = `name: offsets
streams:
  events:
    key: [k]
    time: { column: t, unit: ms }
    partitions: ${PARTITIONS}
    disorder: 5m
    history: { files: history/*.parquet }
    live: { log: log, stop: caught-up }
    seam: { by: offset }
output: { directory: out, format: parquet, slice: 6h }
`

describe('a seam by offset', () => {
  it('leaves as one sequence by time and offset, with the offsets of the topic', async () => {
    const outcome = await run(await plan(await loadJob(join(directory, 'job.yaml'))), {
      directory: join(directory, 'a'),
      lanes: 2,
    })
    expect(outcome).toMatchObject({ rows: 8000, late: 0, seam: { proven: true, by: 'offset', gaps: 0 } })
    const { ids, offsets } = await readIds(join(directory, 'a'))
    for (const [p, events] of topic.entries()) {
      const expected = events
        .map((event, offset) => ({ event, offset }))
        .toSorted((a, b) => a.event.timeMs - b.event.timeMs || a.offset - b.offset)
      expect(ids[p]).toEqual(expected.map(({ event }) => event.id))
      expect(offsets[p]).toEqual(expected.map(({ offset }) => offset))
    }
  })

  it('names the offsets that no file has', async () => {
    const [, first, next] = fileStarts(topic[1]!.length) as [number, number, number, number]
    const name = [first, next - 1].map(offset => String(offset).padStart(10, '0')).join('+')
    rmSync(join(directory, `history/events+1+${name}.parquet`))
    const planned = await plan(await loadJob(join(directory, 'job.yaml')))
    await expect(run(planned, { directory: join(directory, 'b') })).rejects.toMatchObject({
      code: 'seam-unproven',
    })
    const certificate = readJsonFile<{
      proven: boolean
      partitions: { partition: number; gaps: unknown[] }[]
    }>(directory, 'b', 'certificate.json')
    expect(certificate.proven).toBe(false)
    expect(certificate.partitions.find(part => part.partition === 1)!.gaps).toEqual([
      { first, last: next - 1 },
    ])
  })
})
