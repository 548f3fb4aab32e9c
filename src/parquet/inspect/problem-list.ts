/**
 * What is wrong with a file and where: the first problems in words, all of them counted.
 *
 * Invariant: memory is bounded whatever the file is like: beyond `problemsMax` problems are only counted.
 */

import type { ErrorCode } from '../../errors.ts'
import { HindcastError } from '../../errors.ts'

export interface Problem {
  /** `file-corrupt`, `limit-passed`, `unsupported` or `file-unreadable`. */
  readonly code: ErrorCode
  readonly message: string
  readonly rowGroup?: number
  readonly column?: string
  /** Page of the column chunk, from 0; the dictionary page counts. */
  readonly page?: number
}

/** A column that was not read, or not wholly, though nothing is wrong with it. */
export interface NotRead {
  readonly column: string
  readonly why: string
}

export type ProblemPlace = Pick<Problem, 'rowGroup' | 'column' | 'page'>

export class ProblemList {
  readonly problems: Problem[] = []
  readonly #max: number
  readonly #notRead = new Map<string, string>()
  count = 0

  constructor(max: number) {
    this.#max = max
  }

  get notRead(): readonly NotRead[] {
    return [...this.#notRead].map(([column, why]) => ({ column, why }))
  }

  add(place: ProblemPlace, message: string, code: ErrorCode = 'file-corrupt'): void {
    this.count++
    if (this.problems.length < this.#max) this.problems.push({ code, message, ...place })
  }

  /** Says once a column why it is not read. */
  addNotRead(column: string, why: string): void {
    if (!this.#notRead.has(column)) this.#notRead.set(column, why)
  }

  /**
   * Takes what reading raised. Columns that use what we do not read are told as such; an error that is no word about
   * the file (a disk that fails, a bug) goes on.
   */
  addThrown(place: ProblemPlace, thrown: unknown): void {
    if (!(thrown instanceof HindcastError)) throw thrown
    if (thrown.code === 'unsupported' && place.column !== undefined) {
      this.addNotRead(place.column, thrown.message)
      return
    }
    if (thrown.kind !== 'data' && thrown.kind !== 'limit' && thrown.kind !== 'unsupported') throw thrown
    this.add(place, thrown.message, thrown.code)
  }
}
