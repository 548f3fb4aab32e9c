/**
 * `hindcast log tail`: the records of an embedded log as lines of text or JSON, partition by partition, or with
 * `follow` as they come.
 */

import { isoOfMs } from '../core/time.ts'
import { HindcastError } from '../errors.ts'
import type { LiveSource, RecordBatch } from '../live/index.ts'
import { openLogSource } from '../live/index.ts'
import type { Position } from './log-append.ts'
import { outputReady, type Terminal } from './terminal.ts'

export interface ShowRequest {
  readonly directory: string
  /** One partition; null: all. */
  readonly partition: number | null
  readonly from: 'earliest' | 'latest' | number
  readonly follow: boolean
  readonly json: boolean
}

const FETCH_BYTES = 256 * 1024
const FOLLOW_WAIT_MS = 1000

/** Prints until the end, or with `follow` until the signal; resolves to where it stopped reading. */
export async function showRecords(
  request: ShowRequest,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Position[]> {
  const source = await openLogSource(request.directory)
  try {
    if (request.partition !== null && request.partition >= source.partitions) {
      throw new HindcastError('argument-invalid', `the log has no partition ${request.partition}`, {
        where: { uri: request.directory },
        advice: `Its partitions are 0…${source.partitions - 1}.`,
      })
    }
    const partitions =
      request.partition === null
        ? Array.from({ length: source.partitions }, (_, i) => i)
        : [request.partition]
    const show = (partition: number) => showPartition(source, partition, request, terminal, signal)
    if (request.follow) return await Promise.all(partitions.map(show))
    const positions: Position[] = []
    for (const partition of partitions) positions.push(await show(partition))
    return positions
  } finally {
    await source.close()
  }
}

async function showPartition(
  source: LiveSource,
  partition: number,
  request: ShowRequest,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Position> {
  const { first, next } = await source.ends(partition)
  let offset = request.from === 'earliest' ? first : request.from === 'latest' ? next : request.from
  // At least one read, so that an offset that is not there is told.
  for (;;) {
    const waitMs = request.follow ? FOLLOW_WAIT_MS : 0
    const batch = await source.read({ partition, offset, bytesMax: FETCH_BYTES, waitMs, signal })
    if (batch.rows > 0) terminal.out(request.json ? jsonLines(batch) : textLines(batch))
    offset = batch.offsetNext
    const done = signal.aborted || (!request.follow && offset >= next)
    if (done || !(await outputReady())) break
  }
  return { partition, first, next: offset }
}

/** `3:1042 2001-06-01T00:00:00.000Z {"id":7}` */
function textLines(batch: RecordBatch): string {
  let text = ''
  for (let i = 0; i < batch.rows; i++) {
    text += `${batch.partition}:${batch.offset[i]} ${isoOfMs(batch.timestampMs[i]!)} ${valueText(batch, i)}\n`
  }
  return text
}

function jsonLines(batch: RecordBatch): string {
  let text = ''
  for (let i = 0; i < batch.rows; i++) {
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

function valueText(batch: RecordBatch, row: number): string {
  return TEXT.decode(batch.bytes.subarray(batch.valueOffsets[row], batch.valueOffsets[row + 1]))
}

function keyText(batch: RecordBatch, row: number): string | null {
  if (batch.keyNull[row] === 1) return null
  return TEXT.decode(batch.keyBytes.subarray(batch.keyOffsets[row], batch.keyOffsets[row + 1]))
}
