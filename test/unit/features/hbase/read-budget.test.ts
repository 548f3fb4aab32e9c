import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BudgetClock, SharedBudget } from '../../../../src/features/hbase/read-budget.ts'
import { cases } from '../../../property/cases.ts'

/** Time goes on where somebody sleeps, and overshoots as `late` says. */
class TestClock implements BudgetClock {
  ms = 1000
  readonly #late: () => number
  readonly #sleepers: { until: number; wake: () => void }[] = []

  constructor(late: () => number = () => 0) {
    this.#late = late
  }

  now = () => this.ms

  sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((wake, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason))
      this.#sleepers.push({ until: this.ms + ms, wake })
    })

  /** Lets time pass until `done` is. */
  async drive(done: Promise<unknown>): Promise<void> {
    let isDone = false
    const finish = () => {
      isDone = true
    }
    done.then(finish, finish)
    while (!isDone) {
      for (let i = 0; i < 20; i++) await Promise.resolve()
      this.#sleepers.sort((a, b) => a.until - b.until)
      const next = this.#sleepers.shift()
      if (next === undefined) continue
      this.ms = Math.max(this.ms, next.until) + this.#late()
      next.wake()
    }
  }
}

describe('a budget of reads', () => {
  it('is never exceeded by more than 5 % in any second, however late timers are, and is used', async () => {
    const world = fc.record({
      rate: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 100, max: 50_000 })),
      delays: fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 30 }),
      calls: fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(60)), {
        minLength: 20,
        maxLength: 120,
      }),
      concurrency: fc.integer({ min: 1, max: 16 }),
    })
    await fc.assert(
      fc.asyncProperty(world, async ({ rate, delays, calls, concurrency }) => {
        let turn = 0
        // One timer in eight is late.
        const clock = new TestClock(() => (++turn % 8 === 0 ? delays[turn % delays.length]! : 0))
        const budget = new SharedBudget({ readsPerSecond: rate, concurrency }, clock)
        const starts: { at: number; rows: number }[] = []
        const all = calls.map(([share, ms]) => {
          const rows = Math.max(1, Math.floor(share * budget.rowsMax))
          return budget.spend(rows, async () => {
            starts.push({ at: clock.ms, rows })
            if (ms > 0) await clock.sleep(ms)
          })
        })
        await clock.drive(Promise.all(all))
        expect(starts).toHaveLength(calls.length)
        for (const { at } of starts) {
          const within = starts.filter(each => each.at >= at && each.at < at + 1000)
          const rows = within.reduce((sum, each) => sum + each.rows, 0)
          expect(rows).toBeLessThanOrEqual(Math.max(1, 1.05 * rate))
        }
      }),
      cases(),
    )
    const clock = new TestClock()
    const budget = new SharedBudget({ readsPerSecond: 2000, concurrency: 4 }, clock)
    const reads = Array.from({ length: 200 }, () => budget.spend(50, () => clock.sleep(5)))
    await clock.drive(Promise.all(reads))
    expect(clock.ms - 1000).toBeGreaterThan(4800)
    expect(clock.ms - 1000).toBeLessThan(5200)
    expect(budget.waitMs).toBeGreaterThan(0)
  })

  it('keeps so many calls under way, fewer while they are slow, and all again when they are not', async () => {
    const clock = new TestClock()
    const budget = new SharedBudget({ concurrency: 8 }, clock)
    let underWay = 0
    let most = 0
    const run = async (calls: number, ms: number) => {
      most = 0
      const work = async () => {
        most = Math.max(most, ++underWay)
        await clock.sleep(ms)
        underWay--
      }
      await clock.drive(Promise.all(Array.from({ length: calls }, () => budget.spend(100, work))))
    }
    await run(40, 30)
    expect([most, budget.limit]).toEqual([8, 8])
    await run(60, 500)
    expect(budget.limit).toBeLessThanOrEqual(2)
    await run(200, 30)
    expect(budget.limit).toBe(8)
  })

  it('goes on after work that failed and callers that left', async () => {
    const clock = new TestClock()
    const budget = new SharedBudget({ readsPerSecond: 10, concurrency: 1 }, clock)
    const left = new AbortController()
    const failing = budget.spend(1, () => Promise.reject(new Error('broken')))
    const leaving = budget.spend(1, () => Promise.resolve('no'), left.signal)
    const staying = budget.spend(1, () => Promise.resolve('yes'))
    const all = Promise.allSettled([failing, leaving, staying])
    left.abort(new Error('gone'))
    await clock.drive(all)
    expect(await all).toMatchObject([
      { reason: { message: 'broken' } },
      { reason: { message: 'gone' } },
      { value: 'yes' },
    ])
  })
})
