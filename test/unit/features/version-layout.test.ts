import { describe, expect, it } from 'vitest'
import type { Schema } from '../../../src/core/batch/index.ts'
import { versionLayout } from '../../../src/features/version-layout.ts'

const SCHEMA: Schema = [
  { name: 'item', type: { name: 'int64' } },
  { name: 'known_at', type: { name: 'int64' } },
  { name: 'written', type: { name: 'timestamp', unit: 'us', utc: true } },
  { name: 'gone', type: { name: 'bool' } },
  { name: 'n', type: { name: 'int32' } },
]

describe('version layout', () => {
  it('gives every column its meaning and reads each once', () => {
    const layout = versionLayout(
      {
        key: ['item'],
        time: { column: 'known_at', unit: 's' },
        available: { column: 'written' },
        deleted: 'gone',
        columns: ['n', 'item'],
      },
      SCHEMA,
    )
    expect(layout.reads).toEqual([SCHEMA[0], SCHEMA[1], SCHEMA[2], SCHEMA[3], SCHEMA[4]])
    expect(layout.values.map(field => field.name)).toEqual(['n', 'item'])
    expect(layout.timeUnits).toEqual(['s', 'us'])
  })

  it('names a column that is not there, and those that are', () => {
    const columns = { key: ['itm'], time: { column: 'known_at', unit: 'ms' as const }, columns: ['n'] }
    expect(() => versionLayout(columns, SCHEMA)).toThrow(
      expect.objectContaining({
        code: 'column-missing',
        where: { column: 'itm' },
        advice: 'Columns there are: item, known_at, written, gone, n.',
      }),
    )
  })

  it('refuses a time without unit and deletes that are no boolean', () => {
    const wrong = (part: object): (() => unknown) => {
      return () =>
        versionLayout(
          { key: ['item'], time: { column: 'known_at', unit: 'ms' }, columns: ['n'], ...part },
          SCHEMA,
        )
    }
    expect(wrong({ time: { column: 'known_at' } })).toThrow(expect.objectContaining({ code: 'job-invalid' }))
    expect(wrong({ available: { column: 'written', unit: 'ms' } })).toThrow(
      expect.objectContaining({ code: 'job-invalid' }),
    )
    expect(wrong({ deleted: 'n' })).toThrow(
      expect.objectContaining({ code: 'job-invalid', where: { column: 'n' } }),
    )
  })
})
