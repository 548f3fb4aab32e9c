import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  type Batch,
  MemorySink,
  readParquet,
  rowObject,
  type Schema,
  writeParquet,
} from '../../../src/parquet/index.ts'
import { withTempDirectory } from '../../harness/index.ts'
import { exampleBatch, SCHEMA } from './inspect/forged-file.ts'

describe('writeParquet', () => {
  it('writes batches of any iterator to a file that is read back', () =>
    withTempDirectory(async directory => {
      const path = join(directory, 'deep', 'a.parquet')
      async function* batches(): AsyncGenerator<Batch> {
        yield exampleBatch(100)
        yield exampleBatch(50, 100)
      }
      const written = await writeParquet(path, SCHEMA, batches(), { codec: 'ZSTD' })
      expect(written.rows).toBe(150)
      expect(readdirSync(join(directory, 'deep'))).toEqual(['a.parquet'])
      for await (const batch of readParquet(path)) {
        expect(batch.rows).toBe(150)
        expect(rowObject(batch, 149)).toEqual(rowObject(exampleBatch(1, 149), 0))
      }
    }))

  it('leaves nothing behind where the batches fail', () =>
    withTempDirectory(async directory => {
      const path = join(directory, 'a.parquet')
      function* batches(): Generator<Batch> {
        yield exampleBatch(100)
        throw new Error('no more')
      }
      await expect(writeParquet(path, SCHEMA, batches(), { rowGroupRows: 10 })).rejects.toThrow('no more')
      expect(existsSync(path)).toBe(false)
      expect(readdirSync(directory)).toEqual([])
    }))

  const I32: Schema = [{ name: 'a', type: { name: 'int32' } }]
  it.each([
    ['columns', { columns: [] }, /a batch has 0 columns, the schema 1/],
    [
      'kind',
      { columns: [{ kind: 'f64', values: new Float64Array(2), valid: null }] },
      /column 'a' is f64 in a batch, where int32 is i32/,
    ],
    [
      'rows',
      { columns: [{ kind: 'i32', values: new Int32Array(3), valid: null }] },
      /column 'a' has 3 rows in a batch of 2/,
    ],
    [
      'validity',
      { columns: [{ kind: 'i32', values: new Int32Array(2), valid: new Uint8Array(1) }] },
      /validity for 1 rows in a batch of 2/,
    ],
  ] as const)('refuses a batch of other %s', async (_, change, message) => {
    const batch: Batch = { schema: I32, rows: 2, ...change }
    const failed = writeParquet(new MemorySink(), I32, [batch])
    await expect(failed).rejects.toMatchObject({ code: 'argument-invalid' })
    await expect(failed).rejects.toThrow(message)
  })

  it('refuses columns that differ at most in case', async () => {
    const twins: Schema = [...I32, { name: 'A', type: { name: 'int32' } }]
    await expect(writeParquet(new MemorySink(), twins, [])).rejects.toMatchObject({ code: 'unsupported' })
  })
})
