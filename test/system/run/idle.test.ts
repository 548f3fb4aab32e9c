/**
 * Idle streams (C2): what hangs on the clock is journaled before any output depends on it, so a run that is killed at
 * such a moment, and a replay of its journal in another directory, decide the same.
 *
 *     events  ├──── 6 h ──┤ idle …                    ├─ woken: some are late by now ─► 24 h
 *     clicks  ├──────────────── 12 h ──┤ …               ├──────────────────────────► 24 h
 */

import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Decision } from '../../../src/core/watermark/index.ts'
import { loadJob, type Plan, parsePlan, plan, type RunOutcome, run, verify } from '../../../src/index.ts'
import { readManifest } from '../../../src/run/manifest.ts'
import type { Child } from '../../harness/index.ts'
import {
  killAt,
  lastJsonLine,
  makeTempDirectory,
  removeTempDirectory,
  spawnHindcast,
  waitFor,
} from '../../harness/index.ts'
import type { OtherStream } from './other-stream.ts'
import { appendOther, makeOther } from './other-stream.ts'
import { expectedIds, readIds, readLines } from './samples.ts'
import type { World } from './world.ts'
import { appendUntil, HOUR, makeWorld, PARTITIONS, writeJob } from './world.ts'

const DEADLINE_MS = 60_000
/** Ordinal of the stream, behind clicks. */
const EVENTS = 1
const directory = makeTempDirectory()
const killed = join(directory, 'killed')
let world: World
let clicks: OtherStream
let jobFile: string
let outcome: RunOutcome

/** Decisions of all partitions, as they are on disk. */
function journalOf(run: string): Decision[] {
  const folder = join(run, 'checkpoint', 'journal')
  if (!existsSync(folder)) return []
  const lines = readdirSync(folder).flatMap(name =>
    readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1),
  )
  return lines.map(line => JSON.parse(line) as Decision)
}

function untilIdle(count: number): Promise<unknown> {
  const decided = (): boolean => journalOf(killed).filter(({ kind }) => kind === 'idle').length >= count
  return waitFor(decided, { what: `${count} partitions to be idle`, deadlineMs: DEADLINE_MS })
}

function start(fault: object): Child {
  return spawnHindcast(['run', jobFile, '--run', killed, '--json'], {
    env: { HINDCAST_FAULT: undefined, ...fault },
  })
}

/** Killed as it falls idle, again as it wakes, and then run to its end. */
beforeAll(async () => {
  world = await makeWorld(directory, { seed: 41, historyRows: 3000, liveRows: 3000, liveShare: 0.25 })
  clicks = await makeOther(world, 'clicks', { seed: 42, rows: 2000, live: { stop: 'never' } })
  await appendOther(world, clicks, 12)
  jobFile = writeJob(world, 'idle.yaml', {
    live: { stop: new Date(world.seamMs + 18 * HOUR).toISOString(), idleAfter: '200ms' },
    streams: { clicks: clicks.job },
    limits: { lanes: 1 },
  })
  expect((await start(killAt('journal-appended', 1)).ended).signal).toBe('SIGKILL')
  const second = start(killAt('journal-appended', PARTITIONS + 1))
  await untilIdle(PARTITIONS)
  await gatedBy(12)
  await appendUntil(world, 1)
  expect((await second.ended).signal).toBe('SIGKILL')
  const third = start({})
  await appendOther(world, clicks, 24)
  const ended = await third.ended
  expect(ended.code, ended.stderr).toBe(0)
  outcome = lastJsonLine<RunOutcome>(ended)
})
afterAll(() => removeTempDirectory(directory))

/** Clicks alone have taken the watermark so far that the slice before is sealed. */
function gatedBy(hours: number): Promise<unknown> {
  const endMs = world.seamMs + 6 * HOUR * Math.floor((hours - 1) / 6)
  const sealed = (): boolean => (readManifest(killed)?.slices ?? []).some(slice => slice.endMs >= endMs)
  return waitFor(sealed, { what: 'the other stream to go on alone', deadlineMs: DEADLINE_MS })
}

describe('a stream that falls idle', () => {
  it('lets the others go on, and what it brings behind them is late', async () => {
    expect(outcome).toMatchObject({ state: 'complete', seam: { proven: true } })
    expect(outcome.late).toBeGreaterThan(100)
    const late = readLines(killed, 'late').map(line => (JSON.parse(line) as { row: { id: number } }).row.id)
    expect(late).toHaveLength(outcome.late)
    const { ids } = await readIds(killed)
    const stopMs = world.seamMs + 18 * HOUR
    const due = new Set(world.arrival.filter(event => event.timeMs < stopMs).map(({ id }) => id))
    for (const event of world.history) due.add(event.id)
    const emittedOrLate = [...ids.flat(), ...late].toSorted((a, b) => a - b)
    expect(emittedOrLate).toEqual(
      expectedIds(world)
        .flat()
        .filter(id => due.has(id))
        .toSorted((a, b) => a - b),
    )
  })

  it('has decisions of its own only, wakes included', () => {
    const decisions = journalOf(killed)
    expect(decisions.filter(({ kind }) => kind === 'wake').length).toBeGreaterThanOrEqual(PARTITIONS)
    expect(decisions.every(({ stream }) => stream === EVENTS)).toBe(true)
  })

  it.each([1, 4])('decides the same when its journal is replayed elsewhere, with %i lanes', async lanes => {
    const replay = join(directory, `replay-${lanes}`)
    cpSync(join(killed, 'checkpoint', 'journal'), join(replay, 'checkpoint', 'journal'), { recursive: true })
    const replayed = await run(planOf(killed), { directory: replay, inline: true, lanes })
    expect(replayed).toMatchObject({ digest: outcome.digest, late: outcome.late })
    expect(await verify(replay, killed)).toMatchObject({ equal: true })
    expect(readLines(replay, 'late').toSorted()).toEqual(readLines(killed, 'late').toSorted())
    expect(journalOf(replay)).toEqual(journalOf(killed))
  })

  it('decides otherwise where the clock does', async () => {
    const fresh = await run(await plan(await loadJob(jobFile)), {
      directory: join(directory, 'fresh'),
      inline: true,
    })
    expect(fresh.late).toBe(0)
    expect(fresh.digest).not.toBe(outcome.digest)
  })
})

function planOf(run: string): Plan {
  const path = join(run, 'plan.json')
  return parsePlan(readFileSync(path, 'utf8'), path)
}
