import { describe, expect, it } from 'vitest'
import { typeText } from '../../../../src/core/batch/index.ts'
import type { LeafColumn } from '../../../../src/parquet/format/leaf-columns.ts'
import { leafColumns } from '../../../../src/parquet/format/leaf-columns.ts'
import type { SchemaElement } from '../../../../src/parquet/format/metadata.ts'
import { parseMetadata } from '../../../../src/parquet/format/read-metadata.ts'
import { duckDbFile, EVERY_TYPE } from './duckdb-file.ts'

function node(name: string, parts: Partial<SchemaElement>): SchemaElement {
  return {
    name,
    physical: null,
    typeLength: null,
    repetition: 'OPTIONAL',
    children: 0,
    converted: null,
    scale: null,
    precision: null,
    fieldId: null,
    logical: null,
    ...parts,
  }
}

function leafOf(parts: Partial<SchemaElement>): LeafColumn {
  return leafColumns([node('root', { children: 1 }), node('column', parts)])[0]!
}

function meaning({ type, foreign, form }: LeafColumn): string {
  return `${type === null ? `foreign ${foreign}` : typeText(type)} ${form}`
}

describe('leafColumns', () => {
  it('gives the columns of DuckDB their types', async () => {
    const { footer } = await duckDbFile(EVERY_TYPE)
    const leaves = leafColumns(parseMetadata(footer).schema)
    expect(Object.fromEntries(leaves.map(leaf => [leaf.name, meaning(leaf)]))).toEqual({
      a_bool: 'bool direct',
      b_int8: 'int8 direct',
      c_int16: 'int16 direct',
      d_int32: 'int32 direct',
      e_int64: 'int64 direct',
      f_uint8: 'uint8 direct',
      g_uint16: 'uint16 direct',
      h_uint32: 'uint32 direct',
      i_uint64: 'uint64 direct',
      j_float32: 'float32 direct',
      k_float64: 'float64 direct',
      l_text: 'utf8 direct',
      m_blob: 'binary direct',
      n_date: 'date direct',
      o_timestamp: 'timestamp[us] direct',
      p_timestamptz: 'timestamp[us, UTC] direct',
      q_ns: 'timestamp[ns] direct',
      r_ms: 'timestamp[ms] direct',
      s_decimal4: 'decimal(4,0) int32-as-i64',
      t_decimal9: 'decimal(9,2) int32-as-i64',
      u_decimal18: 'decimal(18,3) direct',
      v_decimal38: 'decimal(38,5) decimal-wide',
      w_time: 'time[us] direct',
      x_uuid: 'utf8 uuid',
      y_enum: 'utf8 direct',
      z_interval: 'foreign interval fixed',
      zz_null: 'int32 direct',
    })
    expect(leaves.every(leaf => leaf.isFlat && leaf.isOptional && leaf.maxDefinition === 1)).toBe(true)
    expect(leaves.map(leaf => leaf.index)).toEqual(leaves.map((_, i) => i))
  })

  it('names nested columns by their path and says what they are part of', async () => {
    const { footer } = await duckDbFile(
      `SELECT 1 AS a, [1, 2] AS b, {x: 1, y: {z: 'q'}} AS c, MAP {'k': 1.5} AS d, [[1]] AS e, 2 AS f`,
    )
    const leaves = leafColumns(parseMetadata(footer).schema)
    expect(
      leaves.map(leaf => [leaf.name, leaf.topLevel, leaf.foreign, leaf.maxDefinition, leaf.maxRepetition]),
    ).toEqual([
      ['a', 0, null, 1, 0],
      ['b.list.element', 1, 'list', 3, 1],
      ['c.x', 2, 'struct', 2, 0],
      ['c.y.z', 2, 'struct', 3, 0],
      ['d.key_value.key', 3, 'map', 2, 1],
      ['d.key_value.value', 3, 'map', 3, 1],
      ['e.list.element.list.element', 4, 'list', 5, 2],
      ['f', 5, null, 1, 0],
    ])
    expect(leaves.map(leaf => leaf.isFlat)).toEqual([true, ...Array(6).fill(false), true])
    expect(leaves[3]!.path).toEqual(['c', 'y', 'z'])
  })

  it.each<[Partial<SchemaElement>, string]>([
    [{ physical: 'INT96' }, 'timestamp[ns] int96'],
    [{ physical: 'BYTE_ARRAY' }, 'binary direct'],
    [{ physical: 'FIXED_LEN_BYTE_ARRAY', typeLength: 3 }, 'binary fixed'],
    [{ physical: 'BYTE_ARRAY', converted: 'UTF8' }, 'utf8 direct'],
    [{ physical: 'BYTE_ARRAY', converted: 'JSON' }, 'utf8 direct'],
    [{ physical: 'BYTE_ARRAY', converted: 'BSON' }, 'binary direct'],
    [{ physical: 'BYTE_ARRAY', logical: { name: 'GEOMETRY' } }, 'binary direct'],
    [{ physical: 'INT64', converted: 'TIMESTAMP_MILLIS' }, 'timestamp[ms, UTC] direct'],
    [{ physical: 'INT64', converted: 'TIMESTAMP_MICROS' }, 'timestamp[us, UTC] direct'],
    [
      {
        physical: 'INT64',
        converted: 'TIMESTAMP_MICROS',
        logical: { name: 'TIMESTAMP', unit: 'us', utc: false },
      },
      'timestamp[us] direct',
    ],
    [{ physical: 'INT32', converted: 'TIME_MILLIS' }, 'time[ms, UTC] int32-as-i64'],
    [{ physical: 'INT64', converted: 'TIME_MICROS' }, 'time[us, UTC] direct'],
    [{ physical: 'INT64', logical: { name: 'TIME', unit: 'ns', utc: false } }, 'time[ns] direct'],
    [{ physical: 'INT64', logical: { name: 'TIME', unit: 'ms', utc: false } }, 'int64 direct'],
    [{ physical: 'INT32', converted: 'UINT_8' }, 'uint8 direct'],
    [{ physical: 'INT64', converted: 'UINT_64' }, 'uint64 direct'],
    [{ physical: 'FIXED_LEN_BYTE_ARRAY', typeLength: 2, logical: { name: 'FLOAT16' } }, 'float32 float16'],
    [
      { physical: 'BYTE_ARRAY', converted: 'DECIMAL', precision: 18, scale: 4 },
      'decimal(18,4) decimal-bytes',
    ],
    [
      { physical: 'FIXED_LEN_BYTE_ARRAY', typeLength: 5, converted: 'DECIMAL', precision: 11 },
      'decimal(11,0) decimal-bytes',
    ],
    [
      { physical: 'BYTE_ARRAY', converted: 'DECIMAL', precision: 60, scale: 4 },
      'foreign decimal(60,4) decimal-bytes',
    ],
    [
      { physical: 'BYTE_ARRAY', converted: 'DECIMAL', precision: 19, scale: 19 },
      'decimal(19,19) decimal-wide',
    ],
    [
      { physical: 'FIXED_LEN_BYTE_ARRAY', typeLength: 20, converted: 'DECIMAL', precision: 38 },
      'decimal(38,0) decimal-wide',
    ],
    [{ physical: 'INT32', logical: { name: 'UNKNOWN' } }, 'foreign null direct'],
    // Annotations on the wrong physical type say nothing.
    [{ physical: 'INT32', logical: { name: 'STRING' } }, 'int32 direct'],
    [{ physical: 'FIXED_LEN_BYTE_ARRAY', typeLength: 8, converted: 'UTF8' }, 'binary fixed'],
    [{ physical: 'INT64', logical: { name: 'DATE' } }, 'int64 direct'],
    [{ physical: 'INT96', logical: { name: 'TIMESTAMP', unit: 'us', utc: true } }, 'timestamp[ns] int96'],
    [{ physical: 'INT64', logical: { name: 'INTEGER', bitWidth: 8, signed: false } }, 'int64 direct'],
    [{ physical: 'INT32', logical: { name: 'INTEGER', bitWidth: 24, signed: true } }, 'int32 direct'],
    [{ physical: 'FIXED_LEN_BYTE_ARRAY', typeLength: 15, logical: { name: 'UUID' } }, 'binary fixed'],
    [{ physical: 'DOUBLE', converted: 'DECIMAL', precision: 5, scale: 1 }, 'float64 direct'],
    [{ physical: 'INT32', logical: { name: 'TIME', unit: 'us', utc: true } }, 'int32 direct'],
    [{ physical: 'FIXED_LEN_BYTE_ARRAY', typeLength: 11, converted: 'INTERVAL' }, 'binary fixed'],
    [{ physical: 'INT64', converted: 'MAP' }, 'int64 direct'],
  ])('reads %j as %s', (parts, expected) => {
    expect(meaning(leafOf(parts))).toBe(expected)
  })

  it.each<[Partial<SchemaElement>, RegExp]>([
    [
      { physical: 'INT32', converted: 'DECIMAL', precision: 10 },
      /decimal\(10,0\), which does not fit into its 4 bytes/,
    ],
    [{ physical: 'INT64', converted: 'DECIMAL', precision: 19 }, /does not fit into its 8 bytes/],
    [{ physical: 'FIXED_LEN_BYTE_ARRAY', typeLength: 5, converted: 'DECIMAL', precision: 12 }, /its 5 bytes/],
    [{ physical: 'INT64', converted: 'DECIMAL' }, /is a decimal\(0,0\)/],
    [{ physical: 'INT64', converted: 'DECIMAL', precision: 3, scale: 4 }, /is a decimal\(3,4\)/],
    [{ physical: 'INT64', logical: { name: 'DECIMAL', precision: 3, scale: -1 } }, /is a decimal\(3,-1\)/],
    [{ physical: 'INT32', children: 1 }, /has a type and children/],
    [{ physical: 'INT32', repetition: null }, /does not say whether it is optional/],
  ])('refuses %j', (parts, message) => {
    expect(() => leafOf(parts)).toThrow(message)
  })

  it('knows REQUIRED and REPEATED columns, and the depth it goes to', () => {
    expect(leafOf({ physical: 'INT32', repetition: 'REQUIRED' })).toMatchObject({
      isFlat: true,
      isOptional: false,
      maxDefinition: 0,
    })
    expect(leafOf({ physical: 'INT32', repetition: 'REPEATED' })).toMatchObject({
      isFlat: false,
      foreign: 'list',
      maxDefinition: 1,
      maxRepetition: 1,
    })
    const deep = (groups: number): SchemaElement[] => [
      node('root', { children: 1 }),
      ...Array.from({ length: groups }, (_, i) => node(`g${i}`, { children: 1 })),
      node('leaf', { physical: 'INT32' }),
    ]
    expect(leafColumns(deep(127))[0]!.maxDefinition).toBe(128)
    expect(() => leafColumns(deep(128))).toThrow(/more than 128 levels deep/)
  })

  it('takes groups without children for what they are', () => {
    expect(leafColumns([node('root', { children: 0 })])).toEqual([])
    const schema = [node('root', { children: 2 }), node('empty', {}), node('a', { physical: 'INT32' })]
    expect(leafColumns(schema).map(leaf => [leaf.name, leaf.topLevel])).toEqual([['a', 1]])
  })
})
