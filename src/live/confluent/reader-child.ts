/**
 * The reader process as its source sees it: started when something is read, ended at once when it is not needed.
 *
 * Invariant: none is left behind. It is killed, not asked to stop, because it holds nothing: no position, no membership of a
 * group; and where this process or thread ends first, its channel closes and it ends by itself.
 */

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { FromReader, ToReader } from './reader-messages.ts'

const ENTRY = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './reader-process.ts' : './reader-process.js', import.meta.url),
)

export interface ReaderPort {
  onMessage(message: FromReader): void
  /** It ended by itself; never called after `close`. */
  onEnd(how: string): void
}

export class ReaderChild {
  readonly #process: ChildProcess
  readonly #ended: Promise<void>
  #isClosed = false

  /** Raises nothing: what fails is told to the port. */
  constructor(port: ReaderPort, opening: Extract<ToReader, { kind: 'open' }>) {
    this.#process = fork(ENTRY, [], {
      // Flags of this process, such as those of a debugger, are not meant for that one.
      execArgv: [],
      env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#ended = promise
    const ended = (how: string) => {
      resolve()
      if (this.#isClosed) return
      this.#isClosed = true
      port.onEnd(how)
    }
    this.#process.once('error', error => ended(error.message))
    this.#process.once('exit', (code, signal) => ended(signal ?? `exit code ${code}`))
    this.#process.on('message', message => {
      if (!this.#isClosed) port.onMessage(message as FromReader)
    })
    this.send(opening)
  }

  /** Lost where it has ended: the port hears of that. */
  send(message: ToReader): void {
    if (this.#process.connected) this.#process.send(message, () => undefined)
  }

  /** Resolves when it is gone. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#process.kill('SIGKILL')
    await this.#ended
  }
}
