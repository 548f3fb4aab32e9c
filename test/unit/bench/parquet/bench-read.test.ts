/** Readers that disagree must not pass. */
import { describe, expect, it } from 'vitest'
import { differencesOf } from '../../../../bench/parquet/bench-read.ts'

type Cells = Parameters<typeof differencesOf>[1]

const cell = (name: string, rows: number, checksums: Record<string, string> | null): Cells[number] => ({
  reader: { name, program: `${name}.ts`, packages: null },
  figure: checksums === null ? null : { rows, checksums, seconds: [1], cpuSeconds: 1 },
  peakBytes: 1,
  problem: checksums === null ? 'out of memory' : '',
})
const ours = cell('ours', 10, { a: '10:1', b: '10:2' })

describe('differencesOf', () => {
  it('is silent where all are equal', () => {
    expect(differencesOf({ what: 'x' }, [ours, cell('other', 10, { a: '10:1', b: '10:2' })])).toEqual([])
  })

  it('names the columns that differ, are missing or too many, and other numbers of rows', () => {
    const found = differencesOf({ what: 'x' }, [
      ours,
      cell('changed', 10, { a: '10:1', b: '10:3' }),
      cell('missing', 10, { a: '10:1' }),
      cell('more', 10, { a: '10:1', b: '10:2', c: '10:9' }),
      cell('short', 9, { a: '10:1', b: '10:2' }),
    ])
    expect(found).toEqual([
      'x: changed against ours: b',
      'x: missing against ours: b',
      'x: more against ours: c',
      'x: short against ours: number of rows',
    ])
  })

  it('tells of a reader that failed, and compares the rest', () => {
    const found = differencesOf({ what: 'x' }, [
      cell('broken', 0, null),
      ours,
      cell('off', 10, { a: '10:1', b: '' }),
    ])
    expect(found).toEqual(['x: broken failed: out of memory', 'x: off against ours: b'])
  })
})
