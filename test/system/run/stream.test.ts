/** `stream()` gives what a run would write, in the same order, and ends cleanly when the consumer stops early. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadJob, type Plan, plan as planOf, stream, valueAt } from '../../../src/index.ts'
import { makeTempDirectory, removeTempDirectory } from '../../harness/index.ts'
import { expectedIds } from './samples.ts'
import type { World } from './world.ts'
import { makeWorld } from './world.ts'

let world: World
let plan: Plan
const directory = makeTempDirectory()

beforeAll(async () => {
  world = await makeWorld(directory, { seed: 4, historyRows: 8000, liveRows: 4000 })
  plan = await planOf(await loadJob(world.jobFile))
})
afterAll(() => removeTempDirectory(directory))

describe('stream', () => {
  it('yields history and live as one sequence a partition', async () => {
    const ids: number[][] = [[], [], [], []]
    for await (const { partition, events, aside } of stream(plan)) {
      expect(aside).toBeNull()
      for (let row = 0; row < events.rows; row++) {
        ids[partition]!.push(Number(valueAt(events.columns[0]!, events.schema[0]!.type, row)))
      }
    }
    expect(ids).toEqual(expectedIds(world))
  })

  it('streams the partitions asked for, and stops when the consumer does', async () => {
    let rows = 0
    for await (const { partition, events } of stream(plan, { partitions: [2] })) {
      expect(partition).toBe(2)
      rows += events.rows
      if (rows > 100) break
    }
    expect(rows).toBeGreaterThan(100)
    expect(rows).toBeLessThan(expectedIds(world)[2]!.length)
  })

  it('refuses a partition that is not there', async () => {
    await expect(stream(plan, { partitions: [4] }).next()).rejects.toMatchObject({ code: 'argument-invalid' })
  })
})
