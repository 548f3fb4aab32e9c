/** How fast are samples written: appended, encoded, fsynced, renamed? */

import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createParquetSink } from '../../src/sinks/index.ts'
import { cutTable, makeTable, WRITE_SCHEMA } from '../parquet/write-data.ts'
import type { StageFigure } from './stage.ts'
import { rate, runStage } from './stage.ts'

const ROWS = 262_144
const BATCH_ROWS = 16_384

await runStage(async task => {
  const batches = cutTable(makeTable(ROWS), BATCH_ROWS)
  const figures: StageFigure[] = []
  for (const encodings of ['auto', 'plain'] as const) {
    for (const slices of [1, 16]) {
      const directory = mkdtempSync(join(task.cache, 'write-'))
      const sink = createParquetSink({
        directory,
        schema: WRITE_SCHEMA,
        memoryBytes: 256 * 1024 * 1024,
        metadata: {},
        encodings,
      })
      const perSlice = batches.length / slices
      const work = async () => {
        for (let s = 0; s < slices; s++) {
          const writer = sink.open({ partition: s, startMs: 0, path: `samples/partition=${s}/0.parquet` })
          for (const batch of batches.slice(s * perSlice, (s + 1) * perSlice)) await writer.append(batch)
          await writer.seal()
        }
      }
      figures.push({
        what: `20 columns, Snappy, encodings ${encodings}, ${slices === 1 ? 'one file' : `${slices} files`} of ${ROWS / slices} rows`,
        rowsPerSecond: await rate(ROWS, work),
        best: '0.9 appender and COPY, 2.9 own writer',
      })
      await sink.close()
      rmSync(directory, { recursive: true, force: true })
    }
  }
  return figures
})
