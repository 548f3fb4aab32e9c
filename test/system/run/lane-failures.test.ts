/**
 * Lanes that die (page 2 §4): one that throws, exits or runs out of heap ends the run with `lane-failed`, which names
 * what it was reading. The checkpoint stays good: the same command ends with the digest of the undisturbed run.
 *
 * A lane has one partition here, so that nothing native is under way when its thread ends: that would take the
 * process down, with a checkpoint as good as after any kill.
 */

import { readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ERROR_CATALOGUE,
  loadJob,
  parsePlan,
  plan,
  type RunOutcome,
  run,
  verify,
} from '../../../src/index.ts'
import { killAt, makeTempDirectory, removeTempDirectory, runHindcast } from '../../harness/index.ts'
import type { FaultAction } from './faults.ts'
import { faultAt } from './faults.ts'
import type { World } from './world.ts'
import { makeWorld, writeJob } from './world.ts'

const directory = makeTempDirectory()
const at = (name: string): string => join(directory, name)
let world: World
let base: RunOutcome

beforeAll(async () => {
  world = await makeWorld(directory, {
    seed: 71,
    historyRows: 4000,
    liveRows: 2000,
    job: { limits: { lanes: 4 } },
  })
  base = await run(await plan(await loadJob(world.jobFile)), { directory: at('base'), inline: true })
})
afterAll(() => removeTempDirectory(directory))

/** Goes on with the run in this process and compares it with the undisturbed one. */
async function resumed(name: string): Promise<void> {
  const path = join(at(name), 'plan.json')
  const outcome = await run(parsePlan(readFileSync(path, 'utf8'), path), {
    directory: at(name),
    inline: true,
  })
  expect(outcome).toMatchObject({ state: 'complete', digest: base.digest })
  expect(await verify(at(name), at('base'))).toMatchObject({ equal: true })
}

describe('a lane', () => {
  const HISTORY = /history of events/
  const LIVE = /live of events from offset \d+/
  it.each<[string, FaultAction, string, number, RegExp]>([
    ['throws', 'throw', 'slice-writing', 5, HISTORY],
    ['throws while it reads live', 'throw', 'live-read', 1, LIVE],
    ['exits', 'exit', 'slice-sealed', 5, HISTORY],
    ['runs out of heap', 'heap', 'slice-writing', 5, /ran out of heap.*reading history of events/],
  ])('that %s ends the run and says what it was reading', async (name, action, point, nth, reading) => {
    const run = name.replaceAll(' ', '-')
    const ended = await runHindcast(['run', world.jobFile, '--run', at(run)], {
      env: faultAt(point, nth, action),
    })
    expect(ended.signal, ended.stderr).toBeNull()
    expect(ended.stderr).toMatch(/^error lane-failed: lane \d/m)
    expect(ended.stderr).toMatch(reading)
    expect(ended.stderr).toMatch(/partitions? \d/)
    expect(ended.stderr).toMatch(/run the same command again/i)
    expect(ended.code).toBe(70)
    expect(ERROR_CATALOGUE['lane-failed'].kind).toBe('bug')
    await resumed(run)
  })
})

describe('a feature store that is gone when a run goes on', () => {
  it('is named, and back again it is used', async () => {
    const loaded = await runHindcast([
      'features',
      'load',
      at('store'),
      '--table',
      'stats',
      '--key',
      'key',
      '--time',
      'known:ms',
      at('features/k.parquet'),
    ])
    expect(loaded.code, loaded.stderr).toBe(0)
    const features = {
      stats: { from: { store: 'store', table: 'stats', columns: ['n', 'share'] }, on: ['k'], maxAge: '12h' },
    }
    const job = writeJob(world, 'store.yaml', { features, limits: { lanes: 2 } })
    const args = ['run', job, '--run', at('by-store')]
    expect((await runHindcast(args, { env: killAt('manifest-appended', 3) })).signal).toBe('SIGKILL')
    renameSync(at('store'), at('store-aside'))
    const ended = await runHindcast(args)
    renameSync(at('store-aside'), at('store'))
    expect(ended.code, ended.stderr).not.toBe(0)
    expect(ended.stderr).toMatch(/^error (store-failed|file-unreadable|file-changed): .*/m)
    expect(ended.stderr).toContain(at('store'))
    await resumed('by-store')
  })
})
