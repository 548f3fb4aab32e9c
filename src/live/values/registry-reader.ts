/**
 * Values that name their schema (Confluent's wire format), each decoded by the schema it was written with.
 *
 *     value := 0x00, id int32 big-endian, [indexes], the record
 *     indexes, of Protobuf := count, index*        zigzag varints: the path to the message among those of the file;
 *                                                  a count of 0 stands for the first message
 *
 * `prepare` fetches what a batch names and is not known yet; a schema that the stream's columns cannot take is an error
 * there, with the field, both types and the id (`schema-conflict`). An id that the registry does not know makes bad
 * records, and is asked for again after a while.
 */

import type { Batch, Schema } from '../../core/batch/index.ts'
import { HindcastError } from '../../errors.ts'
import type { RegistryPlace } from '../../job/index.ts'
import { LIMITS } from '../../limits.ts'
import type { RecordBatch } from '../source.ts'
import type { AvroPlan } from './avro-plan.ts'
import { avroPlan } from './avro-plan.ts'
import { AvroReader } from './avro-reader.ts'
import { parseAvroSchema } from './avro-schema.ts'
import { ByteCursor } from './byte-cursor.ts'
import type { RecordReader } from './event-columns.ts'
import { EventColumns } from './event-columns.ts'
import type { ProtoPlan } from './proto-plan.ts'
import { protoPlan } from './proto-plan.ts'
import { ProtoReader } from './proto-reader.ts'
import type { ProtoMessage } from './proto-schema.ts'
import { parseProto } from './proto-schema.ts'
import type { RegisteredSchema } from './registry.ts'
import { SchemaRegistry } from './registry.ts'
import { schemaUnusable } from './schema-conflict.ts'

const HEADER_BYTES = 5

/** The records of one schema. */
interface WrittenBy {
  /** Makes ready for the record behind the header; throws `schema-conflict`. */
  prepare(bytes: Uint8Array, start: number, end: number): void
  push(bytes: Uint8Array, start: number, end: number): string | null
  /** Values of the last record that no column takes. */
  readonly unknown: number
}

export class RegistryReader implements RecordReader {
  unknownColumns = 0
  readonly isText = false
  readonly #kind: 'avro' | 'protobuf'
  readonly #registry: SchemaRegistry
  readonly #columns: EventColumns
  readonly #avro: AvroReader
  readonly #proto: ProtoReader
  readonly #known = new Map<number, WrittenBy>()
  /** When each id that the registry does not know may be asked for again, ms of a monotonic clock. */
  readonly #unknownUntil = new Map<number, number>()
  #lastId = -1
  #last: WrittenBy | null = null

  constructor(kind: 'avro' | 'protobuf', place: RegistryPlace, schema: Schema) {
    this.#kind = kind
    this.#registry = new SchemaRegistry(place)
    this.#columns = new EventColumns(schema)
    this.#avro = new AvroReader(this.#columns)
    this.#proto = new ProtoReader(this.#columns)
  }

  async prepare(records: RecordBatch, signal: AbortSignal): Promise<void> {
    const asked = new Set<number>()
    for (let missing = this.#scan(records, asked); missing.size > 0; missing = this.#scan(records, asked)) {
      for (const id of missing) {
        asked.add(id)
        if (asked.size > LIMITS.registrySchemasMax) throw this.#tooMany(id)
        const schema = await this.#registry.schema(id, signal)
        if (schema === null) this.#noteUnknown(id)
        else this.#note(id, this.#compiled(schema, this.#registry.nameOf(id)))
      }
    }
  }

  push(records: RecordBatch, i: number): string | null {
    const { bytes, valueOffsets } = records
    const start = valueOffsets[i]!
    const end = valueOffsets[i + 1]!
    const id = schemaIdAt(bytes, start, end)
    if (id < 0) return NO_HEADER
    const writer = id === this.#lastId ? this.#last : this.#find(id)
    if (writer === null) return `its schema ${id} is not in the registry`
    const reason = writer.push(bytes, start + HEADER_BYTES, end)
    if (reason === null) this.unknownColumns += writer.unknown
    return reason === null ? null : `${reason} (schema ${id})`
  }

  take(): Batch {
    return this.#columns.take()
  }

  async close(): Promise<void> {
    await this.#registry.close()
  }

  /** The next ids of the batch that have to be asked for, and were not; and what is known is made ready. */
  #scan(records: RecordBatch, asked: ReadonlySet<number>): Set<number> {
    const { bytes, valueOffsets, rows } = records
    const missing = new Set<number>()
    const now = performance.now()
    for (let i = 0; i < rows; i++) {
      const end = valueOffsets[i + 1]!
      const id = schemaIdAt(bytes, valueOffsets[i]!, end)
      if (id < 0) continue
      const writer = id === this.#lastId ? this.#last : this.#find(id)
      if (writer !== null) writer.prepare(bytes, valueOffsets[i]! + HEADER_BYTES, end)
      else if (!asked.has(id) && (this.#unknownUntil.get(id) ?? 0) <= now) missing.add(id)
      if (missing.size === LIMITS.registryIdsPerBatch) break
    }
    return missing
  }

  #find(id: number): WrittenBy | null {
    const writer = this.#known.get(id) ?? null
    if (writer !== null) {
      this.#lastId = id
      this.#last = writer
    }
    return writer
  }

  #note(id: number, writer: WrittenBy): void {
    // Two batches may have asked at the same time: plans of the first may be in use.
    if (this.#known.has(id)) return
    if (this.#known.size === LIMITS.registrySchemasMax) throw this.#tooMany(id)
    this.#unknownUntil.delete(id)
    this.#known.set(id, writer)
  }

  #tooMany(id: number): HindcastError {
    const message = `records of one topic name more than ${LIMITS.registrySchemasMax} schemas`
    return new HindcastError('limit-passed', message, {
      where: { uri: this.#registry.nameOf(id) },
      advice: 'A producer registers a schema for each record: let it reuse one.',
    })
  }

  #noteUnknown(id: number): void {
    if (this.#unknownUntil.size >= LIMITS.registrySchemasMax) this.#unknownUntil.clear()
    this.#unknownUntil.set(id, performance.now() + LIMITS.registryUnknownMs)
  }

  #compiled(schema: RegisteredSchema, where: string): WrittenBy {
    if (schema.type !== this.#kind.toUpperCase())
      throw schemaUnusable(where, `values are ${schema.type}, and the job says ${this.#kind}`)
    if (this.#kind === 'avro') {
      const type = parseAvroSchema(
        schema.text,
        where,
        schema.references.map(({ text }) => text),
      )
      return new WrittenByAvro(this.#avro, avroPlan(type, this.#columns, where))
    }
    const imports = new Map(schema.references.map(({ name, text }) => [name, text]))
    return new WrittenByProto(this.#proto, parseProto(schema.text, where, imports), this.#columns, where)
  }
}

const NO_HEADER = 'does not begin with the magic byte 0 and the id of a schema'

/** The id of the schema of a value; -1 where it has none. */
function schemaIdAt(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < HEADER_BYTES || bytes[start] !== 0) return -1
  return (bytes[start + 1]! << 24) | (bytes[start + 2]! << 16) | (bytes[start + 3]! << 8) | bytes[start + 4]!
}

class WrittenByAvro implements WrittenBy {
  readonly unknown: number
  readonly #reader: AvroReader
  readonly #plan: AvroPlan

  constructor(reader: AvroReader, plan: AvroPlan) {
    this.#reader = reader
    this.#plan = plan
    this.unknown = plan.unknown
  }

  prepare(): void {}

  push(bytes: Uint8Array, start: number, end: number): string | null {
    return this.#reader.push(this.#plan, bytes, start, end)
  }
}

class WrittenByProto implements WrittenBy {
  readonly #reader: ProtoReader
  readonly #messages: readonly ProtoMessage[]
  readonly #columns: EventColumns
  readonly #where: string
  readonly #plans = new Map<ProtoMessage, ProtoPlan>()
  readonly #cursor = new ByteCursor()

  constructor(reader: ProtoReader, messages: readonly ProtoMessage[], columns: EventColumns, where: string) {
    this.#reader = reader
    this.#messages = messages
    this.#columns = columns
    this.#where = where
  }

  get unknown(): number {
    return this.#reader.unknown
  }

  prepare(bytes: Uint8Array, start: number, end: number): void {
    const message = this.#message(bytes, start, end)
    if (message === null || this.#plans.has(message)) return
    this.#plans.set(message, protoPlan(message, this.#columns, this.#where))
  }

  push(bytes: Uint8Array, start: number, end: number): string | null {
    const message = this.#message(bytes, start, end)
    const plan = message === null ? undefined : this.#plans.get(message)
    if (plan === undefined) return 'names a message that its schema does not have'
    return this.#reader.push(plan, bytes, this.#cursor.pos, end)
  }

  /** The message that the indexes at `start` name; the cursor then stands behind them. */
  #message(bytes: Uint8Array, start: number, end: number): ProtoMessage | null {
    const cursor = this.#cursor
    cursor.open(bytes, start, end)
    if (!cursor.zigzag() || cursor.high !== 0 || cursor.low < 0 || cursor.low > LIMITS.valueDepthMax)
      return null
    const count = cursor.low
    if (count === 0) return this.#messages[0] ?? null
    let among = this.#messages
    let found: ProtoMessage | null = null
    for (let i = 0; i < count; i++) {
      const message: ProtoMessage | undefined =
        cursor.zigzag() && cursor.high === 0 ? among[cursor.low] : undefined
      if (message === undefined) return null
      found = message
      among = message.nested
    }
    return found
  }
}
