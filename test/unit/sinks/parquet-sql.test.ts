/** The SQL of a sample file, and the meaning of DuckDB's failures. */
import { describe, expect, it } from 'vitest'
import { typeFromText } from '../../../src/core/batch/index.ts'
import { bytesOfRow, copyStatement, sinkError } from '../../../src/sinks/parquet-sql.ts'

const floats = (columns: number) =>
  Array.from({ length: columns }, (_, c) => ({ name: `c${c}`, type: typeFromText('float64')! }))

const groupRows = (columns: number) => {
  const sql = copyStatement({ table: 't', schema: floats(columns), file: 'f', metadata: {} })
  return Number(/ROW_GROUP_SIZE (\d+)/.exec(sql)![1])
}

describe('copyStatement', () => {
  it('quotes names, paths and metadata', () => {
    const schema = [{ name: 'a"b', type: typeFromText('utf8')! }]
    const sql = copyStatement({ table: 't', schema, file: "it's.parquet", metadata: { "k'": "v'" } })
    expect(sql).toContain('s.c0 AS "a""b"')
    expect(sql).toContain("TO 'it''s.parquet'")
    expect(sql).toContain(`"k'": 'v'''`)
  })

  it('makes row groups of 120 k rows, fewer where rows are wide, in whole vectors', () => {
    expect([groupRows(20), groupRows(1000), groupRows(100_000)]).toEqual([122_880, 8192, 2048])
  })
})

describe('bytesOfRow', () => {
  it('adds up the memory of the types', () => {
    const schema = ['bool', 'int64', 'float32', 'utf8'].map(name => ({ name, type: typeFromText(name)! }))
    expect(bytesOfRow(schema)).toBe(4 + 8 + 8 + 24)
  })
})

describe('sinkError', () => {
  it('tells a full disk, a passed memory limit and other failures apart', () => {
    const code = (message: string) => sinkError(new Error(message), 'a.parquet').code
    expect(code('IO Error: Could not write file "a": No space left on device')).toBe('disk-full')
    expect(
      code("Out of Memory Error: failed to offload … limit was set by the 'max_temp_directory_size' setting"),
    ).toBe('disk-full')
    expect(code('Out of Memory Error: could not allocate block of size 256.0 KiB')).toBe('limit-passed')
    expect(code('Failed to append: Failed to commit: failed to pin block')).toBe('limit-passed')
    expect(code('IO Error: Cannot open file "a"')).toBe('io-failed')
  })

  it('passes our own errors on', () => {
    const ours = sinkError(new Error('No space left on device'), 'a')
    expect(sinkError(ours, 'b')).toBe(ours)
  })
})
