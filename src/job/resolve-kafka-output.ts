/** Kafka as the output of a job: defaults, names of topics, and what goes together. */

import type { KafkaOutputJob } from './kafka-output.ts'
import type { JobPath, ProblemList } from './problem.ts'
import { resolveKafkaAccess, resolveTopic } from './resolve-kafka.ts'
import type { KafkaOutputInput } from './schema-kafka-output.ts'
import type { ValueReader } from './value-reader.ts'

const POSITIONS = '.hindcast'
const TOPIC_LENGTH_MAX = 249

export function resolveKafkaOutput(
  input: KafkaOutputInput,
  path: JobPath,
  read: ValueReader,
): KafkaOutputJob {
  const { key, late, quarantine, value = 'json' } = input
  if (value !== 'json') {
    read.list.addUnsupported(
      [...path, 'value'],
      `samples as ${value} are not built yet`,
      'What works today: value: json.',
    )
  }
  const topic = resolveTopic(input.topic, [...path, 'topic'], read)
  if (topic.length + POSITIONS.length > TOPIC_LENGTH_MAX)
    read.list.addExpected(
      [...path, 'topic'],
      `a name of at most ${TOPIC_LENGTH_MAX - POSITIONS.length} characters`,
    )
  checkDistinct(input, path, read.list)
  return {
    ...resolveKafkaAccess(input, path, read),
    topic,
    value: 'json',
    delivery: input.delivery ?? 'exactly-once',
    key: key === undefined ? null : read.columns(key, [...path, 'key']),
    ...(late === undefined ? {} : { late: resolveTopic(late, [...path, 'late'], read) }),
    ...(quarantine === undefined
      ? {}
      : { quarantine: resolveTopic(quarantine, [...path, 'quarantine'], read) }),
    append: input.append ?? false,
  }
}

/** Samples, positions, late and bad events are told apart by their topics. */
function checkDistinct(
  { topic, late, quarantine }: KafkaOutputInput,
  path: JobPath,
  list: ProblemList,
): void {
  for (const [key, name] of [
    ['late', late],
    ['quarantine', quarantine],
  ] as const) {
    if (name === topic || name === `${topic}${POSITIONS}`)
      list.addExpected([...path, key], 'a topic of its own')
  }
}
