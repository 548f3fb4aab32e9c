import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { PlanNote } from '../../../src/plan/index.ts'
import { CSV_DEFAULT, describeFiles } from '../../../src/run/describe-files.ts'
import { withTempDirectory } from '../../harness/index.ts'

describe('files of a history', () => {
  it('whose folders give a column that they have too are told once a column', () =>
    withTempDirectory(async directory => {
      for (const day of ['01', '02']) {
        mkdirSync(join(directory, `day=${day}/hour=00`), { recursive: true })
        writeFileSync(join(directory, `day=${day}/hour=00/a.jsonl`), '{"t":1,"day":"x"}\n')
      }
      const notes: PlanNote[] = []
      const declared = [{ name: 't', type: { name: 'int64' } }] as const
      await describeFiles(
        {
          files: [directory],
          csv: CSV_DEFAULT,
          time: { column: 't', unit: 'ms' },
          declared,
          about: 'streams.s',
        },
        notes,
      )
      const hidden = notes.filter(({ text }) => text.includes('is not read'))
      const text = `column day of the files is not read, as folders day=… give it (first in ${join(directory, 'day=01/hour=00/a.jsonl')})`
      expect(hidden).toEqual([{ level: 'warning', about: 'streams.s', text }])
    }))
})
