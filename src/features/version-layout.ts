/**
 * Which columns of a feature's files mean what: key, version time, `available`, `deleted`, values.
 */

import type { Field, Schema } from '../core/batch/index.ts'
import { fieldIndex, typeText } from '../core/batch/index.ts'
import { timeUnitOf } from '../core/order/index.ts'
import type { TimeUnit } from '../core/time.ts'
import { HindcastError } from '../errors.ts'
import type { TimeColumn } from '../job/index.ts'

/** Columns of versions by name. */
export interface VersionColumns {
  readonly key: readonly string[]
  readonly time: TimeColumn
  readonly columns: readonly string[]
  readonly available?: TimeColumn
  readonly deleted?: string
}

export interface TimeField extends Field {
  /** Declared unit of a numeric column; undefined where the type carries its own. */
  readonly unit: TimeUnit | undefined
}

/** The same with types. */
export interface VersionLayout {
  readonly key: readonly Field[]
  readonly time: TimeField
  readonly available: TimeField | null
  readonly deleted: Field | null
  readonly values: readonly Field[]
  /** All of them, each once: what is read of the files. */
  readonly reads: readonly Field[]
  /** Units of `time` and `available`; days count as milliseconds. */
  readonly timeUnits: readonly TimeUnit[]
}

/** Raises `column-missing`, or `job-invalid` for a time or `deleted` column of a wrong type. */
export function versionLayout(columns: VersionColumns, schema: Schema): VersionLayout {
  const field = (name: string): Field => {
    const index = fieldIndex(schema, name)
    if (index >= 0) return schema[index]
    throw new HindcastError('column-missing', `column ${name} is in none of the files of versions`, {
      where: { column: name },
      advice: `Columns there are: ${schema.map(each => each.name).join(', ')}.`,
    })
  }
  const timeField = (column: TimeColumn): TimeField => ({ ...field(column.column), unit: column.unit })
  const layout = {
    key: columns.key.map(field),
    time: timeField(columns.time),
    available: columns.available === undefined ? null : timeField(columns.available),
    deleted: columns.deleted === undefined ? null : boolField(field(columns.deleted)),
    values: columns.columns.map(field),
  }
  const times = layout.available === null ? [layout.time] : [layout.time, layout.available]
  return { ...layout, reads: distinct(layout), timeUnits: times.map(unitOf) }
}

function distinct(layout: Omit<VersionLayout, 'reads' | 'timeUnits'>): Field[] {
  const { key, time, available, deleted, values } = layout
  const reads: Field[] = []
  for (const field of [...key, time, available, deleted, ...values]) {
    if (field !== null && fieldIndex(reads, field.name) < 0)
      reads.push({ name: field.name, type: field.type })
  }
  return reads
}

function unitOf(time: TimeField): TimeUnit {
  const unit = timeUnitOf(time.name, time.type, time.unit)
  return unit === 'day' ? 'ms' : unit
}

function boolField(field: Field): Field {
  if (field.type.name === 'bool') return field
  throw new HindcastError(
    'job-invalid',
    `column ${field.name} marks deletes, but is ${typeText(field.type)}`,
    {
      where: { column: field.name },
      advice: 'Write it as a boolean column: true marks a version that deletes the value.',
    },
  )
}
