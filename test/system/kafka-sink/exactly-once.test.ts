/**
 * Samples in a topic of a real Kafka: those that the same job writes to files, each once and in order, whatever
 * happens to the run meanwhile. Counted by another client that reads committed records only.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isSoak } from '../../../scripts/test/tiers.ts'
import { SINK_FAULT_POINTS } from '../../../src/lanes/index.ts'
import { verifyRun } from '../../../src/run/index.ts'
import {
  lastJsonLine,
  makeTempDirectory,
  removeTempDirectory,
  runHindcast,
  runWithKills,
} from '../../harness/index.ts'
import { withKafka } from '../kafka/kafka-fixture.ts'
import { PARTITIONS } from '../run/world.ts'
import { makeSinkWorld, type SinkWorld, valuesOf, writeSinkJob } from './sink-world.ts'
import { topicContents } from './topic-contents.ts'

/** At which pass over a point a run is killed; each of them once. */
const KILLS = isSoak() ? [1, 3, 2] : [2]

describe('samples in a topic', () => {
  const kafka = withKafka()
  const directory = makeTempDirectory()
  let made: SinkWorld

  beforeAll(async () => {
    made = await makeSinkWorld(directory)
  })
  afterAll(() => removeTempDirectory(directory))

  async function job(
    kafkaKeys: Readonly<Record<string, unknown>> = {},
  ): Promise<{ topic: string; path: string }> {
    const topic = await kafka.newTopic(PARTITIONS)
    const brokers = [...kafka.cluster.addresses]
    return { topic, path: writeSinkJob(made.world, `${topic}.json`, { brokers, topic, ...kafkaKeys }) }
  }

  it('are those of the files, keyed by the key of the event, at its time', async () => {
    const { topic, path } = await job()
    const run = join(directory, topic)
    const ended = await runHindcast(['run', path, '--run', run, '--json'])
    expect(ended.code, ended.stderr).toBe(0)
    expect(lastJsonLine<{ digest: string }>(ended).digest).toBe(made.digest)
    const found = await topicContents(kafka.cluster.addresses, topic)
    expect(valuesOf(found)).toEqual(made.expected)
    for (const { key, timestampMs, value } of found.flat()) {
      const sample = JSON.parse(value) as { k: string; t: number }
      expect([key, timestampMs]).toEqual([sample.k, sample.t])
    }
    const left = readdirSync(join(run, 'samples'), { recursive: true, encoding: 'utf8' })
    expect(left.filter(name => name.endsWith('.parquet'))).toEqual([])
    expect(existsSync(join(run, 'late'))).toBe(true)
  })

  it.each(SINK_FAULT_POINTS.map(point => [point]))(
    `killed at %s, ${KILLS.length} times, and gone on with`,
    async point => {
      const { topic, path } = await job()
      const points = KILLS.map(nth => ({ name: point, nth }))
      const killed = await runWithKills(path, points, { directory: join(directory, topic) })
      expect(killed.killed.length).toBe(KILLS.length)
      expect(valuesOf(await topicContents(kafka.cluster.addresses, topic))).toEqual(made.expected)
    },
  )

  it('killed where slices are sealed and committed here, and at the very end', async () => {
    const { topic, path } = await job()
    const points = [
      { name: 'slice-sealed', nth: 9 },
      { name: 'checkpoint-written', nth: 2 },
      { name: 'manifest-appended', nth: 2 },
      { name: 'report-written', nth: 1 },
    ]
    const run = join(directory, topic)
    const killed = await runWithKills(path, points, { directory: run })
    expect(killed.killed.length).toBeGreaterThanOrEqual(3)
    expect(valuesOf(await topicContents(kafka.cluster.addresses, topic))).toEqual(made.expected)
    expect(await verifyRun(run, join(directory, 'base'))).toMatchObject({ equal: true, digest: made.digest })
  })
})
