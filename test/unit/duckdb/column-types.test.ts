/** Our types in DuckDB, and schemas as text in a file's metadata. */
import { describe, expect, it } from 'vitest'
import { typeFromText } from '../../../src/core/batch/index.ts'
import { duckdbType, rowType, schemaFromText, schemaText } from '../../../src/duckdb/index.ts'
import { EVERY_TYPE } from '../sinks/random-batch.ts'

describe('duckdbType', () => {
  it('keeps unit and zone of a timestamp where DuckDB can', () => {
    const of = (text: string) => String(duckdbType(typeFromText(text)!))
    expect(of('timestamp[ms]')).toBe('TIMESTAMP_MS')
    expect(of('timestamp[us]')).toBe('TIMESTAMP')
    expect(of('timestamp[us, UTC]')).toBe('TIMESTAMP WITH TIME ZONE')
    expect(of('timestamp[ms, UTC]')).toBe('TIMESTAMP WITH TIME ZONE')
    expect(of('timestamp[ns, UTC]')).toBe('TIMESTAMP_NS')
    expect(of('decimal(9,2)')).toBe('DECIMAL(9,2)')
  })
})

describe('rowType', () => {
  it('names fields by number, whatever the columns are called', () => {
    const schema = ['a', '__proto__'].map(name => ({ name, type: typeFromText('int32')! }))
    expect(String(rowType(schema))).toBe('STRUCT("c0" INTEGER, "c1" INTEGER)')
  })
})

describe('schemaText', () => {
  it('is undone by schemaFromText for every type and odd names', () => {
    const schema = [...EVERY_TYPE, { name: '"\n__proto__', type: typeFromText('utf8')! }]
    expect(schemaFromText(schemaText(schema))).toEqual(schema)
  })

  it('is null for anything else', () => {
    for (const text of ['', '{}', '[1]', '[["a"]]', '[["a","int65"]]', '[[1,"int64"]]'])
      expect(schemaFromText(text), text).toBeNull()
  })
})
