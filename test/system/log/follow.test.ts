/**
 * Readers in this process follow a writer in another one: each sees every record once and in order, through rolling
 * segments, and the end when it comes.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createLog, openLogSource, openLogWriter } from '../../../src/live/index.ts'
import { endChildren, spawnProgram, withTempDirectory } from '../../harness/index.ts'
import { Follower } from './follower.ts'

const APPENDER = new URL('appender.ts', import.meta.url).pathname
const RECORDS = 4000

afterEach(endChildren)

describe('readers that follow a writer', () => {
  it('see every record exactly once, in order', () =>
    withTempDirectory(async parent => {
      const directory = join(parent, 'log')
      createLog(directory, { partitions: 2, key: ['k'], segmentBytes: 500_000 })
      const sources = [await openLogSource(directory), await openLogSource(directory)]
      const child = spawnProgram(APPENDER, [directory, '7', String(RECORDS)])
      const followers = sources.flatMap(source => [0, 1].map(partition => new Follower(source, partition)))
      await Promise.all(
        followers.map(async follower => {
          while (follower.offset < RECORDS) await follower.read(30_000)
        }),
      )
      expect(await child.ended).toMatchObject({ code: 0, stderr: '' })
      expect(followers.map(({ offset }) => offset)).toEqual([RECORDS, RECORDS, RECORDS, RECORDS])
      expect(readdirSync(join(directory, 'partition-0')).length).toBeGreaterThan(3)
      for (const source of sources) await source.close()
    }))

  it('are not in the way of the lock, but a second writer is refused until the first is dead', () =>
    withTempDirectory(async parent => {
      const directory = join(parent, 'log')
      createLog(directory, { partitions: 1, key: ['k'] })
      const child = spawnProgram(APPENDER, [directory, '7'])
      await child.untilStdout(/^ack/m)
      await expect(openLogWriter(directory)).rejects.toMatchObject({ code: 'log-locked' })
      await expect(openLogWriter(directory)).rejects.toThrow(`process ${child.pid} is writing`)
      child.kill('SIGKILL')
      await child.ended
      await (await openLogWriter(directory)).close()
    }))
})
