import type { Vector } from '@duckdb/node-bindings'
import duckdb from '@duckdb/node-bindings'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BytesSink } from '../../../src/duckdb/bytes-sink.ts'

/** A VARCHAR vector; strings are put in in the order given, which is the order of their memory. */
function vectorOf(values: readonly (string | null)[], order: readonly number[]): Vector {
  const vector = duckdb.create_vector(duckdb.create_logical_type(17), Math.max(1, values.length))
  for (const i of order) if (values[i] !== null) duckdb.vector_assign_string_element(vector, i, values[i]!)
  duckdb.vector_ensure_validity_writable(vector)
  const mask = new Uint8Array(8 * Math.ceil(values.length / 64)).fill(0xff)
  values.forEach((value, i) => {
    if (value === null) mask[i >> 3]! &= ~(1 << (i & 7))
  })
  duckdb.copy_data_to_vector_validity(vector, 0, mask.buffer, 0, mask.length)
  return vector
}

function stringsOf(sink: BytesSink, rows: number): (string | null)[] {
  const { offsets, bytes, valid } = sink.finish()
  expect(offsets).toHaveLength(rows + 1)
  const text = (i: number): string => Buffer.from(bytes.subarray(offsets[i], offsets[i + 1])).toString('utf8')
  return Array.from({ length: rows }, (_, i) => (valid === null || valid[i] === 1 ? text(i) : null))
}

describe('BytesSink', () => {
  it('copies strings of every length, wherever they lie', () => {
    const value = fc.option(fc.string({ unit: 'grapheme', minLength: 0, maxLength: 30 }), {
      nil: null,
      freq: 6,
    })
    const input = fc
      .array(value, { minLength: 1, maxLength: 60 })
      .chain(values =>
        fc.tuple(
          fc.constant(values),
          fc.shuffledSubarray([...values.keys()], { minLength: values.length }),
          fc.nat({ max: values.length - 1 }),
        ),
      )
    fc.assert(
      fc.property(input, ([values, order, cut]) => {
        const sink = new BytesSink(values.length)
        const vector = vectorOf(values, order)
        sink.append(vector, 0, cut)
        sink.append(vector, cut, values.length - cut)
        expect(stringsOf(sink, values.length)).toEqual(values)
      }),
      { numRuns: Number(process.env.HINDCAST_CASES ?? 1000) },
    )
  })

  it('sorts a whole vector of scattered strings into few runs', () => {
    const values = Array.from({ length: 2048 }, (_, i) =>
      i % 9 === 0 ? 'short' : `a longer string, number ${i * 7919}`,
    )
    const scattered = [...values.keys()].sort((a, b) => ((a * 7919) % 2048) - ((b * 7919) % 2048))
    const sink = new BytesSink(2048)
    sink.append(vectorOf(values, scattered), 0, 2048)
    expect(stringsOf(sink, 2048)).toEqual(values)
  })

  it('has no validity where nothing is null', () => {
    const sink = new BytesSink(10)
    sink.append(vectorOf(['a', 'b'], [0, 1]), 0, 2)
    expect(sink.finish()).toMatchObject({ valid: null, offsets: Int32Array.of(0, 1, 2) })
  })
})
