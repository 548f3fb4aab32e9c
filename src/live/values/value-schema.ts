/**
 * What the schema of values says about columns: for a stream without history, whose columns nobody has named, and for the
 * plan, which pins it and refuses what can never work.
 */

import type { Schema } from '../../core/batch/index.ts'
import type { RegistryPlace, ValueFormat } from '../../job/index.ts'
import { avroColumns, avroPlan } from './avro-plan.ts'
import type { AvroType } from './avro-schema.ts'
import { parseAvroSchema } from './avro-schema.ts'
import { EventColumns } from './event-columns.ts'
import { protoColumns, protoPlan } from './proto-plan.ts'
import type { ProtoMessage } from './proto-schema.ts'
import { parseProto } from './proto-schema.ts'
import { RawReader, rawColumns } from './raw-reader.ts'
import type { RegisteredSchema } from './registry.ts'
import { SchemaRegistry } from './registry.ts'
import { schemaUnusable } from './schema-conflict.ts'
import { loadAvro, loadProto } from './schema-files.ts'

export interface ValueSchema {
  /**
   * Columns that hold all that the values say, in the order of the schema. Asking for them throws `schema-conflict` where
   * a field has no such column; who has columns of their own need not ask.
   */
  readonly columns: Schema
  /** `sha256:…` of the schema's files; `id:7` of a registry's newest schema, which may change; null of raw values. */
  readonly pin: string | null
  /** Throws `schema-conflict` (raw: `job-invalid`) where values of this schema can never go into these columns. */
  check(columns: Schema): void
}

/**
 * The schema of values of this format; null where there is none to be had: of JSON, and where a registry does not know
 * the subject `<topic>-value`, whose newest schema it is asked for.
 */
export async function valueSchema(
  format: ValueFormat,
  { topic, signal = new AbortController().signal }: { readonly topic: string; readonly signal?: AbortSignal },
): Promise<ValueSchema | null> {
  switch (format.kind) {
    case 'json':
      return null
    case 'raw':
      return { columns: rawColumns(format), pin: null, check: columns => void new RawReader(format, columns) }
    case 'avro': {
      if (format.schema.from === 'registry') return registered('avro', format.schema, topic, signal)
      const { type, digest } = await loadAvro(format.schema)
      return ofAvro(type, format.schema.path, `sha256:${digest}`)
    }
    case 'protobuf': {
      if (format.schema.from === 'registry') return registered('protobuf', format.schema, topic, signal)
      const { message, digest } = await loadProto(format.schema)
      return ofProto(message, format.schema.path, `sha256:${digest}`)
    }
  }
}

async function registered(
  kind: 'avro' | 'protobuf',
  place: RegistryPlace,
  topic: string,
  signal: AbortSignal,
): Promise<ValueSchema | null> {
  const registry = new SchemaRegistry(place)
  try {
    const subject = `${topic}-value`
    const schema = await registry.latest(subject, signal)
    if (schema === null) return null
    const where = schema.id === null ? `${place.url} ${subject}` : registry.nameOf(schema.id)
    return ofRegistered(kind, schema, where)
  } finally {
    await registry.close()
  }
}

/** Of Protobuf the first message of the file. */
function ofRegistered(kind: 'avro' | 'protobuf', schema: RegisteredSchema, where: string): ValueSchema {
  const { type, text, references } = schema
  const pin = `id:${schema.id ?? 'unknown'}`
  if (type !== kind.toUpperCase()) throw schemaUnusable(where, `values are ${type}, and the job says ${kind}`)
  if (kind === 'avro') {
    const texts = references.map(reference => reference.text)
    return ofAvro(parseAvroSchema(text, where, texts), where, pin)
  }
  const imports = new Map(references.map(reference => [reference.name, reference.text]))
  const [message] = parseProto(text, where, imports)
  if (message === undefined) throw schemaUnusable(where, 'the schema declares no message')
  return ofProto(message, where, pin)
}

function ofAvro(type: AvroType, where: string, pin: string): ValueSchema {
  return {
    get columns() {
      return avroColumns(type, where)
    },
    pin,
    check: columns => void avroPlan(type, new EventColumns(columns), where),
  }
}

function ofProto(message: ProtoMessage, where: string, pin: string): ValueSchema {
  return {
    get columns() {
      return protoColumns(message, where)
    },
    pin,
    check: columns => void protoPlan(message, new EventColumns(columns), where),
  }
}
