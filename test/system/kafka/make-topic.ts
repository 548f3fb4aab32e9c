/**
 * Topics by the independent client's admin, there for everyone when the call is done. The client's own wait for leaders
 * is not used: it fails where the broker that it asks has not heard of the topic yet.
 */
import { type Admin, ConfigResourceTypes, type ITopicConfig, KafkaJSProtocolError } from 'kafkajs'
import { waitFor } from '../../harness/index.ts'

/** What a broker says of a topic that it does not know, or not yet. */
const NOT_YET = ['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE']
const DEADLINE_MS = 30_000

export interface TopicForm extends ITopicConfig {
  readonly config?: Readonly<Record<string, string>>
}

/** Makes a topic and waits until each of its partitions has a leader. */
export async function makeTopic(admin: Admin, { config = {}, ...form }: TopicForm): Promise<void> {
  const { topic, numPartitions, replicaAssignment } = form
  const partitions = replicaAssignment?.length ?? numPartitions ?? 1
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }))
  const isMade = await admin.createTopics({ waitForLeaders: false, topics: [{ ...form, configEntries }] })
  if (!isMade) throw new Error(`topic ${topic} was there already`)
  await waitFor(async () => (await leaders(admin, topic)) === partitions, {
    what: `topic ${topic} to have leaders`,
    deadlineMs: DEADLINE_MS,
  })
}

/** Deletes a topic and, when it is gone, makes another under its name. */
export async function remakeTopic(admin: Admin, form: TopicForm): Promise<void> {
  await admin.deleteTopics({ topics: [form.topic] })
  await waitFor(async () => !(await admin.listTopics()).includes(form.topic), {
    what: `topic ${form.topic} to be gone`,
    deadlineMs: DEADLINE_MS,
  })
  await makeTopic(admin, form)
}

/** What becomes of old records of a topic from now on, as the brokers know it. */
export async function setCleanupPolicy(admin: Admin, name: string, policy: string): Promise<void> {
  const type = ConfigResourceTypes.TOPIC
  const configEntries = [
    { name: 'cleanup.policy', value: policy },
    { name: 'retention.ms', value: '-1' },
  ]
  await admin.alterConfigs({ validateOnly: false, resources: [{ type, name, configEntries }] })
  await waitFor(
    async () => {
      const asked = { includeSynonyms: false, resources: [{ type, name }] }
      const { resources } = await admin.describeConfigs(asked)
      return resources[0]!.configEntries.some(
        ({ configName, configValue }) => configName === 'cleanup.policy' && configValue === policy,
      )
    },
    { what: `topic ${name} to have the policy ${policy}`, deadlineMs: DEADLINE_MS },
  )
}

async function leaders(admin: Admin, topic: string): Promise<number> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    return topics[0]!.partitions.filter(({ leader }) => leader >= 0).length
  } catch (error) {
    if (error instanceof KafkaJSProtocolError && NOT_YET.includes(error.type)) return 0
    throw error
  }
}
