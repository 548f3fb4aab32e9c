/**
 * Live records that cannot be used (C9): set aside as long as they are few of those read, else the end of the run with
 * exit 3; and the same end for a run that is stopped and gone on with.
 */

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exitCodeOf, HindcastError, loadJob, plan, run } from '../../../src/index.ts'
import { LIMITS } from '../../../src/limits.ts'
import { createLog, openLogWriter } from '../../../src/live/index.ts'
import { makeTempDirectory, removeTempDirectory, runHindcast } from '../../harness/index.ts'
import { readLines } from './samples.ts'
import {
  HOUR,
  makeWorld,
  PARTITIONS,
  recordOf,
  START,
  type World,
  type WorldEvent,
  writeJob,
} from './world.ts'

const directory = makeTempDirectory()
const at = (name: string): string => join(directory, name)
/** Of the first records, with the default share. */
const ALLOWED = LIMITS.quarantineFairRecords * LIMITS.quarantineShare
/** So that a slice is several reads. */
const PAD = 'x'.repeat(40_000)
const COLUMNS = { id: 'int64', k: 'utf8', t: 'int64', v: 'float64' }
let world: World

beforeAll(async () => {
  world = await makeWorld(directory, { seed: 71, historyRows: 100, liveRows: 100 })
})
afterAll(() => removeTempDirectory(directory))

/** A job that is live only, over a log of 48 hours in one partition; each `n`th record is no JSON, `bad` of them. */
async function jobOf(name: string, bad: number): Promise<string> {
  createLog(at(`${name}-log`), { partitions: PARTITIONS, key: ['k'] })
  const writer = await openLogWriter(at(`${name}-log`))
  const every = 20
  const records = Array.from({ length: 480 }, (_, i) => {
    const event: WorldEvent = { id: i, key: 'k1', timeMs: START + (i * HOUR) / 10, value: i }
    const value = JSON.stringify({ id: i, k: 'k1', t: event.timeMs, v: i, pad: PAD })
    const record = { ...recordOf(event), value: Buffer.from(value) }
    return i % every === 7 && i < bad * every ? { ...record, value: Buffer.from('{') } : record
  })
  await writer.appendTo(1, records)
  await writer.close()
  return writeJob(world, `${name}.yaml`, {
    live: { log: `${name}-log` },
    stream: { history: undefined, seam: undefined, columns: COLUMNS },
    features: {},
  })
}

describe('bad live records', () => {
  it('that are few are set aside', async () => {
    const jobFile = await jobOf('few', ALLOWED)
    const outcome = await run(await plan(await loadJob(jobFile)), { directory: at('few'), lanes: 2 })
    expect(outcome).toMatchObject({ state: 'complete', rows: 480 - ALLOWED, quarantined: ALLOWED })
    expect(readLines(at('few'), 'quarantine')).toHaveLength(ALLOWED)
  })

  it('that are more end the run at the first that is too many', async () => {
    const jobFile = await jobOf('many', ALLOWED + 4)
    const planned = await plan(await loadJob(jobFile))
    const error: unknown = await run(planned, { directory: at('many'), lanes: 1 }).catch(thrown => thrown)
    expect(error).toBeInstanceOf(HindcastError)
    const offset = 7 + 20 * ALLOWED
    expect(error).toMatchObject({
      code: 'quarantine-limit',
      where: { partition: 1, offset, stream: 'events' },
    })
    expect((error as Error).message).toContain(`${ALLOWED + 1} of ${offset + 1} live records`)
    expect(exitCodeOf(error as HindcastError)).toBe(3)
  })

  it('count on behind a kill: the run ends as the one that was not killed', async () => {
    const jobFile = await jobOf('killed', ALLOWED + 1)
    const planFile = at('killed.plan.json')
    expect((await runHindcast(['plan', jobFile, '--out', planFile])).code).toBe(0)
    const args = ['run', '--plan', planFile, '--run', at('killed'), '--lanes', '1']
    const killed = await runHindcast(args, { env: { HINDCAST_FAULT: 'manifest-appended:1:kill' } })
    expect(killed.signal).toBe('SIGKILL')
    const resumed = await runHindcast(args)
    expect(resumed.code).toBe(3)
    expect(resumed.stderr).toContain(`${ALLOWED + 1} of ${8 + 20 * ALLOWED} live records`)
  })
})
