/**
 * A Protobuf message against the columns of a stream → which field goes where. Matched by name, as it is in the .proto
 * file; what can never be converted is `schema-conflict`; fields without a column are passed over and counted.
 *
 * A missing field is null where the schema tells presence (`optional`, oneofs, messages, proto2), else its default. The
 * wrappers of google.protobuf are their value or null, Timestamp is a timestamp; repeated fields, maps and other messages
 * go into text, as JSON.
 */

import type { ColumnType, Field, Schema } from '../../core/batch/index.ts'
import type { ColumnTarget } from './column-target.ts'
import { targetOf } from './column-target.ts'
import type { EventColumns } from './event-columns.ts'
import { codeOf, LENGTH, wireOf } from './proto-parts.ts'
import type { ProtoField, ProtoMessage } from './proto-schema.ts'
import { protoTypeText, SCALAR_COLUMNS } from './proto-schema.ts'
import { schemaConflict, schemaUnusable } from './schema-conflict.ts'

/** What a step does with its value. */
export const SCALAR = 0
export const ENUM_NAME = 1
export const TIMESTAMP = 2
export const WRAPPER = 3
export const NESTED = 4

export class ProtoStep {
  readonly op: number
  readonly field: ProtoField
  readonly column: number
  /** Null for timestamps. */
  readonly target: ColumnTarget | null
  /** Of the scalar: the field itself, what is in the wrapper. */
  readonly code: number
  readonly wire: number
  readonly names: ReadonlyMap<number, Uint8Array>
  /** Where its values are in the record being read, for what is only made of all of them: begin, end, wire type. */
  readonly places: number[] = []

  constructor(op: number, field: ProtoField, column: number, target: ColumnTarget | null) {
    this.op = op
    this.field = field
    this.column = column
    this.target = target
    this.code = codeOf(op === WRAPPER ? field.message!.fields[0]!.kind : field.kind)
    this.wire = op === SCALAR || op === ENUM_NAME ? wireOf(this.code) : LENGTH
    const names = [...(field.names ?? [])]
    this.names = new Map(names.map(([number, name]) => [number, UTF8.encode(name)]))
  }
}

export interface ProtoPlan {
  readonly message: ProtoMessage
  readonly steps: readonly ProtoStep[]
  /** Index + 1 of the step of each small field number. */
  readonly byNumber: Int32Array
  /** Index of the step of each greater one. */
  readonly byGreater: ReadonlyMap<number, number>
  /** Of each field of a oneof, with a column or without: indexes of the steps that it takes the place of. */
  readonly rivals: ReadonlyMap<number, readonly number[]>
  /** Columns that no field fills. */
  readonly absent: readonly number[]
}

const UTF8 = new TextEncoder()
const SMALL_NUMBERS = 1024
const TIMESTAMP_COLUMN: ColumnType = { name: 'timestamp', unit: 'ns', utc: true }
const TEXT_COLUMN: ColumnType = { name: 'utf8' }

/** `where` names the schema in errors. */
export function protoPlan(message: ProtoMessage, columns: EventColumns, where: string): ProtoPlan {
  const steps: ProtoStep[] = []
  const byNumber = new Int32Array(SMALL_NUMBERS)
  const byGreater = new Map<number, number>()
  for (const field of message.fields) {
    const column = columns.schema.findIndex(({ name }) => name === field.name)
    if (column < 0) continue
    if (field.number < SMALL_NUMBERS) byNumber[field.number] = steps.length + 1
    else byGreater.set(field.number, steps.length)
    steps.push(stepOf(field, column, columns, where))
  }
  const filled = new Set(steps.map(step => step.column))
  const absent = columns.schema.map((_, column) => column).filter(column => !filled.has(column))
  return { message, steps, byNumber, byGreater, rivals: rivalsOf(message, steps), absent }
}

function rivalsOf({ fields }: ProtoMessage, steps: readonly ProtoStep[]): Map<number, readonly number[]> {
  const rivals = new Map<number, readonly number[]>()
  for (const { oneof, number } of fields) {
    if (oneof === null) continue
    const others = steps.flatMap(({ field }, i) =>
      field.oneof === oneof && field.number !== number ? [i] : [],
    )
    if (others.length > 0) rivals.set(number, others)
  }
  return rivals
}

/** Columns that hold all that messages of this type say. */
export function protoColumns(message: ProtoMessage, where: string): Schema {
  return message.fields.map((field): Field => {
    if (field.kind === 'group')
      throw schemaUnusable(where, `no column holds the field "${field.name}": it is a group`, field.name)
    return { name: field.name, type: sourceOf(field) }
  })
}

/** The scalar that a message of google.protobuf wraps, if it is one of these. */
export function wrappedField(message: ProtoMessage): ProtoField | null {
  return /^google\.protobuf\.(Double|Float|U?Int64|U?Int32|Bool|String|Bytes)Value$/.test(message.name)
    ? (message.fields[0] ?? null)
    : null
}

export function isTimestamp(message: ProtoMessage): boolean {
  return message.name === 'google.protobuf.Timestamp'
}

function stepOf(field: ProtoField, column: number, columns: EventColumns, where: string): ProtoStep {
  const builder = columns.builders[column]!
  const { type } = builder.field
  const op = opOf(field, type)
  const conflict = schemaConflict(where, builder.field, protoTypeText(field))
  if (field.kind === 'group') throw conflict
  if (op === TIMESTAMP) {
    if (type.name !== 'timestamp') throw conflict
    return new ProtoStep(op, field, column, null)
  }
  if (op === NESTED && type.name !== 'utf8') throw conflict
  const source = field.kind === 'enum' && op === SCALAR ? SCALAR_COLUMNS.int32 : sourceOf(field)
  const target = targetOf(builder, source)
  if (target === null) throw conflict
  return new ProtoStep(op, field, column, target)
}

/** An enum is its name in text and binary columns, else its number. */
function opOf(field: ProtoField, type: ColumnType): number {
  if (field.repeated || field.mapKey !== null) return NESTED
  if (field.message !== null) {
    if (isTimestamp(field.message)) return TIMESTAMP
    return wrappedField(field.message) === null ? NESTED : WRAPPER
  }
  return field.kind === 'enum' && (type.name === 'utf8' || type.name === 'binary') ? ENUM_NAME : SCALAR
}

function sourceOf(field: ProtoField): ColumnType {
  if (field.repeated || field.mapKey !== null || field.kind === 'enum') return TEXT_COLUMN
  if (field.message !== null) {
    const wrapped = wrappedField(field.message)
    if (wrapped !== null) return sourceOf(wrapped)
    return isTimestamp(field.message) ? TIMESTAMP_COLUMN : TEXT_COLUMN
  }
  return field.kind === 'group' || field.kind === 'message' ? TEXT_COLUMN : SCALAR_COLUMNS[field.kind]
}
