import { describe, expect, it } from 'vitest'
import type { LeafColumn } from '../../../../src/parquet/format/leaf-columns.ts'
import { leafColumns } from '../../../../src/parquet/format/leaf-columns.ts'
import type { SchemaElement } from '../../../../src/parquet/format/metadata.ts'
import { parseMetadata } from '../../../../src/parquet/format/read-metadata.ts'
import { schemaElements } from '../../../../src/parquet/format/schema-elements.ts'
import { boundsOf } from '../../../../src/parquet/format/statistics-value.ts'
import { duckDbFile, EVERY_TYPE } from './duckdb-file.ts'

const [ROOT, NODE] = schemaElements([{ name: 'x', type: { name: 'int32' } }]) as [
  SchemaElement,
  SchemaElement,
]

function leafOf(parts: Partial<SchemaElement>): LeafColumn {
  return leafColumns([ROOT, { ...NODE, converted: null, logical: null, ...parts }])[0]!
}

function bytesOf(kind: 'Float32' | 'Float64' | 'Float16', value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8))
  view[`set${kind}`](0, value, true)
  return new Uint8Array(view.buffer, 0, { Float16: 2, Float32: 4, Float64: 8 }[kind])
}

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
const bounds = (leaf: LeafColumn, min: Uint8Array | null, max: Uint8Array | null) =>
  boundsOf(leaf, { min, max })

describe('boundsOf', () => {
  it('says what DuckDB says of its own columns', async () => {
    const { footer, metadata: theirs } = await duckDbFile(EVERY_TYPE)
    const { schema, rowGroups } = parseMetadata(footer)
    const found = leafColumns(schema).map(leaf => {
      const values = boundsOf(leaf, rowGroups[0]!.columns[leaf.index]!.statistics)
      const text = (value: unknown): string =>
        value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value)
      return values === null ? null : [text(values.min), text(values.max)]
    })
    const day = (text: unknown): string => String(Date.parse(`${text}Z`.replace('+00Z', 'Z')) / 86_400_000)
    const ticks = (text: unknown, perMs: bigint): string =>
      String(BigInt(Date.parse(`${text}Z`.replace('+00Z', 'Z'))) * perMs)
    const digits = (text: unknown): string => String(BigInt(String(text).replace('.', '')))
    const clock = (text: unknown): string => String(BigInt(Date.parse(`1970-01-01T${text}Z`)) * 1000n)
    const expected = theirs.map(row => {
      const name = String(row.path_in_schema)
      const pair = [row.stats_min_value, row.stats_max_value]
      if (pair.includes(null) || name === 'z_interval') return null
      if (name === 'a_bool') return pair.map(value => (value === 'true' ? '1' : '0'))
      if (name === 'n_date') return pair.map(day)
      if (name.includes('timestamp')) return pair.map(value => ticks(value, 1000n))
      if (name === 'q_ns') return pair.map(value => ticks(value, 1_000_000n))
      if (name === 'r_ms') return pair.map(value => ticks(value, 1n))
      if (name === 'w_time') return pair.map(clock)
      if (name.includes('decimal')) return pair.map(digits)
      if (name.includes('float')) return pair.map(value => String(Number(value)))
      return pair.map(String)
    })
    expect(theirs.map(row => row.path_in_schema)).toContain('x_uuid')
    expect(found.map((pair, i) => [theirs[i]!.path_in_schema, pair?.map(rounded)])).toEqual(
      expected.map((pair, i) => [theirs[i]!.path_in_schema, pair?.map(rounded)]),
    )
    expect(found.filter(pair => pair !== null).length).toBeGreaterThan(18)
  })

  it('reads unsigned integers as such', () => {
    const uint32 = leafOf({ physical: 'INT32', converted: 'UINT_32' })
    expect(bounds(uint32, hex('01000000'), hex('ffffffff'))).toEqual({ min: 1n, max: 2n ** 32n - 1n })
    const uint64 = leafOf({ physical: 'INT64', converted: 'UINT_64' })
    expect(bounds(uint64, hex('0100000000000000'), hex('ffffffffffffffff'))).toEqual({
      min: 1n,
      max: 2n ** 64n - 1n,
    })
    const int32 = leafOf({ physical: 'INT32' })
    expect(bounds(int32, hex('ffffffff'), hex('01000000'))).toEqual({ min: -1n, max: 1n })
  })

  it('ignores NaN and widens zero', () => {
    const float = leafOf({ physical: 'FLOAT' })
    const double = leafOf({ physical: 'DOUBLE' })
    const half = leafOf({ physical: 'FIXED_LEN_BYTE_ARRAY', typeLength: 2, logical: { name: 'FLOAT16' } })
    expect(bounds(float, bytesOf('Float32', Number.NaN), bytesOf('Float32', 1))).toBeNull()
    expect(bounds(double, bytesOf('Float64', 1), bytesOf('Float64', Number.NaN))).toBeNull()
    expect(bounds(half, bytesOf('Float16', -1.5), bytesOf('Float16', 2))).toEqual({ min: -1.5, max: 2 })
    const zero = bounds(double, bytesOf('Float64', 0), bytesOf('Float64', -0))
    expect([Object.is(zero?.min, -0), Object.is(zero?.max, 0)]).toEqual([true, true])
  })

  it('reads decimals in bytes, big-endian and of any length', () => {
    const fixed = leafOf({
      physical: 'FIXED_LEN_BYTE_ARRAY',
      typeLength: 3,
      converted: 'DECIMAL',
      precision: 5,
    })
    expect(bounds(fixed, hex('fffffe'), hex('010000'))).toEqual({ min: -2n, max: 65_536n })
    expect(bounds(fixed, hex('fffe'), hex('010000'))).toBeNull()
    const bytes = leafOf({ physical: 'BYTE_ARRAY', converted: 'DECIMAL', precision: 18 })
    expect(bounds(bytes, hex('80'), hex('00ff'))).toEqual({ min: -128n, max: 255n })
    expect(bounds(bytes, hex(''), hex('00ff'))).toBeNull()
  })

  it.each<[string, Partial<SchemaElement>, string, string]>([
    ['too short', { physical: 'INT32' }, '000000', '01000000'],
    ['too long', { physical: 'INT64' }, '00000000', '0000000001000000'],
    ['in the wrong order', { physical: 'INT32' }, '02000000', '01000000'],
    ['in the wrong order of bytes', { physical: 'BYTE_ARRAY' }, 'ff', '7f'],
    ['no booleans', { physical: 'BOOLEAN' }, '00', '02'],
    ['of INT96', { physical: 'INT96' }, '000000000000000000000000', '000000000000000000000000'],
    ['longer than the fixed length', { physical: 'FIXED_LEN_BYTE_ARRAY', typeLength: 2 }, '00', '000102'],
    [
      'of a type that is not ours',
      { physical: 'FIXED_LEN_BYTE_ARRAY', typeLength: 12, converted: 'INTERVAL' },
      '000000000000000000000000',
      '010000000000000000000000',
    ],
  ])('takes bounds that are %s for none', (_, parts, min, max) => {
    expect(bounds(leafOf(parts), hex(min), hex(max))).toBeNull()
  })

  it('takes one bound, or no statistics, for none', () => {
    const leaf = leafOf({ physical: 'BYTE_ARRAY' })
    expect(boundsOf(leaf, null)).toBeNull()
    expect(bounds(leaf, hex('00'), null)).toBeNull()
    expect(bounds(leaf, null, hex('00'))).toBeNull()
    expect(bounds(leaf, hex('61'), hex('6162'))).toEqual({ min: hex('61'), max: hex('6162') })
  })
})

/** DuckDB prints floats shorter than they are. */
function rounded(text: string): string {
  return /^-?\d+\.\d+$/.test(text) ? Number(text).toPrecision(6) : text
}
