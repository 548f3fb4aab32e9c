/**
 * Files that change under a run (C8), while it is going on: the error names the file, nothing of the changed file is
 * mixed in, and with the file as it was the same command ends with the digest of the undisturbed run.
 */

import {
  appendFileSync,
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadJob, parsePlan, plan, type RunOutcome, run, verify } from '../../../src/index.ts'
import { readManifest } from '../../../src/run/manifest.ts'
import type { Ended } from '../../harness/index.ts'
import {
  killAt,
  makeTempDirectory,
  removeTempDirectory,
  runHindcast,
  spawnHindcast,
} from '../../harness/index.ts'
import { faultAt, untilStopped } from './faults.ts'
import type { World } from './world.ts'
import { appendUntil, makeWorld } from './world.ts'

/** Whole seconds, so that setting it again gives the same time to the nanosecond. */
const WRITTEN_S = 1_700_000_000
const directory = makeTempDirectory()
const at = (name: string): string => join(directory, name)
/** The one that is read last: not yet open when the first events leave. */
const last = at('history/f3.parquet')
const aside = at('f3.aside')
let world: World
let base: RunOutcome

beforeAll(async () => {
  const job = { limits: { lanes: 2 } }
  world = await makeWorld(directory, { seed: 61, historyRows: 4000, liveRows: 1000, liveShare: 0.5, job })
  await appendUntil(world, 1) // so that the first batch of a partition is not its last, where damage is a torn tail
  for (const f of [0, 1, 2, 3]) utimesSync(at(`history/f${f}.parquet`), WRITTEN_S, WRITTEN_S)
  base = await run(await plan(await loadJob(world.jobFile)), { directory: at('base'), inline: true })
})
afterAll(() => removeTempDirectory(directory))

/** Changes something after the plan was made and before anything is read, in the life of one process. */
async function changedAtStart(name: string, change: () => void): Promise<Ended> {
  const child = spawnHindcast(['run', world.jobFile, '--run', at(name)], {
    env: faultAt('run-started', 1, 'stop'),
  })
  await untilStopped(child)
  change()
  child.kill('SIGCONT')
  return child.ended
}

/** Changes something when slices are sealed and others are not: the run was killed, and the same command goes on. */
async function changedBetween(name: string, change: () => void): Promise<Ended> {
  const args = ['run', world.jobFile, '--run', at(name)]
  const killed = await runHindcast(args, { env: killAt('manifest-appended', 3) })
  expect(killed.signal, killed.stderr).toBe('SIGKILL')
  expect(readManifest(at(name))!.slices.length).toBeLessThan(16)
  change()
  return runHindcast(args)
}

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

function expectChanged(ended: Ended): void {
  expect(ended.code, ended.stderr).toBe(3)
  expect(ended.stderr).toContain('file-changed')
  expect(ended.stderr).toContain('f3.parquet')
}

describe('a pinned file', () => {
  it('that is replaced by another is file-changed', async () => {
    const ended = await changedAtStart('replaced', () => {
      renameSync(last, aside)
      copyFileSync(at('history/f2.parquet'), last)
      utimesSync(last, WRITTEN_S, WRITTEN_S)
    })
    renameSync(aside, last)
    expectChanged(ended)
    await resumed('replaced')
  })

  it('that is appended to is file-changed', async () => {
    const { size } = statSync(last)
    const ended = await changedBetween('appended', () => appendFileSync(last, 'more'))
    truncateSync(last, size)
    utimesSync(last, WRITTEN_S, WRITTEN_S)
    expectChanged(ended)
    await resumed('appended')
  })

  it('that is deleted is file-changed', async () => {
    const ended = await changedBetween('deleted', () => renameSync(last, aside))
    renameSync(aside, last)
    expectChanged(ended)
    await resumed('deleted')
  })

  it('of the same length and time but with damaged pages is file-corrupt', async () => {
    const restore = overwrite(last, 4, Buffer.alloc(64, 0xff))
    const ended = await runHindcast(['run', world.jobFile, '--run', at('damaged')])
    restore()
    expect(ended.code, ended.stderr).toBe(3)
    expect(ended.stderr).toContain('file-corrupt')
    expect(ended.stderr).toContain('f3.parquet')
    await resumed('damaged')
  })
})

describe('the live log', () => {
  it('with a damaged record is log-corrupt, and whole again it is read on', async () => {
    const restore = overwrite(at('log/partition-2/00000000000000000000.log'), 200, Buffer.alloc(1, 0xff))
    const early = await runHindcast(['plan', world.jobFile])
    restore()
    expect(early.code, early.stderr).toBe(3)
    expect(early.stderr).toContain('log-corrupt')
    let restoreAgain = (): void => {}
    const ended = await changedBetween('bad-log', () => {
      restoreAgain = overwrite(at('log/partition-2/00000000000000000000.log'), 200, Buffer.alloc(1, 0xff))
    })
    restoreAgain()
    expect(ended.code, ended.stderr).toBe(3)
    expect(ended.stderr).toContain('log-corrupt')
    await resumed('bad-log')
  })

  it('that was made anew is refused by name', async () => {
    const path = at('log/meta.json')
    const meta = readFileSync(path, 'utf8')
    const ended = await changedBetween('new-log', () => {
      writeFileSync(path, JSON.stringify({ ...(JSON.parse(meta) as object), id: 'another' }))
    })
    writeFileSync(path, meta)
    expect(ended.code, ended.stderr).toBe(3)
    expect(ended.stderr).toMatch(/file-changed: the log was made anew/)
    await resumed('new-log')
  })
})

/** Overwrites a part of a file and leaves its length and time; the function undoes it. */
function overwrite(path: string, offset: number, bytes: Uint8Array): () => void {
  const before = readFileSync(path).subarray(offset, offset + bytes.length)
  const write = (content: Uint8Array): void => {
    const fd = openSync(path, 'r+')
    writeSync(fd, content, 0, content.length, offset)
    closeSync(fd)
    utimesSync(path, WRITTEN_S, WRITTEN_S)
  }
  write(bytes)
  return () => write(before)
}
