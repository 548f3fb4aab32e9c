/**
 * An unclean election on real brokers: a follower that lacks the newest records becomes the leader, and the topic grows
 * again past where it was cut. Who has read those records is told, by the range that is lost: a source that is open, one
 * that goes on from a position, and a run that goes on from its checkpoint. By offsets alone nobody could tell.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runHindcast, spawnHindcast, waitFor } from '../../harness/index.ts'
import { Followed } from './followed.ts'
import { withKafka } from './kafka-fixture.ts'
import { makeTopic } from './make-topic.ts'

const kafka = withKafka({ brokers: 3 })
const TOPIC = 'unclean'
const HOUR_MS = 3_600_000

/** The broker that is to lead first, and the one that takes over without the newest records. */
const LEADER = 0
const HEIR = 1
const nodeId = (broker: number): number => kafka.cluster.brokers[broker]!.nodeId

/** Records are an hour apart from the `from`th on, so that a run of slices of an hour has checkpoints among them. */
async function write(brokers: readonly number[], from: number, count: number): Promise<void> {
  const producer = await kafka.producer({ brokers })
  for (let i = from; i < from + count; i++) {
    const value = JSON.stringify({ id: i, k: 'a', t: i * HOUR_MS })
    await producer.send({ topic: TOPIC, messages: [{ partition: 0, key: 'a', value }] })
  }
}

async function partitionState() {
  const { topics } = await kafka.admin.fetchTopicMetadata({ topics: [TOPIC] })
  return topics[0]!.partitions[0]!
}

function writeJob(): string {
  const path = join(kafka.directory, 'job.json')
  const live = { kafka: { brokers: [...kafka.cluster.addresses], topic: TOPIC, value: 'json' } }
  const events = {
    key: ['k'],
    time: { column: 't', unit: 'ms' },
    partitions: 1,
    partitioner: 'murmur2',
    disorder: '0s',
    columns: { id: 'int64', k: 'utf8', t: 'int64' },
    live: { ...live, stop: 'caught-up' },
  }
  const job = { name: 'unclean', streams: { events }, output: { directory: 'out', slice: '1h' } }
  writeFileSync(path, JSON.stringify(job))
  return path
}

it('is told by who has read what was lost, whatever has been written since', async () => {
  await makeTopic(kafka.admin, {
    topic: TOPIC,
    replicaAssignment: [{ partition: 0, replicas: [nodeId(LEADER), nodeId(HEIR)] }],
    config: { 'unclean.leader.election.enable': 'true', 'min.insync.replicas': '1' },
  })
  await waitFor(async () => (await partitionState()).isr.length === 2, {
    what: 'both replicas to be in sync',
    deadlineMs: 30_000,
  })
  await write([LEADER, HEIR, 2], 0, 10)
  await kafka.cluster.brokers[HEIR]!.killAndWait()
  await waitFor(async () => (await partitionState()).isr.length === 1, {
    what: 'the follower to be out of sync',
    deadlineMs: 60_000,
  })
  await write([LEADER, 2], 10, 10)

  const open = new Followed(await kafka.open(TOPIC), 0)
  await open.readTo(20)
  const { leaderEpoch } = open.last!
  const job = writeJob()
  const run = join(kafka.directory, 'run')
  const killed = await spawnHindcast(['run', job, '--run', run], {
    env: { HINDCAST_FAULT: 'checkpoint-written:15:kill' },
  }).ended
  expect(killed.signal, killed.stderr).toBe('SIGKILL')
  expect(existsSync(join(run, 'manifest.json'))).toBe(true)

  await kafka.cluster.brokers[LEADER]!.killAndWait()
  kafka.cluster.brokers[HEIR]!.start()
  await waitFor(async () => (await partitionState()).leader === nodeId(HEIR), {
    what: 'the other replica to lead',
    deadlineMs: 90_000,
  })
  await write([HEIR, 2], 100, 15)

  const lost = { code: 'topic-truncated', message: expect.stringContaining('[10, 20)') }
  await expect(open.readTo(21)).rejects.toMatchObject(lost)
  const again = await kafka.open(TOPIC)
  const request = { partition: 0, offset: 20, bytesMax: 1 << 20, waitMs: 10_000 }
  await expect(again.read({ ...request, leaderEpoch: leaderEpoch! })).rejects.toMatchObject(lost)
  // What nobody could tell by the offset.
  const canary = await kafka.open(TOPIC)
  expect((await canary.read(request)).rows).toBeGreaterThan(0)
  const gone = await runHindcast(['run', '--plan', join(run, 'plan.json'), '--run', run])
  expect(gone.code, gone.stderr).not.toBe(0)
  expect(gone.stderr).toContain('topic-truncated')
  expect(gone.stderr).toMatch(/offsets \[10, 1\d\) were read and are lost/)
}, 400_000)
