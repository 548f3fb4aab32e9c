/**
 * The columns of a file as we see them: which of our types each leaf has, and how its PLAIN values become our memory.
 *
 * Invariant: an annotation that does not fit its physical type is ignored, as the format advises, and the column is
 * what it physically is; only a decimal that cannot be one is corrupt, since a guess would be wrong by powers of ten.
 * Source: apache/parquet-format, `LogicalTypes.md`.
 */

import type { ColumnType } from '../../core/batch/index.ts'
import type { ValueForm } from './annotated-type.ts'
import { annotatedType } from './annotated-type.ts'
import type { PhysicalType, SchemaElement } from './metadata.ts'
import type { LeafNode } from './schema-tree.ts'
import { leafNodes } from './schema-tree.ts'

export type { ValueForm } from './annotated-type.ts'

export interface LeafColumn {
  /** Name of a flat column; else the path with dots. */
  readonly name: string
  readonly path: readonly string[]
  /** Index among the leaves, which is that in `RowGroup.columns`. */
  readonly index: number
  /** Index among the root's children. */
  readonly topLevel: number
  readonly physical: PhysicalType
  /** Bytes of a value of FIXED_LEN_BYTE_ARRAY, else null. */
  readonly typeLength: number | null
  /** Whether the leaf itself may be null. */
  readonly isOptional: boolean
  readonly maxDefinition: number
  readonly maxRepetition: number
  /** Directly under the root and not repeated: one value a row. */
  readonly isFlat: boolean
  /** Null: not readable as a flat column. */
  readonly type: ColumnType | null
  /** Why `type` is null, in a word: `list`, `map`, `struct`, `interval`, `decimal(50,2)`, …; else null. */
  readonly foreign: string | null
  readonly form: ValueForm
}

/** The leaf columns in the order of the file. A broken tree and impossible decimals are `file-corrupt`. */
export function leafColumns(schema: readonly SchemaElement[]): readonly LeafColumn[] {
  return leafNodes(schema).map(leafColumn)
}

function leafColumn(node: LeafNode, index: number): LeafColumn {
  const { element, path, maxDefinition, maxRepetition } = node
  const nesting = nestingOf(node)
  const own = annotatedType(element)
  return {
    name: node.dotted,
    path,
    index,
    topLevel: node.topLevel,
    physical: element.physical!,
    typeLength: element.physical === 'FIXED_LEN_BYTE_ARRAY' ? element.typeLength : null,
    isOptional: element.repetition === 'OPTIONAL',
    maxDefinition,
    maxRepetition,
    isFlat: nesting === null,
    type: nesting === null ? own.type : null,
    foreign: nesting ?? own.foreign,
    form: own.form,
  }
}

/** What the leaf is a part of, by the annotation of its branch; null for a flat column. */
function nestingOf({ branch, path, maxRepetition }: LeafNode): string | null {
  const annotation = branch.logical?.name ?? branch.converted
  if (path.length === 1) return maxRepetition === 0 ? null : 'list'
  if (annotation === 'LIST') return 'list'
  if (annotation === 'MAP' || annotation === 'MAP_KEY_VALUE') return 'map'
  if (annotation === 'VARIANT') return 'variant'
  return branch.repetition === 'REPEATED' ? 'list' : 'struct'
}
