/** What is written must be what was there, and the check of it must notice when it is not. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkWritten } from '../../../../bench/parquet/bench-write.ts'
import { cutTable, makeTable, tableChecksums, WRITE_SCHEMA } from '../../../../bench/parquet/write-data.ts'
import { FileSink, ParquetWriter } from '../../../../src/parquet/index.ts'
import { withTempDirectory } from '../../../harness/index.ts'

describe('checkWritten', () => {
  it('finds a written table whole through two readers, and a changed column in both', async () => {
    await withTempDirectory(async directory => {
      const table = makeTable(3000)
      const expected = tableChecksums(table)
      const path = join(directory, 'written.parquet')
      const writer = new ParquetWriter(new FileSink(path), WRITE_SCHEMA, { codec: 'ZSTD' })
      for (const batch of cutTable(table, 700)) await writer.append(batch)
      await writer.close()
      expect(await checkWritten(path, expected, ['at'])).toEqual([])
      expect(await checkWritten(path, { ...expected, l1: '3000:00000000' }, ['at'])).toEqual([
        'duckdb reads other values in l1',
        'hindcast reads other values in l1',
      ])
      expect(await checkWritten(`${path}.missing`, expected, ['at'])).toEqual([
        expect.stringMatching(/^duckdb cannot read it: .*missing/),
        expect.stringMatching(/^hindcast cannot read it: .*cannot be read/),
      ])
    })
  })
})
