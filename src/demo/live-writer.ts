/**
 * The process that appends to the demo's log. Started by `live-feed.ts` with the paths of feed and log as arguments;
 * talks to it over IPC, and ends when that is gone.
 */

import { wrapError } from '../errors.ts'
import { openLogWriter } from '../live/index.ts'
import type { FeedGate } from './append-feed.ts'
import { appendFeed } from './append-feed.ts'

/** From the demo to the writer. */
export type ToWriter =
  | { readonly type: 'until'; readonly untilMs: number; readonly recordsPerSecond: number | null }
  | { readonly type: 'close' }

/** From the writer to the demo. `reached`: everything that arrived before `untilMs` is in the log. */
export type FromWriter =
  | { readonly type: 'reached'; readonly untilMs: number; readonly records: number }
  | { readonly type: 'failed'; readonly error: ReturnType<ReturnType<typeof wrapError>['toData']> }

const SYNC_INTERVAL_MS = 250

class RemoteGate implements FeedGate {
  untilMs = 0
  recordsPerSecond = Number.POSITIVE_INFINITY
  isClosed = false
  #moved = Promise.withResolvers<void>()

  receive(message: ToWriter): void {
    if (message.type === 'close') this.isClosed = true
    else {
      this.untilMs = message.untilMs
      this.recordsPerSecond = message.recordsPerSecond ?? Number.POSITIVE_INFINITY
    }
    this.#moved.resolve()
    this.#moved = Promise.withResolvers()
  }

  wait(): Promise<void> {
    return this.isClosed ? Promise.resolve() : this.#moved.promise
  }

  reached(records: number): void {
    send({ type: 'reached', untilMs: this.untilMs, records })
  }
}

function send(message: FromWriter): void {
  process.send?.(message)
}

async function main(feed: string, log: string): Promise<void> {
  const gate = new RemoteGate()
  process.on('message', (message: ToWriter) => gate.receive(message))
  process.on('disconnect', () => gate.receive({ type: 'close' }))
  process.on('SIGINT', () => {}) // the demo decides when the writer stops, also when Ctrl-C reaches both
  try {
    const writer = await openLogWriter(log, { fsync: { intervalMs: SYNC_INTERVAL_MS } })
    try {
      await appendFeed(feed, writer, gate)
    } finally {
      await writer.close()
    }
  } catch (thrown) {
    send({
      type: 'failed',
      error: wrapError(thrown, 'io-failed', 'the writer of the live log failed').toData(),
    })
    process.exitCode = 1
  }
  if (process.connected) process.disconnect()
}

await main(process.argv[2]!, process.argv[3]!)
