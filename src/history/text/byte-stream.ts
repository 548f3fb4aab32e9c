/**
 * The bytes of a text file from its beginning to its end, plain or inflated, piece by piece: memory stays the same
 * whatever the file claims to be.
 *
 *     windows of the file, one read ahead ─► (inflate) ─► pieces
 */

import { pipeline, Readable } from 'node:stream'
import type { Gunzip, ZstdDecompress } from 'node:zlib'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { HindcastError, wrapError } from '../../errors.ts'
import { compressionOf } from '../../files/index.ts'
import { LIMITS } from '../../limits.ts'
import type { ByteSource } from '../../parquet/index.ts'

export interface ByteStream {
  /** Fills `target` with the next bytes; how many there were, 0 at the end. */
  read(target: Uint8Array): Promise<number>
  /** Bytes of the file itself that what has been read was made of, about. */
  readonly bytesRead: number
  /** Closes the file, too. */
  close(): Promise<void>
}

/** The text of a file, inflated where its name says that it is compressed; `windowBytes` of it are read at once. */
export function openBytes(source: ByteSource, windowBytes = WINDOW_BYTES): ByteStream {
  const compression = compressionOf(source.uri)
  const windows = windowsOf(source, windowBytes)
  return compression === 'none'
    ? new PlainStream(source, windows)
    : new InflatedStream(source, windows, compression)
}

/** Bytes of the file that are read at once: a server is asked seldom, and two of them are nothing beside a batch. */
const WINDOW_BYTES = 1024 * 1024

/** The file in windows; the next is read while one is used. */
async function* windowsOf(source: ByteSource, windowBytes: number): AsyncGenerator<Uint8Array> {
  const read = (position: number): Promise<Uint8Array> | null => {
    if (position >= source.size) return null
    const window = source.read(position, Math.min(windowBytes, source.size - position))
    window.catch(() => {}) // awaited below in its turn; nobody may come for it
    return window
  }
  let next = read(0)
  for (let position = 0; next !== null; ) {
    const window = await next
    position += window.length
    next = read(position)
    yield window
  }
}

class PlainStream implements ByteStream {
  readonly #source: ByteSource
  readonly #windows: AsyncGenerator<Uint8Array>
  #window: Uint8Array = new Uint8Array(0)
  bytesRead = 0

  constructor(source: ByteSource, windows: AsyncGenerator<Uint8Array>) {
    this.#source = source
    this.#windows = windows
  }

  async read(target: Uint8Array): Promise<number> {
    if (this.#window.length === 0) {
      const { value, done } = await this.#windows.next()
      if (done === true) return 0
      this.#window = value
    }
    const count = Math.min(target.length, this.#window.length)
    target.set(this.#window.subarray(0, count))
    this.#window = this.#window.subarray(count)
    this.bytesRead += count
    return count
  }

  async close(): Promise<void> {
    await this.#windows.return(undefined)
    await this.#source.close()
  }
}

/** Bytes that may come out before the ratio counts: small files compress by more. */
const FREE_BYTES = 256 * 1024 * 1024

class InflatedStream implements ByteStream {
  readonly #source: ByteSource
  readonly #chunks: AsyncIterator<Buffer>
  readonly #input: Readable
  readonly #inflate: Gunzip | ZstdDecompress
  #chunk: Uint8Array = new Uint8Array(0)
  #bytesOut = 0

  constructor(source: ByteSource, windows: AsyncGenerator<Uint8Array>, compression: 'gzip' | 'zstd') {
    this.#source = source
    this.#input = Readable.from(windows, { objectMode: false })
    const inflate = compression === 'gzip' ? createGunzip() : createZstdDecompress()
    this.#inflate = inflate
    // errors of either side reach the iterator
    pipeline(this.#input, inflate, () => {})
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
    await this.#source.close()
  }

  async #next(): Promise<Uint8Array | null> {
    try {
      const { value, done } = await this.#chunks.next()
      return done === true ? null : (value as Uint8Array)
    } catch (error) {
      throw damaged(error, this.#source.uri)
    }
  }

  #bomb(): HindcastError {
    return new HindcastError(
      'limit-passed',
      `the file inflates more than ${LIMITS.inflateRatioMax} times (inflateRatioMax)`,
      {
        where: { uri: this.#source.uri },
        advice: 'Check what it holds; write it anew as Parquet if it is what you want to read.',
      },
    )
  }
}

/** zlib's own errors mean a damaged file; others are the file's. */
function damaged(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (!/^(Z_|ZSTD_|ERR_)/.test(code)) return error
  return wrapError(error, 'file-corrupt', 'the file cannot be inflated', {
    where: { uri: path },
    advice: 'Fetch or write the file anew, or leave it out of `files:`.',
  })
}
