/**
 * A bucket of S3 behind the file system port. Objects are pinned by ETag, length and time and read with `If-Match`, so
 * that one that was replaced is an error and never a mixture.
 *
 * The ETag is what identifies content. Version ids are not used: listings do not have them, and reading by one asks
 * for a right of its own (s3:GetObjectVersion), to read what was replaced, which is an error here as it is everywhere.
 *
 *     list ─► S3Tree ─► S3Calls ─► SDK        open ─► RangedSource ─► ObjectFetch ─► S3Calls
 */

import { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import type { ByteSource } from '../../parquet/index.ts'
import type { FileListing, FileStat, WritableFileSystem } from '../file-system.ts'
import type { SeenFile } from '../list-files.ts'
import { listFiles } from '../list-files.ts'
import { changedError, changeOf } from '../pinned.ts'
import type { FetchCounters } from '../remote/fetch-counters.ts'
import { RangedSource } from '../remote/ranged-source.ts'
import { Slots } from '../remote/slots.ts'
import type { ObjectStats } from './list-page.ts'
import { ObjectFetch } from './object-fetch.ts'
import { existsError, putObject } from './object-writer.ts'
import { S3Calls } from './s3-calls.ts'
import { isS3Kind, s3ErrorOf } from './s3-failure.ts'
import { headObject, S3Tree } from './s3-tree.ts'
import { bucketUri, keyOf, parseS3Uri, type S3Options } from './s3-uri.ts'

const RULES = { gapBytes: LIMITS.s3GapBytes, pieceBytes: LIMITS.s3RangeBytes, blockBytes: 0 }

export class S3FileSystem implements WritableFileSystem {
  /** What reading has cost so far. */
  readonly counters: FetchCounters = { bytes: 0, requests: 0, failures: 0 }
  readonly #calls: S3Calls
  readonly #slots: Slots

  constructor(options: S3Options) {
    this.#calls = new S3Calls(options)
    this.#slots = new Slots(options.rangesAtOnce ?? LIMITS.s3RangesAtOnce)
  }

  /** Patterns and paths are URIs of this bucket (see s3-uri.ts), or begin with `/`. */
  list(patterns: readonly string[]): Promise<FileListing> {
    const paths = patterns.map(pattern => this.#pathOf(pattern))
    const tree = new S3Tree(this.#calls, paths)
    return listFiles(paths, {
      tree,
      pinsOf: async files => [...files].map(([path, stats]) => seen(path, stats)),
    })
  }

  async stat(path: string): Promise<FileStat> {
    const plain = this.#pathOf(path)
    return this.#pin(plain, await this.#statsOf(plain))
  }

  async checkUnchanged(pinned: FileStat): Promise<void> {
    const path = this.#pathOf(pinned.path)
    const stats = await this.#statsOrNull(path)
    if (stats === null) throw changedError(pinned, 'it was deleted')
    const what = changeOf(pinned, this.#pin(path, stats))
    if (what !== null) throw changedError(pinned, what)
  }

  async open(pinned: FileStat): Promise<ByteSource> {
    await this.checkUnchanged(pinned)
    const object = { pinned, path: this.#pathOf(pinned.path), etag: pinned.fileId }
    const fetch = new ObjectFetch(this.#calls, object, this.counters)
    return new RangedSource({
      pinned,
      rules: RULES,
      fetch: (range, put) => fetch.fetch(range, put),
      slots: this.#slots,
      checkUnchanged: () => this.checkUnchanged(pinned),
    })
  }

  /**
   * Writes an object whole or not at all. Raises `file-exists` where there is one and `overwrite` is not set; two
   * writers at once are told apart where the server knows `If-None-Match`. `chunks` is called once: what the server
   * does not have yet is still in memory.
   */
  async writeFile(
    path: string,
    chunks: () => AsyncIterable<Uint8Array>,
    options: { readonly overwrite?: boolean } = {},
  ): Promise<FileStat> {
    const plain = this.#pathOf(path)
    const overwrite = options.overwrite === true
    // not every server heeds the condition of the write itself
    if (!overwrite && (await this.#statsOrNull(plain)) !== null) throw existsError(this.#calls.uriOf(plain))
    return this.#pin(plain, await putObject(this.#calls, { path: plain, overwrite }, chunks()))
  }

  /** S3 says nothing of what was removed, so it is looked for first. */
  async remove(path: string): Promise<boolean> {
    const plain = this.#pathOf(path)
    if ((await this.#statsOrNull(plain)) === null) return false
    await this.#calls.call('DeleteObject', plain, ({ sdk, client }, abortSignal) =>
      client.send(new sdk.DeleteObjectCommand({ Bucket: this.#calls.bucket, Key: keyOf(plain) }), {
        abortSignal,
      }),
    )
    return true
  }

  /** Ends all that is under way and closes all connections. */
  close(): Promise<void> {
    return this.#calls.close()
  }

  async #statsOf(path: string): Promise<ObjectStats> {
    try {
      return await headObject(this.#calls, path)
    } catch (error) {
      throw s3ErrorOf(error, { op: 'HeadObject', uri: this.#calls.uriOf(path) })
    }
  }

  async #statsOrNull(path: string): Promise<ObjectStats | null> {
    try {
      return await headObject(this.#calls, path)
    } catch (error) {
      if (isS3Kind(error, 'missing')) return null
      throw s3ErrorOf(error, { op: 'HeadObject', uri: this.#calls.uriOf(path) })
    }
  }

  #pin(path: string, stats: ObjectStats): FileStat {
    const { isRegular: _isRegular, ...pin } = seen(path, stats)
    return { ...pin, path: this.#calls.uriOf(path) }
  }

  #pathOf(given: string): string {
    if (given.startsWith('/')) return given
    const { bucket, path } = parseS3Uri(given)
    if (bucket === this.#calls.bucket) return path
    throw new HindcastError('bug', `${bucketUri(bucket)} is asked of ${bucketUri(this.#calls.bucket)}`)
  }
}

function seen(path: string, { bytes, mtimeMs, etag, isRegular }: ObjectStats): SeenFile {
  return { path, bytes, mtimeMs, fileId: etag, isRegular }
}
