/**
 * Kafka of the job: defaults, absolute paths, and what goes together. Secrets stay references here (see `kafka-job.ts`);
 * that they have a value was checked before, by `secrets.ts`.
 */

import type { KafkaAccess, KafkaJob, KafkaSasl, KafkaTls, RegistryPlace, ValueFormat } from './kafka-job.ts'
import type { JobPath } from './problem.ts'
import { type KafkaAccessInput, type KafkaInput, SECRET, type ValueInput } from './schema-kafka.ts'
import type { ValueReader } from './value-reader.ts'

const PORT_MAX = 65_535
/** What Kafka allows a topic to be called. */
const TOPIC = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/
const REGISTRY = /^https?:\/\/[^\s/?#@]+(\/[^\s?#@]*)?$/i
/** What the columns of `value: raw` are called where the job does not say. */
const RAW_COLUMN = 'value'

export function resolveKafka(input: KafkaInput, path: JobPath, read: ValueReader): KafkaJob {
  return {
    ...resolveKafkaAccess(input, path, read),
    topic: resolveTopic(input.topic, [...path, 'topic'], read),
    client: input.client ?? 'native',
    value: resolveValue(input.value ?? 'json', [...path, 'value'], read),
  }
}

/** How brokers are reached: the same for a live topic and for an output. */
export function resolveKafkaAccess(input: KafkaAccessInput, path: JobPath, read: ValueReader): KafkaAccess {
  for (const [i, broker] of input.brokers.entries()) {
    const port = Number(broker.slice(broker.lastIndexOf(':') + 1))
    if (port < 1 || port > PORT_MAX)
      read.list.addExpected([...path, 'brokers', i], `a port from 1 to ${PORT_MAX} behind the colon`)
  }
  const tls = resolveTls(input.tls, [...path, 'tls'], read)
  const sasl = input.sasl && resolveSasl(input.sasl, [...path, 'sasl'], { read, hasTls: tls !== undefined })
  return {
    brokers: [...input.brokers],
    ...(tls === undefined ? {} : { tls }),
    ...(sasl === undefined ? {} : { sasl }),
    ...(input.advertised === undefined ? {} : { advertised: [...input.advertised] }),
  }
}

export function resolveTopic(topic: string, path: JobPath, read: ValueReader): string {
  if (!TOPIC.test(topic))
    read.list.addExpected(path, 'the name of a topic: letters, digits, ".", "_" and "-", at most 249')
  return topic
}

function resolveTls(input: KafkaAccessInput['tls'], path: JobPath, read: ValueReader): KafkaTls | undefined {
  if (input === undefined || input === false) return undefined
  if (input === true) return {}
  const { ca, cert, key, serverName } = input
  if ((cert === undefined) !== (key === undefined)) {
    const missing = cert === undefined ? 'cert' : 'key'
    read.list.add([...path, missing], 'missing; a client certificate needs both `cert` and `key`')
  }
  return {
    ...(ca === undefined ? {} : { ca: read.location(ca, [...path, 'ca']) }),
    ...(cert === undefined ? {} : { cert: read.location(cert, [...path, 'cert']) }),
    ...(key === undefined ? {} : { key: read.location(key, [...path, 'key']) }),
    ...(serverName === undefined ? {} : { serverName }),
  }
}

interface SaslContext {
  readonly read: ValueReader
  readonly hasTls: boolean
}

function resolveSasl(
  input: NonNullable<KafkaAccessInput['sasl']>,
  path: JobPath,
  { read, hasTls }: SaslContext,
): KafkaSasl {
  const { mechanism, username } = input
  if ((mechanism === 'PLAIN' || mechanism === 'OAUTHBEARER') && !hasTls) {
    const what = mechanism === 'PLAIN' ? 'the password' : 'the token'
    read.list.add(
      [...path, 'mechanism'],
      `${mechanism} sends ${what} as it is, so it is refused without TLS`,
      'Add `tls: true` beside `sasl`, or use SCRAM-SHA-512.',
    )
  }
  const needed = mechanism === 'OAUTHBEARER' ? (['token'] as const) : (['username', 'password'] as const)
  for (const key of ['username', 'password', 'token'] as const) {
    const isNeeded = needed.some(each => each === key)
    if (isNeeded && input[key] === undefined)
      read.list.add([...path, key], `missing; ${mechanism} needs ${needed.join(' and ')}`)
    if (!isNeeded && input[key] !== undefined)
      read.list.add([...path, key], `has no effect with ${mechanism}`, 'Leave it out.')
  }
  return {
    mechanism,
    ...(username === undefined ? {} : { username }),
    ...(input.password === undefined ? {} : { password: read.secret([...path, 'password'], SECRET) }),
    ...(input.token === undefined ? {} : { token: read.secret([...path, 'token'], SECRET) }),
  }
}

function resolveValue(input: ValueInput, path: JobPath, read: ValueReader): ValueFormat {
  if (input === 'json') return { kind: 'json' }
  if (input === 'raw') return { kind: 'raw', value: RAW_COLUMN }
  if (input === 'avro' || input === 'protobuf') {
    const form = input === 'avro' ? '{ schema: event.avsc }' : '{ proto: event.proto, message: my.Event }'
    read.list.add(
      path,
      `"${input}" alone does not say which schema values have`,
      `Write value: { ${input}: ${form} }, or value: { ${input}: { registry: https://… } }.`,
    )
    return { kind: 'json' }
  }
  if ('raw' in input) {
    const { value, key, timestamp } = input.raw
    const columns = [
      value,
      ...(key === undefined ? [] : [key]),
      ...(timestamp === undefined ? [] : [timestamp]),
    ]
    if (new Set(columns).size < columns.length)
      read.list.add([...path, 'raw'], 'names one column twice', 'Each part of a record needs its own.')
    return {
      kind: 'raw',
      value,
      ...(key === undefined ? {} : { key }),
      ...(timestamp === undefined ? {} : { timestamp }),
    }
  }
  if ('avro' in input) {
    const at = [...path, 'avro']
    if ('registry' in input.avro) return { kind: 'avro', schema: resolveRegistry(input.avro, at, read) }
    return {
      kind: 'avro',
      schema: { from: 'file', path: read.location(input.avro.schema, [...at, 'schema']) },
    }
  }
  return resolveProtobuf(input.protobuf, [...path, 'protobuf'], read)
}

type ProtobufInput = Extract<ValueInput, { readonly protobuf: unknown }>['protobuf']

function resolveProtobuf(input: ProtobufInput, path: JobPath, read: ValueReader): ValueFormat {
  if ('registry' in input) return { kind: 'protobuf', schema: resolveRegistry(input, path, read) }
  const { message } = input
  const schema =
    'proto' in input
      ? { from: 'proto' as const, path: read.location(input.proto, [...path, 'proto']), message }
      : {
          from: 'descriptor' as const,
          path: read.location(input.descriptor, [...path, 'descriptor']),
          message,
        }
  return { kind: 'protobuf', schema }
}

type RegistryInput = Extract<ProtobufInput, { readonly registry: unknown }>

/** What was given is not repeated: a user and a password may stand in it. */
function resolveRegistry(input: RegistryInput, path: JobPath, read: ValueReader): RegistryPlace {
  const { registry, username, ca } = input
  if (!REGISTRY.test(registry)) {
    read.list.add(
      [...path, 'registry'],
      'expected http:// or https:// and a host, without a user or a query',
      'Write `username` and `password` beside it.',
    )
  } else if (input.password !== undefined && /^http:/i.test(registry)) {
    read.list.add([...path, 'registry'], 'a password is sent over https: only', 'Write https://….')
  }
  if ((username === undefined) !== (input.password === undefined)) {
    const missing = username === undefined ? 'username' : 'password'
    read.list.add([...path, missing], 'missing; `username` and `password` go together')
  }
  return {
    from: 'registry',
    url: registry.replace(/\/+$/, ''),
    ...(username === undefined ? {} : { username }),
    ...(input.password === undefined ? {} : { password: read.secret([...path, 'password'], SECRET) }),
    ...(ca === undefined ? {} : { ca: read.location(ca, [...path, 'ca']) }),
  }
}
