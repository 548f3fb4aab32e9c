/**
 * kill -9 at seeded points of a run, then resume: the digests of the undisturbed run, nothing lost, doubled or out of
 * order (C6, C7). HINDCAST_KILLS says at how many points; each disturbed run is killed three times.
 */

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadJob } from '../../../src/job/index.ts'
import { FAULT_POINTS } from '../../../src/lanes/index.ts'
import { planJob, verifyRun } from '../../../src/run/index.ts'
import { planSpans } from '../../../src/run/span-plan.ts'
import type { KillPoint } from '../../harness/index.ts'
import {
  lastJsonLine,
  makeTempDirectory,
  removeTempDirectory,
  runHindcast,
  runWithKills,
} from '../../harness/index.ts'
import { deviationOf, expectedIds, readIds } from './samples.ts'
import { seededRandom } from './seeded-random.ts'
import type { World } from './world.ts'
import { makeWorld } from './world.ts'

const KILLS = Number(process.env.HINDCAST_KILLS ?? 6)
const SEED = Number(process.env.HINDCAST_SEED ?? 20240101)
const KILLS_PER_RUN = 3
/** Passes that a run of this world makes at most of a point: enough that most draws are reached. */
const NTH_MAX: Partial<Record<(typeof FAULT_POINTS)[number], number>> = {
  'run-started': 1,
  'report-written': 1,
  'seam-crossed': 2,
  'history-read': 1,
  'checkpoint-written': 6,
  'manifest-appended': 6,
  'live-read': 2,
}

/** Lanes own partitions from the start, or read spans of history first. */
const HISTORIES = [
  { history: 'files that overlap', filesFollow: false },
  { history: 'files that follow one another', filesFollow: true },
] as const

/** Every point comes up before one comes up again. */
function drawPoints(): KillPoint[] {
  const random = seededRandom(SEED)
  const points = FAULT_POINTS.filter(name => name !== 'journal-appended' && name !== 'held-spilled')
  return Array.from({ length: KILLS }, (_, i) => {
    const name = points[(i * 5 + 3) % points.length]!
    return { name, nth: 1 + Math.floor(random() * (NTH_MAX[name] ?? 12)) }
  })
}

const draws = drawPoints()
const runs = Array.from({ length: Math.ceil(draws.length / KILLS_PER_RUN) }, (_, i) =>
  draws.slice(i * KILLS_PER_RUN, (i + 1) * KILLS_PER_RUN),
)

describe.each(HISTORIES)(`kill -9 at ${KILLS} points, seed ${SEED}, of $history`, ({ filesFollow }) => {
  const directory = makeTempDirectory()
  let world: World
  let digest: string
  let killedTimes = 0

  beforeAll(async () => {
    world = await makeWorld(directory, {
      seed: SEED,
      historyRows: 20_000,
      liveRows: 10_000,
      filesFollow,
      job: { limits: { lanes: 2 } },
    })
    const ended = await runHindcast(['run', world.jobFile, '--run', join(directory, 'base'), '--json'])
    expect(ended.code, ended.stderr).toBe(0)
    digest = lastJsonLine<{ digest: string }>(ended).digest
  })
  afterAll(() => removeTempDirectory(directory))

  it('has lanes read spans where that pays', async () => {
    const plan = await planJob(await loadJob(world.jobFile))
    const spans = planSpans(plan, { sliceStartMs: null, snapshots: [null, null, null, null] }, 2, {
      historyBytes: 2 ** 26,
    })
    expect(spans?.spans.length ?? 0).toBe(filesFollow ? 2 : 0)
  })

  it.each(
    runs.map(points => [points.map(point => `${point.name}:${point.nth}`).join(', '), points] as const),
  )('killed at %s, it ends as the undisturbed run', async (name, points) => {
    const run = join(directory, name.replaceAll(/\W+/g, '-'))
    const killed = await runWithKills(world.jobFile, points, { directory: run })
    expect(killed.killed.length).toBeGreaterThan(0)
    killedTimes += killed.killed.length
    const { ids } = await readIds(run)
    expect(deviationOf(ids, expectedIds(world))).toEqual({ lost: 0, doubled: 0, outOfOrder: 0 })
    expect(await verifyRun(run, join(directory, 'base'))).toMatchObject({ equal: true, digest })
  })

  it('was killed at most of them', () => {
    expect(killedTimes).toBeGreaterThanOrEqual(Math.ceil(0.7 * KILLS))
  })
})
