/**
 * Nested Avro values (records, arrays, maps) as JSON text. A union is written as the value it holds, without its
 * branch's name; every field of a record is there, null ones too. The slow way: see nested-text.ts.
 */

import { blockCount, indexBelow, uuidText } from './avro-parts.ts'
import type { AvroFixed, AvroRecord, AvroType } from './avro-schema.ts'
import type { ByteCursor } from './byte-cursor.ts'
import { bytesText, integerText, NestedBudget, realText } from './nested-text.ts'

const TEXT = new TextDecoder()

export class AvroText {
  readonly #cursor: ByteCursor
  readonly #budget: NestedBudget

  constructor(cursor: ByteCursor) {
    this.#cursor = cursor
    this.#budget = new NestedBudget(cursor)
  }

  /** The value of this type at the cursor, which then stands behind it; null, with the cursor's fault, where it is none. */
  of(type: AvroType): string | null {
    this.#budget.start()
    return this.#value(type, 0)
  }

  #value(type: AvroType, depth: number): string | null {
    const cursor = this.#cursor
    if (!this.#budget.take(depth)) return null
    const { pos } = cursor
    switch (type.kind) {
      case 'null':
        return 'null'
      case 'boolean':
        if (!cursor.skip(1)) return null
        return cursor.bytes[pos] === 0
          ? 'false'
          : cursor.bytes[pos] === 1
            ? 'true'
            : this.#failed('no boolean')
      case 'int':
      case 'long':
        return cursor.zigzag() ? integerText(type.column, cursor.low, cursor.high) : null
      case 'float':
        return cursor.float32() ? realText(cursor.real) : null
      case 'double':
        return cursor.float64() ? realText(cursor.real) : null
      case 'bytes':
      case 'string': {
        const length = cursor.zigzagLength()
        if (length < 0) return null
        const from = cursor.pos
        cursor.pos += length
        return (
          bytesText(type.column, cursor.bytes, from, cursor.pos) ??
          this.#failed(
            type.column.name === 'decimal' ? 'a decimal of more than 38 digits' : 'a string is not UTF-8',
          )
        )
      }
      case 'fixed':
        return this.#fixed(type)
      case 'enum': {
        const index = indexBelow(cursor, type.symbols.length)
        return index < 0 ? null : JSON.stringify(TEXT.decode(type.symbols[index]!))
      }
      case 'union': {
        const index = indexBelow(cursor, type.branches.length)
        return index < 0 ? null : this.#value(type.branches[index]!, depth + 1)
      }
      case 'record':
        return this.#record(type, depth)
      case 'array':
        return this.#blocks(type.items, false, depth)
      case 'map':
        return this.#blocks(type.values, true, depth)
    }
  }

  #fixed(type: AvroFixed): string | null {
    const cursor = this.#cursor
    const { pos } = cursor
    if (!cursor.skip(type.size)) return null
    if (type.isUuid) return `"${uuidText(cursor.bytes, pos)}"`
    return bytesText(type.column, cursor.bytes, pos, cursor.pos) ?? this.#failed('a decimal is out of range')
  }

  #record(type: AvroRecord, depth: number): string | null {
    let text = '{'
    for (const field of type.fields) {
      const value = this.#value(field.type, depth + 1)
      if (value === null) return null
      text += `${text.length > 1 ? ',' : ''}${JSON.stringify(field.name)}:${value}`
      if (!this.#budget.fits(text.length)) return null
    }
    return `${text}}`
  }

  #blocks(items: AvroType, keyed: boolean, depth: number): string | null {
    const cursor = this.#cursor
    let text = keyed ? '{' : '['
    for (;;) {
      const count = blockCount(cursor)
      if (count === 0) return text + (keyed ? '}' : ']')
      if (count < 0) return null
      for (let i = 0; i < count; i++) {
        if (text.length > 1) text += ','
        if (keyed) {
          const key = this.#value({ kind: 'string', column: { name: 'utf8' } }, depth + 1)
          if (key === null) return null
          text += `${key}:`
        }
        const value = this.#value(items, depth + 1)
        if (value === null) return null
        text += value
        if (!this.#budget.fits(text.length)) return null
      }
    }
  }

  #failed(reason: string): null {
    this.#cursor.fail(reason)
    return null
  }
}
