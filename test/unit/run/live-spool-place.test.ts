import { existsSync, mkdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../src/limits.ts'
import type { Plan, StreamPlan } from '../../../src/plan/index.ts'
import { checkSpoolBytes, isSpooled, removeSpools, spoolFolder } from '../../../src/run/live-spool-place.ts'
import { withTempDirectory } from '../../harness/index.ts'

describe('a spool of a run', () => {
  it('is there where the job asks for it, and there is a history to wait for', () => {
    const plan = {
      job: { streams: [{ live: { spool: true } }, { live: { spool: false } }] },
    } as unknown as Plan
    const stream = { ordinal: 0, live: {}, files: [{}] } as unknown as StreamPlan
    expect(isSpooled(plan, stream)).toBe(true)
    expect(isSpooled(plan, { ...stream, ordinal: 1 })).toBe(false)
    expect(isSpooled(plan, { ...stream, files: [] })).toBe(false)
    expect(isSpooled(plan, { ...stream, live: null })).toBe(false)
  })

  it('goes as a whole', () =>
    withTempDirectory(directory => {
      removeSpools(directory)
      mkdirSync(spoolFolder(directory, 3), { recursive: true })
      removeSpools(directory)
      expect(existsSync(spoolFolder(directory, 3))).toBe(false)
      expect(existsSync(directory)).toBe(true)
    }))

  it('has its bound', () => {
    checkSpoolBytes(LIMITS.spoolBytesMax, '/run')
    expect(() => checkSpoolBytes(LIMITS.spoolBytesMax + 1, '/run')).toThrow(
      expect.objectContaining({ code: 'limit-passed', where: { uri: '/run/spool' } }),
    )
  })
})
