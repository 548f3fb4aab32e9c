/**
 * Row key templates: the text of a job → parts, checked against the columns that give the key. No I/O; the keys of a
 * request are made by row-keys.ts.
 *
 *     template := ( text | "{{" | "}}" | "{" hole "}" )+          {{ and }} stand for one brace
 *     hole     := value                                           its bytes
 *               | "md5(" value "," n ")"                          the first n bytes of their MD5, as 2 n hex digits
 *               | "crc32(" value ")" "%" n                        a salt: CRC-32 modulo n, in as many digits as n − 1 has
 *     value    := column [ ":" form ]
 *     form     := "text" | "int32" | "int64"
 *
 *     "{item_id}"   "user:{user_id}:v1"   "{crc32(user_id) % 16}-{user_id}"   "{md5(id, 4)}{id:int64}"
 *
 * `text` (the default) is UTF-8, a whole number in decimal; `int32` and `int64` are big-endian, as Java's Bytes.toBytes
 * writes them. Columns are those of `on`, each at least once: a key of which a part is left out would read a row of others.
 */

import type { ColumnType, Field } from '../../core/batch/index.ts'
import { physicalKind, typeText } from '../../core/batch/index.ts'
import { HindcastError } from '../../errors.ts'

export type KeyForm = 'text' | 'int32' | 'int64'

/** A column of the key, by its place in `on`, and how it is written. */
export interface KeyValue {
  readonly column: number
  readonly form: KeyForm
}

export type RowKeyPart =
  | { readonly kind: 'literal'; readonly bytes: Uint8Array }
  | { readonly kind: 'value'; readonly value: KeyValue }
  | { readonly kind: 'md5'; readonly value: KeyValue; readonly bytes: number }
  | { readonly kind: 'crc32'; readonly value: KeyValue; readonly modulo: number; readonly digits: number }

export interface RowKeyTemplate {
  readonly text: string
  readonly fields: readonly Field[]
  readonly parts: readonly RowKeyPart[]
}

const MD5_BYTES = 16
const MODULO_MAX = 65_536
const VALUE = /^([^\s{}():,%]+)(?::(\w+))?$/
const MD5 = /^md5\(\s*([^(),]*?)\s*,\s*(\d{1,6})\s*\)$/
const CRC32 = /^crc32\(\s*([^(),]*?)\s*\)\s*%\s*(\d{1,6})$/
const INTEGER = /^u?int(8|16|32|64)$/

/**
 * The template over these columns, in the order of `on`. Raises `job-invalid`, with the place in the template, where the
 * two do not go together.
 */
export function parseRowKey(text: string, fields: readonly Field[]): RowKeyTemplate {
  const parts: RowKeyPart[] = []
  let literal = ''
  const endLiteral = () => {
    if (literal !== '') parts.push({ kind: 'literal', bytes: new TextEncoder().encode(literal) })
    literal = ''
  }
  for (let at = 0; at < text.length; ) {
    const sign = text[at]!
    if ((sign === '{' || sign === '}') && text[at + 1] === sign) {
      literal += sign
      at += 2
    } else if (sign === '{') {
      const end = text.indexOf('}', at)
      if (end === -1)
        throw invalid(text, at, 'this brace is not closed', 'Write {{ for a brace that is meant as text.')
      endLiteral()
      parts.push(parseHole(text, at, end, fields))
      at = end + 1
    } else if (sign === '}') {
      throw invalid(text, at, 'this brace closes none', 'Write }} for a brace that is meant as text.')
    } else {
      literal += sign
      at++
    }
  }
  endLiteral()
  checkAllUsed(text, parts, fields)
  return { text, fields, parts }
}

/** Whether a column of the key is text in canonical keys (core/asof/key.ts), else it is a number of 8 bytes. */
export function isTextKey(type: ColumnType): boolean {
  return physicalKind(type) === 'bytes'
}

function parseHole(text: string, at: number, end: number, fields: readonly Field[]): RowKeyPart {
  const hole = text.slice(at + 1, end).trim()
  const readValue = (value: string) => parseValue(value, { text, at, fields })
  const md5 = MD5.exec(hole)
  if (md5 !== null) {
    const bytes = Number(md5[2])
    if (bytes < 1 || bytes > MD5_BYTES)
      throw invalid(text, at, `md5 has no ${bytes} bytes`, `Take 1 to ${MD5_BYTES} of its bytes.`)
    return { kind: 'md5', value: readValue(md5[1]!), bytes }
  }
  const crc32 = CRC32.exec(hole)
  if (crc32 !== null) {
    const modulo = Number(crc32[2])
    if (modulo < 2 || modulo > MODULO_MAX)
      throw invalid(text, at, `a salt of ${modulo} values`, `Take the remainder by 2 to ${MODULO_MAX}.`)
    return { kind: 'crc32', value: readValue(crc32[1]!), modulo, digits: String(modulo - 1).length }
  }
  return { kind: 'value', value: readValue(hole) }
}

interface HolePlace {
  readonly text: string
  readonly at: number
  readonly fields: readonly Field[]
}

function parseValue(value: string, { text, at, fields }: HolePlace): KeyValue {
  const [, name, form = 'text'] = VALUE.exec(value) ?? []
  if (name === undefined) {
    throw invalid(
      text,
      at,
      'this is no column',
      'Write {column}, {column:int64}, {md5(column, 4)} or {crc32(column) % 16}; {{ for a brace that is meant as text.',
    )
  }
  const column = fields.findIndex(field => field.name === name)
  if (column === -1) {
    const names = fields.map(field => field.name).join(', ')
    throw invalid(text, at, `\`on\` has no column ${name}`, `Its columns are: ${names}.`)
  }
  if (form !== 'text' && form !== 'int32' && form !== 'int64')
    throw invalid(text, at, `${form} is no form of a value`, 'Forms are text, int32 and int64.')
  checkForm(text, at, fields[column]!, form)
  return { column, form }
}

function checkForm(text: string, at: number, field: Field, form: KeyForm): void {
  const { type } = field
  if (INTEGER.test(type.name)) return
  if (type.name !== 'utf8' && type.name !== 'binary') {
    throw invalid(
      text,
      at,
      `column ${field.name} is ${typeText(type)}, which has no one form in a row key`,
      'Give the key as a whole number or as text.',
    )
  }
  if (form !== 'text')
    throw invalid(
      text,
      at,
      `column ${field.name} is ${typeText(type)}, not a whole number`,
      `Write {${field.name}}.`,
    )
}

/** A hash alone does not name a row: two keys can have the same. */
function checkAllUsed(text: string, parts: readonly RowKeyPart[], fields: readonly Field[]): void {
  for (const [column, field] of fields.entries()) {
    const used = parts.some(part => part.kind !== 'literal' && part.value.column === column && isFull(part))
    if (used) continue
    throw invalid(
      text,
      text.length,
      `column ${field.name} of \`on\` is not in the row key`,
      `Write {${field.name}} where it stands in the row key, or take it out of \`on\`.`,
    )
  }
}

function isFull(part: RowKeyPart): boolean {
  return part.kind === 'value' || (part.kind === 'md5' && part.bytes === MD5_BYTES)
}

function invalid(text: string, at: number, why: string, advice: string): HindcastError {
  return new HindcastError('job-invalid', `rowKey "${text}", character ${at + 1}: ${why}`, {
    where: { path: 'rowKey' },
    advice,
  })
}
