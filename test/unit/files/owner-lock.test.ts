import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ownerOf, takeOwnerLock } from '../../../src/files/index.ts'
import { spawnProgram, withTempDirectory } from '../../harness/index.ts'

describe('owner lock', () => {
  it('is held once, and again after it was released', () =>
    withTempDirectory(directory => {
      const path = join(directory, 'lock')
      const first = takeOwnerLock(path)
      expect(first.held).toBe(true)
      expect(takeOwnerLock(path)).toEqual({ held: false, ownerPid: process.pid })
      if (first.held) first.release()
      expect(readdirSync(directory)).toEqual([])
      expect(takeOwnerLock(path).held).toBe(true)
    }))

  it('is taken over from a dead owner, also when its pid lives on in another process', () =>
    withTempDirectory(async directory => {
      const gone = spawnProgram('-e', [''])
      await gone.ended
      writeFileSync(join(directory, `lock.${gone.pid}-a`), JSON.stringify({ pid: gone.pid, started: '1' }))
      writeFileSync(
        join(directory, `lock.${process.pid}-b`),
        JSON.stringify({ pid: process.pid, started: '1' }),
      )
      writeFileSync(join(directory, 'lock.9-c'), 'half a fi')
      expect(takeOwnerLock(join(directory, 'lock')).held).toBe(true)
      expect(readdirSync(directory)).toHaveLength(1)
    }))

  it('can be looked at without being in the way', () =>
    withTempDirectory(directory => {
      const path = join(directory, 'lock')
      expect(ownerOf(path)).toBeNull()
      expect(ownerOf(join(directory, 'nowhere/lock'))).toBeNull()
      writeFileSync(join(directory, 'lock.7-dead'), JSON.stringify({ pid: process.pid, started: '1' }))
      expect(ownerOf(path)).toBeNull()
      const lock = takeOwnerLock(path)
      expect(ownerOf(path)).toBe(process.pid)
      if (lock.held) lock.release()
      expect(ownerOf(path)).toBeNull()
    }))

  it('leaves alone what only looks alike', () =>
    withTempDirectory(directory => {
      writeFileSync(join(directory, 'locks.1-a'), '{}')
      expect(takeOwnerLock(join(directory, 'lock')).held).toBe(true)
      expect(readdirSync(directory)).toContain('locks.1-a')
    }))
})
