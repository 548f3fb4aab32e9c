/**
 * What columns a Parquet file has: its schema tree, as `parquet_schema` tells it → columns with our types.
 *
 * Only flat columns are read. Others are listed as unsupported, so that a job that does not need them works.
 */

import type { ColumnType, Schema } from '../../core/batch/index.ts'
import type { TimeUnit } from '../../core/time.ts'
import { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import type { UnsupportedColumn } from '../../plan/index.ts'

/** A node of the schema tree, depth first; `null` where the file says nothing. */
export interface SchemaNode {
  readonly name: string
  readonly physical: string | null
  readonly repetition: string | null
  readonly children: number | null
  readonly converted: string | null
  readonly logical: string | null
  /** DuckDB's type for it: null for a node with children. */
  readonly duckdb: string | null
}

/** A flat column as the file has it. */
export interface FileColumn {
  /** Place among the file's top-level columns. */
  readonly index: number
  readonly type: ColumnType
  /** DuckDB's name of the type, upper case, without parameters. */
  readonly duckdb: string
}

export interface FileLayout {
  /** Number of top-level columns, unsupported ones included. */
  readonly width: number
  /** By name; of columns with the same name the first counts. */
  readonly columns: ReadonlyMap<string, FileColumn>
  readonly schema: Schema
  readonly unsupported: readonly UnsupportedColumn[]
  /** What is worth a note in the plan, e.g. times that lose digits. */
  readonly notes: readonly string[]
}

/** `nodes[0]` is the root. */
export function layoutOf(nodes: readonly SchemaNode[], path: string): FileLayout {
  const columns = new Map<string, FileColumn>()
  const unsupported = new Map<string, UnsupportedColumn>()
  const notes: string[] = []
  let index = 0
  for (let at = 1; at < nodes.length; at = skipSubtree(nodes, at), index++) {
    const node = nodes[at]!
    if (columns.has(node.name) || unsupported.has(node.name)) {
      notes.push(`two columns are called ${node.name}: the first is read`)
      continue
    }
    const type = typeOf(node)
    if (type === null) unsupported.set(node.name, { name: node.name, type: foreignType(node) })
    else columns.set(node.name, { index, type, duckdb: duckdbName(node) })
    if (losesDigits(node)) notes.push(`column ${node.name} has nanoseconds, of which microseconds are read`)
  }
  if (index > LIMITS.columnsMax) {
    throw new HindcastError(
      'limit-passed',
      `the file has ${index} columns, columnsMax is ${LIMITS.columnsMax}`,
      {
        where: { uri: path },
        advice: 'Write the file anew with the columns that are needed.',
      },
    )
  }
  const schema = [...columns].map(([name, { type }]) => ({ name, type }))
  return { width: index, columns, schema, unsupported: [...unsupported.values()], notes }
}

/** Index behind a node and all below it; the counts come from the file, so they are not trusted. */
function skipSubtree(nodes: readonly SchemaNode[], at: number): number {
  let open = 1
  let next = at
  while (open > 0 && next < nodes.length) {
    open += (nodes[next]!.children ?? 0) - 1
    next++
  }
  return next
}

const PLAIN: ReadonlyMap<string, ColumnType> = new Map<string, ColumnType>([
  ['BOOLEAN', { name: 'bool' }],
  ['TINYINT', { name: 'int8' }],
  ['SMALLINT', { name: 'int16' }],
  ['INTEGER', { name: 'int32' }],
  ['BIGINT', { name: 'int64' }],
  ['UTINYINT', { name: 'uint8' }],
  ['USMALLINT', { name: 'uint16' }],
  ['UINTEGER', { name: 'uint32' }],
  ['UBIGINT', { name: 'uint64' }],
  ['FLOAT', { name: 'float32' }],
  ['DOUBLE', { name: 'float64' }],
  ['DATE', { name: 'date' }],
  ['VARCHAR', { name: 'utf8' }],
  ['JSON', { name: 'utf8' }],
  ['UUID', { name: 'utf8' }],
  ['BLOB', { name: 'binary' }],
])

function typeOf(node: SchemaNode): ColumnType | null {
  if (node.duckdb === null || node.repetition === 'REPEATED') return null
  const decimal = /^DECIMAL\((\d+),\s*(\d+)\)$/.exec(node.duckdb)
  if (decimal !== null) {
    const [precision, scale] = [Number(decimal[1]), Number(decimal[2])]
    return precision <= 18 ? { name: 'decimal', precision, scale } : null
  }
  const utc = node.duckdb === 'TIMESTAMP WITH TIME ZONE'
  if (utc || node.duckdb.startsWith('TIMESTAMP')) return { name: 'timestamp', unit: unitOf(node), utc }
  return PLAIN.get(node.duckdb) ?? null
}

/** The file's own unit, except where DuckDB reads nanoseconds as microseconds. */
function unitOf(node: SchemaNode): TimeUnit {
  if (node.duckdb === 'TIMESTAMP_NS') return 'ns'
  const millis = node.converted === 'TIMESTAMP_MILLIS' || /MILLIS=MilliSeconds/.test(node.logical ?? '')
  return millis ? 'ms' : 'us'
}

function losesDigits(node: SchemaNode): boolean {
  if (node.physical === 'INT96') return true
  return node.duckdb === 'TIMESTAMP WITH TIME ZONE' && /NANOS=NanoSeconds/.test(node.logical ?? '')
}

function duckdbName(node: SchemaNode): string {
  return node.duckdb!.replace(/\(.*$/, '')
}

/** A word for a type that is not read. */
function foreignType(node: SchemaNode): string {
  if (node.duckdb !== null && /NULL/.test(node.duckdb)) return 'null'
  if (node.duckdb !== null && node.repetition !== 'REPEATED') return node.duckdb.toLowerCase()
  const word = /^(LIST|MAP)/.exec(node.converted ?? '')?.[1]?.toLowerCase()
  return word ?? (node.repetition === 'REPEATED' ? 'list' : 'struct')
}
