/**
 * `order: offset` (C1): every partition leaves as the topic delivered it, history and live, in slices of the newest time
 * so far; versions are looked up as of an event's own time. The same digest for any number of lanes, with little memory,
 * over kills, and whether names or columns of the files tell the offsets.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Schema } from '../../../src/core/batch/index.ts'
import { valueAt } from '../../../src/core/batch/index.ts'
import { loadJob, plan, type RunOutcome, run, stream, verify } from '../../../src/index.ts'
import { readManifest } from '../../../src/run/manifest.ts'
import { readSamples } from '../../../src/sinks/index.ts'
import {
  killAt,
  makeTempDirectory,
  readJsonFile,
  removeTempDirectory,
  runHindcast,
  runWithKills,
} from '../../harness/index.ts'
import type { Topic } from './offset-topic.ts'
import { makeTopic } from './offset-topic.ts'
import type { WorldEvent } from './world.ts'
import { copyToParquet, HOUR, PARTITIONS, START } from './world.ts'

const directory = makeTempDirectory()
const SLICE = 6 * HOUR
let topic: Topic
let base: RunOutcome

interface JobChanges {
  readonly history?: object
  readonly live?: object
  readonly limits?: object
}

/** `knownMs` of the version of every key that is `n` tenths of an hour old. */
const VERSIONS = Array.from({ length: 240 }, (_, n) => ({ n, knownMs: START + n * (HOUR / 10) }))

function writeJob(name: string, changes: JobChanges = {}): string {
  const events = {
    key: ['k'],
    time: { column: 't', unit: 'ms' },
    partitions: PARTITIONS,
    disorder: '5m',
    late: 'fail',
    order: 'offset',
    history: { files: 'history/*.parquet', ...changes.history },
    live: { log: 'log', stop: 'caught-up', ...changes.live },
    seam: { by: 'offset' },
  }
  const from = {
    files: 'features/*.parquet',
    key: 'k',
    time: { column: 'known', unit: 'ms' },
    columns: ['n'],
  }
  const output = { directory: 'out', slice: '6h', columns: ['id', 'k', 't', 'v'] }
  const job = { name: 'j', streams: { events }, features: { f: { from, on: ['k'] } }, output }
  const path = join(directory, `${name}.json`)
  writeFileSync(path, JSON.stringify({ ...job, ...(changes.limits && { limits: changes.limits }) }))
  return path
}

/** All of the partition but its last third, in three files. */
function fileStarts(events: readonly WorldEvent[]): number[] {
  return [0, 0.3, 0.5, 0.66].map(share => Math.floor(events.length * share))
}

beforeAll(async () => {
  topic = await makeTopic(directory, { seed: 5, rows: 8000, files: fileStarts, aheadOneOf: 400 })
  const keys = Array.from({ length: 40 }, (_, k) => `k${k}`)
  const versions = VERSIONS.flatMap(({ n, knownMs }) => keys.map(k => ({ k, known: knownMs, n })))
  await copyToParquet(
    directory,
    'features/f',
    versions,
    `{k: 'VARCHAR', known: 'BIGINT', n: 'BIGINT'}`,
    20_000,
  )
  await writeMixedFiles()
  const job = writeJob('base')
  base = await run(await plan(await loadJob(job)), { directory: join(directory, 'runs/base'), lanes: 2 })
})
afterAll(() => removeTempDirectory(directory))

/** The same history in files of all partitions, shuffled, with columns that tell partition and offset. */
async function writeMixedFiles(): Promise<void> {
  const rows = topic.events.flatMap((events, p) =>
    events
      .slice(0, fileStarts(events).at(-1))
      .map((event, o) => ({ id: event.id, k: event.key, t: event.timeMs, v: event.value, p, o })),
  )
  rows.sort((a, b) => (a.id % 97) - (b.id % 97))
  const columns = `{id: 'BIGINT', k: 'VARCHAR', t: 'BIGINT', v: 'DOUBLE', p: 'INTEGER', o: 'BIGINT'}`
  for (let f = 0; f < 3; f++) {
    const part = rows.slice(Math.floor((f * rows.length) / 3), Math.floor(((f + 1) * rows.length) / 3))
    await copyToParquet(directory, `mixed/f${f}`, part, columns, 2048)
  }
}

const FIELDS: Schema = [
  { name: 'id', type: { name: 'int64' } },
  { name: '_offset', type: { name: 'int64' } },
  { name: 'f__n', type: { name: 'int64' } },
]

interface Sample {
  readonly id: number
  readonly offset: number
  readonly n: number | null
  readonly slice: number
}

/** Samples of each partition in the order of the output. */
async function samplesOf(name: string): Promise<Sample[][]> {
  const samples: Sample[][] = Array.from({ length: PARTITIONS }, () => [])
  for (const { slice, partitions } of readManifest(join(directory, 'runs', name))!.slices) {
    for (const { partition, path } of partitions) {
      if (path === null) continue
      for await (const batch of readSamples(join(directory, 'runs', name, path), FIELDS)) {
        for (let row = 0; row < batch.rows; row++) {
          const [id, offset, n] = FIELDS.map(({ type }, c) => valueAt(batch.columns[c]!, type, row))
          const seen = n === null || n === undefined ? null : Number(n)
          samples[partition]!.push({ id: Number(id), offset: Number(offset), n: seen, slice })
        }
      }
    }
  }
  return samples
}

function expectedSamples(): Sample[][] {
  return topic.events.map(events => {
    let newest = 0
    return events.map(({ id, timeMs }, offset) => {
      newest = Math.max(newest, timeMs)
      const n = VERSIONS.findLast(({ knownMs }) => knownMs < timeMs)?.n ?? null
      return { id, offset, n, slice: Math.floor(newest / SLICE) * SLICE }
    })
  })
}

describe('order: offset', () => {
  it('replays every partition as the topic delivered it, joined as of the own time of each event', async () => {
    const expected = expectedSamples()
    expect(await samplesOf('base')).toEqual(expected)
    const moved = expected.flat().filter(({ id, slice }) => {
      const { timeMs } = topic.events.flat().find(event => event.id === id)!
      return Math.floor(timeMs / SLICE) * SLICE !== slice
    })
    expect(moved.length).toBeGreaterThan(0) // else slices by event time would look the same
    expect(base).toMatchObject({
      rows: 8000,
      late: 0,
      seam: { proven: true, by: 'offset', gaps: 0, doubled: 0 },
    })
  })

  it.each([
    ['1 lane', { lanes: 1 }, {}],
    ['4 lanes', { lanes: 4 }, {}],
    ['small emissions', { lanes: 2, emissionRows: 50 }, {}],
    ['little memory', { lanes: 2 }, { limits: { memory: '128MiB' } }],
    [
      'columns that tell the offsets',
      { lanes: 2 },
      { history: { files: 'mixed/*.parquet', partitionColumn: 'p', offsetColumn: 'o' } },
    ],
  ] satisfies [string, object, JobChanges][])('gives the same with %s', async (name, options, changes) => {
    const job = writeJob(name.replaceAll(' ', '-'), changes)
    const to = join(directory, 'runs', name.replaceAll(' ', '-'))
    await run(await plan(await loadJob(job)), { ...options, directory: to })
    expect(await verify(to, join(directory, 'runs/base'))).toMatchObject({ equal: true })
  })

  it('ends the same when it is killed in history and in live', async () => {
    const to = join(directory, 'runs/killed')
    const points = [
      { name: 'manifest-appended', nth: 1 },
      { name: 'slice-sealed', nth: 5 },
      { name: 'live-read', nth: 2 },
    ] as const
    const { killed } = await runWithKills(writeJob('killed'), points, { directory: to })
    expect(killed.length).toBeGreaterThan(1)
    expect(await verify(to, join(directory, 'runs/base'))).toMatchObject({ equal: true })
    const [again, once] = ['killed', 'base'].map(run =>
      readJsonFile<object>(directory, 'runs', run, 'certificate.json'),
    )
    expect(again).toEqual(once)
  })

  it('ends the same when columns tell the offsets and it is killed between slices', async () => {
    const to = join(directory, 'runs/killed-columns')
    const history = { files: 'mixed/*.parquet', partitionColumn: 'p', offsetColumn: 'o' }
    const args = ['run', writeJob('killed-columns', { history }), '--run', to, '--json']
    const killed = await runHindcast(args, { env: killAt('manifest-appended', 2) })
    expect(killed.signal, killed.stderr).toBe('SIGKILL')
    const ended = await runHindcast(args)
    expect(ended.code, ended.stderr).toBe(0)
    expect(await verify(to, join(directory, 'runs/base'))).toMatchObject({ equal: true })
  })

  it('streams events under their own times', async () => {
    const pinned = await plan(await loadJob(writeJob('streamed')))
    const times: number[] = []
    for await (const { events } of stream(pinned, { partitions: [1] })) times.push(...events.time)
    expect(times).toEqual(topic.events[1]!.map(({ timeMs }) => timeMs))
  })
})
