/**
 * Plain values of Avro or Protobuf: one schema, in a file, for all of them. It is read by the first `prepare`.
 */

import type { Batch, Schema } from '../../core/batch/index.ts'
import { assert } from '../../errors.ts'
import type { AvroSchemaPlace, ProtobufSchemaPlace, RegistryPlace } from '../../job/index.ts'
import type { RecordBatch } from '../source.ts'
import type { AvroPlan } from './avro-plan.ts'
import { avroPlan } from './avro-plan.ts'
import { AvroReader } from './avro-reader.ts'
import type { RecordReader } from './event-columns.ts'
import { EventColumns } from './event-columns.ts'
import type { ProtoPlan } from './proto-plan.ts'
import { protoPlan } from './proto-plan.ts'
import { ProtoReader } from './proto-reader.ts'
import { loadAvro, loadProto } from './schema-files.ts'

export type AvroFilePlace = Exclude<AvroSchemaPlace, RegistryPlace>
export type ProtobufFilePlace = Exclude<ProtobufSchemaPlace, RegistryPlace>

const NOT_PREPARED = 'records were decoded before they were prepared'

export class AvroFileReader implements RecordReader {
  unknownColumns = 0
  readonly isText = false
  readonly #place: AvroFilePlace
  readonly #columns: EventColumns
  readonly #reader: AvroReader
  #plan: AvroPlan | null = null

  constructor(place: AvroFilePlace, schema: Schema) {
    this.#place = place
    this.#columns = new EventColumns(schema)
    this.#reader = new AvroReader(this.#columns)
  }

  async prepare(): Promise<void> {
    if (this.#plan !== null) return
    const { type } = await loadAvro(this.#place)
    this.#plan ??= avroPlan(type, this.#columns, this.#place.path)
  }

  push(records: RecordBatch, i: number): string | null {
    assert(this.#plan !== null, NOT_PREPARED)
    const { bytes, valueOffsets } = records
    const reason = this.#reader.push(this.#plan, bytes, valueOffsets[i]!, valueOffsets[i + 1]!)
    if (reason === null) this.unknownColumns += this.#plan.unknown
    return reason
  }

  take(): Batch {
    return this.#columns.take()
  }

  async close(): Promise<void> {}
}

export class ProtobufFileReader implements RecordReader {
  unknownColumns = 0
  readonly isText = false
  readonly #place: ProtobufFilePlace
  readonly #columns: EventColumns
  readonly #reader: ProtoReader
  #plan: ProtoPlan | null = null

  constructor(place: ProtobufFilePlace, schema: Schema) {
    this.#place = place
    this.#columns = new EventColumns(schema)
    this.#reader = new ProtoReader(this.#columns)
  }

  async prepare(): Promise<void> {
    if (this.#plan !== null) return
    const { message } = await loadProto(this.#place)
    this.#plan ??= protoPlan(message, this.#columns, this.#place.path)
  }

  push(records: RecordBatch, i: number): string | null {
    assert(this.#plan !== null, NOT_PREPARED)
    const { bytes, valueOffsets } = records
    const reason = this.#reader.push(this.#plan, bytes, valueOffsets[i]!, valueOffsets[i + 1]!)
    if (reason === null) this.unknownColumns += this.#reader.unknown
    return reason
  }

  take(): Batch {
    return this.#columns.take()
  }

  async close(): Promise<void> {}
}
