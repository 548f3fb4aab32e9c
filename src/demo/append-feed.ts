/**
 * Appends the live feed to the embedded log, record by record in order of arrival, as a producer would: up to an
 * arrival time that is moved on from outside, at a pace.
 *
 * Runs in a process of its own, beside the run that reads the log.
 */

import { createReadStream } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

import { HindcastError } from '../errors.ts'
import type { LogRecord, LogWriter } from '../live/index.ts'

const TAB = 9
const NEWLINE = 10
const BATCH_RECORDS = 2000

/** How far and how fast the feed may go at the moment. */
export interface FeedGate {
  /** Records that arrived before this may be appended, ms. */
  readonly untilMs: number
  /** Infinity: as fast as the disk takes them. */
  readonly recordsPerSecond: number
  /** Resolves when the gate has been moved; `wait` is called when a record may not pass. */
  wait(): Promise<void>
  /** Told whenever all that may pass has passed, and at the end of the feed: records so far. */
  reached(records: number): void
  /** True: stop here, whatever is left. */
  readonly isClosed: boolean
}

/** Appends lines `arrived TAB key TAB value`; resolves to the number of records when the feed ends or the gate closes. */
export async function appendFeed(file: string, writer: LogWriter, gate: FeedGate): Promise<number> {
  let appended = 0
  let batch: LogRecord[] = []
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return
    const startedMs = performance.now()
    await writer.append(batch)
    appended += batch.length
    const dueMs = startedMs + (1000 * batch.length) / gate.recordsPerSecond
    batch = []
    const leftMs = dueMs - performance.now()
    if (leftMs > 1) await pause(leftMs)
  }
  for await (const record of feedRecords(file)) {
    while (record.timestampMs >= gate.untilMs && !gate.isClosed) {
      await flush()
      gate.reached(appended)
      await gate.wait()
    }
    if (gate.isClosed) break
    batch.push(record)
    if (batch.length >= BATCH_RECORDS) await flush()
  }
  await flush()
  gate.reached(appended)
  return appended
}

/** The records of a feed file, in its order; they share memory with what was read. */
async function* feedRecords(file: string): AsyncGenerator<LogRecord> {
  let rest: Buffer = Buffer.alloc(0)
  let line = 0
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 })) {
    const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer])
    let start = 0
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      yield recordOf(bytes, start, end, { file, line: ++line })
      start = end + 1
    }
    rest = bytes.subarray(start)
  }
}

function recordOf(
  bytes: Buffer,
  start: number,
  end: number,
  place: { file: string; line: number },
): LogRecord {
  const keyAt = bytes.indexOf(TAB, start) + 1
  const valueAt = bytes.indexOf(TAB, keyAt) + 1
  const timestampMs = Number(bytes.toString('latin1', start, keyAt - 1))
  if (keyAt > start + 1 && valueAt > keyAt && valueAt <= end && Number.isSafeInteger(timestampMs)) {
    return { key: bytes.subarray(keyAt, valueAt - 1), value: bytes.subarray(valueAt, end), timestampMs }
  }
  throw new HindcastError('file-corrupt', 'a line of the live feed is not `arrived TAB key TAB value`', {
    where: { uri: place.file, line: place.line },
    advice: `Remove ${place.file} and type hindcast demo again: it is made anew.`,
  })
}
