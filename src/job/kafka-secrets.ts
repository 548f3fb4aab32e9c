/**
 * The secrets of a Kafka connection, read at the moment it is opened: a plan has references only, and a run that is
 * gone on from tomorrow reads tomorrow's password.
 */

import type { LivePlace } from './job.ts'
import type { KafkaAccess, RegistryPlace, ValueFormat } from './kafka-job.ts'
import { errorOfProblems, ProblemList } from './problem.ts'
import { withSecrets } from './secrets.ts'

/** With its secrets in place of the references; `secret-missing` where one has no value any more. */
export function openedPlace(place: LivePlace): LivePlace {
  if (place.kind === 'log') return place
  return { ...openedAccess(place), value: openedValue(place.value) }
}

/** As `openedPlace`, for anything that says how brokers are reached. Never to be logged, or kept in a plan. */
export function openedAccess<Access extends KafkaAccess>(access: Access): Access {
  const { sasl } = access
  if (sasl === undefined) return access
  const { password, token } = sasl
  return {
    ...access,
    sasl: {
      ...sasl,
      ...(password === undefined ? {} : { password: secretOf(password, 'password') }),
      ...(token === undefined ? {} : { token: secretOf(token, 'token') }),
    },
  }
}

function openedValue(value: ValueFormat): ValueFormat {
  if (value.kind === 'avro' && value.schema.from === 'registry')
    return { kind: 'avro', schema: openedRegistry(value.schema) }
  if (value.kind === 'protobuf' && value.schema.from === 'registry')
    return { kind: 'protobuf', schema: openedRegistry(value.schema) }
  return value
}

function openedRegistry(registry: RegistryPlace): RegistryPlace {
  const { password } = registry
  return password === undefined ? registry : { ...registry, password: secretOf(password, 'password') }
}

function secretOf(reference: string, key: string): string {
  const place = { lineOf: () => undefined, givenAt: () => reference }
  const list = new ProblemList(place)
  const secret = withSecrets(reference, { env: process.env, directory: '/' }, list, [key])
  if (list.problems.length > 0) throw errorOfProblems(list.problems, place)
  return String(secret)
}
