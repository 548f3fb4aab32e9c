import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Schema } from '../../../src/core/batch/index.ts'
import { typeFromText, typeText } from '../../../src/core/batch/index.ts'
import { hiveType, mergeSchemas, requireSupported } from '../../../src/plan/index.ts'

function schema(columns: readonly (readonly [string, string])[]): Schema {
  return columns.map(([name, type]) => ({ name, type: typeFromText(type)! }))
}

function text(merged: { readonly schema: Schema }): string {
  return merged.schema.map(field => `${field.name}:${typeText(field.type)}`).join(' ')
}

describe('mergeSchemas', () => {
  it('matches columns by name, widens them and keeps the order of first sight', () => {
    const merged = mergeSchemas([
      {
        path: '/a',
        schema: schema([
          ['id', 'int32'],
          ['v', 'float32'],
        ]),
      },
      {
        path: '/b',
        schema: schema([
          ['v', 'float64'],
          ['w', 'utf8'],
          ['id', 'int64'],
        ]),
      },
    ])
    expect(text(merged)).toBe('id:int64 v:float64 w:utf8')
  })

  it('names both files of a conflict', () => {
    const files = [
      { path: '/a', schema: schema([['v', 'int32']]) },
      { path: '/b', schema: schema([['v', 'int64']]) },
      { path: '/c', schema: schema([['v', 'float64']]) },
    ]
    expect(() => mergeSchemas(files)).toThrow(
      expect.objectContaining({
        code: 'schema-conflict',
        message: expect.stringMatching(/float64 in \/c and int64 in \/b/),
        where: { uri: '/b', column: 'v' },
      }),
    )
  })

  it('does not depend on the order of files', () => {
    const names = [
      'bool',
      'int8',
      'int16',
      'int32',
      'int64',
      'uint8',
      'uint16',
      'uint32',
      'uint64',
      'float32',
      'float64',
      'utf8',
      'date',
      'timestamp[ms]',
      'timestamp[us, UTC]',
      'timestamp[ns]',
      'decimal(9,2)',
      'decimal(12,4)',
    ]
    const outcome = (types: readonly string[]): string => {
      try {
        return text(mergeSchemas(types.map((type, i) => ({ path: `/${i}`, schema: schema([['v', type]]) }))))
      } catch {
        return 'conflict'
      }
    }
    const files = fc.array(fc.constantFrom(...names), { minLength: 2, maxLength: 4 })
    const shuffled = files.chain(types =>
      fc.tuple(fc.constant(types), fc.shuffledSubarray(types, { minLength: types.length })),
    )
    fc.assert(
      fc.property(shuffled, ([types, other]) => outcome(types) === outcome(other)),
      { numRuns: Number(process.env.HINDCAST_CASES ?? 1000) },
    )
    expect(outcome(['int8', 'uint32', 'float32'])).toBe('v:float64')
  })

  it('reads Hive folders above a column of the same name', () => {
    const merged = mergeSchemas([
      {
        path: '/dt=1/a',
        schema: schema([
          ['dt', 'utf8'],
          ['v', 'int32'],
        ]),
        hive: { dt: '2024-01-01', n: '7' },
      },
      {
        path: '/dt=2/a',
        schema: schema([['v', 'int32']]),
        hive: { dt: '2024-01-02', n: '__HIVE_DEFAULT_PARTITION__' },
      },
    ])
    expect(text(merged)).toBe('v:int32 dt:date n:int64')
  })

  it('takes declared types that widen, adds what no file has, and refuses narrower ones', () => {
    const files = [{ path: '/a', schema: schema([['v', 'int32']]), hive: { dt: '2024-01-01' } }]
    expect(
      text(
        mergeSchemas(
          files,
          schema([
            ['x', 'utf8'],
            ['v', 'int64'],
            ['dt', 'utf8'],
          ]),
        ),
      ),
    ).toBe('v:int64 dt:utf8 x:utf8')
    expect(() => mergeSchemas(files, schema([['v', 'int8']]))).toThrow(
      expect.objectContaining({ code: 'schema-conflict' }),
    )
  })

  it('takes __proto__ and its kind as names like any other', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
    const merged = mergeSchemas([
      {
        path: '/a',
        schema: schema(names.map(name => [name, 'int8'])),
        hive: Object.fromEntries([['valueOf', '1']]),
      },
      { path: '/b', schema: schema(names.map(name => [name, 'int16'])) },
    ])
    expect(text(merged)).toBe(
      '__proto__:int16 constructor:int16 toString:int16 hasOwnProperty:int16 valueOf:int64',
    )
  })

  it('lets a job work that does not need an unreadable column, and names file and column otherwise', () => {
    const merged = mergeSchemas([
      {
        path: '/a',
        schema: schema([
          ['v', 'int32'],
          ['tags', 'utf8'],
          ['n', 'int8'],
        ]),
      },
      {
        path: '/b',
        schema: schema([['v', 'int32']]),
        unsupported: [
          { name: 'tags', type: 'list' },
          { name: 'n', type: 'null' },
        ],
      },
      {
        path: '/c',
        schema: schema([['v', 'int32']]),
        unsupported: [
          { name: 'tags', type: 'map' },
          { name: 'm', type: 'null' },
        ],
      },
    ])
    expect(text(merged)).toBe('v:int32 n:int8')
    expect(merged.unsupported).toEqual([
      { name: 'tags', type: 'list', path: '/b' },
      { name: 'm', type: 'null', path: '/c' },
    ])
    expect(requireSupported(merged, ['v', 'n'])).toBeUndefined()
    expect(() => requireSupported(merged, ['v', 'tags'])).toThrow(
      expect.objectContaining({ code: 'unsupported', where: { uri: '/b', column: 'tags' } }),
    )
  })

  it('refuses more columns than the limit', () => {
    const many = schema(Array.from({ length: 4097 }, (_, i) => [`c${i}`, 'int8']))
    expect(() => mergeSchemas([{ path: '/a', schema: many }])).toThrow(
      expect.objectContaining({ code: 'limit-passed' }),
    )
  })
})

describe('hiveType', () => {
  it.each([
    [['1', '-2', '007'], 'int64'],
    [['1', 'x'], 'utf8'],
    [['9007199254740993'], 'utf8'],
    [['2024-01-01', '2024-12-31'], 'date'],
    [['2024-02-30'], 'utf8'],
    [['2024-01-01', '5'], 'utf8'],
    [['__HIVE_DEFAULT_PARTITION__'], 'utf8'],
    [['__HIVE_DEFAULT_PARTITION__', '5'], 'int64'],
    [[''], 'utf8'],
  ])('%j is %s', (values, expected) => {
    expect(typeText(hiveType(values))).toBe(expected)
  })
})
