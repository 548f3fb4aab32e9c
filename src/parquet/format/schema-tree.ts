/**
 * The schema as a tree: its nodes lie in the file depth first, each with the number of its children.
 *
 * Invariant: whoever got leaves from here knows that the nodes form exactly one tree, of bounded depth and size.
 * Source: apache/parquet-format, README ("Nested Encoding") and `parquet.thrift` (SchemaElement).
 */

import { LIMITS } from '../../limits.ts'
import { corrupt, passed } from '../damage.ts'
import type { SchemaElement } from './metadata.ts'

/** A leaf, which is a column of the file, and its place in the tree. */
export interface LeafNode {
  readonly element: SchemaElement
  /** Names from the root's child down to the leaf. */
  readonly path: readonly string[]
  /** The path with dots. Concatenated lazily: deep schemas of long names share their beginnings. */
  readonly dotted: string
  /** Index of the branch among the children of the root, and its node. */
  readonly topLevel: number
  readonly branch: SchemaElement
  /** Nodes on the path that are not REQUIRED, and that are REPEATED. */
  readonly maxDefinition: number
  readonly maxRepetition: number
}

/** A group whose children are being read. */
interface OpenGroup {
  left: number
  readonly path: readonly string[]
  readonly dotted: string
  readonly maxDefinition: number
  readonly maxRepetition: number
}

/** The leaves in the order of the file, which is that of `RowGroup.columns`. A broken tree is `file-corrupt`. */
export function leafNodes(schema: readonly SchemaElement[]): readonly LeafNode[] {
  if (schema.length > LIMITS.parquetSchemaNodesMax)
    throw passed(`the schema has ${schema.length} nodes, more than ${LIMITS.parquetSchemaNodesMax}`)
  const root = schema[0]
  if (root === undefined || root.physical !== null) throw corrupt('the schema has no root')
  const leaves: LeafNode[] = []
  const open: OpenGroup[] = [
    { left: root.children, path: [], dotted: '', maxDefinition: 0, maxRepetition: 0 },
  ]
  let branch = root
  let topLevel = -1
  for (let i = 1; i < schema.length; i++) {
    while (open.length > 0 && open[open.length - 1]!.left === 0) open.pop()
    const parent = open[open.length - 1]
    if (parent === undefined)
      throw corrupt(`the schema has ${schema.length - i} nodes that belong to no group`)
    parent.left--
    const element = schema[i]!
    if (open.length === 1) {
      branch = element
      topLevel++
    }
    const levels = below(parent, element)
    if (element.physical !== null) leaves.push({ element, topLevel, branch, ...levels })
    else {
      if (open.length >= LIMITS.parquetDepthMax)
        throw passed(`the schema is more than ${LIMITS.parquetDepthMax} levels deep`)
      open.push({ left: element.children, ...levels })
    }
  }
  if (open.some(group => group.left > 0)) throw corrupt('the schema ends in the middle of a group')
  return leaves
}

function below(parent: OpenGroup, element: SchemaElement): Omit<OpenGroup, 'left'> {
  if (element.physical !== null && element.children > 0)
    throw corrupt(`node '${element.name}' of the schema has a type and children`)
  if (element.repetition === null)
    throw corrupt(`column '${element.name}' does not say whether it is optional`)
  return {
    path: [...parent.path, element.name],
    dotted: parent.dotted === '' ? element.name : `${parent.dotted}.${element.name}`,
    maxDefinition: parent.maxDefinition + (element.repetition === 'REQUIRED' ? 0 : 1),
    maxRepetition: parent.maxRepetition + (element.repetition === 'REPEATED' ? 1 : 0),
  }
}
