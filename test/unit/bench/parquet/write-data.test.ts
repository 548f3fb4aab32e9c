/** The table that writers are given. */
import { describe, expect, it } from 'vitest'
import { cutTable, makeTable, tableChecksums, WRITE_SCHEMA } from '../../../../bench/parquet/write-data.ts'

describe('makeTable', () => {
  it('is the same every time, with nulls in two columns', () => {
    const table = makeTable(500)
    expect(tableChecksums(makeTable(500))).toEqual(tableChecksums(table))
    const withNulls = table.columns.filter(column => column.valid?.includes(0) === true)
    expect(withNulls).toHaveLength(2)
    expect(table.columns).toHaveLength(WRITE_SCHEMA.length)
  })
})

describe('cutTable', () => {
  it('cuts into batches that are the table again', () => {
    const table = makeTable(500)
    const batches = cutTable(table, 150)
    expect(batches.map(batch => batch.rows)).toEqual([150, 150, 150, 50])
    for (const [c, column] of table.columns.entries()) {
      const parts = batches.map(batch => batch.columns[c]!)
      if (column.kind === 'bytes') {
        const texts = parts.flatMap(part => {
          if (part.kind !== 'bytes') return []
          const lengths = part.offsets.length - 1
          return Array.from({ length: lengths }, (_, i) =>
            Buffer.from(part.bytes.subarray(part.offsets[i]!, part.offsets[i + 1]!)).toString(),
          )
        })
        expect(texts.join('')).toBe(Buffer.from(column.bytes).toString())
      } else {
        const values = parts.flatMap(part => (part.kind === 'bytes' ? [] : [...part.values]))
        expect(values).toEqual([...column.values])
      }
    }
  })
})
