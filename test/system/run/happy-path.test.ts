/**
 * One run from files to samples over the seam, against the truth; and the same plan with other lanes, batches and
 * memory: the same digest (C1, C3, C6, C7).
 */

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadJob } from '../../../src/job/index.ts'
import type { Plan } from '../../../src/plan/index.ts'
import type { RunOutcome } from '../../../src/run/index.ts'
import { planJob, runPlan, verifyRun } from '../../../src/run/index.ts'
import { makeTempDirectory, readJsonFile, removeTempDirectory } from '../../harness/index.ts'
import { deviationOf, expectedIds, readIds } from './samples.ts'
import type { World } from './world.ts'
import { makeWorld } from './world.ts'

let world: World
let plan: Plan
let base: RunOutcome
const directory = makeTempDirectory()

beforeAll(async () => {
  world = await makeWorld(directory, { seed: 1, historyRows: 60_000, liveRows: 20_000 })
  plan = await planJob(await loadJob(world.jobFile))
  base = await runPlan(plan, { directory: join(directory, 'base'), lanes: 2 })
})
afterAll(() => removeTempDirectory(directory))

describe('a run over the seam', () => {
  it('emits every good event once, in order, with counted offsets', async () => {
    const { ids, offsets } = await readIds(join(directory, 'base'))
    expect(deviationOf(ids, expectedIds(world))).toEqual({ lost: 0, doubled: 0, outOfOrder: 0 })
    expect(ids).toEqual(expectedIds(world))
    for (const partition of offsets) expect(partition).toEqual(partition.map((_, i) => i))
    expect(base).toMatchObject({ state: 'complete', rows: 80_000, late: 0, quarantined: world.badRows })
  })

  it('proves the seam', () => {
    expect(base.seam).toMatchObject({ proven: true, by: 'time', gaps: 0 })
    expect(base.seam!.doubled).toBe(
      world.history.filter(event => event.timeMs >= world.seamMs - 3_600_000).length,
    )
    const certificate = readJsonFile<{ proven: boolean; partitions: unknown[] }>(
      directory,
      'base',
      'certificate.json',
    )
    expect(certificate).toMatchObject({ proven: true })
    expect(certificate.partitions).toHaveLength(4)
  })

  it('accounts for every lookup', () => {
    const { hit, absent, expired, unavailable } = base.features.stats!
    expect(hit + absent + expired + unavailable).toBe(80_000)
    expect(unavailable).toBe(0)
    expect(hit).toBeGreaterThan(50_000)
    expect(absent).toBeGreaterThan(0)
    expect(expired).toBeGreaterThan(0)
  })

  it('verifies against its own manifest', async () => {
    expect(await verifyRun(join(directory, 'base'))).toMatchObject({
      equal: true,
      rows: 80_000,
      digest: base.digest,
    })
  })

  it('leaves nothing behind that a run needs only while it runs', async () => {
    await expect(runPlan(plan, { directory: join(directory, 'base') })).rejects.toMatchObject({
      code: 'nothing-to-do',
    })
  })
})

describe('the same plan has the same digest', () => {
  it.each([
    ['1 lane', { lanes: 1 }],
    ['4 lanes', { lanes: 4 }],
    ['lanes in this thread', { lanes: 2, inline: true }],
    ['emissions of 100 rows', { lanes: 2, emissionRows: 100 }],
    ['emissions of 5,000 rows', { lanes: 3, emissionRows: 5000 }],
    ['emissions of a million rows', { lanes: 2, emissionRows: 1_000_000 }],
  ])('with %s', async (name, options) => {
    const outcome = await runPlan(plan, {
      directory: join(directory, name.replaceAll(/\W/g, '-')),
      ...options,
    })
    expect(outcome.digest).toBe(base.digest)
  })

  it('with the tightest memory limit', async () => {
    const job = { ...plan.job, limits: { ...plan.job.limits, memoryBytes: 128 * 1024 * 1024 } }
    const tight = await planJob(job)
    const outcome = await runPlan(tight, { directory: join(directory, 'tight'), lanes: 2 })
    expect(outcome.digest).toBe(base.digest)
  })
})
