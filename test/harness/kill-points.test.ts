/**
 * The kill driver, on a small program that passes the fault points of a real run.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { lastJsonLine } from './child.ts'
import { type KilledRun, type KillPoint, killAt, runWithKills } from './kill-points.ts'
import { withTempDirectory } from './temp-directory.ts'

const PROGRAM = fileURLToPath(new URL('fixture/counting-run.ts', import.meta.url))

interface Seen {
  readonly run: KilledRun
  readonly numbers: string
}

function runCounting(
  steps: number,
  points: readonly KillPoint[],
  args: readonly string[] = [],
): Promise<Seen> {
  return withTempDirectory(async parent => {
    const directory = join(parent, 'run')
    const run = await runWithKills(String(steps), points, { directory, program: PROGRAM, args })
    return { run, numbers: readFileSync(join(directory, 'numbers'), 'utf8').trim().replaceAll('\n', ' ') }
  })
}

describe('runWithKills', () => {
  it('without points runs once', async () => {
    const { run, numbers } = await runCounting(3, [])
    expect(numbers).toBe('1 2 3')
    expect(run).toMatchObject({ killed: [], unreached: [], outcome: { code: 0 } })
  })

  it('kills at each point in turn and resumes what was left', async () => {
    const points = [
      { name: 'run-started', nth: 1 },
      { name: 'slice-sealed', nth: 2 },
      { name: 'slice-writing', nth: 2 },
    ]
    const { run, numbers } = await runCounting(5, points)
    expect(run.killed).toEqual(points)
    expect(lastJsonLine(run.outcome!)).toEqual({ state: 'done', resumedAt: 3 })
    expect(numbers).toBe('1 2 3 4 5')
  })

  it('says which points were not reached', async () => {
    const points = [
      { name: 'slice-sealed', nth: 1 },
      { name: 'slice-sealed', nth: 9 },
      { name: 'slice-sealed', nth: 1 },
    ]
    const { run } = await runCounting(3, points)
    expect(run.killed).toEqual(points.slice(0, 1))
    expect(run.unreached).toEqual(points.slice(1))
    expect(lastJsonLine(run.outcome!)).toEqual({ state: 'done', resumedAt: 1 })
  })

  it('takes a kill after the last step for a finished run', async () => {
    const { run, numbers } = await runCounting(2, [{ name: 'slice-sealed', nth: 2 }])
    expect(run).toMatchObject({ unreached: [], outcome: null })
    expect(numbers).toBe('1 2')
  })

  it('throws when an attempt fails by itself', async () => {
    await expect(runCounting(3, [{ name: 'slice-sealed', nth: 3 }], ['--fail', '2'])).rejects.toThrow(
      /slice-sealed:3 ended with exit code 3\nfailed at 2/,
    )
  })
})

describe('killAt', () => {
  it('makes the variable, and refuses what the program would not understand', () => {
    expect(killAt('slice-sealed', 2)).toEqual({ HINDCAST_FAULT: 'slice-sealed:2:kill' })
    for (const [name, nth] of [
      ['', 1],
      ['a:b', 1],
      ['a', 0],
      ['a', 1.5],
    ] as const) {
      expect(() => killAt(name, nth)).toThrow('no kill point')
    }
  })
})
