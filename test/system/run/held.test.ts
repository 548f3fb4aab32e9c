/**
 * Reorder buffers that do not fit their memory (C9): live is half a day out of order, and a lane has room for an hour or
 * two of it. The rest lies on disk; the digest is that of a run with memory for all, over kills and over a chain (C10),
 * and no file is left where nobody needs it.
 */

import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadJob, plan, type RunOptions, type RunOutcome, run, stream, verify } from '../../../src/index.ts'
import { heldDirectory, heldFilesOf } from '../../../src/lanes/index.ts'
import { readCheckpoint } from '../../../src/run/checkpoint.ts'
import { readManifest } from '../../../src/run/manifest.ts'
import { killAt, makeTempDirectory, removeTempDirectory, runHindcast } from '../../harness/index.ts'
import type { JobChanges, World } from './world.ts'
import { appendUntil, makeWorld, writeJob } from './world.ts'

const STREAM = { stream: { disorder: '12h' } }
/** Shared by so many lanes, memory for reorder buffers is some 220 KB each; there are partitions for four of them. */
const TIGHT = { ...STREAM, limits: { memory: '128MiB', lanes: 64 } }
const directory = makeTempDirectory()
const at = (name: string): string => join(directory, name)
let world: World
let base: RunOutcome

async function runJob(
  name: string,
  changes: JobChanges,
  options: Partial<RunOptions> = {},
): Promise<RunOutcome> {
  const job = writeJob(world, `${name}.json`, changes)
  return run(await plan(await loadJob(job)), { directory: at(name), inline: true, ...options })
}

beforeAll(async () => {
  world = await makeWorld(directory, { seed: 3, historyRows: 4000, liveRows: 80_000, liveShare: 0.95 })
  await runJob('first', { ...TIGHT, live: { stop: { 'caught-up': true, hold: true } } })
  await appendUntil(world, 1)
  base = await runJob('base', STREAM)
})
afterAll(() => removeTempDirectory(directory))

const heldFiles = (name: string): string[] =>
  existsSync(heldDirectory(at(name))) ? readdirSync(heldDirectory(at(name))).toSorted() : []

/** What the newest checkpoint of a run names. */
function namedFiles(name: string): string[] {
  const last = readManifest(at(name))!.slices.at(-1)!
  const { snapshots } = readCheckpoint(at(name), last.slice)
  return snapshots.flatMap(bytes => (bytes.length === 0 ? [] : heldFilesOf(bytes))).toSorted()
}

describe('reorder buffers on disk', () => {
  it('are needed by these runs, and not by the one with memory for all', () => {
    expect(namedFiles('first').length).toBeGreaterThan(0)
    expect(heldFiles('base')).toEqual([])
  })

  it('give the same over kills while they are written and behind a checkpoint that names some', async () => {
    const args = ['run', writeJob(world, 'killed.json', TIGHT), '--run', at('killed'), '--json']
    const writing = await runHindcast(args, { env: killAt('held-spilled', 2) })
    expect(writing.signal, writing.stderr).toBe('SIGKILL')
    const left = heldFiles('killed')
    expect(left.length).toBeGreaterThan(0)
    for (let named = 0; named === 0; ) {
      const killed = await runHindcast(args, { env: killAt('manifest-appended', 1) })
      expect(killed.signal, killed.stderr).toBe('SIGKILL')
      named = namedFiles('killed').length
    }
    expect(heldFiles('killed')).toEqual(expect.arrayContaining(namedFiles('killed')))
    const ended = await runHindcast(args)
    expect(ended.code, ended.stderr).toBe(0)
    expect(await verify(at('killed'), at('base'))).toMatchObject({ equal: true, digest: base.digest })
    expect(existsSync(heldDirectory(at('killed')))).toBe(false)
  })

  it('are taken over by the run that goes on', async () => {
    const before = heldFiles('first')
    expect(before).toEqual(namedFiles('first')) // and no more than that is left of a run that holds
    await runJob('second', TIGHT, { after: at('first') })
    expect(await verify(at('second'), at('base'))).toMatchObject({ equal: true, digest: base.digest })
    expect(heldFiles('first')).toEqual(before)
    expect(existsSync(heldDirectory(at('second')))).toBe(false)
  })

  it('are missed by name', async () => {
    const job = writeJob(world, 'lost.json', TIGHT)
    const args = ['run', job, '--run', at('lost'), '--json']
    const killed = await runHindcast([...args, '--after', at('first')], {
      env: killAt('manifest-appended', 1),
    })
    expect(killed.signal, killed.stderr).toBe('SIGKILL')
    const [lost] = namedFiles('lost')
    expect(lost).toBeDefined()
    rmSync(join(heldDirectory(at('lost')), lost!))
    const ended = await runHindcast(args)
    expect(ended.code).toBe(3)
    expect(ended.stderr).toContain('output-corrupt')
    expect(ended.stderr).toContain(lost)
  })

  it('are used by stream() too', async () => {
    const pinned = await plan(await loadJob(writeJob(world, 'streamed.json', TIGHT)))
    let rows = 0
    for await (const { events, aside } of stream(pinned)) if (aside === null) rows += events.rows
    expect(rows).toBe(base.rows)
  })
})
