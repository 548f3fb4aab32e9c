import { describe, expect, it } from 'vitest'
import {
  type Batch,
  createJsonRows,
  i64ToBigInt,
  type Schema,
  typeFromText,
} from '../../../../src/core/batch/index.ts'

/** A schema from `name: type` pairs. */
function schemaOf(columns: Record<string, string>): Schema {
  return Object.entries(columns).map(([name, text]) => ({ name, type: typeFromText(text)! }))
}

/** The values of a batch's column as plain values, nulls as null. */
function valuesOf(batch: Batch, index: number): unknown[] {
  const column = batch.columns[index]!
  return Array.from({ length: batch.rows }, (_, row) => {
    if (column.valid !== null && column.valid[row] === 0) return null
    switch (column.kind) {
      case 'i64':
        return i64ToBigInt(
          column.values[2 * row]!,
          column.values[2 * row + 1]!,
          batch.schema[index]!.type.name === 'uint64',
        )
      case 'bytes':
        return Buffer.from(column.bytes.subarray(column.offsets[row], column.offsets[row + 1])).toString(
          'utf8',
        )
      default:
        return column.values[row]
    }
  })
}

/** What the one value `json` becomes in a column of the type, or the reason why it does not. */
function read(type: string, json: string): unknown {
  const rows = createJsonRows(schemaOf({ c: type }))
  const reason = rows.push(`{"c":${json}}`)
  return reason ?? valuesOf(rows.take(), 0)[0]
}

const REFUSED = /^column "c" \(.*\) .+: .*/

describe('values that are taken', () => {
  const cases: readonly (readonly [type: string, json: string, value: unknown])[] = [
    ['bool', 'true', 1],
    ['bool', 'false', 0],
    ['int8', '-128', -128],
    ['int16', '32767', 32767],
    ['int32', '-2147483648', -2147483648],
    ['int32', '7.0', 7],
    ['int32', '7e2', 700],
    ['int32', '700e-2', 7],
    ['int32', '0.00007e5', 7],
    ['int32', '-0', 0],
    ['int32', '0e999999999', 0],
    ['uint8', '255', 255],
    ['uint32', '4294967295', -1],
    ['int64', '9007199254740993', 9007199254740993n],
    ['int64', '9223372036854775807', 9223372036854775807n],
    ['int64', '-9223372036854775808', -9223372036854775808n],
    ['int64', '"9007199254740993"', 9007199254740993n],
    ['int64', '"\\u0031\\u0032"', 12n],
    ['int64', '-4294967296', -4294967296n],
    ['int64', '-1', -1n],
    ['int64', '1234567890123456.0', 1234567890123456n],
    ['uint64', '18446744073709551615', 18446744073709551615n],
    ['uint64', '-0', 0n],
    ['float64', '0.1', 0.1],
    ['float64', '-0', -0],
    ['float64', '1e308', 1e308],
    ['float64', '5e-324', 5e-324],
    ['float64', '123456789012345678901234567890', 123456789012345680000000000000],
    ['float64', '0.30000000000000004', 0.30000000000000004],
    ['float64', '"NaN"', Number.NaN],
    ['float64', '"-Infinity"', Number.NEGATIVE_INFINITY],
    ['float32', '0.1', Math.fround(0.1)],
    ['decimal(9,2)', '12.34', 1234n],
    ['decimal(9,2)', '"-12.3"', -1230n],
    ['decimal(9,2)', '9999999.99', 999999999n],
    ['decimal(18,0)', '999999999999999999', 999999999999999999n],
    ['decimal(9,2)', '1.2300', 123n],
    ['date', '"1970-01-02"', 1],
    ['date', '"2024-02-29"', 19782],
    ['date', '-1', -1],
    ['timestamp[ms, UTC]', '"1970-01-01T00:00:01.5Z"', 1500n],
    ['timestamp[ms, UTC]', '"1970-01-01T01:00:00+01:00"', 0n],
    ['timestamp[ms, UTC]', '"1970-01-01T00:00:00-0030"', 1800000n],
    ['timestamp[ms]', '"1970-01-01 00:00:01"', 1000n],
    ['timestamp[s]', '"1969-12-31T23:59"', -60n],
    ['timestamp[us]', '"1969-12-31T23:59:59.999999"', -1n],
    ['timestamp[ns, UTC]', '"2262-04-11T23:47:16.854775807Z"', 9223372036854775807n],
    ['timestamp[ns, UTC]', '"1677-09-21T00:12:43.145224192Z"', -9223372036854775808n],
    ['timestamp[us, UTC]', '"+275760-09-13T00:00:00.000Z"', 8640000000000000000n],
    ['timestamp[ms, UTC]', '"2024-01-01"', 1704067200000n],
    ['timestamp[ms, UTC]', '"2024-01-01T00:00:00.123000Z"', 1704067200123n],
    ['timestamp[ms, UTC]', '978307200000', 978307200000n],
    ['utf8', '"plain"', 'plain'],
    ['utf8', '""', ''],
    ['utf8', '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u20AC\\ud83d\\ude00"', '"\\/\b\f\n\r\té€😀'],
    ['utf8', '"é€😀"', 'é€😀'],
    ['utf8', '"\\u0000"', '\0'],
    ['utf8', `"${'x'.repeat(100_000)}"`, 'x'.repeat(100_000)],
    ['binary', '"aGk="', 'hi'],
    ['binary', '"aGkh"', 'hi!'],
    ['binary', '"\\u0061GkhIQ=="', 'hi!!'],
    ['binary', '""', ''],
    ['int32', 'null', null],
  ]
  it.each(cases)('%s takes %s', (type, json, value) => expect(read(type, json)).toStrictEqual(value))
})

describe('values that are refused, with the column and the reason', () => {
  const cases: readonly (readonly [type: string, json: string, reason: RegExp])[] = [
    ['bool', '1', /cannot be a number/],
    ['bool', '"true"', /cannot be a string/],
    ['int8', '128', /out of range/],
    ['uint8', '-1', /out of range/],
    ['int32', '1.5', /not a whole number/],
    ['int32', '1e-1', /not a whole number/],
    ['int32', '1e400', /out of range/],
    ['int32', '"7"', /cannot be a string/],
    ['int32', '{}', /cannot be an object/],
    ['int32', '[1]', /cannot be an array/],
    ['int32', 'true', /cannot be a boolean/],
    ['int64', '9223372036854775808', /out of range/],
    ['int64', '-9223372036854775809', /out of range/],
    ['int64', '1e99999999999999999999', /out of range/],
    ['int64', '"07"', /not a number/],
    ['int64', '" 7"', /not a number/],
    ['int64', '""', /not a number/],
    ['uint64', '-1', /out of range/],
    ['uint64', '18446744073709551616', /out of range/],
    ['float64', '1e309', /out of range/],
    ['float64', '"1.5"', /cannot be a string/],
    ['float64', '"__proto__"', /cannot be a string/],
    ['float32', '1e39', /out of range/],
    ['decimal(9,2)', '1.234', /finer than its scale/],
    ['decimal(9,2)', '10000000', /out of range/],
    ['decimal(18,0)', '1000000000000000000', /out of range/],
    ['date', '"2023-02-29"', /not a date/],
    ['date', '"2024-01-01T00:00:00Z"', /not a date/],
    ['date', '"24-01-01"', /not a date/],
    ['timestamp[ms, UTC]', '"2024-01-01T24:00:00Z"', /not an ISO 8601 time/],
    ['timestamp[ms, UTC]', '"2024-01-01T10:60:00Z"', /not an ISO 8601 time/],
    ['timestamp[ms, UTC]', '"2024-01-01T10:00:60Z"', /not an ISO 8601 time/],
    ['timestamp[ms, UTC]', '"2024-13-01"', /not an ISO 8601 time/],
    ['timestamp[ms, UTC]', '"2024-01-01T10:00:00.Z"', /not an ISO 8601 time/],
    ['timestamp[ms, UTC]', '"2024-01-01T10:00:00+1"', /not an ISO 8601 time/],
    ['timestamp[ms, UTC]', '"2024-01-01T10:00:00Zx"', /not an ISO 8601 time/],
    ['timestamp[ms, UTC]', '"yesterday"', /not an ISO 8601 time/],
    ['timestamp[ms, UTC]', '"2024-01-01T00:00:00.1234Z"', /finer than its unit \(ms\)/],
    ['timestamp[ns, UTC]', '"2262-04-11T23:47:16.854775808Z"', /out of range/],
    ['timestamp[ms, UTC]', '1.5', /not a whole number/],
    ['utf8', '1', /cannot be a number/],
    ['binary', '"aGk"', /not base64/],
    ['binary', '"aG k="', /not base64/],
    ['binary', '"aGl="', /not base64/],
    ['binary', '"===="', /not base64/],
  ]
  it.each(cases)('%s refuses %s', (type, json, reason) => {
    expect(read(type, json)).toMatch(REFUSED)
    expect(read(type, json)).toMatch(reason)
  })
})

describe('rows that are refused', () => {
  const schema = schemaOf({ a: 'int32', b: 'utf8' })
  const cases: readonly (readonly [what: string, text: string, reason: RegExp])[] = [
    ['nothing', '', /^is empty$/],
    ['white space', ' \t', /^is empty$/],
    ['an array', '[1]', /^is not a JSON object$/],
    ['a bare value', 'null', /^is not a JSON object$/],
    ['a byte order mark', '\ufeff{}', /^is not a JSON object$/],
    ['a cut row', '{"a":1', /^is not JSON: expected "," or "}" at byte 6$/],
    ['a cut string', '{"b":"x', /^is not JSON: a string does not end at byte 5$/],
    ['a cut escape', '{"b":"\\', /unknown escape/],
    ['two rows', '{"a":1}{"a":2}', /something follows the object at byte 7/],
    ['a trailing comma', '{"a":1,}', /expected a name in quotes/],
    ['a missing colon', '{"a" 1}', /expected ":"/],
    ['a missing value', '{"a":}', /not a JSON value/],
    ['a leading zero', '{"a":01}', /not a JSON value/],
    ['a bare point', '{"a":1.}', /ends in a point/],
    ['NaN', '{"a":NaN}', /not a JSON value/],
    ['nulll', '{"a":nulll}', /expected ","/],
    ['a wrong bracket', '{"x":[1}', /expected "," or "]"/],
    ['a control character', '{"b":"\n"}', /control character/],
    ['a column twice', '{"a":1,"b":"x","a":1}', /^column "a" comes twice$/],
    ['a column twice, once in escapes', '{"a":1,"\\u0061":2}', /^column "a" comes twice$/],
    ['a column that is null twice', '{"a":null,"a":null}', /^column "a" comes twice$/],
    ['a lone high surrogate', '{"b":"\\ud800"}', /lone surrogate/],
    ['a lone low surrogate', '{"b":"\\udc00x"}', /lone surrogate/],
    ['a lone surrogate in a dropped column', '{"x":"\\ud800\\u0041"}', /lone surrogate/],
    ['a lone surrogate in the text', '{"b":"\ud800"}', /lone surrogate/],
    ['deep nesting', `{"x":${'['.repeat(1_000_000)}`, /nested deeper than 512 levels/],
    ['a huge row', `{"b":"${'x'.repeat(16 * 1024 * 1024)}"}`, /longer than 16777216 bytes/],
  ]
  it.each(cases)('%s', (_what, text, reason) => {
    const rows = createJsonRows(schema)
    expect(rows.push(text)).toMatch(reason)
    expect(rows.rows).toBe(0)
    expect(rows.push(' {"b":"next", "a":2}\r')).toBeNull()
    expect(valuesOf(rows.take(), 0)).toStrictEqual([2])
  })

  it.each([
    [[0xff]],
    [[0xc0, 0x80]],
    [[0xed, 0xa0, 0x80]],
    [[0xf4, 0x90, 0x80, 0x80]],
    [[0xe2, 0x82]],
    [[0x80]],
  ])('bytes %j, which are not UTF-8', bytes => {
    const rows = createJsonRows(schema)
    const row = new Uint8Array([...Buffer.from('{"b":"'), ...bytes, ...Buffer.from('"}')])
    expect(rows.pushBytes(row, 0, row.length)).toMatch(/a string is not UTF-8 at byte 6/)
  })

  it('does not read past the end of its range', () => {
    const rows = createJsonRows(schema)
    const arena = Buffer.from('{"a":1}{"a":23}')
    expect(rows.pushBytes(arena, 0, 7)).toBeNull()
    expect(rows.pushBytes(arena, 7, 13)).toMatch(/expected "," or "}" at byte 6/)
    expect(rows.pushBytes(arena, 7, 15)).toBeNull()
    expect(valuesOf(rows.take(), 0)).toStrictEqual([1, 23])
  })
})

describe('batches', () => {
  it('fills missing columns with nulls over zero memory and counts dropped ones', () => {
    const rows = createJsonRows(schemaOf({ a: 'int64', b: 'utf8', c: 'float64' }))
    expect(rows.push('{"a":1,"b":"one","c":1.5}')).toBeNull()
    expect(rows.push('{"a":5,"b":"bad","x":1,"c":"no"}')).toMatch(/column "c"/)
    expect(rows.push('{"x":{"a":[1,{"b":2}]},"a":null,"y":"\\n"}')).toBeNull()
    expect(rows.push('{}')).toBeNull()
    expect([rows.rows, rows.unknownColumns]).toStrictEqual([3, 2])
    const batch = rows.take()
    expect(batch.columns[0]).toStrictEqual({
      kind: 'i64',
      values: Int32Array.of(1, 0, 0, 0, 0, 0),
      valid: Uint8Array.of(1, 0, 0),
    })
    expect(valuesOf(batch, 1)).toStrictEqual(['one', null, null])
    expect(valuesOf(batch, 2)).toStrictEqual([1.5, null, null])
  })

  it('gives memory of its own and starts again', () => {
    const rows = createJsonRows(schemaOf({ a: 'utf8' }))
    rows.push('{"a":"first"}')
    const first = rows.take()
    expect(rows.bytes).toBe(0)
    rows.push('{"a":"second"}')
    expect(rows.bytes).toBe(11)
    expect([valuesOf(first, 0), valuesOf(rows.take(), 0)]).toStrictEqual([['first'], ['second']])
    expect(first.columns[0]!.valid).toBeNull()
    expect(rows.take()).toMatchObject({ rows: 0, columns: [{ offsets: Int32Array.of(0) }] })
  })

  it('leaves no trace of earlier rows under a null', () => {
    const rows = createJsonRows(schemaOf({ i: 'int32', l: 'int64', f: 'float64', u: 'utf8', z: 'bool' }))
    expect(rows.push('{"i":7,"l":-7,"f":7.5,"u":"seven","z":true}')).toBeNull()
    rows.take()
    expect(rows.push('{"i":7,"l":-7,"f":7.5,"u":"seven","z":7}')).toMatch(/column "z"/)
    expect(rows.push('{}')).toBeNull()
    const valid = Uint8Array.of(0)
    expect(rows.take().columns).toStrictEqual([
      { kind: 'i32', values: Int32Array.of(0), valid },
      { kind: 'i64', values: Int32Array.of(0, 0), valid },
      { kind: 'f64', values: Float64Array.of(0), valid },
      { kind: 'bytes', offsets: Int32Array.of(0, 0), bytes: new Uint8Array(0), valid },
      { kind: 'i32', values: Int32Array.of(0), valid },
    ])
  })

  it('grows past its first allocation', () => {
    const rows = createJsonRows(schemaOf({ n: 'int32', t: 'utf8' }))
    for (let i = 0; i < 5000; i++) expect(rows.push(`{"t":"text ${i}","n":${i}}`)).toBeNull()
    const batch = rows.take()
    expect(valuesOf(batch, 0)).toStrictEqual(Array.from({ length: 5000 }, (_, i) => i))
    expect(valuesOf(batch, 1)[4999]).toBe('text 4999')
  })

  it('treats names as bytes: prototypes, escapes, quotes', () => {
    const names = ['__proto__', 'constructor', 'a"b', 'é', '']
    const rows = createJsonRows(names.map(name => ({ name, type: { name: 'int32' } }) as const))
    expect(rows.push('{"\\u005f_proto__":1,"constructor":2,"a\\"b":3,"\\u00e9":4,"":5}')).toBeNull()
    expect(rows.push('{"":5,"é":4,"a\\u0022b":3,"toString":9,"__proto__":1}')).toBeNull()
    const batch = rows.take()
    expect(names.map((_, i) => valuesOf(batch, i))).toStrictEqual([
      [1, 1],
      [2, null],
      [3, 3],
      [4, 4],
      [5, 5],
    ])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect(createJsonRows([]).push('{"__proto__":{"polluted":1}}')).toBeNull()
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})
