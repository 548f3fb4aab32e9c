/** How fast are samples written: appended, encoded, fsynced, renamed? */

import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Batch, Column, Schema } from '../../src/core/batch/index.ts'
import { typeFromText } from '../../src/core/batch/index.ts'
import { createParquetSink } from '../../src/sinks/index.ts'
import type { StageFigure } from './stage.ts'
import { rate, runStage } from './stage.ts'

const ROWS = 262_144
const BATCH_ROWS = 16_384

/** 10 float64, 4 int64, 3 int32, a timestamp, 2 short strings. */
const SCHEMA: Schema = [
  ...Array.from({ length: 10 }, (_, i) => ({ name: `f${i}`, type: typeFromText('float64')! })),
  ...Array.from({ length: 4 }, (_, i) => ({ name: `l${i}`, type: typeFromText('int64')! })),
  ...Array.from({ length: 3 }, (_, i) => ({ name: `i${i}`, type: typeFromText('int32')! })),
  { name: 'at', type: typeFromText('timestamp[ms]')! },
  { name: 'device', type: typeFromText('utf8')! },
  { name: 'scene', type: typeFromText('utf8')! },
]

await runStage(async task => {
  const batches = Array.from({ length: ROWS / BATCH_ROWS }, (_, b) => makeBatch(b))
  const figures: StageFigure[] = []
  for (const encodings of ['auto', 'plain'] as const) {
    for (const slices of [1, 16]) {
      const directory = mkdtempSync(join(task.cache, 'write-'))
      const sink = createParquetSink({
        directory,
        schema: SCHEMA,
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

function makeBatch(seed: number): Batch {
  let state = (seed + 1) * 0x9e3779b9
  const next = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
  const valid = () => Uint8Array.from({ length: BATCH_ROWS }, () => (next() % 20 === 0 ? 0 : 1))
  const columns = SCHEMA.map((field, c): Column => {
    switch (field.type.name) {
      case 'float64':
        return {
          kind: 'f64',
          values: Float64Array.from({ length: BATCH_ROWS }, () => next() / 4e6),
          valid: c % 5 === 3 ? valid() : null,
        }
      case 'int32':
        return {
          kind: 'i32',
          values: Int32Array.from({ length: BATCH_ROWS }, () => next() % 1000),
          valid: null,
        }
      case 'utf8':
        return texts(next)
      default: {
        const values = new Int32Array(2 * BATCH_ROWS)
        for (let i = 0; i < BATCH_ROWS; i++) values[2 * i] = c === 17 ? i : next() % 1e9
        return { kind: 'i64', values, valid: null }
      }
    }
  })
  return { schema: SCHEMA, rows: BATCH_ROWS, columns }
}

function texts(next: () => number): Column {
  const parts = Array.from({ length: BATCH_ROWS }, () => `dev-${next() % 50}`)
  const offsets = new Int32Array(BATCH_ROWS + 1)
  for (let i = 0; i < BATCH_ROWS; i++) offsets[i + 1] = offsets[i]! + parts[i]!.length
  return { kind: 'bytes', offsets, bytes: new TextEncoder().encode(parts.join('')), valid: null }
}
