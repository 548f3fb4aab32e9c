/**
 * The shape of what a job says of Kafka: how brokers are reached (the same for a live topic and for an output), the
 * topic of a live side, and what its values are.
 */

import { z } from 'zod'
import { column, flag, oneOf, strict, words } from './schema-scalars.ts'

const BROKERS = 'a list of host:port, such as [kafka1:9092, kafka2:9092]'
const BROKER = 'host:port, such as kafka1:9092'
const HOSTS = 'a list of hosts, or of suffixes such as .example.com'
const PEM = 'the path of a PEM file'
/** Of a password or token: what is given is never quoted. */
export const SECRET = 'a reference such as "${env:KAFKA_PASSWORD}" or "${file:password.txt}"'

/** Keys beside `topic:` that say how brokers are reached. */
export const kafkaAccessShape = {
  brokers: z
    .array(
      z
        .string({ error: BROKER })
        .regex(/^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+):\d{1,5}$/, { error: BROKER, abort: true }),
      { error: BROKERS },
    )
    .min(1, { error: BROKERS })
    .meta({ description: 'Some brokers of the cluster; they tell of the others.' }),
  tls: z
    .union(
      [
        flag(),
        strict(
          {
            ca: words(PEM).optional().meta({
              description: 'Certificates that are trusted. Default: those of the system.',
            }),
            cert: words(PEM).optional().meta({ description: 'Certificate of this client; needs `key`.' }),
            key: words(PEM).optional(),
            serverName: words('a host name').optional().meta({
              description: 'Name that certificates of brokers must have, where it is not their host.',
            }),
          },
          'true, or a mapping such as { ca: kafka.pem }',
        ),
      ],
      { error: 'true, or a mapping such as { ca: kafka.pem }' },
    )
    .optional()
    .meta({ description: 'Whether brokers are reached over TLS, and how. Default: false.' }),
  sasl: strict(
    {
      mechanism: oneOf(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER']),
      username: words('the name of a user').optional(),
      password: words(SECRET)
        .optional()
        .meta({ description: `${upper(SECRET)}.` }),
      token: words(SECRET)
        .optional()
        .meta({ description: `Of OAUTHBEARER: ${SECRET}.` }),
    },
    'a mapping such as { mechanism: SCRAM-SHA-512, username: reader, password: "${env:KAFKA_PASSWORD}" }',
  ).optional(),
  advertised: z.array(words(HOSTS), { error: HOSTS }).min(1, { error: HOSTS }).optional().meta({
    description:
      'Hosts, or suffixes such as .example.com, that brokers may tell the reader to connect to, beside those of `brokers`. Default: any.',
  }),
}

const registryShape = {
  registry: words('the address of a schema registry').meta({
    description: 'Address of the schema registry: values say the id of their schema.',
  }),
  username: words('the name of a user').optional(),
  password: words(SECRET)
    .optional()
    .meta({ description: `${upper(SECRET)}.` }),
  ca: words(PEM)
    .optional()
    .meta({ description: 'Certificates that are trusted. Default: those of the system.' }),
}

const AVRO = '{ schema: event.avsc } or { registry: https://schemas.example.com }'
const PROTOBUF =
  '{ proto: event.proto, message: my.Event }, { descriptor: event.desc, message: my.Event } or { registry: https://schemas.example.com }'
const MESSAGE = 'the full name of a message'
const RAW = '{ value: payload }: the column that takes the bytes'
const VALUE = `json, raw, { avro: ${AVRO} }, { protobuf: … } or { raw: { value: payload } }`

const avroSchema = z.union(
  [strict({ schema: words('the path of a schema (.avsc)') }, AVRO), strict(registryShape, AVRO)],
  { error: AVRO },
)

const protobufSchema = z.union(
  [
    strict({ proto: words('the path of a .proto file'), message: words(MESSAGE) }, PROTOBUF),
    strict({ descriptor: words('the path of a descriptor set'), message: words(MESSAGE) }, PROTOBUF),
    strict(registryShape, PROTOBUF),
  ],
  { error: PROTOBUF },
)

const rawSchema = strict(
  {
    value: column('the column that takes the value'),
    key: column('the column that takes the key').optional(),
    timestamp: column('the column that takes the timestamp of the record').optional(),
  },
  RAW,
)

export const valueSchema = z
  .union(
    [
      oneOf(['json', 'avro', 'protobuf', 'raw']),
      strict({ avro: avroSchema }, VALUE),
      strict({ protobuf: protobufSchema }, VALUE),
      strict({ raw: rawSchema }, VALUE),
    ],
    { error: VALUE },
  )
  .meta({ description: 'What the values of the topic are. Default: json, an object a record.' })

export const kafkaSchema = strict(
  {
    ...kafkaAccessShape,
    topic: words('the name of a topic'),
    value: valueSchema.optional(),
    client: oneOf(['native', 'kafkajs', 'confluent']).optional().meta({
      description:
        'What reads the topic. Default: native, the reader of Hindcast itself. kafkajs needs that package and checks no CRC; confluent needs @confluentinc/kafka-javascript and reads in a process of its own; neither can do a seam by offset or `spool`.',
    }),
  },
  'a mapping with `brokers` and `topic`',
).meta({ description: 'A Kafka topic.' })

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

export type KafkaInput = z.input<typeof kafkaSchema>
export type KafkaAccessInput = Pick<KafkaInput, 'brokers' | 'tls' | 'sasl' | 'advertised'>
export type ValueInput = z.input<typeof valueSchema>
