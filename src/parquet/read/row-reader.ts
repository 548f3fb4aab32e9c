/**
 * Rows of a file, front to back, as many at a time as are asked for, across row groups.
 *
 * Every call delivers memory of its own; nothing of a page is kept but what was decoded and not yet asked for.
 */

import type { Column, Memory } from '../../core/batch/index.ts'
import { FRESH_MEMORY, physicalKind } from '../../core/batch/index.ts'
import { assert, HindcastError, located } from '../../errors.ts'
import type { LeafColumn } from '../format/leaf-columns.ts'
import type { ByteSource } from './byte-source.ts'
import { ColumnTarget } from './column-target.ts'
import { GroupCursor } from './group-cursor.ts'
import type { GroupPlan, ReadPlan } from './plan-read.ts'

/** What a footer claims of text is no reason to allocate more than this ahead, for a column and for all of them. */
const TEXT_GUESS_MAX = 8 * 1024 * 1024
const TEXT_GUESSES_MAX = 256 * 1024 * 1024

/** Rows of one call: more are 512 MiB a column, and soon more than a typed array can have. */
const ROWS_AT_ONCE_MAX = 64 * 1024 * 1024

export class RowReader {
  readonly #source: ByteSource
  readonly #plan: ReadPlan
  readonly #leaves: readonly LeafColumn[]
  #group = 0
  #cursor: GroupCursor | null = null
  #left: number
  readonly #memory: Memory

  /** `plan` is of the columns `leaves`, all of them readable; values lie in memory of `memory`. */
  constructor(
    source: ByteSource,
    plan: ReadPlan,
    leaves: readonly LeafColumn[],
    memory: Memory = FRESH_MEMORY,
  ) {
    this.#source = source
    this.#plan = plan
    this.#leaves = leaves
    this.#left = plan.rows
    this.#memory = memory
  }

  get rowsLeft(): number {
    return this.#left
  }

  /** The next `rows` rows (at most `rowsLeft`): a column for each leaf. Raises `limit-passed` for too many at once. */
  async read(rows: number): Promise<Column[]> {
    assert(rows <= this.#left, 'no more rows are read than there are')
    if (rows > ROWS_AT_ONCE_MAX) throw this.#tooMany(rows)
    const targets = this.#leaves.map((leaf, c) => this.#target(leaf, c, rows))
    for (let missing = rows; missing > 0; ) {
      this.#cursor ??= await GroupCursor.open(this.#source, this.#plan.groups[this.#group]!)
      const some = Math.min(missing, this.#cursor.rowsLeft)
      await this.#cursor.read(some, targets)
      missing -= some
      if (this.#cursor.rowsLeft === 0) {
        this.#cursor = null
        this.#group++
      }
    }
    this.#left -= rows
    return targets.map((target, c) => {
      try {
        target.checkText()
      } catch (thrown) {
        throw located(thrown, { uri: this.#source.uri, column: this.#leaves[c]!.name })
      }
      return target.finish()
    })
  }

  close(): Promise<void> {
    return this.#source.close()
  }

  /** How many rows a file has is what the file says. */
  #tooMany(rows: number): HindcastError {
    return new HindcastError('limit-passed', `${rows} rows at once are more than ${ROWS_AT_ONCE_MAX}`, {
      where: { uri: this.#source.uri },
      advice: 'Ask for fewer rows at a time.',
    })
  }

  /** Memory for the rows; for text what the chunks of that many rows have, on average, with some room. */
  #target(leaf: LeafColumn, c: number, rows: number): ColumnTarget {
    assert(leaf.type !== null, 'only readable columns are read')
    const kind = physicalKind(leaf.type)
    if (kind !== 'bytes') return new ColumnTarget(kind, rows, 0, this.#memory)
    const group: GroupPlan | undefined = this.#plan.groups[this.#group]
    if (group === undefined || group.rows === 0) return new ColumnTarget(kind, rows, 0, this.#memory)
    const text = (group.columns[c]!.chunk.uncompressedBytes / group.rows) * rows
    const guessMax = Math.min(TEXT_GUESS_MAX, TEXT_GUESSES_MAX / this.#leaves.length)
    return new ColumnTarget(kind, rows, Math.ceil(Math.min(guessMax, Math.max(0, text))), this.#memory)
  }
}
