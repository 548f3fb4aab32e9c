/**
 * A broker that is killed while a run sends, in the middle of a transaction: others lead and coordinate, and each sample
 * is in the topic once, in order. Three brokers: with HINDCAST_FULL=1.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isSoak } from '../../../scripts/test/tiers.ts'
import { makeTempDirectory, removeTempDirectory, spawnHindcast, waitFor } from '../../harness/index.ts'
import { withKafka } from '../kafka/kafka-fixture.ts'
import { PARTITIONS } from '../run/world.ts'
import { makeSinkWorld, type SinkWorld, valuesOf, writeSinkJob } from './sink-world.ts'
import { topicContents } from './topic-contents.ts'

describe.skipIf(!isSoak())('a broker dies while samples are sent', () => {
  const kafka = withKafka({ brokers: 3 })
  let directory: string
  let made: SinkWorld

  // Not at once: of tests that are left out, no hook is called that would remove it.
  beforeAll(async () => {
    directory = makeTempDirectory()
    made = await makeSinkWorld(directory, { historyRows: 4000, liveRows: 1000 })
  })
  afterAll(() => removeTempDirectory(directory))

  it.each([
    ['kafka-begun:2', 0],
    ['kafka-produced:7', 1],
    ['kafka-committed:9', 2],
  ])(
    'at %s, broker %i',
    async (point, victim) => {
      const topic = await kafka.newTopic(PARTITIONS)
      const path = writeSinkJob(made.world, `${topic}.json`, { brokers: [...kafka.cluster.addresses], topic })
      const env = { HINDCAST_FAULT: `${point}:stop` }
      const child = spawnHindcast(['run', path, '--run', join(directory, topic)], {
        env,
        deadlineMs: 200_000,
      })
      await waitFor(() => / T /.test(readFileSync(`/proc/${child.pid}/stat`, 'utf8').replace(/^.*\)/, ')')), {
        what: 'the run to stop itself',
        deadlineMs: 60_000,
      })
      const broker = kafka.cluster.brokers[victim]!
      await broker.killAndWait()
      process.kill(child.pid, 'SIGCONT')
      const ended = await child.ended
      expect(ended.code, ended.stderr).toBe(0)
      broker.start()
      await kafka.cluster.waitReady()
      expect(valuesOf(await topicContents(kafka.cluster.addresses, topic))).toEqual(made.expected)
    },
    300_000,
  )
})
