/**
 * A writer's Avro schema against the columns of a stream → the steps that read one record. Matched by name:
 *
 *     writer's field     column of the stream
 *     in both            converted as column-target.ts says; what cannot ever be is `schema-conflict`
 *     only the writer's  passed over, counted
 *     —                  only the stream's: null
 *
 * A union may hold null and any branches that the column takes. Records, arrays and maps go into text, as JSON.
 */

import type { ColumnType, Schema } from '../../core/batch/index.ts'
import { typeText } from '../../core/batch/index.ts'
import type { AvroField, AvroRecord, AvroType } from './avro-schema.ts'
import type { ColumnTarget } from './column-target.ts'
import { targetOf } from './column-target.ts'
import type { EventColumns } from './event-columns.ts'
import { schemaConflict, schemaUnusable } from './schema-conflict.ts'

/** What a step does with its value. */
export const SKIP = 0
export const NULL = 1
export const BOOLEAN = 2
export const INTEGER = 3
export const FLOAT = 4
export const DOUBLE = 5
export const BYTES = 6
export const FIXED = 7
export const ENUM = 8
export const UUID = 9
export const NESTED = 10
export const UNION = 11

/** One class for all, so that the reader stays monomorphic. */
export class AvroStep {
  readonly op: number
  readonly type: AvroType
  /** Index of the column; -1 where there is none. */
  readonly column: number
  readonly target: ColumnTarget | null
  readonly branches: readonly AvroStep[]
  readonly symbols: readonly Uint8Array[]
  /** Bytes of a fixed type. */
  readonly size: number
  /** An integer of 32 bits. */
  readonly isInt: boolean

  constructor(
    op: number,
    type: AvroType,
    column: number,
    target: ColumnTarget | null,
    branches: readonly AvroStep[] = [],
  ) {
    this.op = op
    this.type = type
    this.column = column
    this.target = target
    this.branches = branches
    this.symbols = type.kind === 'enum' ? type.symbols : []
    this.size = type.kind === 'fixed' ? type.size : 0
    this.isInt = type.kind === 'int'
  }
}

export interface AvroPlan {
  readonly steps: readonly AvroStep[]
  /** Columns that no field fills. */
  readonly absent: readonly number[]
  /** Fields that no column takes. */
  readonly unknown: number
}

/** `where` names the schema in errors: a file, or a registry's schema with its id. */
export function avroPlan(type: AvroType, columns: EventColumns, where: string): AvroPlan {
  const record = recordOf(type, where)
  const { schema } = columns
  const steps = record.fields.map(field => {
    const column = schema.findIndex(({ name }) => name === field.name)
    return column < 0
      ? new AvroStep(SKIP, field.type, -1, null)
      : stepOf(field.type, column, columns, { field, where })
  })
  const filled = new Set(steps.map(step => step.column))
  return {
    steps,
    absent: schema.map((_, column) => column).filter(column => !filled.has(column)),
    unknown: steps.filter(step => step.op === SKIP).length,
  }
}

/** Columns that hold all that records of this schema say. */
export function avroColumns(type: AvroType, where: string): Schema {
  return recordOf(type, where).fields.map(({ name, type: fieldType }) => {
    const column = columnOf(fieldType)
    if (column !== null) return { name, type: column }
    throw schemaUnusable(where, `no column holds the field "${name}": ${avroTypeText(fieldType)}`, name)
  })
}

/** A type as messages write it: `int`, `long (timestamp[ms, UTC])`, `union of null and string`. */
export function avroTypeText(type: AvroType): string {
  switch (type.kind) {
    case 'union':
      return `union of ${type.branches.map(avroTypeText).join(' and ')}`
    case 'record':
      return `record ${type.name}`
    default:
      return 'unit' in leafColumn(type) || type.kind === 'bytes'
        ? `${type.kind} (${typeText(leafColumn(type))})`
        : type.kind
  }
}

function recordOf(type: AvroType, where: string): AvroRecord {
  if (type.kind === 'record') return type
  throw schemaUnusable(where, `values are of type ${avroTypeText(type)}, and only a record has columns`)
}

interface Meant {
  readonly field: AvroField
  readonly where: string
}

function stepOf(type: AvroType, column: number, columns: EventColumns, meant: Meant): AvroStep {
  const { where, field } = meant
  if (type.kind === 'null') return new AvroStep(NULL, type, column, null)
  if (type.kind === 'union') {
    const branches = type.branches.map(branch => stepOf(branch, column, columns, meant))
    return new AvroStep(UNION, type, column, null, branches)
  }
  const builder = columns.builders[column]!
  const target = targetOf(builder, leafColumn(type))
  const isText = builder.field.type.name === 'utf8'
  if (target === null || (isNested(type) && !isText)) {
    const whole = field.type === type ? '' : ` in a ${avroTypeText(field.type)}`
    throw schemaConflict(where, builder.field, `${avroTypeText(type)}${whole}`)
  }
  return new AvroStep(opOf(type), type, column, target)
}

function opOf(type: AvroType): number {
  switch (type.kind) {
    case 'boolean':
      return BOOLEAN
    case 'int':
    case 'long':
      return INTEGER
    case 'float':
      return FLOAT
    case 'double':
      return DOUBLE
    case 'bytes':
    case 'string':
      return BYTES
    case 'fixed':
      return type.isUuid ? UUID : FIXED
    case 'enum':
      return ENUM
    default:
      return NESTED
  }
}

function isNested(type: AvroType): boolean {
  return type.kind === 'record' || type.kind === 'array' || type.kind === 'map'
}

function leafColumn(type: AvroType): ColumnType {
  return 'column' in type ? type.column : { name: 'utf8' }
}

/** The column type that holds all values of a type, null where none does. */
function columnOf(type: AvroType): ColumnType | null {
  if (type.kind === 'null') return { name: 'utf8' }
  if (type.kind !== 'union') return leafColumn(type)
  const found = type.branches.filter(({ kind }) => kind !== 'null').map(leafColumn)
  const [first] = found
  if (first === undefined) return { name: 'utf8' }
  const texts = new Set(found.map(column => JSON.stringify(column)))
  const hasNested = type.branches.some(isNested)
  if (texts.size === 1) return hasNested && found.length > 1 ? null : first
  if (found.every(({ name }) => name === 'int32' || name === 'int64')) return { name: 'int64' }
  if (found.every(({ name }) => name === 'int32' || name === 'float32' || name === 'float64'))
    return { name: 'float64' }
  return null
}
