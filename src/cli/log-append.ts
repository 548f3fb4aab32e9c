/**
 * `hindcast log append`: JSON lines from a file or stdin into an embedded log. A line that is no event is named with
 * its number and left out; all others are appended, and the command ends with exit 3.
 */

import { createReadStream } from 'node:fs'
import { bytesText, countedText, countText } from '../core/figures.ts'
import { HindcastError, wrapError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { EventRecords, type LogRecord, type LogWriter, openLogWriter } from '../live/index.ts'
import { LineSplitter } from './log-lines.ts'
import type { Terminal } from './terminal.ts'

export interface AppendRequest {
  readonly directory: string
  /** Path of a file of JSON lines; null: stdin. */
  readonly file: string | null
  /** Column of the record timestamp; null: now. */
  readonly timestamp: string | null
}

export interface AppendOutcome {
  readonly appended: number
  readonly bad: number
  /** Events without a key, which went to partition 0. */
  readonly nullKeys: number
  readonly positions: readonly Position[]
}

/** First offset held and next to be written. */
export interface Position {
  readonly partition: number
  readonly first: number
  readonly next: number
}

/** Bad lines that are shown one by one. */
const SHOWN_MAX = 20
/** Appends on their way at once: the writer puts them on disk together. */
const APPENDS_MAX = 8
const READ_BYTES = 1024 * 1024

export async function appendLines(request: AppendRequest, terminal: Terminal): Promise<AppendOutcome> {
  const writer = await openLogWriter(request.directory)
  try {
    for (const { partition, cutBytes } of writer.recovered) {
      terminal.err(
        `partition ${partition}: a writer died in the middle of a batch; cut off its ${bytesText(cutBytes)}\n`,
      )
    }
    // Made last: a stream that fails before somebody reads it would end the process.
    const input =
      request.file === null ? process.stdin : createReadStream(request.file, { highWaterMark: READ_BYTES })
    const lines = new LineAppender(writer, request, terminal)
    await lines.appendAll(input as AsyncIterable<Uint8Array>, request.file ?? 'stdin')
    const positions = Array.from({ length: writer.meta.partitions }, (_, partition) => ({
      partition,
      ...writer.ends(partition),
    }))
    return { appended: lines.appended, bad: lines.bad, nullKeys: writer.nullKeys, positions }
  } finally {
    await writer.close()
  }
}

/** The error that a finished append with bad lines ends in. */
export function badLinesError(outcome: AppendOutcome, file: string | null): HindcastError {
  const lines = countedText(outcome.bad, 'line')
  return new HindcastError(
    'row-bad',
    `${lines} could not be appended; the other ${countText(outcome.appended)} are in the log`,
    {
      where: { uri: file ?? 'stdin' },
      advice: 'Correct the lines named above and append them alone.',
    },
  )
}

class LineAppender {
  appended = 0
  bad = 0
  readonly #writer: LogWriter
  readonly #events: EventRecords
  readonly #terminal: Terminal
  #line = 0
  #records: LogRecord[] = []
  readonly #running: Promise<unknown>[] = []

  constructor(writer: LogWriter, request: AppendRequest, terminal: Terminal) {
    this.#writer = writer
    this.#events = new EventRecords(writer.meta, request.timestamp)
    this.#terminal = terminal
  }

  async appendAll(input: AsyncIterable<Uint8Array>, name: string): Promise<void> {
    const splitter = new LineSplitter(LIMITS.recordBytesMax, (bytes, start, end) =>
      this.#take(bytes, start, end),
    )
    try {
      for await (const chunk of input) {
        splitter.push(chunk)
        await this.#send()
      }
    } catch (error) {
      throw wrapError(error, 'file-unreadable', 'cannot read the events', { where: { uri: name } })
    }
    splitter.finish()
    await this.#send()
    while (this.#running.length > 0) await this.#running.shift()
  }

  #take(bytes: Uint8Array, start: number, end: number): void {
    this.#line++
    const record = this.#events.record(bytes, start, end, Date.now())
    if (typeof record !== 'string') {
      this.#records.push(record)
      return
    }
    this.bad++
    if (this.bad <= SHOWN_MAX) this.#terminal.err(`line ${this.#line}: ${record}\n`)
    if (this.bad === SHOWN_MAX + 1) this.#terminal.err('more bad lines are counted, but not shown\n')
  }

  async #send(): Promise<void> {
    const records = this.#records
    this.#records = []
    if (records.length === 0) return
    const append = this.#writer.append(records).then(() => {
      this.appended += records.length
    })
    // A failure is thrown where it is awaited, in the order of the appends.
    append.catch(() => {})
    this.#running.push(append)
    if (this.#running.length >= APPENDS_MAX) await this.#running.shift()
  }
}
