import { describe, expect, it } from 'vitest'
import { RowBytes } from '../../../src/hbase/row-bytes.ts'

describe('rows asked for at once', () => {
  it('are as many as bring the bytes, and never none', () => {
    const rows = new RowBytes({ rowsFirst: 16, rowsMax: 500, bytes: 100_000 })
    expect(rows.rows).toBe(16)
    rows.saw(16_000, 16)
    expect(rows.rows).toBe(100)
    rows.saw(0, 16)
    expect(rows.rows).toBe(142) // 1000 bytes less 0.3 of what it was too much
    rows.saw(1_000_000, 1)
    expect(rows.rows).toBe(1)
    for (let i = 0; i < 100; i++) rows.saw(10, 1)
    expect(rows.rows).toBe(500)
  })

  it('are no more than may be, the first ones too', () => {
    const rows = new RowBytes({ rowsFirst: 16, rowsMax: 5, bytes: 100_000 })
    expect(rows.rows).toBe(5)
    rows.saw(5, 5)
    expect(rows.rows).toBe(5)
  })

  it('are half as many behind a reply that was too long', () => {
    const rows = new RowBytes({ rowsFirst: 16, rowsMax: 500, bytes: 100_000 })
    rows.tooLong(16)
    expect(rows.rows).toBe(8)
    rows.tooLong(1)
    expect(rows.rows).toBe(1)
  })
})
