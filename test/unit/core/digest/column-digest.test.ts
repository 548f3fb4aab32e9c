import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Batch, Column, Schema } from '../../../../src/core/batch/index.ts'
import { CodedStrings, entriesOf, sliceBatch } from '../../../../src/core/batch/index.ts'
import { createDigest } from '../../../../src/core/digest/index.ts'
import { createSha256 } from '../../../../src/lanes/index.ts'
import { float64Column, int32Column, int64Column, utf8Column } from '../../../property/history-fixture.ts'

const SCHEMA: Schema = [
  { name: 'i', type: { name: 'int32' } },
  { name: 'l', type: { name: 'int64' } },
  { name: 'f', type: { name: 'float64' } },
  { name: 's', type: { name: 'utf8' } },
]

function batchOf(columns: readonly Column[], rows: number): Batch {
  return { schema: SCHEMA, rows, columns }
}

function digestOf(...batches: readonly Batch[]): string {
  const digest = createDigest(SCHEMA, createSha256)
  for (const batch of batches) digest.add(batch)
  return digest.finish()
}

const WHOLE = batchOf(
  [
    int32Column([1, null, 3]),
    int64Column([-1, 2 ** 40, null]),
    float64Column([0.5, null, -2]),
    utf8Column(['a', '', null]),
  ],
  3,
)

describe('replay digest (C7)', () => {
  it('does not depend on whether strings come as codes, however long they are', () => {
    const texts = ['', 'a', 'long '.repeat(10_000), 'b'.repeat(70_000), 'ä']
    const entries = entriesOf(texts.map(text => new TextEncoder().encode(text)))
    const rows = 400
    const codes = Int32Array.from({ length: rows }, (_, i) => (i * 7) % texts.length)
    const schema: Schema = [{ name: 's', type: { name: 'utf8' } }]
    const of = (column: Column): string => {
      const digest = createDigest(schema, createSha256)
      digest.add({ schema, rows, columns: [column] })
      return digest.finish()
    }
    const coded = new CodedStrings(codes, entries, null)
    const { offsets, bytes } = coded
    expect(of(coded)).toBe(of({ kind: 'bytes', offsets, bytes, valid: null }))
  })

  it('does not depend on how rows are cut into batches', () => {
    const cut = digestOf(sliceBatch(WHOLE, 0, 1), sliceBatch(WHOLE, 1, 1), sliceBatch(WHOLE, 1, 3))
    expect(cut).toBe(digestOf(WHOLE))
  })

  it('is the published byte form', () => {
    const sha = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')
    const int32 = (...values: number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer)
    const one = batchOf([int32Column([7]), int64Column([-2]), float64Column([null]), utf8Column(['hé'])], 1)
    const text = [
      'hindcast-digest-1\n1\n',
      `["i","int32"]\n${sha(Uint8Array.of(1))}\n${sha(int32(7))}\n`,
      `["l","int64"]\n${sha(Uint8Array.of(1))}\n${sha(int32(-2, -1))}\n`,
      `["f","float64"]\n${sha(Uint8Array.of(0))}\n${sha(new Uint8Array(8))}\n`,
      `["s","utf8"]\n${sha(Uint8Array.of(1))}\n${sha(int32(3))}\n${sha('hé')}\n`,
    ]
    expect(digestOf(one)).toBe(sha(text.join('')))
  })

  it('takes −0 as +0 and every NaN as one', () => {
    const quiet = new Float64Array(new BigUint64Array([0x7ff8000000000001n, 0n]).buffer)
    const other = new Float64Array(new BigUint64Array([0xfff8000000000000n, 0x8000000000000000n]).buffer)
    const rest = [int32Column([1, 1]), int64Column([1, 1])]
    const digests = [quiet, other].map(values =>
      digestOf(batchOf([...rest, { kind: 'f64', values, valid: null }, utf8Column(['', ''])], 2)),
    )
    expect(digests[0]).toBe(digests[1])
  })

  it.each([
    ['a value', { c: 0, column: int32Column([1, null, 4]) }],
    ['a null against a zero', { c: 0, column: int32Column([1, 0, 3]) }],
    ['null against empty text', { c: 3, column: utf8Column(['a', null, null]) }],
    ['where text is cut', { c: 3, column: utf8Column(['', 'a', null]) }],
    ['the order of rows', { c: 1, column: int64Column([2 ** 40, -1, null]) }],
  ])('tells %s', (_, { c, column }) => {
    expect(digestOf({ ...WHOLE, columns: WHOLE.columns.with(c, column) })).not.toBe(digestOf(WHOLE))
  })
})
