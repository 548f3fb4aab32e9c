/**
 * Protobuf messages → columns, by a plan. Fields may come in any order and more than once: of one that is not repeated
 * the last counts, and of a oneof that of its fields which came last (parts of a message that comes twice are not merged, which no writer makes use of).
 *
 * Stricter than other readers in one thing: a field with another wire type than its schema says makes the record bad;
 * they would drop it. Without ids in the values that is all that shows an incompatible writer.
 *
 * Speed: one table look-up and one switch a field, nothing allocated a record but for nested values.
 */

import { LIMITS } from '../../limits.ts'
import { ByteCursor } from './byte-cursor.ts'
import type { EventColumns } from './event-columns.ts'
import { Instant } from './instant.ts'
import { BOOL, BYTES, DOUBLE, FLOAT, LENGTH, readScalar, readTag, skipField, wireOf } from './proto-parts.ts'
import type { ProtoPlan, ProtoStep } from './proto-plan.ts'
import * as op from './proto-plan.ts'
import { ProtoText } from './proto-text.ts'

const UTF8 = new TextEncoder()
const NO_BYTES = new Uint8Array(0)

export class ProtoReader {
  readonly #columns: EventColumns
  readonly #cursor = new ByteCursor()
  readonly #text: ProtoText
  readonly #instant = new Instant()
  /** Values of the last record that no column takes. */
  unknown = 0
  /** Number of the record in which each step's field was last seen. */
  #seen = new Float64Array(0)
  #record = 0

  constructor(columns: EventColumns) {
    this.#columns = columns
    this.#text = new ProtoText(this.#cursor)
  }

  /** Adds the message that fills `bytes[start … end)` as a row; the reason why it is none, else null. */
  push(plan: ProtoPlan, bytes: Uint8Array, start: number, end: number): string | null {
    const columns = this.#columns
    const row = columns.rows
    columns.reserve()
    this.#cursor.open(bytes, start, end)
    this.unknown = 0
    this.#record++
    if (this.#seen.length < plan.steps.length) this.#seen = new Float64Array(plan.steps.length)
    const reason = this.#fields(plan, row) ?? this.#rest(plan, row)
    if (reason !== null) return reason
    for (let i = 0; i < plan.absent.length; i++) columns.builders[plan.absent[i]!]!.setNull(row)
    columns.rows = row + 1
    return null
  }

  #fields(plan: ProtoPlan, row: number): string | null {
    const cursor = this.#cursor
    const { steps, byNumber, byGreater, rivals } = plan
    const hasRivals = rivals.size > 0
    while (cursor.pos < cursor.end) {
      const tag = readTag(cursor)
      if (tag < 0) return this.#fault()
      const number = tag >>> 3
      if (hasRivals) this.#forget(rivals.get(number))
      const index = number < byNumber.length ? byNumber[number]! - 1 : (byGreater.get(number) ?? -1)
      if (index < 0) {
        if (!skipField(cursor, tag)) return this.#fault()
        this.unknown++
        continue
      }
      const step = steps[index]!
      if (step.op === op.NESTED && this.#seen[index] !== this.#record) step.places.length = 0
      this.#seen[index] = this.#record
      const reason = this.#value(step, tag, row)
      if (reason !== null) return reason
    }
    return null
  }

  /** What these fields had is no longer so: another of their oneof came. */
  #forget(steps: readonly number[] | undefined): void {
    if (steps !== undefined) for (const index of steps) this.#seen[index] = 0
  }

  #value(step: ProtoStep, tag: number, row: number): string | null {
    const cursor = this.#cursor
    if (step.op === op.NESTED) return this.#note(step, tag)
    if ((tag & 7) !== step.wire) return this.#wrongWire(step, tag)
    if (step.op === op.SCALAR) return this.#scalar(step, row)
    if (step.op === op.ENUM_NAME) {
      if (!readScalar(cursor, step.code)) return this.#fault()
      return this.#name(step, row, cursor.low)
    }
    const length = cursor.varintLength()
    if (length < 0) return this.#fault()
    const end = cursor.pos + length
    return step.op === op.TIMESTAMP ? this.#timestamp(step, row, end) : this.#wrapper(step, row, end)
  }

  /** The scalar at the cursor into its column. */
  #scalar(step: ProtoStep, row: number): string | null {
    const cursor = this.#cursor
    const target = step.target!
    if (step.code === BYTES) {
      const length = cursor.varintLength()
      if (length < 0) return this.#fault()
      const { pos } = cursor
      cursor.pos += length
      return target.bytes(row, cursor.bytes, pos, pos + length)
    }
    if (!readScalar(cursor, step.code)) return this.#fault()
    if (step.code === BOOL) target.flag(row, cursor.low === 1)
    else if (step.code === FLOAT || step.code === DOUBLE) target.real(row, cursor.real)
    else return target.integer(row, cursor.low, cursor.high)
    return null
  }

  /** An enum's name; a number that the schema does not name is that number. */
  #name(step: ProtoStep, row: number, number: number): string | null {
    const name = step.names.get(number) ?? UTF8.encode(String(number))
    return step.target!.bytes(row, name, 0, name.length)
  }

  #timestamp(step: ProtoStep, row: number, end: number): string | null {
    const instant = this.#instant
    if (!instant.read(this.#cursor, end)) return this.#fault()
    const builder = this.#columns.builders[step.column]!
    const { type, name } = builder.field
    const reason = instant.toTicks(type.name === 'timestamp' ? type.unit : 'ns')
    if (reason !== null) return `column "${name}" ${reason}`
    builder.setValid(row)
    builder.int32[2 * row] = instant.low
    builder.int32[2 * row + 1] = instant.high
    return null
  }

  /** What is in a wrapper up to `end`: field 1, or its default. */
  #wrapper(step: ProtoStep, row: number, end: number): string | null {
    const cursor = this.#cursor
    const reason = this.#default(step, row)
    if (reason !== null) return reason
    const outer = cursor.end
    cursor.end = end
    while (cursor.pos < end) {
      const tag = readTag(cursor)
      if (tag < 0) return this.#fault()
      if (tag >>> 3 !== 1 || (tag & 7) !== wireOf(step.code)) {
        if (!skipField(cursor, tag)) return this.#fault()
        continue
      }
      const inner = this.#scalar(step, row)
      if (inner !== null) return inner
    }
    cursor.end = outer
    return null
  }

  /** Keeps the place of a value of which the text is made at the end. */
  #note(step: ProtoStep, tag: number): string | null {
    const cursor = this.#cursor
    const wire = tag & 7
    const isElement = step.field.repeated && wire === wireOf(step.code)
    if (wire !== LENGTH && !isElement) return this.#wrongWire(step, tag)
    const { pos } = cursor
    if (!skipField(cursor, tag)) return this.#fault()
    const { places, field } = step
    places.push(pos, cursor.pos, wire)
    if (places.length <= 3 * LIMITS.valueItemsMax) return null
    cursor.fail(`more than ${LIMITS.valueItemsMax} elements of "${field.name}"`)
    return this.#fault()
  }

  /** What did not come, and what is made of several places. */
  #rest({ steps }: ProtoPlan, row: number): string | null {
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i]!
      const isSeen = this.#seen[i] === this.#record
      if (isSeen && step.op !== op.NESTED) continue
      const { field } = step
      let reason: string | null = null
      if (isSeen) reason = this.#nested(step, row)
      else if (field.required) reason = `has no field "${field.name}", which its schema requires`
      else if (field.hasPresence) this.#columns.builders[step.column]!.setNull(row)
      else reason = this.#default(step, row)
      if (reason !== null) return reason
    }
    return null
  }

  #nested(step: ProtoStep, row: number): string | null {
    const text = this.#text.of(step.field, step.places)
    if (text === null) return this.#fault()
    const bytes = UTF8.encode(text)
    return step.target!.bytes(row, bytes, 0, bytes.length)
  }

  /** The value of a field that is not there and tells no presence, and of an empty wrapper. */
  #default(step: ProtoStep, row: number): string | null {
    const target = step.target!
    if (step.op === op.ENUM_NAME) return this.#name(step, row, 0)
    if (step.op === op.NESTED) {
      const text = step.field.mapKey === null ? EMPTY_LIST : EMPTY_MAP
      return target.bytes(row, text, 0, text.length)
    }
    if (step.code === BYTES) {
      // Empty text is no number or time: there it can only mean that nothing was written.
      if (target.parses) target.builder.setNull(row)
      else return target.bytes(row, NO_BYTES, 0, 0)
    } else if (step.code === BOOL) target.flag(row, false)
    else if (step.code === FLOAT || step.code === DOUBLE) target.real(row, 0)
    else return target.integer(row, 0, 0)
    return null
  }

  #wrongWire(step: ProtoStep, tag: number): string {
    const { name, number } = step.field
    return `is not Protobuf of its schema: the field "${name}" (${number}) has wire type ${tag & 7}, not ${step.wire}`
  }

  #fault(): string {
    return `is not Protobuf of its schema: ${this.#cursor.fault}`
  }
}

const EMPTY_LIST = UTF8.encode('[]')
const EMPTY_MAP = UTF8.encode('{}')
