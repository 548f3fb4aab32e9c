import { appendFileSync, copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { I64Column, Schema } from '../../../../src/core/batch/index.ts'
import { typeFromText, typeText, valueAt } from '../../../../src/core/batch/index.ts'
import { ParquetDecoder } from '../../../../src/history/parquet/index.ts'
import { LIMITS } from '../../../../src/limits.ts'
import { FileSink, ParquetWriter } from '../../../../src/parquet/index.ts'
import { decodeFile, pinned, rowsByDuckDb, rowsOfUnits, runSql } from '../../../corpus/oracle.ts'
import { makeTempDirectory, removeTempDirectory } from '../../../harness/index.ts'

let root = ''
let decoder: ParquetDecoder
const at = (name: string): string => join(root, name)
const quoted = (name: string): string => `'${at(name).replaceAll("'", "''")}'`
const fields = (...columns: readonly (readonly [string, string])[]): Schema =>
  columns.map(([name, type]) => ({ name, type: typeFromText(type)! }))

beforeAll(() => {
  root = makeTempDirectory()
  decoder = new ParquetDecoder()
})
afterAll(async () => {
  await decoder.close()
  removeTempDirectory(root)
})

async function expectEqualRows(name: string): Promise<void> {
  const { schema, units } = await decodeFile(decoder, at(name))
  expect(rowsOfUnits(units)).toEqual(await rowsByDuckDb(at(name), schema))
}

describe('decode', () => {
  it('reads every type as DuckDB does, nulls and strings of all lengths included', async () => {
    await runSql(`COPY (SELECT i, CASE WHEN i % 7 = 0 THEN NULL ELSE i % 2 = 0 END AS bo,
      (i % 256 - 128)::TINYINT AS i8, (i * 31 % 60000 - 30000)::SMALLINT AS i16, (i * 7919 - 5)::INTEGER AS i32,
      (i * 123456789012345 - 7)::BIGINT AS i64, (i % 256)::UTINYINT AS u8, (i * 13 % 65536)::USMALLINT AS u16,
      (4294967295 - i)::UINTEGER AS u32, (18446744073709551615 - i::UHUGEINT)::UBIGINT AS u64,
      CASE WHEN i % 5 = 0 THEN 'nan'::FLOAT ELSE (i / 3)::FLOAT END AS f32,
      CASE WHEN i % 5 = 0 THEN NULL WHEN i % 5 = 1 THEN '-inf'::DOUBLE ELSE i / 7 END AS f64,
      (DATE '1900-01-01' + i::INTEGER) AS d,
      TIMESTAMP '1969-12-31 23:59:59.5' + INTERVAL (i * 997) MILLISECOND AS us,
      (TIMESTAMP '1969-12-31 23:59:59.5' + INTERVAL (i * 997) MILLISECOND)::TIMESTAMP_MS AS ms,
      make_timestamp_ns(i * 1000000007) AS ns, TIMESTAMPTZ '2024-01-01 00:00:00+05' + INTERVAL (i) SECOND AS tz,
      (i - 3000)::DECIMAL(4, 0) AS d4, (i / 100)::DECIMAL(9, 2) AS d9, (i * -1.0001)::DECIMAL(18, 4) AS d18,
      repeat('ä', (i % 40)::INTEGER) AS plain, 'city ' || (i % 3) || repeat('x', (i % 3 * 9)::INTEGER) AS dictionary,
      CASE WHEN i % 3 = 0 THEN NULL ELSE repeat('z', (i % 5 * 100)::INTEGER) END AS long,
      encode('\\xFF' || i) AS bin, uuid() AS id
      FROM range(6000) t(i)) TO ${quoted('types.parquet')} (ROW_GROUP_SIZE 2048)`)
    await expectEqualRows('types.parquet')
    const { schema } = await decodeFile(decoder, at('types.parquet'))
    expect(schema.slice(13, 17).map(field => typeText(field.type))).toEqual([
      'timestamp[us]',
      'timestamp[ms]',
      'timestamp[ns]',
      'timestamp[us, UTC]',
    ])
  })

  it('leaves zeros under nulls and one NaN for all', async () => {
    await runSql(`COPY (SELECT * FROM (VALUES (1::BIGINT, 'nan'::DOUBLE, 'x'), (NULL, NULL, NULL), (3, -'nan'::DOUBLE, 'y'))
      t(i, f, s)) TO ${quoted('nulls.parquet')}`)
    const { units } = await decodeFile(decoder, at('nulls.parquet'))
    const [i, f, s] = units[0]!.batch.columns as unknown as [
      { values: Int32Array },
      { values: Float64Array },
      { offsets: Int32Array },
    ]
    expect([...i.values]).toEqual([1, 0, 0, 0, 3, 0])
    expect([...s.offsets]).toEqual([0, 1, 1, 2])
    const bits = new BigUint64Array(f.values.buffer, f.values.byteOffset, 3)
    expect([...bits]).toEqual([0x7ff8000000000000n, 0n, 0x7ff8000000000000n])
  })

  it('widens without loss, gives nulls for what the file lacks, and keeps the order asked for', async () => {
    await runSql(`COPY (SELECT 1::UTINYINT AS a, 1.5::FLOAT AS b, TIMESTAMP '1970-01-01 00:00:00.000001' AS c,
      DATE '1970-01-02' AS d, 7::INTEGER AS e) TO ${quoted('widen.parquet')}`)
    const wanted = fields(
      ['e', 'decimal(18,2)'],
      ['none', 'utf8'],
      ['a', 'int64'],
      ['b', 'float64'],
      ['c', 'timestamp[ns]'],
      ['d', 'timestamp[ms, UTC]'],
      ['none2', 'int64'],
    )
    const { units } = await decodeFile(decoder, at('widen.parquet'), wanted)
    expect(rowsOfUnits(units)).toEqual([['7.00', null, '1', '1.5', '1000', '86400000', null]])
    expect(units[0]!.batch.schema).toEqual(wanted)
  })

  it('refuses types that do not widen', async () => {
    await runSql(`COPY (SELECT 1::BIGINT AS a) TO ${quoted('narrow.parquet')}`)
    await expect(decodeFile(decoder, at('narrow.parquet'), fields(['a', 'float64']))).rejects.toMatchObject({
      code: 'schema-conflict',
      where: { uri: at('narrow.parquet'), column: 'a' },
    })
  })

  it('sets rows aside whose value the wanted type does not reach', async () => {
    await runSql(`COPY (SELECT * FROM (VALUES (1, TIMESTAMP '2001-01-01', DATE '2001-01-01'), (2, TIMESTAMP '3000-01-01', DATE '2001-01-01'),
      (3, NULL, NULL), (4, TIMESTAMP '2001-01-01', DATE '9999-01-01')) t(i, t, d)) TO ${quoted('far.parquet')}`)
    const wanted = fields(['i', 'int32'], ['t', 'timestamp[ns]'], ['d', 'timestamp[ns]'])
    const { units } = await decodeFile(decoder, at('far.parquet'), wanted)
    expect(rowsOfUnits(units)).toEqual([
      ['1', '978307200000000000', '978307200000000000'],
      ['3', null, null],
    ])
    expect([...units[0]!.fileRow!]).toEqual([0, 2])
    expect(units[0]!.bad).toMatchObject([
      { row: 1, reason: 'column t is out of range' },
      { row: 3, reason: 'column d is out of range' },
    ])
  })

  it('tells columns apart that SQL would not', async () => {
    await runSql(`COPY (SELECT 1 AS file_row_number, 2 AS filename, 3 AS "__proto__", 4 AS "b.c", 5 AS "a""b", 6 AS c0, 7 AS "c, d",
      8 AS constructor) TO ${quoted('names.parquet')}`)
    const { schema, units } = await decodeFile(decoder, at('names.parquet'))
    expect(schema.map(field => field.name)).toEqual([
      'file_row_number',
      'filename',
      '__proto__',
      'b.c',
      'a"b',
      'c0',
      'c, d',
      'constructor',
    ])
    expect(rowsOfUnits(units)).toEqual([['1', '2', '3', '4', '5', '6', '7', '8']])
  })

  it('reads a file whose path looks like a glob, a quote or a Hive folder', async () => {
    const folder = "we[i]rd*dir/it's/dt=2024-01-01"
    mkdirSync(at(folder), { recursive: true })
    await runSql(`COPY (SELECT 1 AS x) TO ${quoted('plain.parquet')}`)
    copyFileSync(at('plain.parquet'), at(`${folder}/a?b.parquet`))
    const { schema, units } = await decodeFile(decoder, at(`${folder}/a?b.parquet`))
    expect(schema.map(field => field.name)).toEqual(['x'])
    expect(rowsOfUnits(units)).toEqual([['1']])
  })

  it('lists what it cannot read, and names file and column only where that is needed', async () => {
    await runSql(`COPY (SELECT 1 AS x, [1] AS li, {'a': 1} AS st, MAP {'k': 1} AS mp, to_days(1) AS days)
      TO ${quoted('nested.parquet')}`)
    const description = await decoder.describe(at('nested.parquet'), 't')
    expect(description.unsupported).toEqual([
      { name: 'li', type: 'list' },
      { name: 'st', type: 'struct' },
      { name: 'mp', type: 'map' },
      { name: 'days', type: 'interval' },
    ])
    const { units } = await decodeFile(decoder, at('nested.parquet'))
    expect(rowsOfUnits(units)).toEqual([['1']])
    await expect(decodeFile(decoder, at('nested.parquet'), fields(['st', 'int32']))).rejects.toMatchObject({
      code: 'unsupported',
      where: { uri: at('nested.parquet'), column: 'st' },
    })
  })
})

describe('describe', () => {
  it('cuts large row groups into pieces and reads them in any order, alone or at once', async () => {
    const rows = 2 * LIMITS.unitRows + 5000
    await runSql(`COPY (SELECT i, TIMESTAMP '2001-01-01' + INTERVAL (i % 86400) SECOND AS t, 'row number ' || i AS s FROM range(${rows}) t(i))
      TO ${quoted('large.parquet')} (ROW_GROUP_SIZE ${rows + 2048})`)
    const { schema, units } = await decoder.describe(at('large.parquet'), 't')
    expect(units.map(unit => unit.rowFirst)).toEqual([0, 90112, 180224])
    expect(units.map(unit => unit.rows)).toEqual([90112, 90112, rows - 180224])
    for (const unit of units)
      expect(unit).toMatchObject({ timeMinMs: 978307200000, timeMaxMs: 978393599000, groupRowEnd: rows })

    const check = async (u: number): Promise<void> => {
      const { rowFirst, rows: wanted } = units[u]!
      const { batch } = await decoder.decode({
        file: pinned(at('large.parquet')),
        unit: units[u]!,
        fields: schema,
      })
      const ids = (batch.columns[0] as I64Column).values
      expect(batch.rows).toBe(wanted)
      expect(
        Array.from({ length: wanted }, (_, i) => ids[2 * i]! - i).every(first => first === rowFirst),
      ).toBe(true)
      expect(valueAt(batch.columns[2]!, schema[2]!.type, wanted - 1)).toBe(
        `row number ${rowFirst + wanted - 1}`,
      )
    }
    for (const u of [2, 0, 1, 1]) await check(u)
    await Promise.all([check(0), check(1), check(2), check(1)])
  })

  it('gives row groups with their times, null where statistics are missing', async () => {
    await runSql(
      `COPY (SELECT i * 10 AS t, 'x' AS s FROM range(150000) t(i)) TO ${quoted('stats.parquet')} (ROW_GROUP_SIZE 61440)`,
      `COPY (SELECT NULL::TIMESTAMP AS t FROM range(3)) TO ${quoted('no-stats.parquet')}`,
      `COPY (SELECT 1 AS t LIMIT 0) TO ${quoted('no-rows.parquet')}`,
    )
    const paths = ['stats.parquet', 'no-stats.parquet', 'no-rows.parquet'].map(at)
    const [stats, none, empty] = await decoder.describeMany(paths, 't', 's')
    expect(stats!.units).toMatchObject([
      { rowFirst: 0, rows: 61440, timeMinMs: 0, timeMaxMs: 614390000 },
      { rowFirst: 61440, rows: 61440, timeMinMs: 614400000, timeMaxMs: 1228790000 },
      { rowFirst: 122880, rows: 27120, timeMinMs: 1228800000, timeMaxMs: 1499990000 },
    ])
    expect(stats!.units[0]!.bytes).toBeGreaterThan(61440 * 12)
    expect(none!.units).toMatchObject([{ rows: 3, timeMinMs: null, timeMaxMs: null }])
    expect(empty).toMatchObject({ units: [], schema: [{ name: 't' }] })
    const [unknownUnit] = await decoder.describeMany([at('stats.parquet')], 't')
    expect(unknownUnit!.units[0]!.timeMinMs).toBeNull()
    const [unknownColumn] = await decoder.describeMany([at('stats.parquet')], 'nope', 's')
    expect(unknownColumn!.units[0]!.timeMinMs).toBeNull()
  })

  it('names the one bad file among many', async () => {
    await runSql(`COPY (SELECT 1 AS x) TO ${quoted('good.parquet')}`)
    copyFileSync(at('good.parquet'), at('bad.parquet'))
    appendFileSync(at('bad.parquet'), 'tail')
    const paths = [at('good.parquet'), at('bad.parquet')]
    await expect(decoder.describeMany(paths, 't')).rejects.toMatchObject({
      code: 'file-corrupt',
      where: { uri: at('bad.parquet') },
    })
    await expect(decoder.describeMany([at('none.parquet')], 't')).rejects.toMatchObject({
      code: 'file-unreadable',
      where: { uri: at('none.parquet') },
    })
  })
})

describe('times', () => {
  const HOUR = 3_600_000
  /** Two row groups of 3,000 hours, in pages of 100; the times of the second are nowhere in order. */
  async function writeHours(name: string): Promise<void> {
    const schema = fields(['t', 'timestamp[ms, UTC]'], ['n', 'int32'])
    const writer = new ParquetWriter(new FileSink(at(name)), schema, { pageRows: 100, rowGroupRows: 3000 })
    for (const step of [1, 1237]) {
      const hours = Array.from({ length: 3000 }, (_, i) => (step * i) % 3000)
      const times = BigInt64Array.from(hours, hour => BigInt(hour * HOUR))
      await writer.append({
        schema,
        rows: 3000,
        columns: [
          { kind: 'i64', values: new Int32Array(times.buffer), valid: null },
          { kind: 'i32', values: Int32Array.from(hours), valid: null },
        ],
      })
    }
    await writer.close()
  }

  it('that are not wanted cost no pages, and rows keep their place in the file', async () => {
    await writeHours('hours.parquet')
    const { units } = await decoder.describe(at('hours.parquet'), 't')
    const schema = fields(['n', 'int32'])
    const times = { column: 't', unit: undefined, fromMs: 1234 * HOUR, untilMs: 1301 * HOUR }
    const rows: number[] = []
    const places: number[] = []
    const before = decoder.counters.rowsPruned
    for (const unit of units) {
      const { batch, fileRow } = await decoder.decode({
        file: pinned(at('hours.parquet')),
        unit,
        fields: schema,
        times,
      })
      rows.push(...(batch.columns[0] as { values: Int32Array }).values)
      places.push(...(fileRow ?? Float64Array.from({ length: batch.rows }, (_, i) => unit.rowFirst + i)))
    }
    // pages 12 and 13 of the first row group; every page of the second spans all times
    expect(rows.slice(0, 200)).toEqual(Array.from({ length: 200 }, (_, i) => 1200 + i))
    expect(places.slice(0, 200)).toEqual(rows.slice(0, 200))
    expect(rows).toHaveLength(200 + 3000)
    expect(decoder.counters.rowsPruned - before).toBe(2800)
  })

  it('that are wanted all come as without a range', async () => {
    await writeHours('all-hours.parquet')
    const times = { column: 't', unit: undefined, fromMs: Number.NEGATIVE_INFINITY, untilMs: 3000 * HOUR }
    const { units } = await decoder.describe(at('all-hours.parquet'), 't')
    for (const unit of units) {
      const file = pinned(at('all-hours.parquet'))
      const { fileRow, batch } = await decoder.decode({ file, unit, fields: fields(['n', 'int32']), times })
      expect([fileRow, batch.rows]).toEqual([null, unit.rows])
    }
  })
})
