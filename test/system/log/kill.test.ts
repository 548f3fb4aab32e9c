/**
 * Writers killed with SIGKILL at seeded moments, one after another on the same log, while readers follow. Each time:
 * every acknowledged record is there once and in order, and nothing else but whole appends that were on their way.
 * HINDCAST_KILLS says how often (default 5).
 */
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createLog, openLogSource } from '../../../src/live/index.ts'
import { type Child, endChildren, spawnProgram, waitFor, withTempDirectory } from '../../harness/index.ts'
import { Follower } from './follower.ts'
import { randomFrom } from './random.ts'

const APPENDER = new URL('appender.ts', import.meta.url).pathname
const KILLS = Number(process.env.HINDCAST_KILLS ?? 5)
const PARTITIONS = 2

afterEach(endChildren)

/** What a child said of a partition. */
function said(child: Child, partition: number): { opened: number; tried: number[]; acknowledged: number } {
  const lines = child.stdout.slice(0, child.stdout.lastIndexOf('\n')).split('\n')
  const opened = Number(new RegExp(`^open.* ${partition}:(\\d+)`, 'm').exec(child.stdout)?.[1])
  const nexts = (word: string): number[] =>
    lines.filter(line => line.startsWith(`${word} ${partition} `)).map(line => Number(line.split(' ')[3]))
  return { opened, tried: nexts('try'), acknowledged: Math.max(opened, ...nexts('ack')) }
}

/** Has a writer killed some time after `acks` of its appends were acknowledged, and looks at what it left. */
async function killAfter(acks: number, directory: string, seed: number): Promise<void> {
  const child = spawnProgram(APPENDER, [directory, `${seed}`])
  const enough = () => child.stdout.split('\nack').length > acks || !child.isRunning
  await waitFor(enough, { what: `${acks} appends`, deadlineMs: 30_000 })
  child.kill('SIGKILL')
  expect(await child.ended, `appender with seed ${seed}`).toMatchObject({ signal: 'SIGKILL', stderr: '' })
  const source = await openLogSource(directory)
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const { opened, tried, acknowledged } = said(child, partition)
    const { first, next } = await source.ends(partition)
    expect(first).toBe(0)
    expect(next).toBeGreaterThanOrEqual(acknowledged)
    expect([opened, ...tried]).toContain(next)
    await new Follower(source, partition).readTo(next)
  }
  await source.close()
}

describe('a log whose writers are killed', () => {
  it('holds every acknowledged record once and in order, for readers old and new', () =>
    withTempDirectory(async parent => {
      const seed = Number(process.env.HINDCAST_SEED ?? 1)
      const random = randomFrom(seed)
      const directory = join(parent, 'log')
      createLog(directory, { partitions: PARTITIONS, key: ['k'], segmentBytes: 300_000 })
      const source = await openLogSource(directory)
      const followers = Array.from({ length: PARTITIONS }, (_, partition) => new Follower(source, partition))
      const stop = new AbortController()
      const following = Promise.all(followers.map(follower => follower.follow(stop.signal)))
      following.catch(() => stop.abort())
      try {
        for (let kill = 0; kill < KILLS; kill++) {
          const acks = 1 + Math.floor(random() * 60)
          await killAfter(acks, directory, seed * 1000 + kill)
        }
        const ends = await Promise.all(followers.map((_, partition) => source.ends(partition)))
        const there = () =>
          stop.signal.aborted || followers.every(({ offset }, i) => offset === ends[i]!.next)
        await waitFor(there, { what: 'the followers to reach the end', deadlineMs: 10_000 })
      } finally {
        stop.abort()
        await following
        await source.close()
      }
    }))
})
