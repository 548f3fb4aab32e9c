import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CsvRecord,
  DOUBLED,
  OPEN,
  STRAY,
  TOO_MANY,
  undouble,
  WHOLE,
} from '../../../../src/history/text/csv-record.ts'
import { cases } from '../../../property/cases.ts'

const COMMA = 0x2c

function split(text: string): { state: number; fields: string[] } {
  const bytes = Buffer.from(text)
  const record = new CsvRecord(COMMA)
  const state = record.split(bytes, 0, bytes.length, false)
  return { state, fields: fieldsOf(record, bytes, 0) }
}

function fieldsOf(record: CsvRecord, bytes: Uint8Array, from: number): string[] {
  return Array.from({ length: record.fields }, (_, i) => {
    const [start, end] = [from + record.start[i]!, from + record.end[i]!]
    if (record.form[i] !== DOUBLED) return Buffer.from(bytes.subarray(start, end)).toString()
    const target = new Uint8Array(end - start)
    return Buffer.from(target.subarray(0, undouble(bytes, start, end, target))).toString()
  })
}

describe('CsvRecord', () => {
  it.each([
    ['a,b', ['a', 'b']],
    ['', ['']],
    [',', ['', '']],
    ['a,', ['a', '']],
    ['"a,b",c', ['a,b', 'c']],
    ['"",x', ['', 'x']],
    ['"a""b"', ['a"b']],
    ['""""', ['"']],
    ['"a",', ['a', '']],
    ['a"b,c', ['a"b', 'c']],
    ['"a\nb"', ['a\nb']],
    [' "a"', [' "a"']],
  ])('%j', (text, fields) => {
    expect(split(text)).toEqual({ state: WHOLE, fields })
  })

  it('says when a quote is open, or closed too early', () => {
    expect(split('a,"b').state).toBe(OPEN)
    expect(split('a,"b""').state).toBe(OPEN)
    expect(split('"a"b,c').state).toBe(STRAY)
    expect(split(','.repeat(5000)).state).toBe(TOO_MANY)
  })

  it('reads what any writer quotes, also line by line and anywhere in a buffer', () => {
    const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', 'é', ' '), maxLength: 6 })
    fc.assert(
      fc.property(fc.array(field, { minLength: 1, maxLength: 8 }), fc.nat({ max: 5 }), (fields, from) => {
        const text = fields
          .map(value => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value))
          .join(',')
        const bytes = Buffer.from('#'.repeat(from) + text)
        const record = new CsvRecord(COMMA)
        const ends = [...bytes.keys()].filter(i => bytes[i] === 0x0a)
        let resume = false
        for (const end of [...ends, bytes.length]) {
          const state = record.split(bytes, from, end, resume)
          if (end === bytes.length)
            return state === WHOLE && JSON.stringify(fieldsOf(record, bytes, from)) === JSON.stringify(fields)
          if (state !== OPEN) return false
          resume = true
        }
        return false
      }),
      cases(),
    )
  })
})
