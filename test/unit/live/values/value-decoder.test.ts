import { describe, expect, it } from 'vitest'
import { createValueDecoder, type RecordBatch } from '../../../../src/live/index.ts'

/** Records of these values, offsets from 100, timestamps from 1000. */
function recordsOf(values: readonly string[]): RecordBatch {
  const rows = values.length
  const valueOffsets = Int32Array.of(
    0,
    ...values.map((_, i) => Buffer.byteLength(values.slice(0, i + 1).join(''))),
  )
  return {
    partition: 2,
    rows,
    offset: Float64Array.from(values, (_, i) => 100 + i),
    timestampMs: Float64Array.from(values, (_, i) => 1000 + i),
    bytes: Buffer.from(values.join('')),
    valueOffsets,
    keyBytes: new Uint8Array(0),
    keyOffsets: new Int32Array(rows + 1),
    keyNull: new Uint8Array(rows),
    holes: [],
    offsetNext: 100 + rows,
    endOffset: 100 + rows,
  }
}

describe('createValueDecoder', () => {
  it('makes columns of the good values and names the others by offset', () => {
    const decoder = createValueDecoder({ kind: 'json' }, [{ name: 'n', type: { name: 'int32' } }])
    const long = `{"n":"${'é'.repeat(500)}"}`
    const decoded = decoder.decode(recordsOf(['{"n":1}', 'oops', '{"n":2,"more":0}', '', long, '{"n":null}']))
    expect(decoded.batch).toMatchObject({
      rows: 3,
      columns: [{ kind: 'i32', values: Int32Array.of(1, 2, 0), valid: Uint8Array.of(1, 1, 0) }],
    })
    expect([decoded.offset, decoded.timestampMs]).toEqual([
      Float64Array.of(100, 102, 105),
      Float64Array.of(1000, 1002, 1005),
    ])
    expect(decoded.bad).toEqual([
      { offset: 101, reason: 'is not a JSON object', text: 'oops' },
      { offset: 103, reason: 'is empty', text: '' },
      {
        offset: 104,
        reason: expect.stringMatching(/^column "n" \(int32\) cannot be a string/),
        text: expect.stringMatching(/^\{"n":"é{194}…$/),
      },
    ])
    expect(decoder.unknownColumns).toBe(1)
  })

  it('keeps nothing between calls', () => {
    const decoder = createValueDecoder({ kind: 'json' }, [{ name: 'n', type: { name: 'utf8' } }])
    const first = decoder.decode(recordsOf(['{"n":"a"}']))
    expect(decoder.decode(recordsOf([])).batch.rows).toBe(0)
    expect(decoder.decode(recordsOf(['{"n":"b"}'])).batch.rows).toBe(1)
    expect(first.batch).toMatchObject({ rows: 1, columns: [{ bytes: new Uint8Array(Buffer.from('a')) }] })
  })
})
