/**
 * What a plan reads of a text file: the records in its first bytes and, of a plain file, in its last ones (C8).
 */

import { compressionOf } from '../../files/index.ts'
import type { ByteSource } from '../../parquet/index.ts'
import type { ByteStream } from './byte-stream.ts'
import { openBytes } from './byte-stream.ts'
import { LineReader } from './line-reader.ts'

/** Looks at the lines of a sample. */
export interface SampleVisitor {
  /**
   * Takes the line at hand, or extends it. Lines come in order; those of the `tail` may begin in the middle of a record.
   */
  visit(lines: LineReader, tail: boolean): void
}

export interface TextSample {
  /** Bytes of text in all the lines visited, line ends included. */
  readonly textBytes: number
  /** Length of the whole text: exact for plain files, else estimated from how well the sample was compressed. */
  readonly totalBytes: number
  /** Whether `totalBytes` is exact. */
  readonly exactBytes: boolean
  /** Whether the sample was the whole file. */
  readonly whole: boolean
}

/** Reads about `bytesMax` of the head and as much of the tail, and closes the file. */
export async function readSample(
  file: ByteSource,
  bytesMax: number,
  visitor: SampleVisitor,
): Promise<TextSample> {
  const { size, uri } = file
  const stream = openBytes(file, bytesMax)
  try {
    const head = await visitLines(new Bounded(stream, bytesMax), visitor, false)
    const whole = !head.cut
    const exactBytes = whole || compressionOf(uri) === 'none'
    const ratio = head.textRead / Math.max(1, stream.bytesRead)
    const totalBytes = whole ? head.textBytes : exactBytes ? size : ratio * size
    if (whole || !exactBytes) return { textBytes: head.textBytes, totalBytes, exactBytes, whole }
    const tail = await visitTail(file, Math.max(head.textRead, size - bytesMax), visitor)
    return { textBytes: head.textBytes + tail.textBytes, totalBytes, exactBytes, whole }
  } finally {
    await stream.close()
  }
}

interface Visited {
  readonly textBytes: number
  readonly textRead: number
  /** Whether the bound cut the source off. */
  readonly cut: boolean
}

async function visitLines(source: Bounded, visitor: SampleVisitor, tail: boolean): Promise<Visited> {
  const lines = new LineReader(source)
  let textBytes = 0
  do {
    while (lines.next()) {
      if (source.cut && !lines.terminated) break // only the beginning of a line
      visitor.visit(lines, tail)
      textBytes += lines.end - lines.start + 1
    }
  } while (await lines.more(false))
  return { textBytes, textRead: source.delivered, cut: source.cut }
}

async function visitTail(file: ByteSource, from: number, visitor: SampleVisitor): Promise<Visited> {
  let position = from
  const tail: ByteStream = {
    bytesRead: 0,
    close: async () => {},
    async read(target) {
      const length = Math.min(target.length, file.size - position)
      if (length === 0) return 0
      target.set(await file.read(position, length))
      position += length
      return length
    },
  }
  let first = true
  const skipping: SampleVisitor = {
    visit(lines, isTail) {
      // the first line begins somewhere in its middle
      if (!first) visitor.visit(lines, isTail)
      first = false
    },
  }
  return visitLines(new Bounded(tail, Number.POSITIVE_INFINITY), skipping, true)
}

/** A source that ends after so many bytes. */
class Bounded implements ByteStream {
  readonly #source: ByteStream
  readonly #bytesMax: number
  delivered = 0
  cut = false

  constructor(source: ByteStream, bytesMax: number) {
    this.#source = source
    this.#bytesMax = bytesMax
  }

  get bytesRead(): number {
    return this.#source.bytesRead
  }

  async read(target: Uint8Array): Promise<number> {
    const room = Math.min(target.length, this.#bytesMax - this.delivered)
    if (room === 0) {
      this.cut = (await this.#source.read(new Uint8Array(1))) > 0
      return 0
    }
    const count = await this.#source.read(target.subarray(0, room))
    this.delivered += count
    return count
  }

  close(): Promise<void> {
    return this.#source.close()
  }
}
