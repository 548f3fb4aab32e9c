import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Schema } from '../../../../src/core/batch/index.ts'
import { typeFromText, typeText } from '../../../../src/core/batch/index.ts'
import type { DecodedUnit } from '../../../../src/history/decoder.ts'
import { csvFormat, jsonLinesFormat, TextFileDecoder } from '../../../../src/history/text/index.ts'
import { LIMITS } from '../../../../src/limits.ts'
import { pinned, rowsOfUnits } from '../../../corpus/oracle.ts'
import { makeTempDirectory, removeTempDirectory } from '../../../harness/index.ts'

let root = ''
const at = (name: string): string => join(root, name)
const open: TextFileDecoder[] = []
const fields = (...columns: readonly (readonly [string, string])[]): Schema =>
  columns.map(([name, type]) => ({ name, type: typeFromText(type)! }))

beforeAll(() => {
  root = makeTempDirectory()
})
afterAll(async () => {
  for (const decoder of open) await decoder.close()
  removeTempDirectory(root)
})

function csv(declared: Schema = [], form = {}): TextFileDecoder {
  const decoder = new TextFileDecoder({
    format: csvFormat({ delimiter: ',', header: true, null: '', ...form }, declared),
    declared,
  })
  open.push(decoder)
  return decoder
}

function jsonl(declared: Schema = []): TextFileDecoder {
  const decoder = new TextFileDecoder({ format: jsonLinesFormat(), declared })
  open.push(decoder)
  return decoder
}

/** Writes, describes and decodes a file. */
async function decoded(
  decoder: TextFileDecoder,
  name: string,
  content: string | Uint8Array,
  wanted?: Schema,
): Promise<{
  readonly schema: string
  readonly rows: readonly unknown[]
  readonly units: DecodedUnit[]
  readonly bad: readonly unknown[]
}> {
  writeFileSync(at(name), content)
  const description = await decoder.describe(at(name))
  const units: DecodedUnit[] = []
  const file = pinned(at(name), description.units)
  for (const unit of description.units)
    units.push(await decoder.decode({ file, unit, fields: wanted ?? description.schema }))
  return {
    schema: description.schema.map(field => `${field.name}:${typeText(field.type)}`).join(' '),
    rows: rowsOfUnits(units),
    units,
    bad: units.flatMap(unit => unit.bad),
  }
}

describe('CSV', () => {
  it('tells types from values and reads them', async () => {
    const text = [
      'id,ratio,ok,day,at,name,zip,empty,mixed',
      '1,0.5,true,2024-02-29,2024-01-01T00:00:00.5Z,"a ""quoted"", one",01234,,1',
      '-9007199254740993,1e3,FALSE,,2024-01-01 01:00:00+01,é,5,,x',
    ].join('\r\n')
    const { schema, rows } = await decoded(csv(), 'types.csv', text)
    expect(schema).toBe(
      'id:int64 ratio:float64 ok:bool day:date at:timestamp[us, UTC] name:utf8 zip:utf8 empty:utf8 mixed:utf8',
    )
    expect(rows).toEqual([
      ['1', '0.5', 'true', '19782', '1704067200500000', 'a "quoted", one', '01234', null, '1'],
      ['-9007199254740993', '1000', 'false', null, '1704067200000000', 'é', '5', null, 'x'],
    ])
  })

  it('counts every record as a row or a bad row, with its line', async () => {
    const text =
      'id,t,name,v\n1,2001-01-01,"two\nlines",1.5\n2,bad time,x,2\n\n3,2001-01-03,y\n4,2001-01-04,z,4,5\n' +
      '5,2001-01-05T01:02:03Z,NULL,\n6,2001-01-06,"q"x,1\n7,2001-01-07,é,7\n8,2001-01-08,"open,8\n9,2001-01-09,n,9'
    const declared = fields(['id', 'int32'], ['t', 'timestamp[s]'], ['name', 'utf8'], ['v', 'float64'])
    const { rows, bad, units } = await decoded(csv(declared, { null: 'NULL' }), 'bad.csv', text)
    expect(rows).toEqual([
      ['1', '978307200', 'two\nlines', '1.5'],
      ['7', '978825600', 'é', '7'],
      ['9', '978998400', 'n', '9'],
    ])
    expect(bad).toEqual([
      {
        row: 1,
        line: 4,
        reason: 'column "t" (timestamp[s]) is not an ISO 8601 time: bad time',
        text: '2,bad time,x,2',
      },
      { row: 2, line: 6, reason: 'has 3 fields, not 4', text: '3,2001-01-03,y' },
      { row: 3, line: 7, reason: 'has 5 fields, not 4', text: '4,2001-01-04,z,4,5' },
      {
        row: 4,
        line: 8,
        reason: 'column "v" (float64) is not of type float64: ',
        text: '5,2001-01-05T01:02:03Z,NULL,',
      },
      { row: 5, line: 9, reason: 'has quotes that do not match', text: '6,2001-01-06,"q"x,1' },
      { row: 7, line: 11, reason: 'has quotes that do not match', text: '8,2001-01-08,"open,8' },
    ])
    expect([...units[0]!.fileRow!]).toEqual([0, 6, 8])
  })

  it('reads only what is asked for, in that order, and nulls for what is not there', async () => {
    const wanted = fields(['c', 'int64'], ['none', 'utf8'], ['a', 'utf8'])
    const { rows } = await decoded(csv(), 'some.csv', 'a,b,c\nx,not a number,7\n"",,\n', wanted)
    expect(rows).toEqual([
      ['7', null, 'x'],
      [null, null, ''],
    ])
  })

  it('reads other delimiters, null words and files without a header', async () => {
    const declared = fields(['a', 'int64'], ['b', 'utf8'])
    const { rows } = await decoded(
      csv(declared, { delimiter: '\t', header: false, null: 'NA' }),
      'tabs.tsv',
      '1\tNA\nNA\t"NA"\n',
    )
    expect(rows).toEqual([
      ['1', null],
      [null, 'NA'],
    ])
    const { schema } = await decoded(csv([], { header: false }), 'bare.csv', '1,x\n')
    expect(schema).toBe('column0:int64 column1:utf8')
    expect(() => csv([], { delimiter: '→' })).toThrow(expect.objectContaining({ code: 'unsupported' }))
  })

  it('refuses values that do not fit, one by one', async () => {
    const declared = fields(['i', 'int8'], ['d', 'decimal(4,2)'], ['s', 'utf8'])
    const text = Buffer.concat([
      Buffer.from('i,d,s\n+7,.5,ok\n128,1,x\n1.5,1,x\n1,1.005,x\n1,1,'),
      Buffer.of(0xff, 0xfe, 0x0a),
    ])
    const { rows, bad } = await decoded(csv(declared), 'fit.csv', text)
    expect(rows).toEqual([['7', '0.50', 'ok']])
    expect(bad).toMatchObject([
      { row: 1, reason: 'column "i" (int8) is out of range: 128' },
      { row: 2, reason: 'column "i" (int8) is not a whole number: 1.5' },
      { row: 3, reason: 'column "d" (decimal(4,2)) has digits finer than its scale: 1.005' },
      { row: 4, reason: expect.stringContaining('column "s" (utf8) is not UTF-8') },
    ])
  })

  it('has one type for a column in all files of a history', async () => {
    writeFileSync(at('int.csv'), 'v\n1\n')
    writeFileSync(at('float.csv'), 'v\n1.5\n')
    const descriptions = await csv().describeMany([at('int.csv'), at('float.csv')])
    expect(descriptions.map(description => description.schema)).toEqual([
      fields(['v', 'float64']),
      fields(['v', 'float64']),
    ])
  })

  it('reads the first of two columns with one name, and says so', async () => {
    const { rows } = await decoded(csv(), 'twice.csv', 'a,a\n1,2\n')
    expect(rows).toEqual([['1']])
    const { notes } = await csv().describe(at('twice.csv'))
    expect(notes).toContain('two columns are called a: the first is read')
  })

  it('has no rows where there is only a header', async () => {
    const { rows, schema } = await decoded(csv(), 'header.csv', '\uFEFFa,b')
    expect([rows, schema]).toEqual([[], 'a:utf8 b:utf8'])
  })
})

describe('JSON lines', () => {
  it('tells types, counts rows, and names bad lines', async () => {
    const text = Buffer.concat([
      Buffer.from('{"id":1,"t":"2024-01-01T00:00:00Z","x":1,"o":{"a":1},"m":1,"__proto__":5}\n\n'),
      Buffer.from('{"id":2,"t":"2024-01-02T00:00:00.123Z","x":0.5,"n":null,"m":"s"}\r\n'),
      Buffer.from('{"id":3\n[1]\n{"id":"4"}\n{"id":5,"x":"'),
      Buffer.of(0xff),
      Buffer.from('"}\n{"id":6}'),
    ])
    const { schema, rows, bad } = await decoded(jsonl(), 'a.jsonl', text)
    expect(schema).toBe('t:timestamp[us, UTC] x:float64 __proto__:int64')
    expect(rows).toHaveLength(4)
    expect(bad).toMatchObject([
      { row: 2, line: 4 },
      { row: 3, line: 5 },
      { row: 5, line: 7 },
    ])
    const declared = fields(['id', 'int64'])
    const again = await decoded(jsonl(declared), 'a.jsonl', text, declared)
    expect(again.rows).toEqual([['1'], ['2'], ['4'], ['6']])
    const description = await jsonl(declared).describe(at('a.jsonl'))
    expect(description.unsupported).toEqual([
      { name: 'o', type: 'nested' },
      { name: 'm', type: 'mixed' },
      { name: 'n', type: 'null' },
    ])
    expect(description.notes).toEqual([
      'types of t, x, o, m, __proto__, n are told from samples: declare them in `columns:`',
    ])
  })

  it('sets a line aside that is too long, and goes on', async () => {
    const declared = fields(['id', 'int64'])
    const long = `{"id":1}\n{"id":2,"x":"${'y'.repeat(LIMITS.recordBytesMax)}"}\n{"id":3}\n`
    const { rows, bad } = await decoded(jsonl(declared), 'long.jsonl', long, declared)
    expect(rows).toEqual([['1'], ['3']])
    expect(bad).toMatchObject([{ row: 1, line: 2, reason: 'is longer than 16777216 bytes' }])
  })
})

describe('units', () => {
  const rows = 3 * LIMITS.unitRows - 100
  const lines = (): string => Array.from({ length: rows }, (_, i) => `{"id":${i}}\n`).join('')
  const declared = fields(['id', 'int64'])

  it.each([
    ['plain', 'many.jsonl', (text: string) => Buffer.from(text)],
    ['gzip', 'many.jsonl.gz', (text: string) => gzipSync(text)],
    ['zstd', 'many.jsonl.zst', (text: string) => zstdCompressSync(text)],
  ])('cuts %s files into units, and reads them in any order', async (_, name, pack) => {
    writeFileSync(at(name), pack(lines()))
    const decoder = jsonl(declared)
    const { units, notes } = await decoder.describe(at(name))
    expect(units.length).toBeGreaterThanOrEqual(3)
    expect(notes).toEqual(['rows of text files are estimated from samples'])
    const planned = units.reduce((sum, unit) => sum + unit.rows, 0)
    expect(Math.abs(planned - rows) / rows).toBeLessThan(0.5)

    const file = pinned(at(name), units)
    const order = [...units.keys(), 1]
    const found = await Promise.all(
      order.map(u => decoder.decode({ file, unit: units[u]!, fields: declared })),
    )
    for (const [k, u] of order.entries()) {
      const { batch, fileRow } = found[k]!
      const first = units[u]!.rowFirst
      expect(batch.rows).toBe(Math.max(0, Math.min(rows - first, LIMITS.unitRows)))
      expect(fileRow).toBeNull()
      if (batch.rows > 0)
        expect(rowsOfUnits([{ ...found[k]!, batch: { ...batch, rows: 1 } }])).toEqual([[String(first)]])
    }
    expect(found.slice(0, units.length).reduce((sum, unit) => sum + unit.batch.rows, 0)).toBe(rows)
  })

  it('names a damaged, a missing and an inflating file', async () => {
    const packed = gzipSync(lines())
    const decoder = jsonl(declared)
    writeFileSync(at('cut.jsonl.gz'), packed.subarray(0, packed.length / 2))
    const { units } = await decoder.describe(at('cut.jsonl.gz'))
    const all = units.map(unit =>
      decoder.decode({ file: pinned(at('cut.jsonl.gz'), units), unit, fields: declared }),
    )
    const results = await Promise.allSettled(all)
    expect(results.find(result => result.status === 'rejected')?.reason).toMatchObject({
      code: 'file-corrupt',
      where: { uri: at('cut.jsonl.gz') },
    })
    writeFileSync(at('none.jsonl.zst'), 'no zstd')
    await expect(decoder.describe(at('none.jsonl.zst'))).rejects.toMatchObject({ code: 'file-corrupt' })
    await expect(decoder.describe(at('missing.jsonl'))).rejects.toMatchObject({
      code: 'file-unreadable',
      where: { uri: at('missing.jsonl') },
    })
    const bomb = zstdCompressSync(Buffer.alloc(512 * 1024 * 1024), { params: {} })
    writeFileSync(at('bomb.jsonl.zst'), bomb)
    const description = await decoder.describe(at('bomb.jsonl.zst'))
    const unit = description.units[0]!
    await expect(
      decoder.decode({ file: pinned(at('bomb.jsonl.zst')), unit, fields: declared }),
    ).rejects.toMatchObject({
      code: 'limit-passed',
    })
  })
})
