/**
 * Lanes that read spans of history side by side give what lanes give that own partitions (C7): the same digest, offsets
 * without a hole, each bad row in quarantine once; killed or not.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadJob } from '../../../src/job/index.ts'
import type { Plan } from '../../../src/plan/index.ts'
import type { RunOptions, RunOutcome } from '../../../src/run/index.ts'
import { planJob, runPlan } from '../../../src/run/index.ts'
import { planSpans } from '../../../src/run/span-plan.ts'
import { makeTempDirectory, removeTempDirectory } from '../../harness/index.ts'
import { expectedIds, readIds } from './samples.ts'
import type { World } from './world.ts'
import { makeWorld } from './world.ts'

const directory = makeTempDirectory()
let world: World
let plan: Plan
let owned: RunOutcome

beforeAll(async () => {
  world = await makeWorld(directory, { seed: 11, historyRows: 40_000, liveRows: 5_000 })
  plan = await planJob(await loadJob(world.jobFile))
  owned = await runPlan(plan, { directory: join(directory, 'owned'), spanRows: 0 })
})
afterAll(() => removeTempDirectory(directory))

const quarantined = (name: string): string[] => {
  const folder = join(directory, name, 'quarantine', 'events')
  return readdirSync(folder).flatMap(file => readFileSync(join(folder, file), 'utf8').trim().split('\n'))
}

describe('spans of history', () => {
  it('reach up to where the seam begins to compare, in whole slices', () => {
    const point = { sliceStartMs: null, snapshots: [null, null, null, null] }
    const { spans, untilMs } = planSpans(plan, point, 2, { historyBytes: 2 ** 28, spanRows: 5000 })!
    expect(spans.length).toBeGreaterThan(5)
    expect(spans.map(({ fromMs }) => fromMs).slice(1)).toEqual(
      spans.map(({ untilMs: end }) => end).slice(0, -1),
    )
    const { sliceMs } = plan.job.output
    expect(spans.every(({ fromMs }) => (fromMs - spans[0]!.fromMs) % sliceMs === 0)).toBe(true)
    const { atMs, overlapMs } = plan.job.streams[0]!.seam as { atMs: number; overlapMs: number }
    expect(untilMs).toBeLessThanOrEqual(atMs - overlapMs)
    expect(untilMs).toBeGreaterThan(atMs - overlapMs - sliceMs)
  })

  it.each<[string, Partial<RunOptions>]>([
    ['many of them, two lanes', { spanRows: 3000, lanes: 2 }],
    ['many of them, one lane', { spanRows: 3000, lanes: 1 }],
    ['one for each of four lanes', { spanRows: 10_000, lanes: 4 }],
    ['one for all', { spanRows: 1e9, lanes: 2 }],
    ['lanes in this thread', { spanRows: 6000, lanes: 2, inline: true }],
    ['small emissions', { spanRows: 6000, lanes: 2, emissionRows: 700 }],
  ])('give what lanes give that own partitions: %s', async (name, options) => {
    const run = join(directory, name.replaceAll(' ', '-'))
    const outcome = await runPlan(plan, { directory: run, ...options })
    expect(outcome).toMatchObject({ digest: owned.digest, rows: owned.rows, quarantined: world.badRows })
    const { ids, offsets } = await readIds(run)
    expect(ids).toEqual(expectedIds(world))
    for (const partition of offsets) expect(partition).toEqual(partition.map((_, i) => i))
    expect(quarantined(name.replaceAll(' ', '-')).sort()).toEqual(quarantined('owned').sort())
  })

  it('that are left when a run is stopped are read by the next one', async () => {
    const run = join(directory, 'stopped')
    for (let stops = 0; ; stops++) {
      const abort = new AbortController()
      const stopAt = 6000 * (stops + 1)
      const onProgress: RunOptions['onProgress'] = ({ rows }) => {
        if (rows > stopAt) abort.abort()
      }
      const options = { directory: run, spanRows: 4000, lanes: 2, signal: abort.signal, onProgress }
      const outcome = await runPlan(plan, options)
      if (outcome.state === 'interrupted' && stops < 20) continue
      expect(outcome).toMatchObject({ state: 'complete', digest: owned.digest })
      break
    }
  })
})
