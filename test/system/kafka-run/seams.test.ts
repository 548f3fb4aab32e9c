/**
 * Seams to a live topic of a real broker (C3): transactions and aborted ones in the range of the files, at their end and
 * behind it, producers that write while the run goes over the seam, and kills of ourselves.
 */

import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Certificate } from '../../../src/core/seam/index.ts'
import { loadJob, plan, type RunOutcome, run, verify } from '../../../src/index.ts'
import type { StartNotes } from '../../../src/run/checkpoint.ts'
import { readJsonFile, runWithKills } from '../../harness/index.ts'
import { DISORDER } from '../run/world.ts'
import type { Chunk } from './archived-topic.ts'
import { archive, chunksOf, PARTITIONS, writeChunks, writeKafkaJob } from './archived-topic.ts'
import { commonDigests, placesOf, withKafka } from './kafka-fixture.ts'
import type { KafkaTopic, PlacedEvent } from './kafka-topic.ts'

const ROWS = 4000
const kafka = withKafka()

async function runJob(jobFile: string, name: string): Promise<RunOutcome> {
  return run(await plan(await loadJob(jobFile)), { directory: at(name), lanes: 2 })
}

function at(name: string): string {
  return join(kafka.directory, name)
}

/** Ends of live as the run noted them at its first start, by partition. */
function stopsOf(name: string): number[] {
  const notes = readJsonFile<StartNotes>(kafka.directory, name, 'checkpoint', 'start.json')
  return notes.liveRanges[0]!.map(({ stop }) => stop!)
}

/** What must come out: all committed records before `ends`, by (time, offset). */
function expectedPlaces(topic: KafkaTopic, ends: readonly number[]): string[][] {
  return topic.records.map((records, p) =>
    records
      .filter(({ offset }) => offset < ends[p]!)
      .toSorted((a, b) => a.timeMs - b.timeMs || a.offset - b.offset)
      .map(({ id, offset }) => `${id}@${offset}`),
  )
}

function certificateOf(name: string): Certificate {
  return readJsonFile<Certificate>(kafka.directory, name, 'certificate.json')
}

describe('a seam by offset', () => {
  let topic: KafkaTopic
  let jobFile: string
  let chunks: Chunk[]
  /** Last offsets of the files, by partition. */
  let lasts: number[]

  /** Files go up to the last chunk in a transaction, so that its marker is the first offset of live. */
  beforeAll(async () => {
    topic = await kafka.topic('archived')
    chunks = chunksOf(5, ROWS)
    const third = Math.floor(chunks.length / 3)
    const end = 1 + chunks.findIndex(({ kind }, i) => i > third && kind === 'committed')
    await writeChunks(topic, chunks.splice(0, end))
    await archive(kafka.directory, 'history', topic, 4)
    lasts = topic.records.map(records => records.at(-1)!.offset)
    await writeChunks(topic, chunks.splice(0, 5))
    jobFile = writeKafkaJob(kafka.directory, 'job.yaml', topic, {})
  })

  it('goes over it while producers write, and leaves each record once, in order', async () => {
    const writing = writeChunks(topic, chunks)
    const outcome = await runJob(jobFile, 'running')
    await writing
    expect(outcome).toMatchObject({ state: 'complete', late: 0, quarantined: 0, seam: { proven: true } })
    const expected = expectedPlaces(topic, stopsOf('running'))
    expect(expected.flat().length).toBe(outcome.rows)
    expect(await placesOf(at('running'))).toEqual(expected)
    const { partitions, proven } = certificateOf('running')
    expect(proven).toBe(true)
    for (const { partition, holes, gaps, holeOffsets } of partitions) {
      expect(gaps).toEqual([])
      expect(new Set(holes.map(({ why }) => why))).toEqual(new Set(['control', 'aborted']))
      expect(holes.at(-1)).toMatchObject({ first: lasts[partition]! + 1, why: 'control' })
      expect(holeOffsets).toBeGreaterThan(10)
    }
  })

  it('has the digests of a later replay of the same range from files alone', async () => {
    const ends = stopsOf('running')
    await archive(kafka.directory, 'later', topic, 3, ({ partition, offset }) => offset < ends[partition]!)
    const replay = writeKafkaJob(kafka.directory, 'replay.yaml', topic, {
      history: { files: 'later' },
      live: null,
      seam: null,
    })
    await runJob(replay, 'replayed')
    const digests = await commonDigests(at('running'))
    expect(Object.keys(digests).length).toBeGreaterThan(PARTITIONS)
    expect(await commonDigests(at('replayed'))).toEqual(digests)
  })

  it('is gone over once by a run that is killed on its way', async () => {
    await runJob(jobFile, 'whole')
    const points = [
      { name: 'live-read', nth: 2 },
      { name: 'slice-sealed', nth: 2 },
      { name: 'seam-crossed', nth: 1 },
      { name: 'manifest-appended', nth: 1 },
      { name: 'checkpoint-written', nth: 1 },
    ]
    const killed = await runWithKills(jobFile, points, { directory: at('killed') })
    expect(killed.killed.length).toBeGreaterThan(2)
    expect(await verify(at('killed'), at('whole'))).toMatchObject({ equal: true })
    expect(certificateOf('killed')).toEqual(certificateOf('whole'))
    expect(await placesOf(at('killed'))).toEqual(expectedPlaces(topic, stopsOf('whole')))
  })

  it('says in the plan what was pinned, and nothing secret', async () => {
    const { streams } = await plan(await loadJob(jobFile))
    const { live } = streams[0]!
    expect(live!.sourceId).toMatch(new RegExp(`^${kafka.cluster.clusterId}/`))
    expect(live!.offsetNext).toEqual(await topic.ends())
    expect(live).toMatchObject({ partitions: PARTITIONS, offsetFirst: [0, 0, 0], retentionMs: null })
    expect(live!.leaderEpochs.every(epoch => epoch !== null && epoch >= 0)).toBe(true)
  })
})

describe('a seam by time', () => {
  it('compares what both sides have of the overlap, and leaves the rest from live', async () => {
    const topic = await kafka.topic('timed')
    const chunks = chunksOf(6, ROWS)
    await writeChunks(topic, chunks)
    const seamMs = chunks[Math.floor(chunks.length / 2)]!.events[0]!.timeMs
    await archive(kafka.directory, 'timed', topic, 3, ({ timeMs }) => timeMs < seamMs)
    const jobFile = writeKafkaJob(kafka.directory, 'timed.yaml', topic, {
      history: { files: 'timed', offsetColumn: undefined },
      seam: { by: 'time', at: new Date(seamMs).toISOString(), overlap: '30m' },
      stream: { identity: ['id'] },
    })
    const outcome = await runJob(jobFile, 'by-time')
    expect(outcome).toMatchObject({ state: 'complete', rows: ROWS, late: 0, seam: { proven: true } })
    const order = (a: PlacedEvent, b: PlacedEvent): number => a.timeMs - b.timeMs || a.offset - b.offset
    const places = await placesOf(at('by-time'))
    const expected = topic.records.map(records => records.toSorted(order).map(({ id }) => String(id)))
    expect(places.map(all => all.map(place => place.split('@')[0]))).toEqual(expected)
    for (const { doubled } of certificateOf('by-time').partitions) expect(doubled).toBeGreaterThan(10)
    const points = ['seam-crossed', 'live-read', 'manifest-appended'].map(name => ({ name, nth: 1 }))
    await runWithKills(jobFile, points, { directory: at('by-time-killed') })
    expect(await verify(at('by-time-killed'), at('by-time'))).toMatchObject({ equal: true })
    expect(DISORDER).toBeLessThan(30 * 60_000)
  })
})
