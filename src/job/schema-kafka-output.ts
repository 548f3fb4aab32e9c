/** The shape of `output.kafka`: where samples go, and how. */

import type { z } from 'zod'
import { kafkaAccessShape } from './schema-kafka.ts'
import { columnOrList, flag, oneOf, strict, words } from './schema-scalars.ts'

const TOPIC = 'the name of a topic'

export const kafkaOutputSchema = strict(
  {
    ...kafkaAccessShape,
    topic: words(TOPIC).meta({ description: 'Topic of the samples; it is there before the run.' }),
    value: oneOf(['json', 'avro', 'protobuf', 'raw'])
      .optional()
      .meta({ description: 'What the values are. Default: json, an object with all columns of the sample.' }),
    delivery: oneOf(['exactly-once', 'at-least-once']).optional().meta({
      description:
        'exactly-once (default): in transactions, with positions in <topic>.hindcast. at-least-once: an idempotent producer.',
    }),
    key: columnOrList().optional().meta({
      description: 'Columns of the sample that make the key of its record. Default: the key of the stream.',
    }),
    late: words(TOPIC)
      .optional()
      .meta({ description: 'Topic for late events. Default: they stay in late/.' }),
    quarantine: words(TOPIC)
      .optional()
      .meta({ description: 'Topic for bad live records. Default: they stay in quarantine/.' }),
    append: flag().optional().meta({
      description:
        'Whether the topic may hold samples of other runs, which stay before those of this one. Default: false.',
    }),
  },
  'a mapping with `brokers` and `topic`',
).meta({ description: 'A Kafka topic, beside the directory of the run.' })

export type KafkaOutputInput = z.input<typeof kafkaOutputSchema>
