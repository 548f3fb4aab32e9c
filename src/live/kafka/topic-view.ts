/**
 * What is known of one topic at one time: its identity, and who leads which partition. Pure: replies → data, and what
 * a newer view says against an older one.
 *
 * Invariant: a view never takes the place of one that knows a newer leader of a partition.
 */

import { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import type { BrokerAddress } from './broker-address.ts'
import { KAFKA, kafkaError } from './error-codes.ts'
import type { TopicReply } from './questions.ts'

export interface PartitionLeader {
  /** Node id; −1: nobody leads. */
  readonly leader: number
  /** −1: the cluster does not say. */
  readonly leaderEpoch: number
}

export interface TopicView {
  readonly topic: string
  readonly clusterId: string
  /** As text, 8-4-4-4-12 hexadecimal digits. */
  readonly topicId: string
  readonly partitions: readonly PartitionLeader[]
  readonly brokers: ReadonlyMap<number, BrokerAddress>
}

const NO_ID = '00000000-0000-0000-0000-000000000000'

/** Identity of the topic: `<cluster id>/<topic id>`, the latter as Kafka's tools write it. */
export function topicIdentity({ clusterId, topicId }: TopicView): string {
  return `${clusterId}/${Buffer.from(topicId.replaceAll('-', ''), 'hex').toString('base64url')}`
}

/** A reply as a view. Raises `remote-failed` for what passes, such as a topic that the broker does not know (yet). */
export function topicView(topic: string, reply: TopicReply, broker: string): TopicView {
  const where = { topic, uri: broker }
  if (reply.errorCode !== KAFKA.none) throw kafkaError(reply.errorCode, 'Metadata', broker, where)
  const fault = faultOf(reply)
  if (fault !== null) {
    throw new HindcastError('reply-invalid', `broker ${broker} tells of a topic that cannot be: ${fault}`, {
      where,
      advice: 'Use brokers of Kafka 2.8 or later: older ones have no topic ids.',
    })
  }
  if (reply.partitions.length > LIMITS.partitionsMax) {
    throw new HindcastError(
      'limit-passed',
      `the topic has ${reply.partitions.length} partitions; limit partitionsMax is ${LIMITS.partitionsMax}`,
      { where, advice: 'Read a topic with fewer partitions.' },
    )
  }
  const partitions = new Array<PartitionLeader>(reply.partitions.length)
  for (const { partitionIndex, leaderId, leaderEpoch } of reply.partitions)
    partitions[partitionIndex] = { leader: leaderId, leaderEpoch }
  const brokers = new Map(reply.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]))
  return { topic, clusterId: reply.clusterId!, topicId: reply.topicId, partitions, brokers }
}

function faultOf({ clusterId, topicId, partitions }: TopicReply): string | null {
  if (clusterId === null || clusterId === '') return 'the cluster has no id'
  if (topicId === NO_ID) return 'it has no id'
  if (partitions.length === 0) return 'it has no partitions'
  const indexes = new Set(partitions.map(({ partitionIndex }) => partitionIndex))
  const isWhole = partitions.every(({ partitionIndex: i }) => i >= 0 && i < partitions.length)
  return isWhole && indexes.size === partitions.length ? null : 'its partitions are not 0, 1, 2 …'
}

/**
 * The newer view, with what the older one knew better. Raises `file-changed` where the topic is another one, and
 * `topic-grown` where it has more partitions.
 */
export function newerView(known: TopicView, found: TopicView): TopicView {
  if (found.clusterId !== known.clusterId || found.topicId !== known.topicId) throw madeAnew(known, found)
  const count = known.partitions.length
  if (found.partitions.length > count) {
    throw new HindcastError(
      'topic-grown',
      `the topic has ${found.partitions.length} partitions now, and had ${count} when it was opened: keys have moved to others`,
      {
        where: { topic: known.topic },
        advice: `Set \`partitions: ${found.partitions.length}\`, and make a new plan with a history of as many.`,
      },
    )
  }
  // A broker that was asleep may still tell of fewer, and of older leaders.
  const partitions = known.partitions.map((before, i) => {
    const now = found.partitions[i]
    return now === undefined || now.leaderEpoch < before.leaderEpoch ? before : now
  })
  return { ...found, partitions, brokers: found.brokers.size > 0 ? found.brokers : known.brokers }
}

function madeAnew(known: TopicView, found: TopicView): HindcastError {
  const what =
    found.clusterId === known.clusterId ? 'the topic was made anew' : 'the brokers are of another cluster'
  return new HindcastError(
    'file-changed',
    `${what}: it was ${topicIdentity(known)}, and is ${topicIdentity(found)}`,
    {
      where: { topic: known.topic },
      advice: 'Make a new plan: offsets of the one mean nothing in the other.',
    },
  )
}

/** The topic is not there, at opening. */
export function unknownTopic(topic: string, broker: string): HindcastError {
  return new HindcastError('job-invalid', `broker ${broker} knows no topic "${topic}"`, {
    where: { topic },
    advice: `See what there is: kafka-topics --bootstrap-server ${broker} --list. A user without the right to describe a topic does not see it.`,
  })
}

/** The topic is not there any more. */
export function deletedTopic(topic: string): HindcastError {
  return new HindcastError('file-changed', 'the topic was deleted', {
    where: { topic },
    advice: 'Make a new plan once there is a topic again.',
  })
}
