import { describe, expect, it } from 'vitest'
import { labelled } from '../../../src/cli/labelled.ts'

describe('labelled', () => {
  it('puts texts below one another', () => {
    const rows = [
      ['a', 'one\ntwo'],
      ['long', 'three'],
    ] as const
    expect(labelled(rows, '  ')).toBe('  a     one\n        two\n  long  three\n')
    expect(labelled([])).toBe('')
  })
})
