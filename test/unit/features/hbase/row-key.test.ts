import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeKeys, keyConversion } from '../../../../src/core/asof/index.ts'
import type { ColumnType, Field } from '../../../../src/core/batch/index.ts'
import { parseRowKey } from '../../../../src/features/hbase/row-key.ts'
import { rowsOfKeys, rowText } from '../../../../src/features/hbase/row-keys.ts'
import { columnOf } from '../../../property/asof-twin.ts'
import { cases } from '../../../property/cases.ts'

const INT64: Field = { name: 'id', type: { name: 'int64' } }
const TEXT: Field = { name: 'name', type: { name: 'utf8' } }

function keysOf(fields: readonly Field[], rows: readonly (readonly (string | number | null)[])[]) {
  const parts = fields.map(({ type }, c) => ({
    column: columnOf(
      type,
      rows.map(row => row[c]!),
    ),
    type,
    conversion: keyConversion(type, type)!,
  }))
  return encodeKeys(parts, rows.length)
}

/** The row key of each key; null: it has none. */
function rowKeys(template: string, fields: readonly Field[], rows: readonly (string | number | null)[][]) {
  const { rows: keys, rowOf } = rowsOfKeys(parseRowKey(template, fields), keysOf(fields, rows))
  return [...rowOf].map(row => (row < 0 ? null : rowText(keys, row)))
}

describe('row keys', () => {
  it.each<[string, readonly Field[], (string | number)[], string]>([
    ['{id}', [INT64], [42], '42'],
    ['{id}', [INT64], [-9007199254740991], '-9007199254740991'],
    ['user:{name}:v1', [TEXT], ['ann'], 'user:ann:v1'],
    ['{{{name}}}', [TEXT], ['ann'], '{ann}'],
    ['{id:int64}', [INT64], [258], '\\x00\\x00\\x00\\x00\\x00\\x00\\x01\\x02'],
    ['{id:int32}', [INT64], [-2], '\\xFF\\xFF\\xFF\\xFE'],
    ['{ name : {id}', [INT64], [1], ''],
    ['{md5(id, 4)}{id}', [INT64], [7], `${createHash('md5').update('7').digest('hex').slice(0, 8)}7`],
    ['{md5(name,16)}', [TEXT], ['ü'], createHash('md5').update('ü').digest('hex')],
    ['{crc32(name) % 16}-{name}', [TEXT], ['ann'], `${String(crc32('ann') % 16).padStart(2, '0')}-ann`],
    [
      '{crc32(id:int32) % 100}{id}',
      [INT64],
      [1],
      `${String(crc32(Buffer.from([0, 0, 0, 1])) % 100).padStart(2, '0')}1`,
    ],
    ['{name}/{id}', [INT64, TEXT], [5, 'x'], 'x/5'],
  ])('%s', (template, fields, key, expected) => {
    if (expected === '') expect(() => parseRowKey(template, fields)).toThrow()
    else expect(rowKeys(template, fields, [key])).toEqual([expected])
  })

  it.each<[string, readonly Field[], RegExp]>([
    ['a{name', [TEXT], /character 2: this brace is not closed/],
    ['a}name', [TEXT], /character 2: this brace closes none/],
    ['{}', [TEXT], /character 1: this is no column/],
    ['{a b}', [TEXT], /this is no column/],
    ['{nobody}', [TEXT], /`on` has no column nobody/],
    ['{name:int64}', [TEXT], /column name is utf8, not a whole number/],
    ['{name:int16}', [TEXT], /int16 is no form/],
    ['{md5(name, 17)}{name}', [TEXT], /md5 has no 17 bytes/],
    ['{crc32(name) % 1}{name}', [TEXT], /a salt of 1 values/],
    ['{crc32(name)}{name}', [TEXT], /this is no column/],
    ['{id}', [INT64, TEXT], /column name of `on` is not in the row key/],
    ['{md5(name, 8)}', [TEXT], /column name of `on` is not in the row key/],
    ['', [TEXT], /is not in the row key/],
    ['{f}', [{ name: 'f', type: { name: 'float64' } }], /no one form in a row key/],
    ['{f}', [{ name: 'f', type: { name: 'timestamp', unit: 'ms', utc: true } }], /no one form/],
  ])('refuses %s', (template, fields, message) => {
    let thrown: unknown
    try {
      parseRowKey(template, fields)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({
      code: 'job-invalid',
      message: expect.stringMatching(message),
      advice: expect.stringMatching(/./),
    })
  })

  it('a key that no row can have has none: null, empty, too long, beyond int32', () => {
    expect(
      rowKeys('{name}', [TEXT], [['a'], [null], [''], ['x'.repeat(32_768)], ['x'.repeat(32_767)]]),
    ).toEqual(['a', null, null, null, 'x'.repeat(32_767)])
    expect(rowKeys('{id:int32}', [INT64], [[2 ** 31], [2 ** 31 - 1]])).toEqual([null, '\\x7F\\xFF\\xFF\\xFF'])
  })

  it('uint64 beyond int64', () => {
    const field: Field = { name: 'u', type: { name: 'uint64' } }
    const keys = { kind: 'words', rows: 1, words: Int32Array.of(-1, -1), isNull: null } as const
    const { rows } = rowsOfKeys(parseRowKey('{u}', [field]), keys)
    expect(rowText(rows, 0)).toBe('18446744073709551615')
    expect([...rowsOfKeys(parseRowKey('{u:int64}', [field]), keys).rowOf]).toEqual([-1])
  })

  it('two keys that the template does not tell apart share their row', () => {
    const fields: Field[] = [TEXT, { name: 'b', type: { name: 'utf8' } }]
    const keys = keysOf(fields, [
      ['1', '23'],
      ['12', '3'],
      ['0', '0'],
    ])
    const { rows, rowOf } = rowsOfKeys(parseRowKey('{name}{b}', fields), keys)
    expect(rows.rows).toBe(2)
    expect([...rowOf]).toEqual([1, 1, 0])
  })

  it('are distinct, in order of their bytes, and those of their keys', () => {
    const values = fc.array(
      fc.tuple(fc.option(fc.string({ unit: 'binary', maxLength: 9 })), fc.integer(), fc.maxSafeInteger()),
      { maxLength: 12 },
    )
    const types: ColumnType[] = [{ name: 'utf8' }, { name: 'int32' }, { name: 'int64' }]
    const fields = types.map((type, i) => ({ name: 'tab'[i]!, type }))
    fc.assert(
      fc.property(values, rows => {
        const template = parseRowKey('k{t}|{md5(a, 2)}{a:int32}|{b}{b:int64}', fields)
        const found = rowsOfKeys(template, keysOf(fields, rows))
        const bytes = Array.from({ length: found.rows.rows }, (_, r) =>
          Buffer.from(found.rows.bytes.subarray(found.rows.offsets[r], found.rows.offsets[r + 1])),
        )
        for (let r = 1; r < bytes.length; r++)
          expect(Buffer.compare(bytes[r - 1]!, bytes[r]!)).toBeLessThan(0)
        rows.forEach(([text, a, b], i) => {
          if (text === null) {
            expect(found.rowOf[i]).toBe(-1)
            return
          }
          const [four, eight] = [Buffer.alloc(4), Buffer.alloc(8)]
          four.writeInt32BE(a)
          eight.writeBigInt64BE(BigInt(b))
          const salt = createHash('md5').update(String(a)).digest('hex').slice(0, 4)
          const expected = Buffer.concat([Buffer.from(`k${text}|${salt}`), four, Buffer.from(`|${b}`), eight])
          expect(bytes[found.rowOf[i]!]!.equals(expected)).toBe(true)
        })
      }),
      cases(),
    )
  })
})
