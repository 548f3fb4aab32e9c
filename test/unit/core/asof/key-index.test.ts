import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KeyBatch } from '../../../../src/core/asof/index.ts'
import {
  distinctKeys,
  encodeKeys,
  findKeys,
  KEY_NULL,
  KEY_UNKNOWN,
  KeyIndexBuilder,
  keyBytesAt,
  keyConversion,
  sharedMemory,
} from '../../../../src/core/asof/index.ts'
import type { ColumnType } from '../../../../src/core/batch/index.ts'
import { columnOf } from '../../../property/asof-twin.ts'

function keysOf(name: 'int64' | 'utf8', values: readonly (number | null)[]): KeyBatch {
  const type: ColumnType = { name }
  return encodeKeys(
    [{ column: columnOf(type, values), type, conversion: keyConversion(type, type)! }],
    values.length,
  )
}

describe.each(['int64', 'utf8'] as const)('key index over %s', name => {
  it('numbers keys in the order of their first occurrence, like a map', () => {
    const value = fc.option(fc.integer({ min: -5000, max: 5000 }), { freq: 20 })
    fc.assert(
      fc.property(
        fc.array(fc.array(value, { maxLength: 3000, size: 'max' }), { maxLength: 3 }),
        fc.array(value),
        (batches, wanted) => {
          const builder = new KeyIndexBuilder(name === 'int64' ? 'words' : 'bytes')
          const twin = new Map<number, number>()
          for (const batch of batches) {
            const numbers = batch.map(each => {
              if (each === null) return KEY_NULL
              if (!twin.has(each)) twin.set(each, twin.size)
              return twin.get(each)
            })
            expect(Array.from(builder.add(keysOf(name, batch)))).toEqual(numbers)
          }
          const index = builder.freeze(sharedMemory)
          expect(index.keys).toBe(twin.size)
          const expected = wanted.map(each => (each === null ? KEY_NULL : (twin.get(each) ?? KEY_UNKNOWN)))
          expect(Array.from(findKeys(index, keysOf(name, wanted)))).toEqual(expected)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('finds nothing when it is empty', () => {
    const index = new KeyIndexBuilder(name === 'int64' ? 'words' : 'bytes').freeze(sharedMemory)
    expect(Array.from(findKeys(index, keysOf(name, [1, null])))).toEqual([KEY_UNKNOWN, KEY_NULL])
  })

  it('grows past its first size without losing a key', () => {
    const values = Array.from({ length: 20_000 }, (_, i) => i * 7919)
    const builder = new KeyIndexBuilder(name === 'int64' ? 'words' : 'bytes')
    builder.add(keysOf(name, values))
    expect(builder.add(keysOf(name, values))[19_999]).toBe(19_999)
    const index = builder.freeze(sharedMemory)
    expect(index.slots.length).toBeGreaterThanOrEqual(40_000)
    expect(findKeys(index, keysOf(name, values)).every((k, i) => k === i)).toBe(true)
  })

  it('gives distinct keys of several batches once, without null', () => {
    const distinct = distinctKeys([keysOf(name, [3, null, 1]), keysOf(name, [1, 2, 3])])
    const expected = keysOf(name, [3, 1, 2])
    expect(distinct.rows).toBe(3)
    expect([0, 1, 2].map(row => keyBytesAt(distinct, row))).toEqual(
      [0, 1, 2].map(row => keyBytesAt(expected, row)),
    )
  })
})

describe('key index', () => {
  it('finds no key of another kind', () => {
    const builder = new KeyIndexBuilder('words')
    builder.add(keysOf('int64', [1]))
    expect(Array.from(findKeys(builder.freeze(sharedMemory), keysOf('utf8', [1])))).toEqual([KEY_UNKNOWN])
  })
})
