/** Small columns and jobs for tests. */

import type { Column } from '../../src/core/batch/index.ts'
import { setI64 } from '../../src/core/batch/index.ts'
import type { StreamJob } from '../../src/job/index.ts'

function validityOf(values: readonly unknown[]): Uint8Array | null {
  return values.includes(null) ? Uint8Array.from(values, value => (value === null ? 0 : 1)) : null
}

export function int64Column(values: readonly (number | null)[]): Column {
  const halves = new Int32Array(2 * values.length)
  for (const [i, value] of values.entries()) setI64(halves, i, value ?? 0)
  return { kind: 'i64', values: halves, valid: validityOf(values) }
}

export function int32Column(values: readonly (number | null)[]): Column {
  return { kind: 'i32', values: Int32Array.from(values, value => value ?? 0), valid: validityOf(values) }
}

export function float64Column(values: readonly (number | null)[]): Column {
  return { kind: 'f64', values: Float64Array.from(values, value => value ?? 0), valid: validityOf(values) }
}

export function utf8Column(values: readonly (string | null)[]): Column {
  const bytes = Buffer.from(values.map(value => value ?? '').join(''))
  const offsets = new Int32Array(values.length + 1)
  values.forEach((value, i) => {
    offsets[i + 1] = offsets[i]! + Buffer.byteLength(value ?? '')
  })
  return { kind: 'bytes', offsets, bytes: new Uint8Array(bytes), valid: validityOf(values) }
}

export function streamJob(part: Partial<StreamJob>): StreamJob {
  return {
    name: 's',
    key: ['k'],
    keyEncoding: 'text',
    partitioner: 'murmur2',
    time: { column: 't', unit: 'ms' },
    partitions: 4,
    disorderMs: 0,
    identity: [],
    tieBreak: [],
    order: 'time',
    late: 'side',
    maxFutureMs: 3_600_000,
    columns: [],
    ...part,
  }
}
