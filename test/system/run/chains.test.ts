/**
 * Chains (C10): runs that stop with `hold`, each going on from the one before, while the log grows between them. The
 * chain equals one long run by digest: samples, counted offsets, late decisions and the certificate.
 */

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadJob, plan, type RunOptions, type RunOutcome, run, verify } from '../../../src/index.ts'
import { openLogWriter } from '../../../src/live/index.ts'
import { readManifest } from '../../../src/run/manifest.ts'
import {
  killAt,
  lastJsonLine,
  makeTempDirectory,
  readJsonFile,
  removeTempDirectory,
  runHindcast,
} from '../../harness/index.ts'
import { expectedIds, lateEvents, readIds, readLines } from './samples.ts'
import type { JobChanges, World, WorldEvent } from './world.ts'
import { appendEvents, appendUntil, HOUR, makeWorld, PARTITIONS, partitionOf, writeJob } from './world.ts'

const HOLD = { live: { stop: { 'caught-up': true, hold: true } } }
const directory = makeTempDirectory()
const at = (name: string): string => join(directory, name)
let world: World
let long: RunOutcome

async function runJob(
  changes: JobChanges,
  name: string,
  options: Partial<RunOptions> = {},
): Promise<RunOutcome> {
  const planned = await plan(await loadJob(writeJob(world, `${name}.yaml`, changes)))
  return run(planned, { directory: at(name), inline: true, lanes: 2, ...options })
}

beforeAll(async () => {
  world = await makeWorld(directory, {
    seed: 11,
    historyRows: 4000,
    liveRows: 4000,
    lateRows: 60,
    liveShare: 0.4,
  })
  await runJob(HOLD, 'one')
  await appendUntil(world, 0.7)
  await runJob(HOLD, 'two', { after: at('one'), lanes: 1 })
  await appendUntil(world, 1)
  await runJob({}, 'three', { after: at('two'), lanes: 4 })
  long = await runJob({}, 'long')
})
afterAll(() => removeTempDirectory(directory))

describe('a chain of three runs', () => {
  it('equals one long run', async () => {
    const chain = await verify(at('three'), at('long'))
    expect(chain).toMatchObject({ equal: true, digest: long.digest, rows: long.rows })
    const { ids, offsets } = await readIds(at('one'), at('two'), at('three'))
    expect(ids).toEqual(expectedIds(world))
    for (const partition of offsets) expect(partition).toEqual(partition.map((_, i) => i))
  })

  it('has work in each run', () => {
    const rows = ['one', 'two', 'three'].map(name => rowsOf(name))
    expect(rows.every(count => count > 500)).toBe(true)
    expect(rows.reduce((sum, count) => sum + count, 0)).toBe(long.rows)
  })

  it('finds the same events late', () => {
    const late = lateEvents(world).flat()
    expect(late.length).toBeGreaterThan(10)
    expect(lateLines('one', 'two', 'three').toSorted()).toEqual(lateLines('long').toSorted())
    expect(lateLines('long')).toHaveLength(late.length)
  })

  it('has one certificate, made at the hand-over and kept', () => {
    const [last, whole] = ['three', 'long'].map(name => readJsonFile<object>(at(name), 'certificate.json'))
    expect(last).toEqual(whole)
    expect(whole).toMatchObject({ proven: true })
  })

  it('leaves no file of a slice that it has not sealed', () => {
    for (const name of ['one', 'two']) expect(sampleFiles(at(name))).toEqual(sealedFiles(at(name)))
  })
})

/** Sample files in the run directory, and those of its sealed slices. */
function sampleFiles(run: string): string[] {
  const found = readdirSync(run, { recursive: true, encoding: 'utf8' })
  return found.filter(file => file.startsWith('samples') && file.includes('.')).toSorted()
}

function sealedFiles(run: string): string[] {
  const parts = readManifest(run)!.slices.flatMap(slice => slice.partitions)
  return parts.flatMap(({ path }) => path ?? []).toSorted()
}

describe('a chain whose runs are killed', () => {
  it('equals the long run, also where the command names --after only at first', async () => {
    const job = writeJob(world, 'killed.yaml')
    const args = ['run', job, '--run', at('killed'), '--json']
    const first = await runHindcast([...args, '--after', at('two')], { env: killAt('slice-sealed', 2) })
    expect(first.signal).toBe('SIGKILL')
    const second = await runHindcast(args, { env: killAt('manifest-appended', 1) })
    expect(second.signal).toBe('SIGKILL')
    const third = await runHindcast(args)
    expect(third.code, third.stderr).toBe(0)
    expect(lastJsonLine<RunOutcome>(third).state).toBe('complete')
    expect(await verify(at('killed'), at('long'))).toMatchObject({ equal: true, digest: long.digest })
  })
})

describe('a chain whose first run has sealed nothing', () => {
  const live = {
    columns: { id: 'int64', k: 'utf8', t: 'int64', v: 'float64' },
    history: undefined,
    seam: undefined,
  }
  const hold = { 'caught-up': true, hold: true }
  const young = makeTempDirectory()
  let small: World
  const start = async (stop: unknown, name: string, after?: string): Promise<RunOutcome> => {
    const job = await loadJob(writeJob(small, `${name}.yaml`, { stream: live, live: { stop } }))
    const options = after === undefined ? {} : { after: join(young, after) }
    return run(await plan(job), { directory: join(young, name), inline: true, ...options })
  }
  beforeAll(async () => {
    const options = { seed: 12, historyRows: 0, liveRows: 2000, liveShare: 0.05, segmentBytes: 1 }
    small = await makeWorld(young, options)
    expect(await start(hold, 'a')).toMatchObject({ state: 'complete', rows: 0 })
  })
  afterAll(() => removeTempDirectory(young))

  it('begins where that one began', async () => {
    expect(await start(hold, 'b', 'a')).toMatchObject({ state: 'complete', rows: 0 })
  })

  it('goes on with a slice when the last partition has sealed it, however far others are', async () => {
    await appendUntil(small, 0.35)
    const lagging = (event: WorldEvent): boolean => partitionOf(event) === 3
    const [from, until] = [0.35, 0.6].map(share => Math.round(share * small.arrival.length))
    const ahead = small.arrival.slice(from, until)
    await append(ahead.filter(event => !lagging(event)))
    await start(hold, 'c', 'b')
    expect(readManifest(join(young, 'c'))!.slices.at(-1)!.endMs).toBe(small.seamMs + 6 * HOUR)
    expect(sampleFiles(join(young, 'c'))).toEqual(sealedFiles(join(young, 'c')))
    await append(ahead.filter(lagging))
    await append(small.arrival.slice(until))
    await start('caught-up', 'd', 'c')
    expect((await start('caught-up', 'whole')).rows).toBe(2000)
    expect(await verify(join(young, 'd'), join(young, 'whole'))).toMatchObject({ equal: true, rows: 2000 })
  })

  async function append(events: readonly WorldEvent[]): Promise<void> {
    const writer = await openLogWriter(join(young, 'log'))
    await appendEvents(writer, events)
    await writer.close()
  }

  it('does not begin later where the log has been trimmed since', async () => {
    const writer = await openLogWriter(join(young, 'log'))
    for (let p = 0; p < PARTITIONS; p++) expect(await writer.trim(p, 100)).toBeGreaterThan(0)
    await writer.close()
    await expect(start('caught-up', 'e', 'a')).rejects.toMatchObject({ code: 'offset-out-of-range' })
  })
})

describe('a run is not gone on from', () => {
  const refuse = async (name: string, changes: JobChanges, after: string): Promise<void> => {
    await expect(runJob(changes, name, { after: at(after) })).rejects.toMatchObject({ code: 'run-mismatch' })
    expect(existsSync(join(at(name), 'manifest.json'))).toBe(false)
  }

  it('when it flushed what it had', () => refuse('after-flushed', {}, 'long'))
  it('when it is not there', () => refuse('after-nothing', {}, 'nothing'))
  it('by a job with another disorder', () => refuse('other-disorder', { stream: { disorder: '6m' } }, 'one'))
  it('by a job with other slices', () => refuse('other-slices', { output: { slice: '3h' } }, 'one'))
  it('by a job with other columns', () => refuse('other-columns', { output: { columns: ['id'] } }, 'one'))
  it('by a job with other features', () => refuse('other-features', { features: {} }, 'one'))

  it('when it is not finished', async () => {
    const job = writeJob(world, 'unfinished.yaml', HOLD)
    const killed = await runHindcast(['run', job, '--run', at('unfinished')], {
      env: killAt('manifest-appended', 2),
    })
    expect(killed.signal).toBe('SIGKILL')
    await refuse('after-unfinished', {}, 'unfinished')
  })

  it('by itself', async () => {
    await expect(runJob(HOLD, 'itself', { after: at('itself') })).rejects.toMatchObject({
      code: 'argument-invalid',
    })
  })

  it('by a run that began otherwise', async () => {
    const job = join(directory, 'unfinished.yaml')
    const ended = await runHindcast(['run', job, '--run', at('unfinished'), '--after', at('one')])
    expect(ended.code).toBe(2)
    expect(ended.stderr).toContain('goes on from no other run')
  })
})

function rowsOf(name: string): number {
  const parts = readManifest(at(name))!.slices.flatMap(slice => slice.partitions)
  return parts.reduce((sum, part) => sum + part.rows, 0)
}

/** `late/` of the runs, without the watermark's slice: what was late, and for which watermark. */
function lateLines(...names: readonly string[]): string[] {
  return names.flatMap(name => readLines(at(name), 'late'))
}
