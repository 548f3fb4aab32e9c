import { describe, expect, it } from 'vitest'
import type { ColumnType, Schema } from '../../../../src/core/batch/index.ts'
import { typeText } from '../../../../src/core/batch/index.ts'
import { leafColumns } from '../../../../src/parquet/format/leaf-columns.ts'
import { schemaElements } from '../../../../src/parquet/format/schema-elements.ts'

const names = [
  'bool',
  'int8',
  'int16',
  'int32',
  'uint8',
  'uint16',
  'uint32',
  'date',
  'int64',
  'uint64',
] as const
const others = ['float32', 'float64', 'utf8', 'binary'] as const
const TYPES: readonly ColumnType[] = [
  ...names.map(name => ({ name }) as ColumnType),
  ...others.map(name => ({ name }) as ColumnType),
  ...(['ms', 'us', 'ns'] as const).flatMap(unit =>
    [true, false].map(utc => ({ name: 'timestamp', unit, utc }) as const),
  ),
  ...(['ms', 'us', 'ns'] as const).flatMap(unit =>
    [true, false].map(utc => ({ name: 'time', unit, utc }) as const),
  ),
  ...[1, 9, 10, 18, 19, 38].map(precision => ({ name: 'decimal', precision, scale: precision - 1 }) as const),
]

describe('schemaElements', () => {
  it('is read back as the same types, all optional', () => {
    const schema: Schema = TYPES.map((type, i) => ({ name: `column ${i}`, type }))
    const leaves = leafColumns(schemaElements(schema))
    expect(leaves.map(({ name, type }) => ({ name, type }))).toEqual(schema)
    expect(leaves.every(leaf => leaf.isFlat && leaf.isOptional)).toBe(true)
  })

  it('is read the same by readers that know converted types only, where there are such', () => {
    const schema: Schema = TYPES.map((type, i) => ({ name: `column ${i}`, type }))
    const old = schemaElements(schema).map(element => ({ ...element, logical: null }))
    const changed = leafColumns(old).flatMap(({ type }, i) =>
      typeText(type!) === typeText(TYPES[i]!) ? [] : [`${typeText(TYPES[i]!)} as ${typeText(type!)}`],
    )
    expect(changed).toEqual([
      'timestamp[ms] as int64',
      'timestamp[us] as int64',
      'timestamp[ns, UTC] as int64',
      'timestamp[ns] as int64',
      'time[ms] as int32',
      'time[us] as int64',
      'time[ns, UTC] as int64',
      'time[ns] as int64',
    ])
  })

  it('writes seconds as milliseconds', () => {
    const schema: Schema = [{ name: 't', type: { name: 'timestamp', unit: 's', utc: true } }]
    expect(schemaElements(schema)[1]).toMatchObject({
      logical: { name: 'TIMESTAMP', unit: 'ms', utc: true },
      converted: 'TIMESTAMP_MILLIS',
    })
  })
})
