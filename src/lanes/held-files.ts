/**
 * What reorder buffers of a partition cannot keep in memory (C9), as files beside the checkpoints that name them:
 *
 *     checkpoint/held/<partition>.<number>.<newest>     blocks, each an encoded batch with its own checksum
 *
 * `newest` is the time, in ticks, of the last event: once everything up to it has left, nobody needs the file. A file is
 * durable before a checkpoint can name it, and is never changed. The run removes it (see `held-cleanup.ts` of run/), as
 * it knows which checkpoints are kept; without checkpoints it is removed here as soon as it is released.
 */

import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, readSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { EventBatch } from '../core/batch/index.ts'
import { decodeEvents, encodeEvents } from '../core/batch/index.ts'
import type { Ticks } from '../core/time.ts'
import type { HeldFile, HeldPlace, HeldStore } from '../core/watermark/index.ts'
import { HeldBudget } from '../core/watermark/index.ts'
import { HindcastError, wrapError } from '../errors.ts'
import { syncDirectory, wrapWriteError, writeAll } from '../files/index.ts'
import type { Plan } from '../plan/index.ts'
import { faultPoint } from './fault-point.ts'

export interface HeldFilesOptions {
  /** The run directory. */
  readonly directory: string
  readonly partition: number
  readonly budget: HeldBudget
  /** Checkpoints may name the files: they stay when they are released. */
  readonly keep: boolean
}

/** Memory of the reorder buffers of so many partitions: each has one for every stream with a live side. */
export function heldBudget(plan: Plan, bytesMax: number, partitions: number): HeldBudget {
  return new HeldBudget(bytesMax, partitions * plan.streams.filter(({ live }) => live !== null).length)
}

/** Folder of the files of a run. */
export function heldDirectory(directory: string): string {
  return join(directory, 'checkpoint', 'held')
}

/** What the name of a file says; null where it is the name of no such file. */
export function parseHeldName(
  name: string,
): { readonly partition: number; readonly number: number; readonly newest: Ticks } | null {
  const match = /^(\d+)\.(\d+)\.(-?\d+)$/.exec(name)
  return match === null
    ? null
    : { partition: Number(match[1]), number: Number(match[2]), newest: Number(match[3]) }
}

export class HeldFiles implements HeldStore {
  readonly budget: HeldBudget
  readonly #options: HeldFilesOptions
  readonly #folder: string
  /** Number of the next file; null until one is written. */
  #next: number | null = null

  constructor(options: HeldFilesOptions) {
    this.#options = options
    this.budget = options.budget
    this.#folder = heldDirectory(options.directory)
  }

  create(newest: Ticks): HeldFile {
    this.#next ??= this.#firstNumber()
    const name = `${this.#options.partition}.${this.#next++}.${newest}`
    const path = join(this.#folder, name)
    const wrap = <T>(work: () => T): T => {
      try {
        return work()
      } catch (error) {
        throw wrapWriteError(error, path)
      }
    }
    const fd = wrap(() => {
      mkdirSync(this.#folder, { recursive: true })
      return openSync(path, 'wx')
    })
    let position = 0
    const append = (events: EventBatch): HeldPlace => {
      const bytes = encodeEvents(events)
      writeAll(fd, bytes)
      position += bytes.length
      return { position: position - bytes.length, length: bytes.length }
    }
    return {
      name,
      append: events => this.#orClose(fd, () => wrap(() => append(events))),
      close: () => {
        this.#orClose(fd, () => wrap(() => fsyncSync(fd)))
        wrap(() => closeSync(fd))
        wrap(() => syncDirectory(this.#folder))
        faultPoint('held-spilled')
      },
    }
  }

  read(file: string, { position, length }: HeldPlace): EventBatch {
    const path = join(this.#folder, file)
    const bytes = new Uint8Array(length)
    try {
      const fd = openSync(path, 'r')
      try {
        if (readFully(fd, bytes, position) < length) throw damaged(path, 'it ends early')
      } finally {
        closeSync(fd)
      }
      return decodeEvents(bytes)
    } catch (error) {
      if (error instanceof HindcastError) throw damaged(path, error.message)
      if (!existsSync(path)) throw damaged(path, 'it is gone')
      throw wrapError(error, 'io-failed', 'cannot read events that wait for their watermark', {
        where: { uri: path },
        advice: 'Run the same command again: it goes on from the last checkpoint.',
      })
    }
  }

  release(file: string): void {
    if (this.#options.keep) return
    const path = join(this.#folder, file)
    try {
      rmSync(path, { force: true })
    } catch (error) {
      throw wrapWriteError(error, path)
    }
  }

  /** Behind the files that are there: those of the checkpoint that this process goes on from. */
  #firstNumber(): number {
    if (!existsSync(this.#folder)) return 0
    const own = readdirSync(this.#folder).flatMap(name => {
      const parsed = parseHeldName(name)
      return parsed?.partition === this.#options.partition ? [parsed.number + 1] : []
    })
    return Math.max(0, ...own)
  }

  #orClose<T>(fd: number, work: () => T): T {
    try {
      return work()
    } catch (error) {
      closeSync(fd)
      throw error
    }
  }
}

/** Fills `bytes` from `position` on; returns how many there were. */
function readFully(fd: number, bytes: Uint8Array, position: number): number {
  let at = 0
  for (let read = -1; at < bytes.length && read !== 0; at += read)
    read = readSync(fd, bytes, at, bytes.length - at, position + at)
  return at
}

function damaged(uri: string, reason: string): HindcastError {
  return new HindcastError('output-corrupt', `a file of events that wait for their watermark: ${reason}`, {
    where: { uri },
    advice: 'The run cannot go on without it: run the plan again into a new directory.',
  })
}
