/**
 * The bytes of a text file, plain or inflated, piece by piece: memory stays the same whatever the file claims to be.
 */

import type { ReadStream } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import type { Gunzip, ZstdDecompress } from 'node:zlib'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { HindcastError, wrapError } from '../../errors.ts'
import { compressionOf } from '../../files/index.ts'
import { LIMITS } from '../../limits.ts'

/** Reads a file from its beginning to its end. */
export interface ByteSource {
  /** Fills `target` with the next bytes; how many there were, 0 at the end. */
  read(target: Uint8Array): Promise<number>
  /** Bytes of the file itself that what has been read was made of, about. */
  readonly bytesRead: number
  close(): Promise<void>
}

/** Raises `file-unreadable` where the file cannot be opened. */
export async function openBytes(path: string): Promise<ByteSource> {
  const compression = compressionOf(path)
  try {
    return compression === 'none' ? new PlainSource(await open(path)) : await openInflated(path, compression)
  } catch (error) {
    throw unreadable(error, path)
  }
}

class PlainSource implements ByteSource {
  readonly #file: FileHandle
  bytesRead = 0

  constructor(file: FileHandle) {
    this.#file = file
  }

  async read(target: Uint8Array): Promise<number> {
    const { bytesRead } = await this.#file.read(target, 0, target.length, this.bytesRead)
    this.bytesRead += bytesRead
    return bytesRead
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}

async function openInflated(path: string, compression: 'gzip' | 'zstd'): Promise<ByteSource> {
  const file = await open(path)
  return new InflatedSource(path, file.createReadStream(), compression)
}

/** Bytes that may come out before the ratio counts: small files compress by more. */
const FREE_BYTES = 256 * 1024 * 1024

class InflatedSource implements ByteSource {
  readonly #path: string
  readonly #chunks: AsyncIterator<Buffer>
  readonly #input: ReadStream
  readonly #inflate: Gunzip | ZstdDecompress
  #chunk: Uint8Array = new Uint8Array(0)
  #bytesOut = 0

  constructor(path: string, input: ReadStream, compression: 'gzip' | 'zstd') {
    this.#path = path
    this.#input = input
    const inflate = compression === 'gzip' ? createGunzip() : createZstdDecompress()
    this.#inflate = inflate
    // errors of either side reach the iterator
    pipeline(input, inflate, () => {})
    this.#chunks = inflate[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  get bytesRead(): number {
    return this.#inflate.bytesWritten
  }

  async read(target: Uint8Array): Promise<number> {
    while (this.#chunk.length === 0) {
      const next = await this.#next()
      if (next === null) return 0
      this.#chunk = next
      this.#bytesOut += next.length
      if (this.#bytesOut > FREE_BYTES && this.#bytesOut > LIMITS.inflateRatioMax * this.bytesRead)
        throw this.#bomb()
    }
    const count = Math.min(target.length, this.#chunk.length)
    target.set(this.#chunk.subarray(0, count))
    this.#chunk = this.#chunk.subarray(count)
    return count
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
    this.#input.destroy()
  }

  async #next(): Promise<Uint8Array | null> {
    try {
      const { value, done } = await this.#chunks.next()
      return done === true ? null : (value as Uint8Array)
    } catch (error) {
      throw damaged(error, this.#path)
    }
  }

  #bomb(): HindcastError {
    return new HindcastError(
      'limit-passed',
      `the file inflates more than ${LIMITS.inflateRatioMax} times (inflateRatioMax)`,
      {
        where: { uri: this.#path },
        advice: 'Check what it holds; write it anew as Parquet if it is what you want to read.',
      },
    )
  }
}

/** zlib's own errors mean a damaged file, others a disk that cannot be read. */
function damaged(error: unknown, path: string): HindcastError {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (!/^(Z_|ZSTD_|ERR_)/.test(code)) return unreadable(error, path)
  return wrapError(error, 'file-corrupt', 'the file cannot be inflated', {
    where: { uri: path },
    advice: 'Fetch or write the file anew, or leave it out of `files:`.',
  })
}

function unreadable(error: unknown, path: string): HindcastError {
  return wrapError(error, 'file-unreadable', 'cannot read the file', {
    where: { uri: path },
    advice: 'Check that it exists and that this user may read it.',
  })
}
