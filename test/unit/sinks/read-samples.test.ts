/** Reading sample files back: a damaged run is said to be one. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { typeFromText } from '../../../src/core/batch/index.ts'
import { readSamples } from '../../../src/sinks/index.ts'
import { COUNTED, caught, counted, slice, withSink } from './sink-fixture.ts'

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
