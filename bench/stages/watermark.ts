/** How fast does one output partition let events go: history as views, live through the reorder buffer? */

import type { EventBatch } from '../../src/core/batch/index.ts'
import type { SourceSpec } from '../../src/core/watermark/index.ts'
import { PartitionMerge } from '../../src/core/watermark/index.ts'
import { rate, runStage } from './stage.ts'

const BATCH_ROWS = 4096
const BATCHES = 256
const ROWS = BATCH_ROWS * BATCHES
const NEVER = Number.POSITIVE_INFINITY
const FIVE_MINUTES_MS = 300_000

await runStage(async () => {
  const disorders = [0, BATCH_ROWS, FIVE_MINUTES_MS]
  const figures = [
    {
      what: 'history of one source',
      rowsPerSecond: await rate(ROWS, replayHistory(batchesOf(0))),
      best: '20 asked for',
    },
  ]
  for (const disorder of disorders) {
    figures.push({
      what: `live, one event a ms, ${disorder} ms out of order`,
      rowsPerSecond: await rate(ROWS, followLive(batchesOf(disorder), disorder)),
      best: '2 asked for',
    })
  }
  return figures
})

/** Five columns; event times up to `disorder` ms out of order. */
function batchesOf(disorder: number): EventBatch[] {
  let seed = 1
  const random = (): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
    return seed / 0x80000000
  }
  return Array.from({ length: BATCHES }, (_, b): EventBatch => {
    const first = b * BATCH_ROWS
    const time = Float64Array.from(
      { length: BATCH_ROWS },
      (_, i) => first + i - Math.floor(random() * disorder),
    )
    const offsets = Int32Array.from({ length: BATCH_ROWS + 1 }, (_, i) => 6 * i)
    return {
      schema: [
        { name: 'a', type: { name: 'float64' } },
        { name: 'b', type: { name: 'int64' } },
        { name: 'c', type: { name: 'int32' } },
        { name: 'd', type: { name: 'utf8' } },
      ],
      rows: BATCH_ROWS,
      columns: [
        { kind: 'f64', values: time, valid: null },
        { kind: 'i64', values: new Int32Array(2 * BATCH_ROWS), valid: null },
        { kind: 'i32', values: new Int32Array(BATCH_ROWS), valid: null },
        { kind: 'bytes', offsets, bytes: new Uint8Array(6 * BATCH_ROWS), valid: null },
      ],
      stream: 0,
      partition: 0,
      time,
      sub: null,
      sourceOffset: Float64Array.from({ length: BATCH_ROWS }, (_, i) => first + i),
    }
  })
}

function replayHistory(batches: readonly EventBatch[]): () => void {
  const spec: SourceSpec = { stream: 0, name: 'events', history: true, live: null, seam: null }
  return () => {
    const merge = new PartitionMerge({ partition: 0, sources: [spec] })
    for (const batch of batches) {
      merge.offerHistory(0, batch, batch.time[BATCH_ROWS - 1]! + 1)
      merge.advance(NEVER)
    }
    expectRows(merge.countersOf(0).emitted)
  }
}

function followLive(batches: readonly EventBatch[], disorder: number): () => void {
  const live = { offsetStart: 0, disorder, late: 'side', maxFuture: NEVER } as const
  const spec: SourceSpec = { stream: 0, name: 'events', history: false, live, seam: null }
  const timestamps = new Float64Array(BATCH_ROWS)
  return () => {
    const merge = new PartitionMerge({ partition: 0, sources: [spec] })
    merge.finish(0, { at: ROWS, hold: false })
    for (const [b, events] of batches.entries()) {
      merge.offerLive(0, { events, timestamps, offsetNext: (b + 1) * BATCH_ROWS })
      merge.advance(NEVER)
    }
    expectRows(merge.countersOf(0).emitted)
  }
}

function expectRows(rows: number): void {
  if (rows !== ROWS) throw new Error(`${rows} rows of ${ROWS} were emitted`)
}
