/**
 * The one session a decoder works with, opened when first needed and opened anew when a file outside its lock is
 * asked for or DuckDB has broken down. Statements under way end on the session they began on.
 */

import { Session } from '../../parquet/index.ts'

export interface DuckDbOptions {
  /** DuckDB's own memory, bytes; decoded columns come on top. */
  readonly memoryBytes: number
  /** Threads of DuckDB, all sessions together use the same number again for each decoder. */
  readonly threads: number
  /** Files that will be read, where they are known: saves opening a session for each. */
  readonly paths?: readonly string[]
}

export class Instance {
  readonly #options: DuckDbOptions
  readonly #paths: Set<string>
  #session: Promise<Session> | null = null
  readonly #retired: Promise<void>[] = []

  constructor(options: DuckDbOptions) {
    this.#options = options
    this.#paths = new Set(options.paths)
  }

  /** A session that may read the files. */
  async sessionFor(paths: readonly string[]): Promise<Session> {
    const fresh = paths.filter(path => !this.#paths.has(path))
    for (const path of fresh) this.#paths.add(path)
    if (fresh.length > 0) this.#retire()
    if (this.#session !== null && (await this.#session).broken) this.#retire()
    this.#session ??= Session.open({ ...this.#options, paths: [...this.#paths] })
    return this.#session
  }

  async close(): Promise<void> {
    this.#retire()
    await Promise.all(this.#retired.splice(0))
  }

  #retire(): void {
    if (this.#session === null) return
    this.#retired.push(this.#session.then(session => session.close()))
    this.#session = null
  }
}
