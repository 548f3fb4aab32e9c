/**
 * Partitions to which nothing comes any more, or nothing at all, in a run that follows a log: once they are idle they do
 * not hold back the slices of the others (C2). That is a decision of the clock too: it is in the journal, so a killed run
 * and a replay decide the same.
 */

import { cpSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadJob, parsePlan, plan, type RunOutcome, run, verify } from '../../../src/index.ts'
import { createLog, openLogWriter } from '../../../src/live/index.ts'
import { readManifest } from '../../../src/run/manifest.ts'
import { killAt, makeTempDirectory, removeTempDirectory, runHindcast } from '../../harness/index.ts'
import { readIds } from './samples.ts'
import type { World, WorldEvent } from './world.ts'
import { appendEvents, HOUR, makeWorld, partitionOf, writeJob } from './world.ts'

/** From partition QUIET nothing comes after five hours, from SILENT nothing ever. */
const QUIET = 2
const SILENT = 3
const STOP_HOURS = 18
/** Live and nothing else. */
const STREAM = {
  columns: { id: 'int64', k: 'utf8', t: 'int64', v: 'float64' },
  history: undefined,
  seam: undefined,
}
const directory = makeTempDirectory()
const at = (name: string): string => join(directory, name)
let world: World
let outcome: RunOutcome

/** Events in the log: what the partitions have to say. */
const isSaid = (event: WorldEvent): boolean => {
  const partition = partitionOf(event)
  return partition !== SILENT && (partition !== QUIET || event.timeMs < world.seamMs + 5 * HOUR)
}

beforeAll(async () => {
  world = await makeWorld(directory, { seed: 95, historyRows: 0, liveRows: 3000 })
  createLog(at('quiet'), { partitions: 4, key: ['k'] })
  const writer = await openLogWriter(at('quiet'))
  await appendEvents(writer, world.arrival.filter(isSaid))
  await writer.close()
  const job = writeJob(world, 'quiet.yaml', {
    stream: STREAM,
    live: {
      log: 'quiet',
      stop: new Date(world.seamMs + STOP_HOURS * HOUR).toISOString(),
      idleAfter: '200ms',
    },
    limits: { lanes: 2 },
  })
  const killed = await runHindcast(['run', job, '--run', at('killed')], {
    env: killAt('journal-appended', 2),
  })
  expect(killed.signal, killed.stderr).toBe('SIGKILL')
  outcome = await run(planOf('killed'), { directory: at('killed'), lanes: 4 })
})
afterAll(() => removeTempDirectory(directory))

function planOf(name: string): ReturnType<typeof parsePlan> {
  const path = join(at(name), 'plan.json')
  return parsePlan(readFileSync(path, 'utf8'), path)
}

describe('partitions that fall silent', () => {
  it('do not keep the others from sealing, nor the run from ending', async () => {
    expect(outcome).toMatchObject({ state: 'complete', late: 0 })
    expect(readManifest(at('killed'))!.slices.at(-1)!.endMs).toBe(world.seamMs + STOP_HOURS * HOUR)
    const due = world.arrival.filter(
      event => isSaid(event) && event.timeMs < world.seamMs + STOP_HOURS * HOUR,
    )
    const { ids } = await readIds(at('killed'))
    expect(ids.map(part => part.length)).toEqual(
      [0, 1, 2, 3].map(p => due.filter(e => partitionOf(e) === p).length),
    )
    expect(ids.flat().toSorted()).toEqual(due.map(({ id }) => id).toSorted())
    expect(ids[SILENT]).toEqual([])
  })

  it.each([1, 3])('decide the same when the journal is replayed, with %i lanes', async lanes => {
    const replay = `replay-${lanes}`
    cpSync(join(at('killed'), 'checkpoint', 'journal'), join(at(replay), 'checkpoint', 'journal'), {
      recursive: true,
    })
    const replayed = await run(planOf('killed'), { directory: at(replay), inline: true, lanes })
    expect(replayed.digest).toBe(outcome.digest)
    expect(await verify(at(replay), at('killed'))).toMatchObject({ equal: true })
  })

  it('can be gone on from: the decisions are in the state, and the journal begins anew', async () => {
    const job = writeJob(world, 'caught-up.yaml', { stream: STREAM, live: { log: 'quiet' } })
    const planned = await plan(await loadJob(job))
    await run(planned, { directory: at('behind'), after: at('killed'), inline: true })
    const long = await run(planned, { directory: at('long'), inline: true })
    expect(long.rows).toBe(world.arrival.filter(isSaid).length)
    expect(await verify(at('behind'), at('long'))).toMatchObject({ equal: true, digest: long.digest })
    expect(existsSync(join(at('behind'), 'checkpoint', 'journal'))).toBe(false)
  })

  it('hold back a run that does not call them idle', async () => {
    const changes = { stream: STREAM, live: { log: 'quiet', stop: 'never' } }
    const planned = await plan(await loadJob(writeJob(world, 'patient.yaml', changes)))
    const abort = new AbortController()
    const onProgress = ({ rows }: { rows: number }): void => {
      if (rows > 1000) abort.abort()
    }
    const stopped = await run(planned, {
      directory: at('patient'),
      inline: true,
      signal: abort.signal,
      onProgress,
    })
    expect(stopped).toMatchObject({ state: 'interrupted', rows: 0 })
  })
})
