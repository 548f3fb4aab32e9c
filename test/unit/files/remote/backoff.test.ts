import { describe, expect, it } from 'vitest'
import { pauseMs, Tries } from '../../../../src/files/remote/backoff.ts'
import { LIMITS } from '../../../../src/limits.ts'

describe('pauseMs', () => {
  it('doubles up to its cap and is spread over half of it', () => {
    expect([1, 2, 3].map(failures => pauseMs(failures, 0))).toEqual([50, 100, 200])
    expect([1, 2, 3].map(failures => pauseMs(failures, 0.999))).toEqual([99.95, 199.9, 399.8])
    expect(pauseMs(1000, 0.5)).toBe(0.75 * LIMITS.remoteBackoffMsMax)
  })
})

describe('Tries', () => {
  it('ends at its deadline and gives no try more time than there is', async () => {
    const tries = new Tries({ deadlineMs: 200, attemptMs: 150 }, new AbortController().signal)
    expect(tries.attemptMs).toBe(150)
    let made = 0
    while (await tries.next()) made++
    expect(made).toBeGreaterThan(0)
    expect(made).toBe(tries.failures - 1)
    expect(tries.leftMs).toBeLessThan(200)
  })

  it('throws what it was ended with, also while it waits', async () => {
    const end = new AbortController()
    const tries = new Tries({ deadlineMs: 60_000, attemptMs: 1 }, end.signal)
    tries.failures = 10
    const waiting = tries.next()
    end.abort(new Error('closed'))
    await expect(waiting).rejects.toThrow('closed')
    await expect(tries.next()).rejects.toThrow('closed')
  })
})
