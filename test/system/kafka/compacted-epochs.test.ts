/**
 * Leader epochs of a compacted topic on real brokers: compaction removes every record that one leader wrote, and a replica
 * that is made after it never hears of that leader. Who has read those records goes on, and is not told of a log that was
 * cut; where the topic is not compacted the same answer of the broker is a cut.
 */
import { expect, it } from 'vitest'
import type { LiveSource } from '../../../src/live/index.ts'
import { waitFor } from '../../harness/index.ts'
import { withKafka } from './kafka-fixture.ts'
import { makeTopic, setCleanupPolicy } from './make-topic.ts'

const kafka = withKafka({ brokers: 3, properties: { 'log.cleaner.backoff.ms': 100 } })
const TOPIC = 'compacted-epochs'
const PLACE = { partition: 0, bytesMax: 1 << 20, waitMs: 10_000 }

/** Moves the only replica: the new leader has an epoch of its own. */
async function moveTo(broker: number): Promise<void> {
  const { nodeId } = kafka.cluster.brokers[broker]!
  const partitionAssignment = [{ partition: 0, replicas: [nodeId] }]
  await kafka.admin.alterPartitionReassignments({ topics: [{ topic: TOPIC, partitionAssignment }] })
  await waitFor(
    async () => {
      const { topics } = await kafka.admin.fetchTopicMetadata({ topics: [TOPIC] })
      const { leader, replicas } = topics[0]!.partitions[0]!
      return leader === nodeId && replicas.length === 1
    },
    { what: 'the partition to be moved', deadlineMs: 60_000 },
  )
}

/** Plainly: of an idempotent producer the last batch stays, emptied. */
async function write(...keys: string[]): Promise<void> {
  const producer = await kafka.producer({ idempotent: false })
  for (const key of keys)
    await producer.send({ topic: TOPIC, messages: [{ partition: 0, key, value: '{"v":1}' }] })
}

async function isGone(source: LiveSource, offset: number): Promise<boolean> {
  const { holes } = await source.read({ ...PLACE, offset })
  return holes.some(({ first, last }) => first <= offset && offset <= last)
}

it('a leader of whom compaction left nothing is forgotten, and nothing is lost', async () => {
  const { nodeId } = kafka.cluster.brokers[0]!
  await makeTopic(kafka.admin, {
    topic: TOPIC,
    replicaAssignment: [{ partition: 0, replicas: [nodeId] }],
    config: {
      'cleanup.policy': 'compact',
      'segment.ms': '50',
      'min.cleanable.dirty.ratio': '0.001',
      'min.compaction.lag.ms': '0',
    },
  })
  await write('keep', 'a')
  await moveTo(1)
  await write('a')
  const reader = await kafka.open(TOPIC)
  const { leaderEpoch, offsetNext } = await reader.read({ ...PLACE, offset: 2 })
  expect(offsetNext).toBe(3)
  await moveTo(2)
  await write('a')
  const watching = await kafka.open(TOPIC)
  await waitFor(
    async () => {
      await write('roll')
      return isGone(watching, 2)
    },
    { what: 'the record of the second leader to be compacted', deadlineMs: 90_000 },
  )
  await moveTo(0)

  const again = await kafka.open(TOPIC)
  const read = await again.read({ ...PLACE, offset: 3, leaderEpoch: leaderEpoch! })
  expect(read.offset[0]).toBeGreaterThanOrEqual(3)
  expect(read.leaderEpoch).toBeGreaterThan(leaderEpoch!)

  // The canary: the broker does answer so, and where no record is ever removed it means a cut.
  await setCleanupPolicy(kafka.admin, TOPIC, 'delete')
  const other = await kafka.open(TOPIC)
  await expect(other.read({ ...PLACE, offset: 3, leaderEpoch: leaderEpoch! })).rejects.toMatchObject({
    code: 'topic-truncated',
    where: { topic: TOPIC, partition: 0, offset: 2 },
  })
}, 400_000)
