/** Makes a topic that keeps records of any age as they are: what events of the past need (see topic-fitness.ts). */

import { HindcastError } from '../../errors.ts'
import { Tries } from '../../files/index.ts'
import { LIMITS } from '../../limits.ts'
import { answered, CODES } from './answer-codes.ts'
import { createTopicCall } from './calls.ts'
import type { SinkBrokers } from './sink-brokers.ts'

/** Brokers answer when all of them know the new topic, or after it, ms. */
const CREATE_MS = 15_000
/** As many as the brokers say: default.replication.factor. */
const REPLICAS = -1

const SETTINGS = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'retention.bytes': '-1',
  'message.timestamp.type': 'CreateTime',
}

/**
 * Makes the topic where there is none of its name; resolves when each partition has a leader, true if it was made here.
 * Raises `access-denied`, `sink-refused`, `remote-failed`.
 */
export async function createEventTopic(
  brokers: SinkBrokers,
  topic: string,
  partitions: number,
  signal: AbortSignal,
): Promise<boolean> {
  if ((await brokers.describe(topic)) !== null) return false
  const call = createTopicCall({ name: topic, partitions, replicas: REPLICAS, settings: SETTINGS }, CREATE_MS)
  const { errorCode, message } = await brokers.askAny(call)
  if (errorCode !== CODES.none && errorCode !== CODES.topicExists)
    throw answered(errorCode, call.name, { topic }, message)
  const tries = new Tries({ deadlineMs: CREATE_MS, attemptMs: LIMITS.kafkaSendRequestMs }, signal)
  do {
    const view = await brokers.describe(topic)
    if (view?.partitions.every(({ leaderId }) => leaderId >= 0) === true) return true
  } while (await tries.next())
  throw new HindcastError('remote-failed', `topic ${topic} was made, and has no leaders yet`, {
    where: { topic },
    advice: `Look at the brokers: kafka-topics --describe --topic ${topic}; then run the same command again.`,
  })
}
