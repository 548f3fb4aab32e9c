/**
 * A disk that fills up under a run, at several places: each ends as `disk-full`, exit 75, and with more room the same
 * command goes on; in the end the digest is that of a run with room enough. Needs a small tmpfs, so root.
 */

import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadJob, plan, type RunOutcome, run, verify } from '../../../src/index.ts'
import { makeTempDirectory, removeTempDirectory, runHindcast } from '../../harness/index.ts'
import type { World } from './world.ts'
import { makeWorld } from './world.ts'

const DISK_BYTES = 16 * 1024 * 1024
const directory = makeTempDirectory()
const disk = join(directory, 'disk')
const hasDisk = mountDisk()

function mountDisk(): boolean {
  mkdirSync(disk)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', disk])
  if (mounted.status === 0) return true
  console.warn(`the full-disk tests are skipped: no tmpfs can be mounted here (${String(mounted.stderr)})`)
  // Of tests that are left out, no hook is called.
  removeTempDirectory(directory)
  return false
}

afterAll(() => {
  if (hasDisk) spawnSync('umount', ['-l', disk])
  removeTempDirectory(directory)
})

/** Leaves so many bytes free: a ballast file takes the rest. */
function leaveFree(bytes: number): void {
  const ballast = join(disk, 'ballast')
  rmSync(ballast, { force: true })
  const { bavail, bsize } = statfsSync(disk)
  writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - bytes)))
}

describe.skipIf(!hasDisk)('a disk that fills up', () => {
  let world: World
  let base: RunOutcome
  beforeAll(async () => {
    const job = { limits: { lanes: 2 }, stream: { late: 'side' } }
    world = await makeWorld(directory, { seed: 91, historyRows: 4000, liveRows: 3000, lateRows: 60, job })
    base = await run(await plan(await loadJob(world.jobFile)), {
      directory: join(directory, 'base'),
      inline: true,
    })
  })

  it('is told as such wherever it happens, and the run goes on when there is room', async () => {
    const args = ['run', world.jobFile, '--run', join(disk, 'run'), '--json']
    for (const kilobytes of [0, 16, 64, 160, 320]) {
      leaveFree(kilobytes * 1024)
      const ended = await runHindcast(args)
      expect(ended.stderr, `${kilobytes} kB left`).toMatch(/^error disk-full: /m)
      expect(ended.code).toBe(75)
    }
    leaveFree(DISK_BYTES)
    const ended = await runHindcast(args)
    expect(ended.code, ended.stderr).toBe(0)
    expect(await verify(join(disk, 'run'), join(directory, 'base'))).toMatchObject({
      equal: true,
      digest: base.digest,
    })
  })
})
