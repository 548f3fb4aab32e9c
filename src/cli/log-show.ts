/**
 * `hindcast log tail` and `hindcast topic tail`: records as lines of text or JSON, partition by partition, or with
 * `follow` as they come.
 */

import { isoOfMs } from '../core/time.ts'
import { HindcastError } from '../errors.ts'
import type { LiveSource, RecordBatch } from '../live/index.ts'
import type { Position } from './log-append.ts'
import { outputReady, type Terminal } from './terminal.ts'

export interface ShowRequest {
  /** One partition; null: all. */
  readonly partition: number | null
  readonly from: 'earliest' | 'latest' | number
  readonly follow: boolean
  readonly json: boolean
  /** Most records, of all partitions together; Infinity: all. */
  readonly count: number
}

const FETCH_BYTES = 256 * 1024
const WAIT_MS = 1000

/** Prints until the end, or with `follow` until the signal; resolves to where it stopped. Closes the source. */
export async function showRecords(
  source: LiveSource,
  request: ShowRequest,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Position[]> {
  try {
    if (request.partition !== null && request.partition >= source.partitions) {
      throw new HindcastError('argument-invalid', `there is no partition ${request.partition}`, {
        advice: `Its partitions are 0…${source.partitions - 1}.`,
      })
    }
    const partitions =
      request.partition === null
        ? Array.from({ length: source.partitions }, (_, i) => i)
        : [request.partition]
    const enough = new AbortController()
    const show: Show = {
      source,
      request,
      terminal,
      signal: AbortSignal.any([signal, enough.signal]),
      left: request.count,
      stop: () => enough.abort(),
    }
    if (request.follow) return await followAll(partitions, show)
    const positions: Position[] = []
    for (const partition of partitions) positions.push(await showPartition(partition, show))
    return positions
  } finally {
    await source.close()
  }
}

/** All have ended before this does, whatever ends them: nobody reads a source that is closed. */
async function followAll(partitions: readonly number[], show: Show): Promise<Position[]> {
  const shown = partitions.map(partition => showPartition(partition, show))
  try {
    return await Promise.all(shown)
  } catch (error) {
    show.stop()
    await Promise.allSettled(shown)
    throw error
  }
}

interface Show {
  readonly source: LiveSource
  readonly request: ShowRequest
  readonly terminal: Terminal
  readonly signal: AbortSignal
  /** Records that are still to be shown. */
  left: number
  /** Enough has been shown. */
  readonly stop: () => void
}

async function showPartition(partition: number, show: Show): Promise<Position> {
  const { source, request, terminal, signal } = show
  const { first, next } = await source.ends(partition)
  let offset = request.from === 'earliest' ? first : request.from === 'latest' ? next : request.from
  // At least one read, so that an offset that is not there is told.
  while (show.left > 0) {
    const waitMs = request.follow || offset !== next ? WAIT_MS : 0
    const batch = await source.read({ partition, offset, bytesMax: FETCH_BYTES, waitMs, signal })
    const rows = Math.min(batch.rows, show.left)
    if (rows > 0) terminal.out(request.json ? jsonLines(batch, rows) : textLines(batch, rows))
    show.left -= rows
    offset = rows < batch.rows ? batch.offset[rows]! : batch.offsetNext
    if (show.left === 0) show.stop()
    const done = signal.aborted || (!request.follow && offset >= next)
    if (done || !(await outputReady())) break
  }
  return { partition, first, next: offset }
}

/** `3:1042 2001-06-01T00:00:00.000Z {"id":7}` */
function textLines(batch: RecordBatch, rows: number): string {
  let text = ''
  for (let i = 0; i < rows; i++) {
    text += `${batch.partition}:${batch.offset[i]} ${isoOfMs(batch.timestampMs[i]!)} ${valueText(batch, i) ?? 'null'}\n`
  }
  return text
}

function jsonLines(batch: RecordBatch, rows: number): string {
  let text = ''
  for (let i = 0; i < rows; i++) {
    const record = {
      partition: batch.partition,
      offset: batch.offset[i],
      timestampMs: batch.timestampMs[i],
      key: keyText(batch, i),
      value: valueText(batch, i),
    }
    text += `${JSON.stringify(record)}\n`
  }
  return text
}

const TEXT = new TextDecoder()

function valueText(batch: RecordBatch, row: number): string | null {
  if (batch.valueNull?.[row] === 1) return null
  return TEXT.decode(batch.bytes.subarray(batch.valueOffsets[row], batch.valueOffsets[row + 1]))
}

function keyText(batch: RecordBatch, row: number): string | null {
  if (batch.keyNull[row] === 1) return null
  return TEXT.decode(batch.keyBytes.subarray(batch.keyOffsets[row], batch.keyOffsets[row + 1]))
}
