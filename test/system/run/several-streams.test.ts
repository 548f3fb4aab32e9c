/**
 * Several streams in one job (C2): the merged watermark of all of them gates the samples. Which events are emitted, in
 * which order and which are late does not depend on the other streams where no clock decided anything; how far a run
 * gets does.
 */

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadJob, plan, type RunOptions, type RunOutcome, run, verify } from '../../../src/index.ts'
import { readManifest } from '../../../src/run/manifest.ts'
import { makeTempDirectory, readJsonFile, removeTempDirectory } from '../../harness/index.ts'
import type { OtherStream } from './other-stream.ts'
import { appendOther, makeOther } from './other-stream.ts'
import { expectedIds, lateEvents, readIds } from './samples.ts'
import type { JobChanges, World } from './world.ts'
import { DISORDER, HOUR, makeWorld, writeJob } from './world.ts'

const HOLD = { 'caught-up': true, hold: true }
const directory = makeTempDirectory()
const at = (name: string): string => join(directory, name)
let world: World
let clicks: OtherStream
let views: OtherStream
let alone: RunOutcome

async function runJob(
  changes: JobChanges,
  name: string,
  options: Partial<RunOptions> = {},
): Promise<RunOutcome> {
  const planned = await plan(await loadJob(writeJob(world, `${name}.yaml`, changes)))
  return run(planned, { directory: at(name), lanes: 2, ...options })
}

beforeAll(async () => {
  world = await makeWorld(directory, { seed: 31, historyRows: 4000, liveRows: 4000, lateRows: 40 })
  clicks = await makeOther(world, 'clicks', { seed: 32, rows: 2000 })
  views = await makeOther(world, 'views', { seed: 33, rows: 3000, seamHours: 3 })
  await appendOther(world, clicks, 10)
  await appendOther(world, views, 24)
  alone = await runJob({}, 'alone', { inline: true })
})
afterAll(() => removeTempDirectory(directory))

describe('streams hours apart, one with a history and a seam of its own', () => {
  const both = (): JobChanges => ({ streams: { clicks: clicks.job, views: views.job } })

  it.each([1, 2, 4])('give the samples of the stream alone, with %i lanes', async lanes => {
    const outcome = await runJob(both(), `lanes-${lanes}`, { lanes })
    expect(outcome).toMatchObject({
      digest: alone.digest,
      rows: alone.rows,
      late: lateEvents(world).flat().length,
    })
    expect((await readIds(at(`lanes-${lanes}`))).ids).toEqual(expectedIds(world))
  })

  it('prove both seams', () => {
    const { partitions } = readJsonFile<{ partitions: { stream: string; proven: boolean }[] }>(
      at('lanes-2'),
      'certificate.json',
    )
    expect(partitions.map(({ stream }) => stream)).toEqual([
      ...Array(4).fill('events'),
      ...Array(4).fill('views'),
    ])
    expect(partitions.every(({ proven }) => proven)).toBe(true)
  })
})

describe('a stream that has come less far', () => {
  it('gates the samples, and the run that goes on from there emits the rest', async () => {
    const lagging = (): JobChanges => ({
      live: { stop: HOLD },
      streams: { clicks: { ...clicks.job, live: { log: 'clicks', stop: HOLD } } },
    })
    await runJob(lagging(), 'gated', { inline: true })
    const ends = readManifest(at('gated'))!.slices.map(slice => slice.endMs)
    const reachedMs = Math.max(...clicks.arrival.slice(0, clicks.appended).map(event => event.timeMs))
    expect(ends.at(-1)).toBe(world.seamMs + 6 * HOUR)
    expect(ends.at(-1)! + 6 * HOUR).toBeGreaterThan(reachedMs - DISORDER)
    await appendOther(world, clicks, 24)
    await runJob({ streams: { clicks: clicks.job } }, 'released', { inline: true, after: at('gated') })
    expect(await verify(at('released'), at('alone'))).toMatchObject({ equal: true, digest: alone.digest })
  })
})
