/**
 * The file systems that one list of files is spread over: the local disk and any number of clusters and buckets, told
 * apart by the URI. A file system like any other to whoever uses it. What speaks to a remote one is loaded when the
 * first of its URIs is met: every thread would pay for it at its start.
 */

import { readFileSync } from 'node:fs'
import { assert, HindcastError, wrapError } from '../errors.ts'
import type { RemoteAccess } from '../job/index.ts'
import type { ByteSource } from '../parquet/index.ts'
import type { FileListing, FileStat, FileSystem, WritableFileSystem } from './file-system.ts'
import { LocalFileSystem } from './local-files.ts'
import { compareBytes } from './path-order.ts'
import { bucketUri, isS3Uri, parseS3Uri } from './s3/s3-uri.ts'
import { authorityUri, isWebHdfsUri, parseWebHdfsUri } from './webhdfs/webhdfs-uri.ts'

interface RemoteFileSystem extends WritableFileSystem {
  close(): Promise<void>
}

/** True for what is read over the network; other texts are local paths. */
export function isRemoteUri(text: string): boolean {
  return isWebHdfsUri(text) || isS3Uri(text)
}

export class FileSystems implements FileSystem {
  readonly #access: RemoteAccess
  readonly #local = new LocalFileSystem()
  /** By scheme and NameNodes, or bucket. */
  readonly #remotes = new Map<string, Promise<RemoteFileSystem>>()

  constructor(access: RemoteAccess = {}) {
    this.#access = access
  }

  async list(patterns: readonly string[]): Promise<FileListing> {
    const bySystem = new Map<FileSystem, string[]>()
    for (const pattern of patterns) {
      const system = await this.#of(pattern)
      bySystem.set(system, [...(bySystem.get(system) ?? []), pattern])
    }
    const listings: FileListing[] = []
    for (const [system, own] of bySystem) listings.push(await system.list(own))
    const files = listings.flatMap(listing => listing.files)
    files.sort((a, b) => compareBytes(a.path, b.path))
    const skipped = { hidden: 0, empty: 0, special: 0 }
    for (const listing of listings) {
      skipped.hidden += listing.skipped.hidden
      skipped.empty += listing.skipped.empty
      skipped.special += listing.skipped.special
    }
    return { files, skipped }
  }

  async stat(path: string): Promise<FileStat> {
    return (await this.#of(path)).stat(path)
  }

  async checkUnchanged(pinned: FileStat): Promise<void> {
    return (await this.#of(pinned.path)).checkUnchanged(pinned)
  }

  async open(pinned: FileStat): Promise<ByteSource> {
    return (await this.#of(pinned.path)).open(pinned)
  }

  /** The remote file system of a URI. */
  async writable(uri: string): Promise<WritableFileSystem> {
    assert(isRemoteUri(uri), `${uri} is written to by its path`)
    return this.#remote(uri)
  }

  /** A small file as a whole; null where there is none. Raises `limit-passed` beyond `bytesMax`. */
  async readFile(path: string, bytesMax: number): Promise<Uint8Array | null> {
    let pinned: FileStat
    try {
      pinned = await this.stat(path)
    } catch (error) {
      if (error instanceof HindcastError && error.code === 'file-unreadable') return null
      throw error
    }
    if (pinned.bytes > bytesMax) {
      throw new HindcastError('limit-passed', `${path} has ${pinned.bytes} bytes, more than ${bytesMax}`, {
        where: { uri: path },
      })
    }
    const source = await this.open(pinned)
    try {
      return await source.read(0, pinned.bytes)
    } finally {
      await source.close()
    }
  }

  /** Opens a file as it is now. */
  openNow(path: string): Promise<ByteSource> {
    return this.stat(path).then(pinned => this.open(pinned))
  }

  /**
   * Opens files by their paths, all of which are among `pinned`: what decoders ask for, once for each row group. A
   * remote file is looked up the first time only, since it is read by what was pinned.
   */
  opener(pinned: readonly FileStat[]): (path: string) => Promise<ByteSource> {
    const byPath = new Map(pinned.map(file => [file.path, file]))
    const opened = new Map<string, Promise<ByteSource>>()
    return path => {
      const file = byPath.get(path)!
      if (!isRemoteUri(path)) return this.open(file)
      const known = opened.get(path)
      if (known !== undefined) return known
      const source = this.open(file).then(keptOpen)
      opened.set(path, source)
      source.catch(() => opened.delete(path)) // the next one looks again
      return source
    }
  }

  async close(): Promise<void> {
    for (const remote of this.#remotes.values()) await (await remote.catch(() => null))?.close()
    this.#remotes.clear()
  }

  async #of(uri: string): Promise<FileSystem> {
    return isRemoteUri(uri) ? this.#remote(uri) : this.#local
  }

  #remote(uri: string): Promise<RemoteFileSystem> {
    return isS3Uri(uri) ? this.#bucket(uri) : this.#cluster(uri)
  }

  #bucket(uri: string): Promise<RemoteFileSystem> {
    const { bucket } = parseS3Uri(uri)
    const { endpoint, region, pathStyle, ca } = this.#access
    return this.#kept(bucketUri(bucket), async () => {
      const { S3FileSystem } = await import('./s3/s3-files.ts')
      return new S3FileSystem({
        bucket,
        ...(endpoint === undefined ? {} : { endpoint }),
        ...(region === undefined ? {} : { region }),
        ...(pathStyle === undefined ? {} : { pathStyle }),
        ...(ca === undefined ? {} : { ca: certificates(ca) }),
      })
    })
  }

  #cluster(uri: string): Promise<RemoteFileSystem> {
    const { scheme, nameNodes } = parseWebHdfsUri(uri)
    const { ca, dataNodes, checksums } = this.#access
    const user = this.#access.user ?? process.env.HADOOP_USER_NAME
    return this.#kept(authorityUri({ scheme, nameNodes }), async () => {
      const { WebHdfsFileSystem } = await import('./webhdfs/webhdfs-files.ts')
      return new WebHdfsFileSystem({
        scheme,
        nameNodes,
        ...(user === undefined || user === '' ? {} : { user }),
        ...(dataNodes === undefined ? {} : { dataNodes }),
        ...(checksums === undefined ? {} : { checksums }),
        ...(ca === undefined ? {} : { ca: certificates(ca) }),
      })
    })
  }

  #kept(name: string, open: () => Promise<RemoteFileSystem>): Promise<RemoteFileSystem> {
    const known = this.#remotes.get(name)
    if (known !== undefined) return known
    const opened = open()
    this.#remotes.set(name, opened)
    return opened
  }
}

/** A source that several readers share; it holds nothing that has to be closed before its file system is. */
function keptOpen(source: ByteSource): ByteSource {
  return {
    uri: source.uri,
    size: source.size,
    read: (position, length, into) => source.read(position, length, into),
    close: async () => {},
  }
}

function certificates(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw wrapError(error, 'job-invalid', `cannot read the certificates of ${path}`, {
      where: { uri: path },
      advice: 'Check `ca:`: a PEM file that this user may read.',
    })
  }
}
