/**
 * Lines of one file of `late/` or `quarantine/`, while its slice is open and when it is sealed.
 *
 * Memory is bounded (C9): past LIMITS.sideLineBytes the lines go on under a temporary name, and `seal` makes all of
 * them durable under the final one. Without a line there is no file.
 */

import { closeSync, fsyncSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { renameDurably, wrapWriteError, writeAll, writeDurably } from '../files/index.ts'
import { LIMITS } from '../limits.ts'

export class LineFile {
  readonly #path: string
  #lines: string[] = []
  #bytes = 0
  #count = 0
  #fd: number | null = null

  constructor(path: string) {
    this.#path = path
  }

  /** Lines added so far. */
  get count(): number {
    return this.#count
  }

  /** One JSON object, already text, without its line end. */
  add(line: string): void {
    this.#lines.push(line)
    this.#bytes += Buffer.byteLength(line) + 1
    this.#count++
    if (this.#bytes >= LIMITS.sideLineBytes) this.#wrap(() => this.#spill())
  }

  /** Makes all lines durable under the final name. */
  seal(): void {
    if (this.#count === 0) return
    if (this.#fd === null) writeDurably(this.#path, this.#take())
    else this.#wrap(() => this.#publish())
  }

  /** Lets the lines go. */
  discard(): void {
    this.#close()
    this.#lines = []
    this.#count = 0
    rmSync(this.#temporary, { force: true })
  }

  get #temporary(): string {
    return `${this.#path}.tmp`
  }

  #spill(): void {
    if (this.#fd === null) {
      mkdirSync(dirname(this.#path), { recursive: true })
      this.#fd = openSync(this.#temporary, 'w')
    }
    writeAll(this.#fd, Buffer.from(this.#take()))
  }

  #publish(): void {
    this.#spill()
    fsyncSync(this.#fd!)
    this.#close()
    renameDurably(this.#temporary, this.#path)
  }

  #take(): string {
    const text = this.#lines.map(line => `${line}\n`).join('')
    this.#lines = []
    this.#bytes = 0
    return text
  }

  #close(): void {
    if (this.#fd !== null) closeSync(this.#fd)
    this.#fd = null
  }

  #wrap(work: () => void): void {
    try {
      work()
    } catch (error) {
      throw wrapWriteError(error, this.#path)
    }
  }
}
