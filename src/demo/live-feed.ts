/** The demo's side of the process that appends to the live log. */

import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'

import { HindcastError } from '../errors.ts'
import type { DemoPaths } from './flights.ts'
import type { FromWriter, ToWriter } from './live-writer.ts'

/** The unbuilt source in a checkout, the built module when installed. */
const WRITER = new URL(
  import.meta.url.endsWith('.ts') ? './live-writer.ts' : './live-writer.js',
  import.meta.url,
)

/** A writer that has not ended so long after it was asked to hangs, and is killed: the log survives that. */
const CLOSE_MS_MAX = 10_000

export class LiveFeed {
  /** Later than every arrival: the feed to its end. */
  static readonly END_MS = Number.MAX_SAFE_INTEGER

  readonly #child: ChildProcess
  readonly #ended = Promise.withResolvers<void>()
  readonly #failure = new AbortController()
  #reached = Promise.withResolvers<void>()
  #untilMs = 0
  #records = 0
  #closing = false

  /** Starts the writer; nothing is appended before `appendUntil`. */
  constructor(paths: DemoPaths) {
    this.#reached.promise.catch(() => {}) // whoever waits sees it; often nobody does
    this.#child = fork(WRITER, [paths.liveFeed, paths.log], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    this.#child.on('message', (message: FromWriter) => this.#receive(message))
    this.#child.on('error', error => {
      this.#fail(writerError(error.message, error))
      if (this.#child.pid === undefined) this.#ended.resolve() // it never began, so it will not exit
    })
    this.#child.on('exit', (code, signal) => {
      if (code !== 0 && !this.#closing) this.#fail(writerError(`it ended with ${signal ?? `code ${code}`}`))
      this.#ended.resolve()
    })
  }

  /** Records in the log as last told. */
  get records(): number {
    return this.#records
  }

  /** Aborted, with the error as reason, when the writer has died: a run that waits for it would wait for ever. */
  get failed(): AbortSignal {
    return this.#failure.signal
  }

  /** Lets records that arrived before pass; resolves when they are in the log. */
  appendUntil(untilMs: number, recordsPerSecond?: number): Promise<void> {
    if (this.failed.aborted) return Promise.reject(this.failed.reason)
    this.#untilMs = untilMs
    this.#reached = Promise.withResolvers()
    this.#reached.promise.catch(() => {})
    this.#post({ type: 'until', untilMs, recordsPerSecond: recordsPerSecond ?? null })
    return this.#reached.promise
  }

  /** Ends the writer wherever it is, and waits until it is gone. */
  async close(): Promise<void> {
    this.#closing = true
    this.#post({ type: 'close' })
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), CLOSE_MS_MAX)
    await this.#ended.promise
    clearTimeout(killer)
  }

  #receive(message: FromWriter): void {
    if (message.type === 'failed') {
      this.#fail(HindcastError.fromData(message.error))
      return
    }
    this.#records = message.records
    if (message.untilMs >= this.#untilMs) this.#reached.resolve()
  }

  #fail(error: HindcastError): void {
    this.#failure.abort(error)
    this.#reached.reject(error)
  }

  /** A writer that is gone already needs no message. */
  #post(message: ToWriter): void {
    if (this.#child.connected) this.#child.send(message, () => {})
  }
}

function writerError(reason: string, cause?: unknown): HindcastError {
  return new HindcastError('io-failed', `the process that writes the live log failed: ${reason}`, {
    advice: 'Type hindcast demo again; with --history-only it does without that process.',
    ...(cause === undefined ? {} : { cause }),
  })
}
