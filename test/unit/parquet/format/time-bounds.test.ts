import { describe, expect, it } from 'vitest'
import { leafColumns } from '../../../../src/parquet/format/leaf-columns.ts'
import { parseMetadata } from '../../../../src/parquet/format/read-metadata.ts'
import { schemaElements } from '../../../../src/parquet/format/schema-elements.ts'
import { timeBounds } from '../../../../src/parquet/format/time-bounds.ts'
import { duckDbFile, EVERY_TYPE } from './duckdb-file.ts'
import { timeRange } from './printed-statistics.ts'

/** Every column of EVERY_TYPE, and times before the epoch, with fractions, and far away. */
const TIMES = `
  SELECT *, -1::BIGINT - 1500 * b_int8 AS za, TIMESTAMP '1900-01-01 00:00:00.123456' + to_seconds(d_int32) AS zb,
    make_timestamp_ns(-1 - 999999 * d_int32::BIGINT) AS zc, 0.1::DOUBLE * d_int32 - 7.7 AS zd, 'inf'::DOUBLE AS ze,
    DATE '0002-01-01' AS zf, TIMESTAMP '12000-01-01 00:00:00' AS zg, 9223372036854775000 + b_int8 AS zh
  FROM (${EVERY_TYPE})`

describe('timeBounds', () => {
  it('says what is read from the text of the same statistics', async () => {
    const { footer, metadata: theirs } = await duckDbFile(TIMES)
    const { schema, rowGroups } = parseMetadata(footer)
    const leaves = leafColumns(schema)
    let known = 0
    for (const unit of ['s', 'ms', 'us', 'ns', undefined] as const) {
      for (const leaf of leaves) {
        const row = theirs[leaf.index]!
        const text = (value: unknown): string | null => (value === null ? null : String(value))
        const [min, max] = [text(row.stats_min_value), text(row.stats_max_value)]
        const expected =
          leaf.type === null ? { minMs: null, maxMs: null } : timeRange(leaf.type, unit, min, max)
        const found = timeBounds(leaf, rowGroups[0]!.columns[leaf.index]!.statistics, unit)
        // DuckDB prints a float rounded, so that the text may lie in the next millisecond.
        if (leaf.type?.name === 'float32' || leaf.type?.name === 'float64') {
          expect(found.minMs === null).toBe(expected.minMs === null)
          if (found.minMs === null) continue
          const slack = leaf.type.name === 'float32' ? 1000 : 1
          expect(Math.abs(found.minMs - expected.minMs!)).toBeLessThanOrEqual(slack)
          expect(Math.abs(found.maxMs! - expected.maxMs!)).toBeLessThanOrEqual(slack)
        } else expect([leaf.name, unit, found]).toEqual([leaf.name, unit, expected])
        if (found.minMs !== null) known++
      }
    }
    expect(known).toBeGreaterThan(60)
  })

  it('rounds outward', () => {
    const leaf = leafColumns(
      schemaElements([{ name: 't', type: { name: 'timestamp', unit: 'us', utc: true } }]),
    )[0]!
    const at = (us: bigint): Uint8Array => {
      const bytes = new Uint8Array(8)
      new DataView(bytes.buffer).setBigInt64(0, us, true)
      return bytes
    }
    expect(timeBounds(leaf, { min: at(-1n), max: at(1n) }, undefined)).toEqual({ minMs: -1, maxMs: 1 })
    expect(timeBounds(leaf, { min: at(-1000n), max: at(1000n) }, undefined)).toEqual({ minMs: -1, maxMs: 1 })
    expect(timeBounds(leaf, { min: at(1999n), max: at(-1001n) }, undefined)).toEqual({
      minMs: null,
      maxMs: null,
    })
    const huge = timeBounds(
      { ...leaf, type: { name: 'int64' } },
      { min: at(-(2n ** 63n)), max: at(2n ** 63n - 1n) },
      's',
    )
    expect(huge.minMs).toBeLessThan(-(2 ** 63) * 1000)
    expect(huge.maxMs).toBeGreaterThan(2 ** 63 * 1000)
  })

  it('needs the unit of a column of numbers, and takes none for other types', () => {
    const schema = schemaElements([
      { name: 'n', type: { name: 'int32' } },
      { name: 'd', type: { name: 'decimal', precision: 9, scale: 0 } },
    ])
    const [number, decimal] = leafColumns(schema)
    const statistics = { min: new Uint8Array([1, 0, 0, 0]), max: new Uint8Array([2, 0, 0, 0]) }
    expect(timeBounds(number!, statistics, undefined)).toEqual({ minMs: null, maxMs: null })
    expect(timeBounds(number!, statistics, 's')).toEqual({ minMs: 1000, maxMs: 2000 })
    expect(timeBounds(decimal!, statistics, 's')).toEqual({ minMs: null, maxMs: null })
  })
})
