/**
 * Folders of HDFS for the walk: listed a page at a time, with what a plan needs of each file, so that none is asked
 * for alone.
 */

import { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import type { FolderEntry, FolderTree } from '../walk.ts'
import type { Call, NameNodes } from './name-nodes.ts'
import { isMissing, isNotUnderstood, typedError } from './remote-error.ts'
import type { FileStatus, ListingPage } from './replies.ts'
import { invalid, parseListing, parsePage, parseStatus } from './replies.ts'

export class HdfsTree implements FolderTree<FileStatus> {
  readonly foldersAtOnce = LIMITS.webHdfsFoldersAtOnce
  readonly #nameNodes: NameNodes
  #hasBatches = true

  constructor(nameNodes: NameNodes) {
    this.#nameNodes = nameNodes
  }

  uriOf(path: string): string {
    return this.#nameNodes.uriOf(path)
  }

  async *entriesOf(path: string): AsyncGenerator<readonly FolderEntry<FileStatus>[]> {
    const cursors = new Set<string>()
    let after: string | null = null
    for (let listed = 0; ; ) {
      const page = await this.#page(path, after)
      listed += page.entries.length
      if (listed > LIMITS.webHdfsFolderEntriesMax) throw this.#tooMany(path)
      yield page.entries.map(entryOf)
      if (!page.hasMore) return
      after = page.entries.at(-1)!.name
      if (cursors.has(after))
        throw this.#told(invalid('the pages of a listing go in circles'), 'LISTSTATUS_BATCH', path)
      cursors.add(after)
    }
  }

  async lookUp(path: string): Promise<FolderEntry<FileStatus> | null> {
    try {
      return entryOf(await this.statusOf(path))
    } catch (error) {
      if (isMissing(error)) return null
      throw this.#told(error, 'GETFILESTATUS', path)
    }
  }

  /** HDFS has no links that lead upwards. */
  async idOf(path: string): Promise<string> {
    return path
  }

  /** Rejects with `RemoteError` for what the NameNode refuses. */
  async statusOf(path: string): Promise<FileStatus> {
    return parseStatus(await this.#nameNodes.ask({ method: 'GET', op: 'GETFILESTATUS', path }))
  }

  async #page(path: string, after: string | null): Promise<ListingPage> {
    const list: Call = { method: 'GET', op: 'LISTSTATUS', path }
    try {
      if (!this.#hasBatches) return parseListing(await this.#nameNodes.ask(list))
      // the documented name is ignored by servers that know the other one, and the other way round
      const query: Record<string, string> = after === null ? {} : { startAfter: after, startafter: after }
      return parsePage(await this.#nameNodes.ask({ ...list, op: 'LISTSTATUS_BATCH', query }))
    } catch (error) {
      if (!this.#hasBatches || !isNotUnderstood(error)) throw this.#told(error, list.op, path)
      this.#hasBatches = false
      return this.#page(path, after)
    }
  }

  #told(error: unknown, op: string, path: string): unknown {
    return typedError(error, { op, uri: this.uriOf(path) })
  }

  #tooMany(path: string): HindcastError {
    return new HindcastError(
      'limit-passed',
      `the folder has more names than webHdfsFolderEntriesMax (${LIMITS.webHdfsFolderEntriesMax}) allows`,
      {
        where: { uri: this.uriOf(path) },
        advice: 'Check that the server is a NameNode: HDFS allows no more.',
      },
    )
  }
}

function entryOf(status: FileStatus): FolderEntry<FileStatus> {
  // links of HDFS are switched off since 2.x, so one is kept as what it is and counted as special
  return { name: status.name, kind: status.kind === 'folder' ? 'folder' : 'file', stats: status }
}
