/** The README tables that the code writes. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { withTables } from '../../../scripts/write-readme-tables.ts'

describe('README tables', () => {
  it('are what the code says (node scripts/write-readme-tables.ts)', () => {
    const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')
    expect(readme).toContain('<!-- errors -->')
    expect(withTables(readme)).toBe(readme)
  })

  it('change with the text between their marks only', () => {
    const readme = 'before\n<!-- errors -->\nstale text\n<!-- /errors -->\nafter'
    const made = withTables(readme)
    expect(made).toContain('| `seam-unproven` | seam | 4 |')
    expect(made).not.toContain('stale text')
    expect(made.startsWith('before\n') && made.endsWith('\nafter')).toBe(true)
  })
})
