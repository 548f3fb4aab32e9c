/**
 * External sort of a history that overlaps too widely for memory.
 *
 * Each unit is loaded once, in rank order, brought into C1 order and written to disk as blocks of a few thousand
 * rows; a block knows its exact smallest time. The frontier then merges blocks as if they were units. Ranks are
 * block by block, so ties fall as they would have in memory: blocks of one unit follow each other in order.
 *
 *     unit ──sorted──► block 0 │ block 1 │ block 2      one file a unit; a block is an encoded EventBatch
 */

import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Batch, EventBatch, Field } from '../core/batch/index.ts'
import { decodeEvents, encodeEvents, expectKind, gatherColumn, gatherEvents } from '../core/batch/index.ts'
import { identity } from '../core/order/index.ts'
import type { HindcastError } from '../errors.ts'
import { wrapError } from '../errors.ts'
import type { PendingUnit } from './frontier.ts'
import type { HistoryCounters, HistoryOptions } from './history-options.ts'
import type { UnitRun } from './unit-run.ts'

/** Rows of a block: 15 columns make about 1 MiB. */
const BLOCK_ROWS = 8192
/** Rank of the first block of a unit: leaves room for a million blocks. */
const RANK_STRIDE = 1_000_000
const PARTITION_FIELD: Field = { name: '#partition', type: { name: 'int32' } }

export interface SpilledUnits {
  readonly pending: readonly PendingUnit[]
  remove(): Promise<void>
}

export async function spillUnits(
  units: readonly PendingUnit[],
  options: HistoryOptions,
  counters: HistoryCounters,
): Promise<SpilledUnits> {
  const directory = join(options.spillDirectory, `history-${options.plan.ordinal}`)
  const pending: PendingUnit[] = []
  try {
    await mkdir(directory, { recursive: true })
    for (const unit of units) {
      const run = await unit.load()
      const path = join(directory, `${unit.rank}.blocks`)
      for (const { rank, rows, load } of await spillRun(run, [run.order], path, options, counters))
        pending.push({ rank, timeMin: run.time[rows[0]!]!, load })
    }
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw spillError(error, directory)
  }
  return { pending, remove: () => rm(directory, { recursive: true, force: true }) }
}

export function spillError(error: unknown, directory: string): HindcastError {
  return wrapError(error, 'io-failed', `cannot spill history to ${directory}`, {
    advice: 'Free space on that disk, or raise limits.memory so that the history fits.',
  })
}

/** Rows of a unit that were written together. */
export interface SpilledBlock {
  readonly rank: number
  /** Rows of the unit, in the order in which the block has them. */
  readonly rows: Int32Array
  load(): Promise<UnitRun>
}

/** Writes rows of a unit to one file, each group in its order and in blocks of its own. */
export async function spillRun(
  run: UnitRun,
  groups: readonly Int32Array[],
  path: string,
  options: HistoryOptions,
  counters: HistoryCounters,
): Promise<SpilledBlock[]> {
  const blocks: SpilledBlock[] = []
  const file = await open(path, 'w')
  try {
    let position = 0
    for (const rows of groups.flatMap(group => blocksOf(group))) {
      const bytes = encodeEvents(blockOf(run, rows, options))
      await file.write(bytes, 0, bytes.length, position)
      const place = { path, position, length: bytes.length, rank: run.rank * RANK_STRIDE + blocks.length }
      blocks.push({ rank: place.rank, rows, load: () => loadBlock(place, options) })
      position += bytes.length
      counters.spilledBytes += bytes.length
    }
  } finally {
    await file.close()
  }
  return blocks
}

function blocksOf(rows: Int32Array): Int32Array[] {
  return Array.from({ length: Math.ceil(rows.length / BLOCK_ROWS) }, (_, i) =>
    rows.subarray(i * BLOCK_ROWS, Math.min((i + 1) * BLOCK_ROWS, rows.length)),
  )
}

/** The rows in order as one event batch, their partitions in an extra column. */
function blockOf(run: UnitRun, rows: Int32Array, options: HistoryOptions): EventBatch {
  const partition = { kind: 'i32', values: run.partition, valid: null } as const
  const whole: EventBatch = {
    ...run.batch,
    stream: options.plan.ordinal,
    partition: 0,
    time: run.time,
    sub: run.sub,
    sourceOffset: run.sourceOffset,
  }
  const block = gatherEvents(whole, rows)
  return {
    ...block,
    schema: [...block.schema, PARTITION_FIELD],
    columns: [...block.columns, gatherColumn(partition, rows)],
  }
}

async function loadBlock(
  place: { path: string; position: number; length: number; rank: number },
  options: HistoryOptions,
): Promise<UnitRun> {
  const bytes = new Uint8Array(place.length)
  const file = await open(place.path, 'r')
  try {
    await file.read(bytes, 0, bytes.length, place.position)
  } catch (error) {
    throw wrapError(error, 'io-failed', 'cannot read spilled history', { where: { uri: place.path } })
  } finally {
    await file.close()
  }
  const block = decodeEvents(bytes)
  const partition = expectKind(block.columns[block.columns.length - 1]!, 'i32').values
  const batch: Batch = { schema: options.schema, rows: block.rows, columns: block.columns.slice(0, -1) }
  return {
    rank: place.rank,
    batch,
    time: block.time,
    sub: block.sub,
    partition,
    sourceOffset: block.sourceOffset,
    order: identity(block.rows),
    from: 0,
    to: block.rows,
    bytes: bytes.length,
  }
}
