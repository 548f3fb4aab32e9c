/**
 * The one session a decoder works with, opened when first needed and opened anew when a file outside its lock is
 * asked for or DuckDB has broken down. Whoever works with a session keeps it until it has finished.
 */

import { Session } from '../../duckdb/index.ts'

export interface DuckDbOptions {
  /** DuckDB's own memory, bytes; decoded columns come on top. */
  readonly memoryBytes: number
  /** Threads of DuckDB. */
  readonly threads: number
  /** Files that will be read, where they are known: saves opening a session for each. */
  readonly paths?: readonly string[]
}

interface Slot {
  readonly session: Promise<Session>
  users: number
  retired: boolean
}

export class Instance {
  readonly #options: DuckDbOptions
  readonly #paths: Set<string>
  #slot: Slot | null = null
  readonly #closing = new Set<Promise<void>>()

  constructor(options: DuckDbOptions) {
    this.#options = options
    this.#paths = new Set(options.paths)
  }

  /** Runs `work` with a session that may read the files. */
  async use<Result>(paths: readonly string[], work: (session: Session) => Promise<Result>): Promise<Result> {
    const slot = this.#slotFor(paths)
    slot.users++
    try {
      const session = await slot.session
      try {
        return await work(session)
      } finally {
        if (session.broken) this.#retire(slot)
      }
    } catch (error) {
      if (await hasFailed(slot)) this.#retire(slot)
      throw error
    } finally {
      slot.users--
      this.#closeUnused(slot)
    }
  }

  /** Waits for work under way, then frees everything. */
  async close(): Promise<void> {
    if (this.#slot !== null) this.#retire(this.#slot)
    await Promise.all(this.#closing)
  }

  #slotFor(paths: readonly string[]): Slot {
    const fresh = paths.filter(path => !this.#paths.has(path))
    for (const path of fresh) this.#paths.add(path)
    if (fresh.length > 0 && this.#slot !== null) this.#retire(this.#slot)
    if (this.#slot === null) {
      const session = Session.open({ ...this.#options, paths: [...this.#paths] })
      this.#slot = { session, users: 0, retired: false }
    }
    return this.#slot
  }

  #retire(slot: Slot): void {
    if (this.#slot === slot) this.#slot = null
    slot.retired = true
    this.#closeUnused(slot)
  }

  /** A session that is retired closes with its last user; streams that are still open hold it by their connection. */
  #closeUnused(slot: Slot): void {
    if (!slot.retired || slot.users > 0) return
    const closing = slot.session.then(
      session => session.close(),
      () => {}, // it never opened: whoever asked for it has the error
    )
    this.#closing.add(closing)
    void closing.finally(() => this.#closing.delete(closing))
  }
}

async function hasFailed(slot: Slot): Promise<boolean> {
  try {
    await slot.session
    return false
  } catch {
    return true
  }
}
