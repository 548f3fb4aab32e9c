/**
 * The fields of one CSV record (RFC 4180), as ranges of its bytes.
 *
 *     record := field *(delimiter field)
 *     field  := '"' *(any byte but '"' | '""') '"'  |  *(any byte but the delimiter)
 *
 * A quote inside an unquoted field is an ordinary character. A quoted field may hold line ends: the record is then
 * continued with the lines that follow.
 */

import { LIMITS } from '../../limits.ts'

const QUOTE = 0x22

/** The record is whole. */
export const WHOLE = 0
/** A quoted field goes on behind the bytes given. */
export const OPEN = 1
/** Text behind a closing quote. */
export const STRAY = 2
/** More fields than a table may have columns. */
export const TOO_MANY = 3

/** How a field was written. */
export const PLAIN = 0
export const QUOTED = 1
/** Quoted, with doubled quotes inside. */
export const DOUBLED = 2

export class CsvRecord {
  /** Fields of the record; field i is `start[i] … end[i]`, relative to the record's first byte. */
  fields = 0
  start = new Int32Array(64)
  end = new Int32Array(64)
  form = new Uint8Array(64)

  readonly #delimiter: number
  /** Where the open field begins and the search for its end goes on. */
  #openStart = 0
  #openAt = 0
  #openForm = QUOTED

  constructor(delimiter: number) {
    this.#delimiter = delimiter
  }

  /**
   * Splits `bytes[from … to)`. After `OPEN`, call it again with the same record, longer by a line, and `resume`: what
   * was seen before is not looked at again.
   */
  split(bytes: Uint8Array, from: number, to: number, resume: boolean): number {
    const delimiter = this.#delimiter
    let p = from
    if (resume) {
      p = this.#quoted(bytes, from, from + this.#openAt, to)
      if (p < 0) return -p
    } else this.fields = 0
    while (p <= to) {
      if (this.fields > LIMITS.columnsMax) return TOO_MANY
      if (p < to && bytes[p] === QUOTE) {
        this.#openStart = p + 1 - from
        this.#openForm = QUOTED
        p = this.#quoted(bytes, from, p + 1, to)
        if (p < 0) return -p
        continue
      }
      let end = p
      while (end < to && bytes[end] !== delimiter) end++
      this.#add(p - from, end - from, PLAIN)
      p = end + 1
    }
    return WHOLE
  }

  /** Position behind the delimiter (or the end) after the quoted field, or minus the reason why there is none. */
  #quoted(bytes: Uint8Array, from: number, at: number, to: number): number {
    let p = at
    for (;;) {
      while (p < to && bytes[p] !== QUOTE) p++
      if (p >= to) {
        this.#openAt = to - from
        return -OPEN
      }
      if (p + 1 >= to || bytes[p + 1] !== QUOTE) break
      this.#openForm = DOUBLED
      p += 2
    }
    if (p + 1 < to && bytes[p + 1] !== this.#delimiter) return -STRAY
    this.#add(this.#openStart, p - from, this.#openForm)
    return p + 2
  }

  #add(start: number, end: number, form: number): void {
    const i = this.fields++
    if (i === this.start.length) this.#grow()
    this.start[i] = start
    this.end[i] = end
    this.form[i] = form
  }

  #grow(): void {
    const [start, end, form] = [this.start, this.end, this.form]
    this.start = new Int32Array(2 * start.length)
    this.end = new Int32Array(2 * end.length)
    this.form = new Uint8Array(2 * form.length)
    this.start.set(start)
    this.end.set(end)
    this.form.set(form)
  }
}

/** Copies a field with doubled quotes to the front of `target`, each pair as one quote; returns its length. */
export function undouble(bytes: Uint8Array, start: number, end: number, target: Uint8Array): number {
  let length = 0
  for (let p = start; p < end; p++) {
    target[length++] = bytes[p]!
    if (bytes[p] === QUOTE) p++
  }
  return length
}
