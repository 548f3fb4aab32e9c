/**
 * `stop: <instant>` (C2): everything earlier than the instant is emitted, also where live goes on behind it, and then
 * the run ends; the last slice may be a part of one. What a run emits is the same as what a longer one emits up to there.
 */

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  loadJob,
  plan,
  type RunOptions,
  type RunOutcome,
  run,
  stream,
  valueAt,
  verify,
} from '../../../src/index.ts'
import { readManifest } from '../../../src/run/manifest.ts'
import { makeTempDirectory, removeTempDirectory, runWithKills } from '../../harness/index.ts'
import { expectedIds, readIds } from './samples.ts'
import type { JobChanges, World } from './world.ts'
import { HOUR, makeWorld, START, writeJob } from './world.ts'

const directory = makeTempDirectory()
const at = (name: string): string => join(directory, name)
let world: World

const stopAt = (timeMs: number): JobChanges => ({ live: { stop: new Date(timeMs).toISOString() } })

async function runJob(
  changes: JobChanges,
  name: string,
  options: Partial<RunOptions> = {},
): Promise<RunOutcome> {
  const planned = await plan(await loadJob(writeJob(world, `${name}.yaml`, changes)))
  return run(planned, { directory: at(name), inline: true, lanes: 2, ...options })
}

/** Ids that must come out before a time, by partition. */
function idsBefore(timeMs: number): number[][] {
  const times = new Map([...world.history, ...world.arrival].map(event => [event.id, event.timeMs]))
  return expectedIds(world).map(ids => ids.filter(id => times.get(id)! < timeMs))
}

beforeAll(async () => {
  world = await makeWorld(directory, { seed: 21, historyRows: 4000, liveRows: 3000 })
})
afterAll(() => removeTempDirectory(directory))

describe('a run that stops at an instant', () => {
  it('in the middle of a slice emits everything before it and nothing behind it', async () => {
    const stopMs = world.seamMs + 8 * HOUR + 1234
    const outcome = await runJob(stopAt(stopMs), 'middle')
    expect(outcome).toMatchObject({ state: 'complete', seam: { proven: true, pending: false } })
    expect((await readIds(at('middle'))).ids).toEqual(idsBefore(stopMs))
    const last = readManifest(at('middle'))!.slices.at(-1)!
    expect(last).toMatchObject({ slice: world.seamMs + 6 * HOUR, endMs: stopMs })
    await expect(runJob({}, 'behind-middle', { after: at('middle') })).rejects.toMatchObject({
      code: 'run-mismatch',
    })
  })

  it('at the end of a slice leaves a point to go on from', async () => {
    await runJob(stopAt(world.seamMs + 12 * HOUR), 'aligned')
    const whole = await runJob({}, 'whole')
    await runJob({}, 'behind', { after: at('aligned'), lanes: 3 })
    expect(await verify(at('behind'), at('whole'))).toMatchObject({ equal: true, digest: whole.digest })
  })

  it('ends where history alone gets there: what other streams hold is no matter', async () => {
    const stopMs = START + 30 * HOUR
    const others = {
      others: {
        key: ['k'],
        time: { column: 't', unit: 'ms' },
        partitions: 4,
        columns: { k: 'utf8', t: 'int64' },
        live: { log: 'log', stop: new Date(stopMs).toISOString() },
      },
    }
    const stream = { live: undefined, seam: undefined }
    await runJob({ stream, streams: others }, 'history')
    expect((await readIds(at('history'))).ids).toEqual(idsBefore(stopMs))
  })

  it('gives the same when it is killed', async () => {
    const stopMs = world.seamMs + 8 * HOUR + 1234
    const job = writeJob(world, 'killed.yaml', stopAt(stopMs))
    const points = [
      { name: 'manifest-appended', nth: 4 },
      { name: 'slice-renamed', nth: 9 },
      { name: 'live-read', nth: 2 },
      { name: 'report-written', nth: 1 },
    ]
    const { killed } = await runWithKills(job, points, { directory: at('killed') })
    expect(killed.length).toBeGreaterThan(1)
    expect(await verify(at('killed'), at('middle'))).toMatchObject({ equal: true })
  })

  it('ends a stream() too', async () => {
    const stopMs = world.seamMs + 8 * HOUR + 1234
    const planned = await plan(await loadJob(writeJob(world, 'stream.yaml', stopAt(stopMs))))
    const ids: number[][] = [[], [], [], []]
    for await (const { partition, events } of stream(planned)) {
      for (let row = 0; row < events.rows; row++) {
        ids[partition]!.push(Number(valueAt(events.columns[0]!, events.schema[0]!.type, row)))
      }
    }
    expect(ids).toEqual(idsBefore(stopMs))
  })
})
