import { describe, expect, it } from 'vitest'
import type { Column, Schema } from '../../../src/core/batch/index.ts'
import { i64ToNumber } from '../../../src/core/batch/index.ts'
import { sampleBatch, sampleSources, writtenFields } from '../../../src/lanes/sample-columns.ts'
import { batchOf } from '../../property/merge-scenario.ts'

const INT64 = { name: 'int64' } as const
const OUTPUT: Schema = [
  { name: 'who', type: { name: 'utf8' } },
  { name: 'joined', type: { name: 'int32' } },
  { name: '_late', type: { name: 'bool' } },
  { name: '_partition', type: { name: 'int32' } },
  { name: '_offset', type: INT64 },
  { name: '_source_offset', type: INT64 },
]

function eventsOf(offsets: readonly number[] | null) {
  const events = batchOf(
    0,
    [1, 2, 3].map(id => ({ id, time: id, sub: 0, offset: null, who: `${id}` })),
  )
  const joined = { kind: 'i32', values: Int32Array.of(7, 8, 9), valid: null } as const
  const schema = [...events.schema, { name: 'joined', type: { name: 'int32' } } as const]
  return {
    ...events,
    schema,
    columns: [...events.columns, joined],
    sourceOffset: offsets === null ? null : Float64Array.from(offsets),
  }
}

/** int64 values of a column, null where it is. */
function numbersOf(column: Column): (number | null)[] {
  if (column.kind !== 'i64') throw new Error(`the column is ${column.kind}`)
  const { values, valid } = column
  return Array.from({ length: values.length / 2 }, (_, i) =>
    valid !== null && valid[i] === 0 ? null : i64ToNumber(values[2 * i]!, values[2 * i + 1]!),
  )
}

describe('the columns of a sample', () => {
  const plain = eventsOf(null)
  const sources = sampleSources(OUTPUT, plain.schema)

  it('come from the event and what was joined, by name, or are added', () => {
    expect(sources).toEqual([1, 2, 'late', 'partition', 'offset', 'source-offset'])
    const batch = sampleBatch(OUTPUT, sources, plain, true)
    expect(batch.schema).toBe(OUTPUT)
    expect(batch.columns[0]).toBe(plain.columns[1])
    expect(batch.columns[1]).toBe(plain.columns[2])
    expect(batch.columns[2]).toEqual({ kind: 'i32', values: Int32Array.of(1, 1, 1), valid: null })
    expect(batch.columns[3]).toEqual({ kind: 'i32', values: Int32Array.of(3, 3, 3), valid: null })
    expect(numbersOf(batch.columns[5]!)).toEqual([null, null, null])
  })

  it('are written without the offset where that is counted, which is known when a file is sealed', () => {
    expect(writtenFields(OUTPUT, false)).toBe(OUTPUT)
    expect(writtenFields(OUTPUT, true).map(field => field.name)).toEqual(
      OUTPUT.map(field => field.name).filter(name => name !== '_offset'),
    )
  })

  it('have the offsets of the topic where events have them, and null where one has not', () => {
    const mixed = eventsOf([Number.NaN, 2 ** 33 + 1, 12])
    const counted = sampleBatch(OUTPUT, sources, mixed, false)
    expect(numbersOf(counted.columns[4]!)).toEqual([null, 2 ** 33 + 1, 12])
    expect(numbersOf(counted.columns[5]!)).toEqual([null, 2 ** 33 + 1, 12])
    const own = sampleBatch(OUTPUT, sources, eventsOf([4, 5, 9]), false)
    expect(numbersOf(own.columns[4]!)).toEqual([4, 5, 9])
    expect(own.columns[4]).toMatchObject({ valid: null })
  })

  it('that come from nowhere are a bug', () => {
    const unknown: Schema = [{ name: 'toString', type: { name: 'utf8' } }]
    expect(() => sampleSources(unknown, plain.schema)).toThrowError(expect.objectContaining({ code: 'bug' }))
  })
})
