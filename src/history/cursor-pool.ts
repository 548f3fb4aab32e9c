/**
 * Cursors of files that are read in pieces, from their beginning on or from the beginning of a row group: a cursor
 * that has been left open at the row where the next piece begins saves finding that place again.
 *
 *     decode(rows 0 … 4)  ──►  cursor at 4  ──►  decode(rows 4 … 8)  goes on with it, also while the first still runs
 */

/** Something that reads on from where it stands. */
export interface Cursor {
  close(): void | Promise<void>
}

export interface Piece<C extends Cursor> {
  /** What the cursor reads: file, columns, row group. */
  readonly key: string
  /** First row of the piece, and the row behind its last. */
  readonly rowFirst: number
  readonly rowNext: number
  /** Whether nothing follows that a cursor would be kept for. */
  readonly last: boolean
  /** Opens a cursor that stands at `rowFirst`. */
  open(): Promise<C>
}

interface OpenCursor<C> {
  readonly key: string
  /** Set when a piece is asked for, before it is read, so that the next one can queue behind it. */
  rowNext: number
  readonly cursor: Promise<C>
  /** Ends, never with an error, when all that was asked for has been read. */
  settled: Promise<void>
  failed: boolean
}

export class CursorPool<C extends Cursor> {
  readonly #idleMax: number
  readonly #open: OpenCursor<C>[] = []
  readonly #closing = new Set<Promise<void>>()

  /** At most `idleMax` cursors stay open for a next piece. */
  constructor(idleMax: number) {
    this.#idleMax = idleMax
  }

  /** Runs `read` with a cursor that stands at the piece's first row. */
  async read<Result>(piece: Piece<C>, read: (cursor: C) => Promise<Result>): Promise<Result> {
    const open = this.#open.find(o => o.key === piece.key && o.rowNext === piece.rowFirst) ?? this.#add(piece)
    const before = open.settled
    const settled = Promise.withResolvers<void>()
    open.settled = settled.promise
    open.rowNext = piece.rowNext
    try {
      await before
      // where the piece before has failed, its cursor stands nowhere
      if (open.failed) return await this.read(piece, read)
      return await read(await open.cursor)
    } catch (error) {
      open.failed = true
      throw error
    } finally {
      settled.resolve()
      if (piece.last || open.failed) this.#remove(open)
      while (this.#open.length > this.#idleMax) this.#remove(this.#open[0]!)
    }
  }

  async close(): Promise<void> {
    while (this.#open.length > 0) this.#remove(this.#open[0]!)
    await Promise.all(this.#closing)
  }

  #add(piece: Piece<C>): OpenCursor<C> {
    const cursor = piece.open()
    cursor.catch(() => {}) // awaited where it is read
    const open = {
      key: piece.key,
      rowNext: piece.rowFirst,
      cursor,
      settled: Promise.resolve(),
      failed: false,
    }
    this.#open.push(open)
    return open
  }

  #remove(open: OpenCursor<C>): void {
    const at = this.#open.indexOf(open)
    if (at < 0) return
    this.#open.splice(at, 1)
    const closing = this.#closeWhenIdle(open)
    this.#closing.add(closing)
    void closing.finally(() => this.#closing.delete(closing))
  }

  async #closeWhenIdle(open: OpenCursor<C>): Promise<void> {
    await open.settled
    try {
      await (await open.cursor).close()
    } catch {
      // it never opened, or cannot be closed: whoever read with it has the error
    }
  }
}
