/**
 * Avro schemas (specification 1.12, "Schema Declaration"): JSON text → a tree of types, names resolved.
 *
 * Invariant: a schema is data. Nothing of it becomes code or a property name, so names may be anything; and what a
 * registry serves can be no worse than refused. Logical types that are not known, or do not fit what they stand on, are
 * passed over, as the specification asks.
 */

import type { ColumnType } from '../../core/batch/index.ts'
import { DECIMAL_DIGITS_MAX } from '../../core/batch/index.ts'
import { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'

/** `column` of a leaf is the column type that holds all of its values. */
export type AvroType =
  | { readonly kind: 'null' }
  | {
      readonly kind: 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string'
      readonly column: ColumnType
    }
  | AvroFixed
  | AvroEnum
  | AvroRecord
  | { readonly kind: 'array'; readonly items: AvroType }
  | { readonly kind: 'map'; readonly values: AvroType }
  | AvroUnion

export interface AvroFixed {
  readonly kind: 'fixed'
  readonly size: number
  readonly column: ColumnType
  /** Its 16 bytes are a UUID, whose text is the value. */
  readonly isUuid: boolean
}

export interface AvroEnum {
  readonly kind: 'enum'
  /** UTF-8. */
  readonly symbols: readonly Uint8Array[]
  readonly column: ColumnType
}

export interface AvroField {
  readonly name: string
  readonly type: AvroType
}

export interface AvroRecord {
  readonly kind: 'record'
  readonly name: string
  /** Filled once its own name is known, since a record may hold itself. */
  readonly fields: readonly AvroField[]
}

export interface AvroUnion {
  readonly kind: 'union'
  readonly branches: readonly AvroType[]
}

/**
 * The type that `text` declares. `references` are schemas that it may name, each with those that it names before it.
 * `schema-invalid` where it is no Avro schema; `where` says whose.
 */
export function parseAvroSchema(text: string, where: string, references: readonly string[] = []): AvroType {
  const parser = new AvroParser(where)
  for (const reference of references) parser.type(parser.json(reference), '', 0)
  return parser.type(parser.json(text), '', 0)
}

const PRIMITIVES: ReadonlyMap<unknown, ColumnType> = new Map<unknown, ColumnType>([
  ['boolean', { name: 'bool' }],
  ['int', { name: 'int32' }],
  ['long', { name: 'int64' }],
  ['float', { name: 'float32' }],
  ['double', { name: 'float64' }],
  ['bytes', { name: 'binary' }],
  ['string', { name: 'utf8' }],
])

/** Logical types of int and long: `int date`. */
const LOGICAL: ReadonlyMap<string, ColumnType> = new Map<string, ColumnType>([
  ['int date', { name: 'date' }],
  ['int time-millis', { name: 'time', unit: 'ms', utc: false }],
  ['long time-micros', { name: 'time', unit: 'us', utc: false }],
  ['long timestamp-millis', { name: 'timestamp', unit: 'ms', utc: true }],
  ['long timestamp-micros', { name: 'timestamp', unit: 'us', utc: true }],
  ['long timestamp-nanos', { name: 'timestamp', unit: 'ns', utc: true }],
  ['long local-timestamp-millis', { name: 'timestamp', unit: 'ms', utc: false }],
  ['long local-timestamp-micros', { name: 'timestamp', unit: 'us', utc: false }],
  ['long local-timestamp-nanos', { name: 'timestamp', unit: 'ns', utc: false }],
])

type JsonMap = Readonly<Record<string, unknown>>

class AvroParser {
  readonly #where: string
  readonly #named = new Map<string, AvroType>()

  constructor(where: string) {
    this.#where = where
  }

  json(text: string): unknown {
    try {
      // A schema that is one name may come without quotes.
      return PRIMITIVES.has(text.trim()) ? text.trim() : JSON.parse(text)
    } catch (thrown) {
      throw this.#invalid(thrown instanceof Error ? thrown.message : String(thrown))
    }
  }

  type(json: unknown, namespace: string, depth: number): AvroType {
    if (depth > LIMITS.valueDepthMax)
      throw this.#invalid(`it is nested deeper than ${LIMITS.valueDepthMax} levels`)
    if (typeof json === 'string') return this.#reference(json, namespace)
    if (Array.isArray(json)) return this.#union(json, namespace, depth)
    if (typeof json !== 'object' || json === null) throw this.#invalid(`${shown(json)} is no type`)
    const map = json as JsonMap
    switch (map.type) {
      case 'record':
      case 'error':
        return this.#record(map, namespace, depth)
      case 'enum':
        return this.#enum(map, namespace)
      case 'fixed':
        return this.#fixed(map, namespace)
      case 'array':
        return { kind: 'array', items: this.type(map.items, namespace, depth + 1) }
      case 'map':
        return { kind: 'map', values: this.type(map.values, namespace, depth + 1) }
    }
    const column = PRIMITIVES.get(map.type)
    if (column === undefined) return this.type(map.type, namespace, depth + 1)
    return { kind: map.type as 'int', column: logicalColumn(map, map.type as string, column) }
  }

  #reference(name: string, namespace: string): AvroType {
    if (name === 'null') return { kind: 'null' }
    const column = PRIMITIVES.get(name)
    if (column !== undefined) return { kind: name as 'int', column }
    const full = name.includes('.') || namespace === '' ? name : `${namespace}.${name}`
    const type = this.#named.get(full) ?? this.#named.get(name)
    if (type === undefined) throw this.#invalid(`the type ${shown(name)} is not declared before it is used`)
    return type
  }

  #union(json: readonly unknown[], namespace: string, depth: number): AvroType {
    if (json.length === 0) throw this.#invalid('a union has no branch')
    const branches = json.map(branch => this.type(branch, namespace, depth + 1))
    if (branches.some(branch => branch.kind === 'union'))
      throw this.#invalid('a union is directly inside a union')
    return { kind: 'union', branches }
  }

  #record(map: JsonMap, namespace: string, depth: number): AvroType {
    const fields: AvroField[] = []
    const { full, inner } = this.#nameOf(map, namespace)
    const record: AvroRecord = { kind: 'record', name: full, fields }
    this.#declare(full, record)
    if (!Array.isArray(map.fields)) throw this.#invalid(`the record ${shown(full)} has no list of fields`)
    if (map.fields.length > LIMITS.columnsMax)
      throw this.#invalid(`the record ${shown(full)} has more than ${LIMITS.columnsMax} fields`)
    const names = new Set<string>()
    for (const field of map.fields as readonly unknown[]) {
      const { name, type } = (typeof field === 'object' && field !== null ? field : {}) as JsonMap
      if (typeof name !== 'string' || name === '')
        throw this.#invalid(`a field of ${shown(full)} has no name`)
      if (names.has(name)) throw this.#invalid(`the field ${shown(name)} of ${shown(full)} comes twice`)
      names.add(name)
      fields.push({ name, type: this.type(type, inner, depth + 1) })
    }
    return record
  }

  #enum(map: JsonMap, namespace: string): AvroType {
    const { full } = this.#nameOf(map, namespace)
    const symbols = map.symbols
    if (!Array.isArray(symbols) || symbols.length === 0 || symbols.some(symbol => typeof symbol !== 'string'))
      throw this.#invalid(`the enum ${shown(full)} has no list of symbols`)
    const bytes = (symbols as readonly string[]).map(symbol => new TextEncoder().encode(symbol))
    return this.#declare(full, { kind: 'enum', symbols: bytes, column: { name: 'utf8' } })
  }

  #fixed(map: JsonMap, namespace: string): AvroType {
    const { full } = this.#nameOf(map, namespace)
    const size = map.size
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size > LIMITS.recordBytesMax)
      throw this.#invalid(`the fixed type ${shown(full)} has no usable size`)
    const isUuid = map.logicalType === 'uuid' && size === 16
    const column = isUuid ? ({ name: 'utf8' } as const) : logicalColumn(map, 'fixed', { name: 'binary' })
    return this.#declare(full, { kind: 'fixed', size, column, isUuid })
  }

  /** The full name of a named type, and the namespace of the names in it. */
  #nameOf(map: JsonMap, namespace: string): { readonly full: string; readonly inner: string } {
    const { name } = map
    if (typeof name !== 'string' || name === '')
      throw this.#invalid(`a type (${shown(map.type)}) has no name`)
    const space = typeof map.namespace === 'string' ? map.namespace : namespace
    const full = name.includes('.') || space === '' ? name : `${space}.${name}`
    const point = full.lastIndexOf('.')
    return { full, inner: point < 0 ? '' : full.slice(0, point) }
  }

  #declare(full: string, type: AvroType): AvroType {
    if (this.#named.has(full)) throw this.#invalid(`the type ${shown(full)} is declared twice`)
    this.#named.set(full, type)
    return type
  }

  #invalid(reason: string): HindcastError {
    return new HindcastError('schema-invalid', `this is no Avro schema: ${reason}`, {
      where: { uri: this.#where },
      advice: 'Write it as an Avro parser accepts it: names before their use, a type for each field.',
    })
  }
}

function logicalColumn(map: JsonMap, kind: string, column: ColumnType): ColumnType {
  const { logicalType, precision, scale = 0 } = map
  if (logicalType !== 'decimal') return LOGICAL.get(`${kind} ${String(logicalType)}`) ?? column
  const isDecimal =
    (kind === 'bytes' || kind === 'fixed') &&
    typeof precision === 'number' &&
    typeof scale === 'number' &&
    Number.isInteger(precision) &&
    Number.isInteger(scale) &&
    precision >= 1 &&
    precision <= DECIMAL_DIGITS_MAX &&
    scale >= 0 &&
    scale <= precision
  return isDecimal ? { name: 'decimal', precision, scale } : column
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'undefined').slice(0, 100)
}
