/**
 * Runs that are asked to stop, and runs that never stop by themselves: SIGINT and SIGTERM end them after a clean
 * checkpoint, the same command goes on, and a second process stays out while one is there.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { loadJob, plan, type RunOutcome, run, verify } from '../../../src/index.ts'
import type { ManifestSlice } from '../../../src/run/manifest.ts'
import { readManifest } from '../../../src/run/manifest.ts'
import type { Child } from '../../harness/index.ts'
import {
  endChildren,
  lastJsonLine,
  makeTempDirectory,
  removeTempDirectory,
  runHindcast,
  spawnHindcast,
  spawnProgram,
  waitFor,
} from '../../harness/index.ts'
import { faultAt, untilStopped } from './faults.ts'
import type { World } from './world.ts'
import { appendUntil, HOUR, makeWorld, writeJob } from './world.ts'

const WRITER = new URL('arrival-writer.ts', import.meta.url).pathname
const directory = makeTempDirectory()
const at = (name: string): string => join(directory, name)
let world: World

beforeAll(async () => {
  world = await makeWorld(directory, {
    seed: 81,
    historyRows: 4000,
    liveRows: 4000,
    lateRows: 40,
    liveShare: 0.3,
    job: { limits: { lanes: 2 } },
  })
})
afterEach(endChildren)
afterAll(() => removeTempDirectory(directory))

function slicesOf(name: string): readonly ManifestSlice[] {
  return readManifest(at(name))?.slices ?? []
}

function untilSealed(child: Child, name: string, endMs: number): Promise<unknown> {
  const sealed = (): boolean => !child.isRunning || slicesOf(name).some(slice => slice.endMs >= endMs)
  return waitFor(sealed, { what: `${name} to be sealed up to ${endMs}`, deadlineMs: 90_000 })
}

describe('a run that follows a log while another process appends to it', () => {
  it('ends cleanly on SIGTERM, goes on, and has sealed what one long run seals', async () => {
    const job = writeJob(world, 'follow.yaml', { live: { stop: 'never' }, limits: { lanes: 2 } })
    const args = ['run', job, '--run', at('follow'), '--json']
    const first = spawnHindcast(args)
    const from = world.appended.rows
    const half = Math.floor((from + world.arrival.length) / 2)
    await append(from, half)
    await untilSealed(first, 'follow', world.seamMs + 6 * HOUR)
    first.kill('SIGTERM')
    const stopped = await first.ended
    expect(stopped.code, stopped.stderr).toBe(143)
    expect(lastJsonLine<RunOutcome>(stopped).state).toBe('interrupted')

    const second = spawnHindcast(args)
    await append(half, world.arrival.length)
    await untilSealed(second, 'follow', world.seamMs + 18 * HOUR)
    second.kill('SIGINT')
    expect((await second.ended).code).toBe(130)

    await run(await plan(await loadJob(world.jobFile)), { directory: at('long'), inline: true })
    const sealed = slicesOf('follow')
    expect(sealed.length).toBeGreaterThanOrEqual(15)
    expect(sealed.map(contentOf)).toEqual(slicesOf('long').slice(0, sealed.length).map(contentOf))
    expect(await verify(at('follow'))).toMatchObject({ equal: true })
  })

  it('can be gone on from by a run that ends', async () => {
    const ended = await runHindcast([
      'run',
      world.jobFile,
      '--run',
      at('behind'),
      '--after',
      at('follow'),
      '--json',
    ])
    expect(ended.code, ended.stderr).toBe(0)
    expect(await verify(at('behind'), at('long'))).toMatchObject({ equal: true })
  })
})

/** Has a process of its own append events of the arrival, a few at a time. */
async function append(from: number, to: number): Promise<void> {
  const file = at(`events-${from}.json`)
  writeFileSync(file, JSON.stringify(world.arrival.slice(from, to)))
  const ended = await spawnProgram(WRITER, [at('log'), file, '150']).ended
  expect(ended.code, ended.stderr).toBe(0)
  world.appended.rows = to
}

/** All that does not depend on how it was written. */
function contentOf({ slice, endMs, partitions }: ManifestSlice): unknown {
  return {
    slice,
    endMs,
    partitions: partitions.map(({ rows, digest, late, offsetNext }) => ({ rows, digest, late, offsetNext })),
  }
}

describe('a run directory', () => {
  it('belongs to one process: a second one is told which, and a signal ends the first', async () => {
    await appendUntil(world, 1)
    const args = ['run', world.jobFile, '--run', at('locked'), '--json']
    const first = spawnHindcast(args, { env: faultAt('history-read', 1, 'stop') })
    await untilStopped(first)
    const second = await runHindcast(args)
    expect(second.code).toBe(75)
    expect(second.stderr).toMatch(new RegExp(`run-locked: process ${first.pid} is running`))
    first.kill('SIGINT')
    first.kill('SIGCONT')
    const stopped = await first.ended
    expect(stopped.code, stopped.stderr).toBe(130)
    expect(stopped.stderr).toContain('SIGINT: stopping after a checkpoint')
    const ended = await runHindcast(args)
    expect(ended.code, ended.stderr).toBe(0)
    expect(await verify(at('locked'), at('long'))).toMatchObject({ equal: true })
  })
})
