/**
 * Records in Avro's binary encoding (specification 1.12, "Binary Encoding") → columns, by the steps of a plan.
 *
 *     int, long        zigzag varint                  string, bytes   length (long), bytes
 *     float, double    little-endian                  fixed           its bytes
 *     boolean          one byte, 0 or 1               enum, union     index (zigzag varint), for a union then the value
 *     array, map       blocks: count (long), items; count < 0: −count, bytes (long), items; the last has count 0
 *
 * Invariant: a count is compared with the bytes that are left before it is looped over, and what takes no bytes (null,
 * records of nothing) is passed at once: work is bounded by the bytes of the record, whatever its schema.
 *
 * Speed: one switch a field, nothing allocated a record.
 */

import { LIMITS } from '../../limits.ts'
import { blockCount, indexBelow, uuidText } from './avro-parts.ts'
import type { AvroPlan, AvroStep } from './avro-plan.ts'
import * as op from './avro-plan.ts'
import type { AvroType } from './avro-schema.ts'
import { AvroText } from './avro-text.ts'
import { ByteCursor } from './byte-cursor.ts'
import type { EventColumns } from './event-columns.ts'

const UTF8 = new TextEncoder()

export class AvroReader {
  readonly #columns: EventColumns
  readonly #cursor = new ByteCursor()
  readonly #text: AvroText
  /** Values that may still be passed over in this record: a schema can nest what has no bytes without end. */
  #skipsLeft = 0

  constructor(columns: EventColumns) {
    this.#columns = columns
    this.#text = new AvroText(this.#cursor)
  }

  /** Adds the record that fills `bytes[start … end)` as a row; the reason why it is none, else null. */
  push(plan: AvroPlan, bytes: Uint8Array, start: number, end: number): string | null {
    const columns = this.#columns
    const cursor = this.#cursor
    const row = columns.rows
    columns.reserve()
    cursor.open(bytes, start, end)
    this.#skipsLeft = LIMITS.valueItemsMax + end - start
    const { steps, absent } = plan
    for (let i = 0; i < steps.length; i++) {
      const reason = this.#step(steps[i]!, row)
      if (reason !== null) return reason
    }
    if (cursor.pos !== end) {
      cursor.fail('something follows the record')
      return this.#fault()
    }
    for (let i = 0; i < absent.length; i++) columns.builders[absent[i]!]!.setNull(row)
    columns.rows = row + 1
    return null
  }

  #step(step: AvroStep, row: number): string | null {
    const cursor = this.#cursor
    switch (step.op) {
      case op.SKIP:
        return this.#skip(step.type, 0) ? null : this.#fault()
      case op.NULL:
        this.#columns.builders[step.column]!.setNull(row)
        return null
      case op.UNION: {
        const branch = indexBelow(cursor, step.branches.length)
        return branch < 0 ? this.#fault() : this.#step(step.branches[branch]!, row)
      }
      case op.INTEGER:
        if (!cursor.zigzag() || !this.#fitsInt(step.isInt)) return this.#fault()
        return step.target!.integer(row, cursor.low, cursor.high)
      case op.BYTES: {
        const length = cursor.zigzagLength()
        if (length < 0) return this.#fault()
        const { pos } = cursor
        cursor.pos += length
        return step.target!.bytes(row, cursor.bytes, pos, pos + length)
      }
      case op.DOUBLE:
        if (!cursor.float64()) return this.#fault()
        step.target!.real(row, cursor.real)
        return null
      default:
        return this.#rarer(step, row)
    }
  }

  #rarer(step: AvroStep, row: number): string | null {
    const cursor = this.#cursor
    const { pos } = cursor
    switch (step.op) {
      case op.BOOLEAN:
        if (!cursor.skip(1)) return this.#fault()
        if (cursor.bytes[pos]! > 1) return this.#failed('a boolean is neither 0 nor 1', pos)
        step.target!.flag(row, cursor.bytes[pos] === 1)
        return null
      case op.FLOAT:
        if (!cursor.float32()) return this.#fault()
        step.target!.real(row, cursor.real)
        return null
      case op.ENUM: {
        const index = indexBelow(cursor, step.symbols.length)
        if (index < 0) return this.#fault()
        const symbol = step.symbols[index]!
        return step.target!.bytes(row, symbol, 0, symbol.length)
      }
      case op.FIXED:
        if (!cursor.skip(step.size)) return this.#fault()
        return step.target!.bytes(row, cursor.bytes, pos, cursor.pos)
      case op.UUID: {
        if (!cursor.skip(16)) return this.#fault()
        const text = UTF8.encode(uuidText(cursor.bytes, pos))
        return step.target!.bytes(row, text, 0, text.length)
      }
      default: {
        const text = this.#text.of(step.type)
        if (text === null) return this.#fault()
        const bytes = UTF8.encode(text)
        return step.target!.bytes(row, bytes, 0, bytes.length)
      }
    }
  }

  #fitsInt(isInt: boolean): boolean {
    const cursor = this.#cursor
    return !isInt || cursor.high === cursor.low >> 31 || cursor.fail('an int has more than 32 bits')
  }

  /** Passes a value that nobody wants. */
  #skip(type: AvroType, depth: number): boolean {
    const cursor = this.#cursor
    if (depth > LIMITS.valueDepthMax) return cursor.fail(`nested deeper than ${LIMITS.valueDepthMax} levels`)
    if (--this.#skipsLeft < 0) return cursor.fail(`more than ${LIMITS.valueItemsMax} nested values`)
    switch (type.kind) {
      case 'null':
        return true
      case 'boolean':
        return cursor.skip(1)
      case 'int':
      case 'long':
        return cursor.varint()
      case 'float':
        return cursor.skip(4)
      case 'double':
        return cursor.skip(8)
      case 'bytes':
      case 'string': {
        const length = cursor.zigzagLength()
        return length >= 0 && cursor.skip(length)
      }
      case 'fixed':
        return cursor.skip(type.size)
      case 'enum':
        return indexBelow(cursor, type.symbols.length) >= 0
      case 'union': {
        const branch = indexBelow(cursor, type.branches.length)
        return branch >= 0 && this.#skip(type.branches[branch]!, depth + 1)
      }
      case 'record':
        for (const field of type.fields) if (!this.#skip(field.type, depth + 1)) return false
        return true
      case 'array':
        return this.#skipBlocks(type.items, false, depth)
      case 'map':
        return this.#skipBlocks(type.values, true, depth)
    }
  }

  #skipBlocks(items: AvroType, keyed: boolean, depth: number): boolean {
    const cursor = this.#cursor
    for (;;) {
      const count = blockCount(cursor)
      if (count <= 0) return count === 0
      for (let i = 0; i < count; i++) {
        const { pos } = cursor
        if (keyed) {
          const length = cursor.zigzagLength()
          if (length < 0 || !cursor.skip(length)) return false
        }
        if (!this.#skip(items, depth + 1)) return false
        // An item without bytes: so are all others.
        if (cursor.pos === pos) break
      }
    }
  }

  #failed(reason: string, at: number): string {
    this.#cursor.fail(reason, at)
    return this.#fault()
  }

  #fault(): string {
    return `is not Avro of its schema: ${this.#cursor.fault}`
  }
}
