/** Bombs: each gives its exact code, in bounded time and memory, in a child process. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { bytesSource, planRead, RowReader, readParquetFile } from '../../src/parquet/index.ts'
import { spawnProgram } from '../harness/index.ts'
import type { BombOutcome } from './parquet-bombs.ts'
import { BOMB_LISTS } from './parquet-bombs.ts'
import { column, dataFacts, madeFile, madePage } from './parquet-made.ts'

const CHILD = fileURLToPath(new URL('./parquet-bombs.ts', import.meta.url))
/** CPU time of one bomb: the largest footer takes some 3 s. */
const BOMB_MS_MAX = 12_000

describe('Parquet bombs', () => {
  for (const [name, { bombs, rssMax }] of Object.entries(BOMB_LISTS)) {
    it(`tells those in ${name} by their codes`, async () => {
      const ended = await spawnProgram(CHILD, [name]).ended
      const outcomes = ended.stdout
        .trim()
        .split('\n')
        .map(line => JSON.parse(line) as BombOutcome)
      const codes = outcomes.map(({ name, code, message }) => ({ name, code, message }))
      expect(codes).toEqual(bombs.map(({ name, code }) => ({ name, code, message: expect.any(String) })))
      const slow = outcomes.filter(({ ms }) => ms > BOMB_MS_MAX)
      expect(slow).toEqual([])
      expect(outcomes.at(-1)?.rssMax).toBeLessThan(rssMax)
      expect(ended.code).toBe(0)
    })
  }

  it('are no reason to make room for all rows that a file claims', async () => {
    const page = madePage(dataFacts(1), new Uint8Array(8))
    const source = bytesSource(madeFile([{ element: column('v', 'INT64'), pages: [page] }], 2 ** 40))
    const file = await readParquetFile(source)
    const reader = new RowReader(source, planRead(file, file.leaves), file.leaves)
    await expect(reader.read(reader.rowsLeft)).rejects.toMatchObject({ code: 'limit-passed' })
  })
})
