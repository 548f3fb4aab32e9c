/** Reading sample files back: only what it was opened for, and a damaged run is said to be one. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { typeFromText } from '../../../src/core/batch/index.ts'
import { openSampleReader, readSamples } from '../../../src/sinks/index.ts'
import { COUNTED, caught, counted, slice, withSink } from './sink-fixture.ts'

describe('openSampleReader', () => {
  it('reads its files, several at once, and no others', async () => {
    await withSink({}, async (sink, directory) => {
      for (const [i, name] of ['a', 'b', 'c'].entries()) {
        const writer = sink.open(slice(`${name}.parquet`))
        await writer.append(counted(0, 40_000 + i))
        await writer.seal()
      }
      const [a, b, c] = ['a', 'b', 'c'].map(name => join(directory, `${name}.parquet`))
      const reader = await openSampleReader([a!, b!])
      const rowsOf = async (path: string) => {
        let rows = 0
        for await (const batch of reader.read(path, COUNTED)) rows += batch.rows
        return rows
      }
      expect(await Promise.all([rowsOf(a!), rowsOf(b!)])).toEqual([40_000, 40_001])
      expect((await caught(reader.read(c!, COUNTED).next())).code).toBe('output-corrupt')
      await reader.close()
    })
  })
})

describe('readSamples', () => {
  it('raises output-corrupt for a file that is missing, no Parquet, or has other columns', async () => {
    await withSink({}, async (sink, directory) => {
      const writer = sink.open(slice('a.parquet'))
      await writer.append(counted(0, 10))
      await writer.seal()
      execFileSync('sh', ['-c', 'echo PAR1 nothing PAR1 > "$0"', join(directory, 'b.parquet')])
      const other = [{ name: 'absent', type: typeFromText('int64')! }]
      const tries = [
        ['missing.parquet', COUNTED],
        ['b.parquet', COUNTED],
        ['a.parquet', other],
      ] as const
      for (const [name, schema] of tries) {
        const error = await caught(readSamples(join(directory, name), schema).next())
        expect(error.code, name).toBe('output-corrupt')
        expect(error.where.uri).toContain(name)
      }
    })
  })
})
