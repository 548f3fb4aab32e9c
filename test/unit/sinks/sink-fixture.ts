/** What tests of sinks share: a sink in a temporary directory, and batches whose rows tell their own number. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Batch, Schema } from '../../../src/core/batch/index.ts'
import { typeFromText, valueAt } from '../../../src/core/batch/index.ts'
import { HindcastError } from '../../../src/errors.ts'
import type { ParquetSinkOptions, SampleSink } from '../../../src/sinks/index.ts'
import { createParquetSink, readSamples } from '../../../src/sinks/index.ts'
import { withTempDirectory } from '../../harness/index.ts'

export const MEMORY_BYTES = 256 * 1024 * 1024

export const COUNTED: Schema = [
  { name: 'n', type: typeFromText('int64')! },
  { name: 'text', type: typeFromText('utf8')! },
]

export async function withSink<T>(
  options: Partial<ParquetSinkOptions>,
  work: (sink: SampleSink, dir: string) => Promise<T>,
): Promise<T> {
  return withTempDirectory(async directory => {
    const sink = createParquetSink({
      directory,
      schema: COUNTED,
      memoryBytes: MEMORY_BYTES,
      metadata: {},
      ...options,
    })
    try {
      return await work(sink, directory)
    } finally {
      await sink.close()
    }
  })
}

export const slice = (path: string) => ({ partition: 0, startMs: 0, path })

/** Rows n, n + 1, … with a text each. */
export function counted(first: number, rows: number): Batch {
  const values = new Int32Array(2 * rows)
  const texts: string[] = []
  for (let i = 0; i < rows; i++) {
    values[2 * i] = first + i
    texts.push(`row ${first + i} of the slice`)
  }
  const bytes = new TextEncoder().encode(texts.join(''))
  const offsets = new Int32Array(rows + 1)
  for (let i = 0; i < rows; i++) offsets[i + 1] = offsets[i]! + texts[i]!.length
  return {
    schema: COUNTED,
    rows,
    columns: [
      { kind: 'i64', values, valid: null },
      { kind: 'bytes', offsets, bytes, valid: null },
    ],
  }
}

/** Column `n` of a file; throws where a text does not belong to its number. */
export async function numbersOf(file: string): Promise<number[]> {
  const numbers: number[] = []
  for await (const batch of readSamples(file, COUNTED)) {
    const { values } = batch.columns[0] as { values: Int32Array }
    for (let i = 0; i < batch.rows; i++) {
      const n = values[2 * i]!
      const text = valueAt(batch.columns[1]!, COUNTED[1]!.type, i)
      if (text !== `row ${n} of the slice`) throw new Error(`row ${numbers.length} is ${n} with "${text}"`)
      numbers.push(n)
    }
  }
  return numbers
}

/** Columns of float64, each holding the row's number. */
export function wide(columns: number): Schema {
  return Array.from({ length: columns }, (_, c) => ({ name: `c${c}`, type: typeFromText('float64')! }))
}

export function wideBatch(schema: Schema, first: number, rows: number): Batch {
  const values = Float64Array.from({ length: rows }, (_, i) => first + i)
  return { schema, rows, columns: schema.map(() => ({ kind: 'f64', values, valid: null })) }
}

export function bytesBelow(directory: string): number {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}

export const upTo = (rows: number) => Array.from({ length: rows }, (_, i) => i)

export async function caught(work: Promise<unknown> | (() => unknown)): Promise<HindcastError> {
  try {
    await (typeof work === 'function' ? work() : work)
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(HindcastError)
    return thrown as HindcastError
  }
  throw new Error('nothing was thrown')
}

/** The rows of batches as plain values, one string a row. */
export function plainRows(batches: readonly Batch[]): string[] {
  return batches.flatMap(batch =>
    Array.from({ length: batch.rows }, (_, row) =>
      batch.columns.map((column, c) => cell(valueAt(column, batch.schema[c]!.type, row))).join('|'),
    ),
  )
}

function cell(value: unknown): string {
  return Object.is(value, -0) ? '-0' : String(value)
}
