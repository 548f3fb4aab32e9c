/**
 * Repeated fields, maps and messages as JSON text. Every field of a message is there under its name in the .proto file:
 * null where it is missing and the schema tells presence, else its default; groups are left out. Timestamp is ISO 8601
 * text, a wrapper its value. The slow way: see nested-text.ts.
 */

import { LIMITS } from '../../limits.ts'
import type { ByteCursor } from './byte-cursor.ts'
import { Instant } from './instant.ts'
import { bytesText, integerText, NestedBudget, realText } from './nested-text.ts'
import {
  BOOL,
  BYTES,
  codeOf,
  DOUBLE,
  FLOAT,
  LENGTH,
  readScalar,
  readTag,
  skipField,
  wireOf,
} from './proto-parts.ts'
import { isTimestamp, wrappedField } from './proto-plan.ts'
import type { ProtoField, ProtoMessage } from './proto-schema.ts'
import { SCALAR_COLUMNS } from './proto-schema.ts'

/** Begin, end and wire type of each value of a field. */
type Places = readonly number[]

export class ProtoText {
  readonly #cursor: ByteCursor
  readonly #budget: NestedBudget
  readonly #instant = new Instant()
  /** Index of each field number, by message. */
  readonly #indexes = new WeakMap<ProtoMessage, ReadonlyMap<number, number>>()

  constructor(cursor: ByteCursor) {
    this.#cursor = cursor
    this.#budget = new NestedBudget(cursor)
  }

  /** All values of a field of one record; null, with the cursor's fault, where one is not well formed. */
  of(field: ProtoField, places: Places): string | null {
    this.#budget.start()
    return this.#field(field, places, 0)
  }

  #field(field: ProtoField, places: Places, depth: number): string | null {
    if (!this.#budget.take(depth)) return null
    if (field.mapKey !== null) return this.#map(field, places, depth)
    if (field.repeated) return this.#list(field, places, depth)
    if (places.length === 0) return field.hasPresence ? 'null' : defaultText(field)
    return this.#at(
      field,
      places[places.length - 3]!,
      places[places.length - 2]!,
      places[places.length - 1]!,
      depth,
    )
  }

  #list(field: ProtoField, places: Places, depth: number): string | null {
    const wire = wireOf(codeOf(field.kind))
    let list = '['
    for (let i = 0; i < places.length; i += 3) {
      const isPacked = places[i + 2] === LENGTH && wire !== LENGTH
      const text = isPacked
        ? this.#packed(field, places[i]!, depth)
        : this.#at(field, places[i]!, places[i + 1]!, places[i + 2]!, depth)
      if (text === null || !this.#budget.fits(list.length + text.length)) return null
      if (text !== '') list += `${list.length > 1 ? ',' : ''}${text}`
    }
    return `${list}]`
  }

  /** The elements of a packed field whose length is at `place`, with commas. */
  #packed(field: ProtoField, place: number, depth: number): string | null {
    const cursor = this.#cursor
    cursor.pos = place
    const length = cursor.varintLength()
    if (length < 0) return null
    const outer = cursor.end
    cursor.end = cursor.pos + length
    let list = ''
    while (cursor.pos < cursor.end) {
      const text = this.#scalar(field, depth)
      if (text === null || !this.#budget.fits(list.length + text.length)) return null
      list += `${list === '' ? '' : ','}${text}`
    }
    cursor.end = outer
    return list
  }

  /** Of a key that comes twice the last value counts. */
  #map(field: ProtoField, places: Places, depth: number): string | null {
    const texts = new Map<string, string>()
    let characters = 0
    for (let i = 0; i < places.length; i += 3) {
      const entry = this.#entry(field, places[i]!, depth)
      if (entry === null) return null
      texts.set(entry[0], entry[1])
      characters += entry[0].length + entry[1].length
      if (!this.#budget.fits(characters)) return null
    }
    return `{${[...texts].map(([key, value]) => `${key}:${value}`).join(',')}}`
  }

  /** Key and value of the entry whose length is at `place`: fields 1 and 2. */
  #entry(field: ProtoField, place: number, depth: number): readonly [string, string] | null {
    const cursor = this.#cursor
    const keyField = {
      ...field,
      kind: field.mapKey!,
      mapKey: null,
      message: null,
      names: null,
      repeated: false,
    }
    const valueField = { ...field, mapKey: null, repeated: false }
    const found = this.#scan(place, tag => (tag >>> 3 === 1 ? 0 : tag >>> 3 === 2 ? 1 : -1), [
      keyField,
      valueField,
    ])
    if (found === null) return null
    const after = cursor.pos
    const key = this.#field(keyField, found[0]!, depth + 1)
    const value =
      found[1]!.length === 0 ? defaultText(valueField) : this.#field(valueField, found[1]!, depth + 1)
    cursor.pos = after
    if (key === null || value === null) return null
    return [key.startsWith('"') ? key : `"${key}"`, value]
  }

  /** The one value between two places. */
  #at(field: ProtoField, start: number, end: number, wire: number, depth: number): string | null {
    const cursor = this.#cursor
    if (wire !== wireOf(codeOf(field.kind))) {
      cursor.fail(`the field "${field.name}" (${field.number}) has wire type ${wire}`, start)
      return null
    }
    cursor.pos = start
    if (field.message !== null) return this.#message(field.message, start, depth)
    const outer = cursor.end
    cursor.end = end
    const text = this.#scalar(field, depth)
    cursor.end = outer
    return text
  }

  #scalar(field: ProtoField, depth: number): string | null {
    const cursor = this.#cursor
    if (!this.#budget.take(depth)) return null
    const code = codeOf(field.kind)
    const type =
      field.kind === 'enum' || field.kind === 'message' || field.kind === 'group'
        ? null
        : SCALAR_COLUMNS[field.kind]
    if (code === BYTES) {
      const length = cursor.varintLength()
      if (length < 0) return null
      const { pos } = cursor
      cursor.pos += length
      const text = bytesText(type!, cursor.bytes, pos, cursor.pos)
      if (text === null) cursor.fail('a string is not UTF-8', pos)
      return text
    }
    if (!readScalar(cursor, code)) return null
    if (code === BOOL) return cursor.low === 1 ? 'true' : 'false'
    if (code === FLOAT || code === DOUBLE) return realText(cursor.real)
    if (type === null) return enumText(field, cursor.low)
    return integerText(type, cursor.low, cursor.high)
  }

  /** The message whose length is at `place`. */
  #message(message: ProtoMessage, place: number, depth: number): string | null {
    const cursor = this.#cursor
    if (!this.#budget.take(depth)) return null
    if (isTimestamp(message)) return this.#timestamp(place)
    const index = this.#indexOf(message)
    const places = this.#scan(place, tag => index.get(tag >>> 3) ?? -1, message.fields)
    if (places === null) return null
    const after = cursor.pos
    const wrapped = wrappedField(message)
    const text =
      wrapped === null
        ? this.#members(message, places, depth)
        : this.#field({ ...wrapped, hasPresence: false }, places[0]!, depth + 1)
    cursor.pos = after
    return text
  }

  #members(message: ProtoMessage, places: readonly Places[], depth: number): string | null {
    let text = '{'
    for (let i = 0; i < message.fields.length; i++) {
      const field = message.fields[i]!
      if (field.kind === 'group') continue
      const value = this.#field(field, places[i]!, depth + 1)
      if (value === null) return null
      text += `${text.length > 1 ? ',' : ''}${JSON.stringify(field.name)}:${value}`
      if (!this.#budget.fits(text.length)) return null
    }
    return `${text}}`
  }

  /** Places of the values of each field in the message whose length is at `place`; the cursor then stands behind it. */
  #scan(
    place: number,
    indexOfTag: (tag: number) => number,
    fields: readonly ProtoField[],
  ): number[][] | null {
    const cursor = this.#cursor
    const places: number[][] = fields.map(() => [])
    cursor.pos = place
    const length = cursor.varintLength()
    if (length < 0) return null
    const outer = cursor.end
    cursor.end = cursor.pos + length
    while (cursor.pos < cursor.end) {
      const tag = readTag(cursor)
      if (tag < 0) return null
      const { pos } = cursor
      if (!skipField(cursor, tag)) return null
      const found = places[indexOfTag(tag)]
      if (found === undefined) continue
      if (found.length >= 3 * LIMITS.valueItemsMax) {
        cursor.fail(`more than ${LIMITS.valueItemsMax} elements`)
        return null
      }
      found.push(pos, cursor.pos, tag & 7)
    }
    cursor.end = outer
    return places
  }

  #timestamp(place: number): string | null {
    const cursor = this.#cursor
    cursor.pos = place
    const length = cursor.varintLength()
    if (length < 0 || !this.#instant.read(cursor, cursor.pos + length)) return null
    const text = this.#instant.toText()
    if (text !== null) return `"${text}"`
    cursor.fail('a timestamp is no instant', place)
    return null
  }

  #indexOf(message: ProtoMessage): ReadonlyMap<number, number> {
    const known = this.#indexes.get(message)
    if (known !== undefined) return known
    const index = new Map(message.fields.map((field, i) => [field.number, i]))
    this.#indexes.set(message, index)
    return index
  }
}

function enumText(field: ProtoField, number: number): string {
  const name = field.names?.get(number)
  return name === undefined ? String(number) : JSON.stringify(name)
}

/** What a field is that is not there and tells no presence. */
function defaultText(field: ProtoField): string {
  switch (field.kind) {
    case 'message':
    case 'group':
      return 'null'
    case 'enum':
      return enumText(field, 0)
    case 'string':
    case 'bytes':
      return '""'
    case 'bool':
      return 'false'
    default:
      return '0'
  }
}
