/**
 * The journal of a partition (C2): decisions that hang on the clock, durable before any output depends on them.
 *
 *     checkpoint/journal/partition-<n>.jsonl     {"consumed":…,"source":…,"kind":"idle"|"wake"}
 *
 * A resumed run reads it and decides the same at the same places. A torn last line was never acted on.
 */

import { closeSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Decision } from '../core/watermark/index.ts'
import { HindcastError } from '../errors.ts'
import { wrapWriteError, writeAll } from '../files/index.ts'
import { faultPoint } from './fault-point.ts'

export class Journal {
  readonly #path: string
  readonly #decisions: readonly Decision[]
  #fd: number | null = null
  readonly #wholeBytes: number

  constructor(directory: string, partition: number) {
    this.#path = join(directory, 'checkpoint', 'journal', `partition-${partition}.jsonl`)
    const bytes = existsSync(this.#path) ? readFileSync(this.#path) : Buffer.alloc(0)
    this.#wholeBytes = bytes.lastIndexOf(10) + 1
    const lines = bytes.subarray(0, this.#wholeBytes).toString('utf8').split('\n').slice(0, -1)
    this.#decisions = lines.map((line, i) => parseDecision(line, i + 1, this.#path))
  }

  /** What had been decided when the journal was opened, in order. */
  get decisions(): readonly Decision[] {
    return this.#decisions
  }

  /** Makes the decision durable; only then may it be acted on. */
  append(decision: Decision): void {
    try {
      this.#fd ??= this.#open()
      writeAll(this.#fd, Buffer.from(`${JSON.stringify(decision)}\n`))
      fsyncSync(this.#fd)
    } catch (error) {
      throw wrapWriteError(error, this.#path)
    }
    faultPoint('journal-appended')
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd)
    this.#fd = null
  }

  #open(): number {
    mkdirSync(dirname(this.#path), { recursive: true })
    if (existsSync(this.#path)) {
      const fd = openSync(this.#path, 'r+')
      ftruncateSync(fd, this.#wholeBytes)
      closeSync(fd)
    }
    return openSync(this.#path, 'a')
  }
}

function parseDecision(text: string, line: number, uri: string): Decision {
  try {
    return JSON.parse(text) as Decision
  } catch {
    throw new HindcastError('output-corrupt', 'the journal has a line that is not JSON', {
      where: { uri, line },
      advice: 'The run cannot go on from here: run the plan again into a new directory.',
    })
  }
}
