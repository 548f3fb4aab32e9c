/** A run of a part of history reads the row groups and pages of that part, and its report says how much that was. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Schema } from '../../../src/core/batch/index.ts'
import { loadJob } from '../../../src/job/index.ts'
import { FileSink, ParquetWriter } from '../../../src/parquet/index.ts'
import { planJob, runPlan } from '../../../src/run/index.ts'
import type { Report } from '../../../src/run/report.ts'
import { makeTempDirectory, readJsonFile, removeTempDirectory } from '../../harness/index.ts'

const SECONDS = 60_000
const SCHEMA: Schema = [
  { name: 't', type: { name: 'timestamp', unit: 'ms', utc: true } },
  { name: 'k', type: { name: 'int64' } },
  { name: 'wide', type: { name: 'float64' } },
]
const directory = makeTempDirectory()

/** One event a second, in one row group of pages of a thousand. */
beforeAll(async () => {
  const sink = new FileSink(join(directory, 'history.parquet'))
  const writer = new ParquetWriter(sink, SCHEMA, {
    pageRows: 1000,
    codec: 'UNCOMPRESSED',
    encodings: 'plain',
  })
  const times = BigInt64Array.from({ length: SECONDS }, (_, i) => BigInt(i * 1000))
  const keys = BigInt64Array.from({ length: SECONDS }, (_, i) => BigInt((i * 7919) % 9973))
  await writer.append({
    schema: SCHEMA,
    rows: SECONDS,
    columns: [
      { kind: 'i64', values: new Int32Array(times.buffer), valid: null },
      { kind: 'i64', values: new Int32Array(keys.buffer), valid: null },
      { kind: 'f64', values: Float64Array.from({ length: SECONDS }, (_, i) => Math.sin(i)), valid: null },
    ],
  })
  await writer.close()
})
afterAll(() => removeTempDirectory(directory))

async function reportOf(name: string, history: object, options: { spanRows?: number } = {}): Promise<Report> {
  const job = {
    name,
    streams: {
      s: {
        key: ['k'],
        time: { column: 't' },
        partitions: 2,
        history: { files: join(directory, 'history.parquet'), ...history },
      },
    },
    output: { slice: '1h' },
  }
  writeFileSync(join(directory, `${name}.json`), JSON.stringify(job))
  const plan = await planJob(await loadJob(join(directory, `${name}.json`)))
  await runPlan(plan, { directory: join(directory, name), lanes: 2, ...options })
  return readJsonFile<Report>(directory, name, 'report.json')
}

describe('a part of history', () => {
  const from = new Date(20_000_000).toISOString()
  const until = new Date(23_500_000).toISOString()

  it('costs the pages that hold it', async () => {
    const whole = await reportOf('whole', {})
    expect(whole.rows).toBe(SECONDS)
    expect(whole.historyBytes).toBeGreaterThan(0.9 * whole.historyFileBytes)
    for (const [name, options] of [
      ['spans', {}],
      ['owned', { spanRows: 0 }],
    ] as const) {
      const part = await reportOf(name, { from, until }, options)
      expect(part.rows).toBe(3500)
      expect(part.historyFileBytes).toBe(whole.historyFileBytes)
      // 5 of 60 pages a column, footer and indexes
      expect(part.historyBytes).toBeLessThan(0.25 * whole.historyFileBytes)
    }
  })
})
