/**
 * The schema of a file as lines that can be read: every node in the order of the file, with its depth, and for each
 * column our type, or why it is not read.
 */

import { typeText } from '../../core/batch/index.ts'
import type { LeafColumn } from '../format/leaf-columns.ts'
import type { LogicalType, PhysicalType, Repetition, SchemaElement } from '../format/metadata.ts'
import type { ParquetFile } from '../read/parquet-file.ts'

/** A node of the schema below its root. */
export interface SchemaLine {
  readonly name: string
  /** Groups around it; 0 for a child of the root. */
  readonly depth: number
  /** Our type as text; null for a group, and for a column that is not read. */
  readonly type: string | null
  /** Null for a group; with the length in bytes where it is fixed: `FIXED_LEN_BYTE_ARRAY(16)`. */
  readonly physical: string | null
  readonly repetition: Repetition | null
  /** What the writer says it means: `STRING`, `TIMESTAMP(us, UTC)`, `DECIMAL(9, 2)`; null where nothing. */
  readonly annotation: string | null
  readonly fieldId: number | null
  /** Why a column is not read; null for groups and for columns that are. */
  readonly unreadable: string | null
}

/** Nodes of the schema, depth first, without the root. */
export function describeSchema(file: ParquetFile): readonly SchemaLine[] {
  const { schema } = file.metadata
  const lines: SchemaLine[] = []
  /** Children still to come of each open group. */
  const open = [schema[0]!.children]
  let leaf = 0
  for (let i = 1; i < schema.length; i++) {
    while (open.length > 1 && open.at(-1) === 0) open.pop()
    open[open.length - 1]!--
    const element = schema[i]!
    const column = element.physical === null ? null : file.leaves[leaf++]!
    lines.push({
      name: element.name,
      depth: open.length - 1,
      type: column?.type == null ? null : typeText(column.type),
      physical: element.physical === null ? null : physicalText(element.physical, element.typeLength),
      repetition: element.repetition,
      annotation: annotationText(element),
      fieldId: element.fieldId,
      unreadable: column === null ? null : unreadableWhy(column),
    })
    if (element.physical === null) open.push(element.children)
  }
  return lines
}

/** Why the reader does not read a column, in a few words; null where it does. */
export function unreadableWhy({ type, foreign, isFlat }: LeafColumn): string | null {
  if (type !== null) return null
  if (!isFlat) return `part of a ${foreign ?? 'group'}`
  return `${foreign ?? 'unknown'} is not a type of ours`
}

/** `INT64`, `FIXED_LEN_BYTE_ARRAY(16)` */
export function physicalText(physical: PhysicalType, typeLength: number | null): string {
  return physical === 'FIXED_LEN_BYTE_ARRAY' ? `${physical}(${typeLength})` : physical
}

function annotationText({ logical, converted, precision, scale }: SchemaElement): string | null {
  if (logical !== null) return logicalText(logical)
  return converted === 'DECIMAL' ? `DECIMAL(${precision ?? 0}, ${scale ?? 0})` : converted
}

function logicalText(logical: LogicalType): string {
  switch (logical.name) {
    case 'DECIMAL':
      return `DECIMAL(${logical.precision}, ${logical.scale})`
    case 'TIME':
    case 'TIMESTAMP':
      return `${logical.name}(${logical.unit}${logical.utc ? ', UTC' : ''})`
    case 'INTEGER':
      return `${logical.signed ? 'INT' : 'UINT'}(${logical.bitWidth})`
    default:
      return logical.name
  }
}
