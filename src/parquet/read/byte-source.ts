/** Where bytes come from: a file, memory, later a range of HDFS or S3. The reader needs no more than this. */

import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import { located, wrapError } from '../../errors.ts'
import { corrupt } from '../damage.ts'

export interface ByteSource {
  /** What messages call the file. */
  readonly uri: string
  readonly size: number
  /**
   * Exactly `length` bytes from `position`, which lie inside the file; raises `file-corrupt` where it has become
   * shorter. `into`, at least that long, may be used for them.
   */
  read(position: number, length: number, into?: Uint8Array): Promise<Uint8Array>
  close(): Promise<void>
}

/** A file in memory. */
export function bytesSource(bytes: Uint8Array, uri = 'memory'): ByteSource {
  return {
    uri,
    size: bytes.length,
    read: async (position, length) => {
      if (position + length > bytes.length) throw shorter(uri, position + length)
      return bytes.subarray(position, position + length)
    },
    close: async () => {},
  }
}

/** A local file. Raises `file-unreadable` where it cannot be opened or read. */
export async function openFileSource(path: string): Promise<ByteSource> {
  const unreadable = (thrown: unknown): Error =>
    wrapError(thrown, 'file-unreadable', 'the file cannot be read', {
      where: { uri: path },
      advice: 'Check that the file is there and may be read.',
    })
  let file: FileHandle | null = null
  try {
    file = await open(path, 'r')
    const { size } = await file.stat()
    return localSource(path, file, size, unreadable)
  } catch (thrown) {
    await file?.close()
    throw unreadable(thrown)
  }
}

function localSource(
  uri: string,
  file: FileHandle,
  size: number,
  unreadable: (thrown: unknown) => Error,
): ByteSource {
  return {
    uri,
    size,
    read: async (position, length, into = new Uint8Array(length)) => {
      let got = 0
      while (got < length) {
        const { bytesRead } = await file.read(into, got, length - got, position + got).catch(thrown => {
          throw unreadable(thrown)
        })
        if (bytesRead === 0) throw shorter(uri, position + length)
        got += bytesRead
      }
      return into.length === length ? into : into.subarray(0, length)
    },
    close: () => file.close(),
  }
}

function shorter(uri: string, needed: number): unknown {
  return located(corrupt(`the file is shorter than ${needed} bytes, which it was when it was opened`), {
    uri,
  })
}
