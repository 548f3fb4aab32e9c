/**
 * What does not come in its place (C2, C3): late events, events before the seam that only live has, times too far in
 * the future, and what a seam that cannot be proven does to a run. Each is counted, written or refused; none is lost.
 */

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  exitCodeOf,
  HindcastError,
  loadJob,
  plan,
  type RunOptions,
  type RunOutcome,
  run,
} from '../../../src/index.ts'
import type { CreateLogOptions } from '../../../src/live/index.ts'
import { createLog, openLogWriter } from '../../../src/live/index.ts'
import { makeTempDirectory, readJsonFile, removeTempDirectory, runHindcast } from '../../harness/index.ts'
import { expectedIds, lateEvents, readIds, readLate, readLines } from './samples.ts'
import type { JobChanges, World, WorldEvent } from './world.ts'
import {
  appendEvents,
  copyToParquet,
  DISORDER,
  HOUR,
  makeWorld,
  PARTITIONS,
  partitionOf,
  recordOf,
  writeJob,
} from './world.ts'

const directory = makeTempDirectory()
const at = (name: string): string => join(directory, name)
let world: World

async function runJob(
  changes: JobChanges,
  name: string,
  options: Partial<RunOptions> = {},
): Promise<RunOutcome> {
  const planned = await plan(await loadJob(writeJob(world, `${name}.yaml`, changes)))
  return run(planned, { directory: at(name), inline: true, lanes: 2, ...options })
}

async function failureOf(changes: JobChanges, name: string): Promise<HindcastError> {
  const thrown: unknown = await runJob(changes, name).catch((error: unknown) => error)
  expect(thrown).toBeInstanceOf(HindcastError)
  return thrown as HindcastError
}

/** A log of its own: `extra` first, then what the world's log has without the events left out. */
async function makeLog(
  name: string,
  extra: readonly WorldEvent[],
  without: ReadonlySet<number> = new Set(),
): Promise<JobChanges> {
  const options: CreateLogOptions = { partitions: PARTITIONS, key: ['k'], segmentBytes: 1 }
  createLog(at(name), options)
  const writer = await openLogWriter(at(name))
  await appendEvents(writer, extra)
  await appendEvents(
    writer,
    world.arrival.filter(({ id }) => !without.has(id)),
  )
  await writer.close()
  return { live: { log: name } }
}

const event = (id: number, timeMs: number, key = 'k7'): WorldEvent => ({ id, key, timeMs, value: 0 })

interface Certificate {
  readonly proven: boolean
  readonly reason: string | null
  readonly partitions: readonly { onlyLive: number; onlyHistory: number; reason: string | null }[]
}

const certificateOf = (name: string): Certificate => readJsonFile<Certificate>(at(name), 'certificate.json')
const reasonsOf = (name: string, folder: 'late' | 'quarantine'): string[] =>
  readLines(at(name), folder).map(line => (JSON.parse(line) as { reason: string }).reason)

beforeAll(async () => {
  world = await makeWorld(directory, { seed: 51, historyRows: 3000, liveRows: 2000, lateRows: 60 })
})
afterAll(() => removeTempDirectory(directory))

describe('late events', () => {
  it('side: are in late/ with the watermark that they were late for, and counted', async () => {
    const outcome = await runJob({}, 'side')
    const late = lateEvents(world).flat()
    expect(late.length).toBeGreaterThan(20)
    expect(outcome).toMatchObject({
      late: late.length,
      rows: expectedIds(world).flat().length,
      seam: { proven: true },
    })
    const lines = readLines(at('side'), 'late').map(
      line =>
        JSON.parse(line) as { reason: string; timeMs: number; watermarkMs: number; row: { id: number } },
    )
    expect(lines.map(({ row }) => row.id).toSorted()).toEqual(late.map(({ id }) => id).toSorted())
    expect(lines.every(line => line.reason === 'late' && line.timeMs < line.watermarkMs)).toBe(true)
  })

  it('emit: are emitted at once with _late, in the slice that is open then', async () => {
    const outcome = await runJob({ stream: { late: 'emit' } }, 'emit')
    const late = lateEvents(world)
    expect(outcome).toMatchObject({ late: late.flat().length, rows: 3000 + 2000 })
    expect((await readIds(at('emit'))).ids).toEqual(world.live.map((_, p) => withLate(p)))
    expect((await readLate(at('emit'))).toSorted()).toEqual(
      late
        .flat()
        .map(({ id }) => id)
        .toSorted(),
    )
    expect(readLines(at('emit'), 'late')).toEqual([])
  })

  it('fail: end the run and say which', async () => {
    const error = await failureOf({ stream: { late: 'fail' } }, 'fail')
    expect(error.code).toBe('event-late')
    expect(exitCodeOf(error)).toBe(3)
    const { partition, offset } = error.where
    expect(world.live[partition!]![offset!]).toEqual(lateEvents(world)[partition!]![0])
  })
})

/** All ids of a partition in order of emission: a late event comes before everything from its watermark on. */
function withLate(partition: number): number[] {
  const late = new Set(lateEvents(world)[partition])
  let newest = world.seamMs
  const live = world.live[partition]!.flatMap((event, place) => {
    if (event.timeMs < world.seamMs) return []
    const watermarkMs = Math.max(world.seamMs, newest - DISORDER)
    newest = Math.max(newest, event.timeMs)
    const isLate = late.has(event)
    return [{ id: event.id, atMs: isLate ? watermarkMs : event.timeMs, rank: isLate ? 0 : 1, place }]
  })
  const history = world.history.filter(event => partitionOf(event) === partition)
  return [
    ...history.toSorted((a, b) => a.timeMs - b.timeMs).map(({ id }) => id),
    ...live.toSorted((a, b) => a.atMs - b.atMs || a.rank - b.rank || a.place - b.place).map(({ id }) => id),
  ]
}

describe('events before the seam that only live has', () => {
  let log: JobChanges
  const only = [event(9_000_001, 0), event(9_000_002, 0, 'k9')]
  beforeAll(async () => {
    for (const [i, { id, key }] of only.entries()) only[i] = event(id, world.seamMs - HOUR / 2 + i, key)
    log = await makeLog('only-live-log', only)
  })

  it('side: go to late/, leave the seam unproven, and are no reason to start anew', async () => {
    const job = writeJob(world, 'only-live.yaml', log)
    const refused = await runHindcast(['run', job, '--run', at('only-live')])
    expect(refused.code).toBe(4)
    expect(certificateOf('only-live')).toMatchObject({
      proven: false,
      reason: expect.stringMatching(/only in live/),
    })
    const again = await runHindcast(['run', job, '--run', at('only-live'), '--allow-unproven-seam'])
    expect(again.code, again.stderr).toBe(0)
    expect(certificateOf('only-live').partitions.reduce((sum, part) => sum + part.onlyLive, 0)).toBe(2)
    expect((await readIds(at('only-live'))).ids).toEqual(expectedIds(world))
    expect(reasonsOf('only-live', 'late').filter(reason => reason === 'before-seam')).toHaveLength(2)
  })

  it('emit: are emitted with _late, and the seam is unproven all the same', async () => {
    const changes = { ...log, seam: { beforeSeam: 'emit' } }
    expect((await failureOf(changes, 'only-live-emit')).code).toBe('seam-unproven')
    const outcome = await runJob(changes, 'only-live-allowed', { allowUnprovenSeam: true })
    expect(outcome.seam).toMatchObject({ proven: false, pending: false, gaps: 2 })
    expect((await readLate(at('only-live-allowed'))).toSorted()).toEqual(only.map(({ id }) => id))
  })
})

describe('a seam that is not proven', () => {
  it('names the events of the overlap that only history has', async () => {
    const lost = world.history.filter(({ timeMs }) => timeMs >= world.seamMs - HOUR / 2).slice(0, 3)
    const log = await makeLog('lossy-log', [], new Set(lost.map(({ id }) => id)))
    const error = await failureOf(log, 'lossy')
    expect(error.code).toBe('seam-unproven')
    expect(exitCodeOf(error)).toBe(4)
    const { proven, partitions } = certificateOf('lossy')
    expect(proven).toBe(false)
    expect(partitions.reduce((sum, part) => sum + part.onlyHistory, 0)).toBeGreaterThan(0)
  })

  it('has no identity to compare', async () => {
    const error = await failureOf({ stream: { identity: undefined } }, 'nameless')
    expect(error).toMatchObject({ code: 'seam-unproven', message: expect.stringContaining('identity') })
  })

  it('has lost the head of the log', async () => {
    const log = await makeLog(
      'trimmed-log',
      world.arrival.slice(0, 40),
      new Set(world.arrival.slice(0, 40).map(({ id }) => id)),
    )
    const writer = await openLogWriter(at('trimmed-log'))
    for (let p = 0; p < PARTITIONS; p++) expect(await writer.trim(p, 100)).toBeGreaterThan(0)
    await writer.close()
    const error = await failureOf(log, 'trimmed')
    expect(error.message).toContain('no longer holds the whole overlap')
    expect(certificateOf('trimmed').partitions.every(({ reason }) => reason !== null)).toBe(true)
  })

  it('has keys that lie in other partitions than history puts them', async () => {
    const log = await makeLog('misplaced-log', [])
    const writer = await openLogWriter(at('misplaced-log'))
    const stray = event(9_100_000, world.seamMs + 25 * HOUR)
    const wrong = (partitionOf(stray) + 1) % PARTITIONS
    const { firstOffset } = { firstOffset: writer.ends(wrong).next }
    await writer.appendTo(wrong, [recordOf(stray)])
    await writer.close()
    const error = await failureOf(log, 'misplaced')
    expect(error).toMatchObject({
      code: 'key-partition-mismatch',
      message: expect.stringContaining('k=k7'),
      where: { partition: wrong, offset: firstOffset },
    })
    expect(exitCodeOf(error)).toBe(4)
  })
})

describe('times too far in the future', () => {
  it('of live are quarantined and move nothing', async () => {
    const log = await makeLog('future-log', [])
    const writer = await openLogWriter(at('future-log'))
    const far = event(9_200_000, world.seamMs + 100 * HOUR)
    await writer.appendTo(partitionOf(far), [{ ...recordOf(far), timestampMs: far.timeMs - HOUR - 1 }])
    await writer.close()
    const outcome = await runJob(log, 'future')
    expect((await readIds(at('future'))).ids).toEqual(expectedIds(world))
    expect(outcome).toMatchObject({ quarantined: world.badRows + 1, late: lateEvents(world).flat().length })
    expect(reasonsOf('future', 'quarantine').filter(reason => reason === 'future')).toHaveLength(1)
    const tolerant = await runJob({ ...log, stream: { maxFuture: '2h' } }, 'tolerant')
    expect(tolerant).toMatchObject({ quarantined: world.badRows, rows: outcome.rows + 1 })
  })

  it('of history are quarantined', async () => {
    const rows = [{ id: 9_300_000, k: 'k1', t: Date.UTC(2100, 0, 1), v: 0 }]
    await copyToParquet(
      directory,
      'far/f',
      rows,
      `{id: 'BIGINT', k: 'VARCHAR', t: 'BIGINT', v: 'DOUBLE'}`,
      2048,
    )
    const stream = {
      history: { files: ['history/*.parquet', 'far/*.parquet'] },
      live: undefined,
      seam: undefined,
    }
    const changes = { stream, limits: { quarantine: '1%' } }
    const outcome = await runJob(changes, 'far-history')
    expect(outcome).toMatchObject({ quarantined: world.badRows + 1, rows: world.history.length })
    expect(reasonsOf('far-history', 'quarantine').filter(reason => /later than/.test(reason))).toHaveLength(1)
    expect((await plan(await loadJob(at('far-history.yaml')))).slices).toHaveLength(12)
  })
})
