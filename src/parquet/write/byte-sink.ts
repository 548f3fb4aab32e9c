/**
 * Where a file's bytes go, in order. The local one makes a file that is there whole or not at all:
 *
 *     write x.tmp → fsync → rename to x → fsync directory
 */

import type { FileHandle } from 'node:fs/promises'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { HindcastError, wrapError } from '../../errors.ts'

export interface ByteSink {
  /** Takes the bytes; they may be changed once this has ended. */
  write(bytes: readonly Uint8Array[]): Promise<void>
  /** Makes all that was written durable. */
  close(): Promise<void>
  /** Leaves nothing behind. */
  discard(): Promise<void>
}

/** A file in memory; `bytes` once it is closed. */
export class MemorySink implements ByteSink {
  readonly #parts: Uint8Array[] = []
  bytes = new Uint8Array(0)

  async write(bytes: readonly Uint8Array[]): Promise<void> {
    for (const part of bytes) this.#parts.push(part.slice())
  }

  async close(): Promise<void> {
    this.bytes = new Uint8Array(Buffer.concat(this.#parts))
    this.#parts.length = 0
  }

  async discard(): Promise<void> {
    this.#parts.length = 0
  }
}

/** Suffix of files that are not yet durable: a glob for `*.parquet` does not find them. */
export const TEMPORARY_SUFFIX = '.tmp'

/** A local file; missing folders are made. Raises `disk-full` and `io-failed`. */
export class FileSink implements ByteSink {
  readonly #path: string
  #file: FileHandle | null = null

  constructor(path: string) {
    this.#path = path
  }

  write(bytes: readonly Uint8Array[]): Promise<void> {
    return this.#guard(async () => {
      this.#file ??= await this.#create()
      const parts = bytes.filter(part => part.length > 0)
      for (let first = 0; first < parts.length; first += PARTS_MAX) {
        await writeAll(this.#file, parts.slice(first, first + PARTS_MAX))
      }
    })
  }

  close(): Promise<void> {
    return this.#guard(async () => {
      this.#file ??= await this.#create()
      await this.#file.sync()
      await this.#release()
      await rename(this.#path + TEMPORARY_SUFFIX, this.#path)
      await syncDirectory(dirname(this.#path))
    })
  }

  discard(): Promise<void> {
    return this.#guard(async () => {
      await this.#release()
      await rm(this.#path + TEMPORARY_SUFFIX, { force: true })
    })
  }

  async #create(): Promise<FileHandle> {
    await makeDirectory(dirname(this.#path))
    return open(this.#path + TEMPORARY_SUFFIX, 'w')
  }

  async #release(): Promise<void> {
    const file = this.#file
    this.#file = null
    await file?.close()
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (thrown) {
      throw writeError(thrown, this.#path)
    }
  }
}

/** The kernel takes at most 1,024 parts at once. */
const PARTS_MAX = 1024

async function writeAll(file: FileHandle, parts: readonly Uint8Array[]): Promise<void> {
  let total = 0
  for (const part of parts) total += part.length
  const { bytesWritten } = await file.writev(parts)
  if (bytesWritten === total) return
  // a disk that fills up takes a part of it: the next write says why
  let skip = bytesWritten
  for (const part of parts) {
    if (skip >= part.length) {
      skip -= part.length
      continue
    }
    for (let at = skip; at < part.length; ) at += (await file.write(part, at)).bytesWritten
    skip = 0
  }
}

/** Makes a folder, with each new level made durable in the one above it. */
async function makeDirectory(directory: string): Promise<void> {
  const created = await mkdir(directory, { recursive: true })
  if (created === undefined) return
  const levels = [directory]
  while (levels.at(-1) !== created) levels.push(dirname(levels.at(-1)!))
  for (const level of levels) await syncDirectory(dirname(level))
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function writeError(thrown: unknown, path: string): HindcastError {
  if (thrown instanceof HindcastError) return thrown
  const code = (thrown as NodeJS.ErrnoException).code
  const isFull = code === 'ENOSPC' || code === 'EDQUOT'
  return wrapError(thrown, isFull ? 'disk-full' : 'io-failed', isFull ? 'the disk is full' : 'cannot write', {
    where: { uri: path },
    advice: isFull
      ? 'Free space and run the same command again: it goes on where it stopped.'
      : 'Check permissions and the disk, then run the same command again.',
  })
}
