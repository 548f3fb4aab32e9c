/**
 * HDFS behind the file system port, over WebHDFS (NameNode and DataNodes) or HttpFS. Files are pinned by file id,
 * length and time, and read by their inode, so that a file which was replaced is an error and never a mixture.
 *
 *     list ─► HdfsTree ─► NameNodes        open ─► RangedSource ─► RangeFetch ─► NameNodes, DataNodes
 */

import type { Agent } from 'undici'
import type { ErrorCode } from '../../errors.ts'
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
import { fileChecksum } from './file-checksum.ts'
import { type Chunks, putFile, temporaryPath } from './file-writer.ts'
import { inodePath } from './hdfs-path.ts'
import { HdfsTree } from './hdfs-tree.ts'
import { newAgent } from './http-exchange.ts'
import { NameNodes } from './name-nodes.ts'
import type { FetchContext } from './range-fetch.ts'
import { RangeFetch } from './range-fetch.ts'
import { isMissing, isNotUnderstood, typedError } from './remote-error.ts'
import type { FileStatus } from './replies.ts'
import { parseBlocks, parseBoolean } from './replies.ts'
import { SuspectNodes } from './suspect-nodes.ts'
import { authorityUri, parseWebHdfsUri, type WebHdfsOptions } from './webhdfs-uri.ts'

export class WebHdfsFileSystem implements WritableFileSystem {
  /** What reading has cost so far. */
  readonly counters: FetchCounters = { bytes: 0, requests: 0, failures: 0 }
  readonly #agent: Agent
  readonly #nameNodes: NameNodes
  readonly #tree: HdfsTree
  readonly #slots: Slots
  readonly #context: FetchContext
  readonly #end = new AbortController()

  constructor(options: WebHdfsOptions) {
    const { signal } = this.#end
    this.#agent = newAgent(options)
    this.#nameNodes = new NameNodes(options, this.#agent, signal)
    this.#tree = new HdfsTree(this.#nameNodes)
    this.#slots = new Slots(options.rangesAtOnce ?? LIMITS.webHdfsRangesAtOnce)
    this.#context = {
      agent: this.#agent,
      nameNodes: this.#nameNodes,
      suspects: new SuspectNodes(),
      counters: this.counters,
      signal,
    }
  }

  /** Patterns and paths are URIs of this cluster (see webhdfs-uri.ts), or begin with `/`. */
  async list(patterns: readonly string[]): Promise<FileListing> {
    const listing = await listFiles(
      patterns.map(pattern => this.#pathOf(pattern)),
      { tree: this.#tree, pinsOf: async files => [...files].map(([path, status]) => seen(path, status)) },
    )
    if (this.#nameNodes.options.checksums !== true) return listing
    const files = listing.files.map(file =>
      this.#slots.run(async () => ({ ...file, checksum: await this.checksum(file) })),
    )
    return { ...listing, files: await Promise.all(files) }
  }

  async stat(path: string): Promise<FileStat> {
    const plain = this.#pathOf(path)
    return this.#pin(plain, await this.#statusOrTold(plain))
  }

  async checkUnchanged(pinned: FileStat): Promise<void> {
    const path = this.#pathOf(pinned.path)
    const status = await this.#statusOrNull(path)
    if (status === null) throw changedError(pinned, 'it was deleted')
    const what = changeOf(pinned, this.#pin(path, status))
    if (what !== null) throw changedError(pinned, what)
  }

  async open(pinned: FileStat): Promise<ByteSource> {
    const { path, status } = await this.#pinnedStatus(pinned)
    if (pinned.checksum !== undefined && (await this.checksum(pinned)) !== pinned.checksum)
      throw changedError(pinned, 'its content has another checksum')
    const file = { uri: pinned.path, path, blockBytes: status.blockBytes }
    const fetch = new RangeFetch(this.#context, file)
    return new RangedSource({
      pinned,
      rules: {
        gapBytes: LIMITS.webHdfsGapBytes,
        pieceBytes: LIMITS.webHdfsRangeBytes,
        blockBytes: status.blockBytes,
      },
      fetch: (range, put) => fetch.fetch(range, put),
      slots: this.#slots,
      checkUnchanged: () => this.checkUnchanged(pinned),
    })
  }

  /**
   * Checksum of the content as HDFS computes it: the same for the same bytes written with the same block and chunk
   * size. Reads the file on the DataNodes, not over the wire. For what mtime and length cannot tell.
   */
  checksum(pinned: FileStat): Promise<string> {
    return fileChecksum(this.#context, this.#pathOf(pinned.path))
  }

  /**
   * Writes a file whole or not at all (temporary name, length checked, rename). Raises `file-exists` where there is
   * one and `overwrite` is not set, `remote-failed` where the write was cut: nothing is left then but, at worst, a
   * hidden temporary file. Chunks that can be had again (a function that gives them) are written again before that.
   */
  async writeFile(
    path: string,
    chunks: Chunks,
    options: { readonly overwrite?: boolean } = {},
  ): Promise<FileStat> {
    const final = this.#pathOf(path)
    const temporary = temporaryPath(final)
    try {
      const bytes = await putFile(this.#nameNodes, this.#end.signal, temporary, chunks)
      const status = await this.#statusOrTold(temporary)
      if (status.bytes !== bytes)
        throw new HindcastError(
          'remote-failed',
          `${this.#tree.uriOf(final)}: ${bytes} bytes were sent, ${status.bytes} are in HDFS`,
          { where: { uri: this.#tree.uriOf(final) }, advice: 'Run the same command again.' },
        )
      await this.rename(temporary, final, options)
      return this.#pin(final, { ...status })
    } catch (error) {
      // the failure is what counts; a temporary file that stays is hidden from listings and named as one
      await this.#call('DELETE', 'DELETE', temporary).catch(() => undefined)
      throw error
    }
  }

  /**
   * Renames in one step. Raises `file-unreadable` where there is no source, `file-exists` where there is a target and
   * `overwrite` is not set, `unsupported` where it is and the server cannot do it (HttpFS).
   */
  async rename(from: string, to: string, options: { readonly overwrite?: boolean } = {}): Promise<void> {
    const [source, target] = [this.#pathOf(from), this.#pathOf(to)]
    const [before, there] = await Promise.all([this.#statusOrTold(source), this.#statusOrNull(target)])
    // without the option, and through HttpFS always, a folder of that name would get the file into it
    if (there?.kind === 'folder') throw this.#notRenamed(source, target, true, false)
    const query = { destination: target, renameoptions: options.overwrite === true ? 'OVERWRITE' : 'NONE' }
    let failure: unknown = null
    try {
      if (await this.#call('PUT', 'RENAME', source, query)) return
    } catch (error) {
      failure = error
    }
    // a try whose answer was lost has renamed it: the next finds nothing to rename
    const after = await this.#statusOrNull(target)
    if (after !== null && isSameFile(before, after) && (await this.#statusOrNull(source)) === null) return
    if (failure !== null) throw failure
    throw this.#notRenamed(source, target, after !== null, options.overwrite === true)
  }

  /** Removes a file, or a folder with all that is in it if `recursive`; false where there was nothing. */
  remove(path: string, options: { readonly recursive?: boolean } = {}): Promise<boolean> {
    return this.#call('DELETE', 'DELETE', this.#pathOf(path), {
      recursive: String(options.recursive === true),
    })
  }

  /** Makes a folder and all above it; one that is there already is as good. Raises `file-exists` for a file. */
  async makeDirectory(path: string): Promise<void> {
    const plain = this.#pathOf(path)
    if (await this.#call('PUT', 'MKDIRS', plain)) return
    throw new HindcastError('file-exists', `cannot make the folder ${this.#tree.uriOf(plain)}`, {
      where: { uri: this.#tree.uriOf(plain) },
      advice: 'Check that no part of the path is a file.',
    })
  }

  /** Ends all that is under way and closes all connections. */
  async close(): Promise<void> {
    this.#end.abort(
      new HindcastError('interrupted', 'the connection to HDFS was closed while something was under way'),
    )
    await this.#agent.destroy()
  }

  /** The path by which a pinned file is read, and what it is now. Raises `file-changed`, `file-unfinished`. */
  async #pinnedStatus(pinned: FileStat): Promise<{ path: string; status: FileStatus }> {
    const named = this.#pathOf(pinned.path)
    const byInode = pinned.fileId === '' ? named : inodePath(pinned.fileId)
    let [path, status, isUnfinished] = [byInode, ...(await this.#nowOf(byInode))] as const
    if (status === null && byInode !== named) {
      // replaced; or a server that does not serve inodes (a router, a gateway)
      ;[path, status, isUnfinished] = [named, ...(await this.#nowOf(named))]
    }
    if (status === null) throw changedError(pinned, 'it was deleted')
    if (status.kind !== 'file') throw changedError(pinned, 'it is no file any more')
    if (isUnfinished) throw this.#unfinished(pinned)
    const what = changeOf(pinned, this.#pin(named, status))
    if (what !== null) throw changedError(pinned, what)
    return { path, status }
  }

  async #nowOf(path: string): Promise<[FileStatus | null, boolean]> {
    return Promise.all([this.#statusOrNull(path), this.#isUnfinished(path)])
  }

  /** Listings do not show that a file is still open for writing. False where the server cannot tell. */
  async #isUnfinished(path: string): Promise<boolean> {
    try {
      const query = { offset: '0', length: '1' }
      const blocks = await this.#nameNodes.ask({ method: 'GET', op: 'GET_BLOCK_LOCATIONS', path, query })
      return parseBlocks(blocks).isUnfinished === true
    } catch (error) {
      if (isMissing(error) || isNotUnderstood(error)) return false
      throw typedError(error, { op: 'GET_BLOCK_LOCATIONS', uri: this.#tree.uriOf(path) })
    }
  }

  async #statusOrNull(path: string): Promise<FileStatus | null> {
    return (await this.#tree.lookUp(path))?.stats ?? null
  }

  async #statusOrTold(path: string): Promise<FileStatus> {
    try {
      return await this.#tree.statusOf(path)
    } catch (error) {
      throw typedError(error, { op: 'GETFILESTATUS', uri: this.#tree.uriOf(path) })
    }
  }

  async #call(
    method: 'PUT' | 'DELETE',
    op: string,
    path: string,
    query: Record<string, string> = {},
  ): Promise<boolean> {
    try {
      return parseBoolean(await this.#nameNodes.ask({ method, op, path, query }))
    } catch (error) {
      throw typedError(error, { op, uri: this.#tree.uriOf(path) })
    }
  }

  #pin(path: string, status: FileStatus): FileStat {
    const { isRegular: _isRegular, ...pin } = seen(path, status)
    return { ...pin, path: this.#tree.uriOf(path) }
  }

  #pathOf(given: string): string {
    const prefix = authorityUri(this.#nameNodes.options)
    if (given.startsWith(`${prefix}/`)) return given.slice(prefix.length)
    if (given.startsWith('/')) return given
    const uri = parseWebHdfsUri(given)
    if (authorityUri(uri) === prefix) return uri.path
    throw new HindcastError('job-invalid', `${authorityUri(uri)} is not ${prefix}`, {
      where: { uri: authorityUri(uri) + uri.path },
      advice: 'Write the NameNodes of a cluster in the same order everywhere.',
    })
  }

  #notRenamed(source: string, target: string, isThere: boolean, overwrite: boolean): HindcastError {
    const [from, to] = [this.#tree.uriOf(source), this.#tree.uriOf(target)]
    const told = (code: ErrorCode, why: string, advice: string): HindcastError =>
      new HindcastError(code, `cannot rename ${from} to ${to}: ${why}`, { where: { uri: to }, advice })
    if (!isThere)
      return told('file-unreadable', 'its folder is missing, or the file is gone', 'Check both paths.')
    // HttpFS takes no notice of the option
    if (overwrite)
      return told(
        'unsupported',
        'this server does not rename over a file',
        'Use the WebHDFS of the NameNode (port 9870), or remove the file first.',
      )
    return told('file-exists', 'there is one already', 'Take another name, or ask for it to be overwritten.')
  }

  #unfinished(pinned: FileStat): HindcastError {
    return new HindcastError('file-unfinished', `${pinned.path} is still open for writing`, {
      where: { uri: pinned.path },
      advice:
        'Wait until its writer has closed it (or its lease is recovered: hdfs debug recoverLease), or leave it out of `files:`.',
    })
  }
}

function seen(path: string, { kind, bytes, mtimeMs, fileId }: FileStatus): SeenFile {
  return { path, bytes, mtimeMs, fileId, isRegular: kind === 'file' }
}

function isSameFile(before: FileStatus, after: FileStatus): boolean {
  return before.fileId === after.fileId && before.bytes === after.bytes && before.mtimeMs === after.mtimeMs
}
