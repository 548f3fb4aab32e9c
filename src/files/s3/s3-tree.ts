/**
 * Folders of a bucket for the walk. The first page of a folder is asked for with all that is below it: small trees
 * (a table with a few files a day) are known after one request, and answered from memory from then on. Where there is
 * more, the rest is asked for folder by folder, so that what a pattern leaves out is not listed.
 *
 * Folders above the literal part of a pattern are not asked for: who may read `s3://b/table/` need not be allowed to
 * list `s3://b/`. One tree serves one listing.
 */

import { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { isGlob } from '../glob.ts'
import type { FolderEntry, FolderTree } from '../walk.ts'
import type { ListPage, ObjectStats } from './list-page.ts'
import { invalidReply, parseListPage, statsOf } from './list-page.ts'
import type { S3Calls } from './s3-calls.ts'
import { isS3Kind, S3Failure, s3ErrorOf } from './s3-failure.ts'
import { keyOf } from './s3-uri.ts'

type Entry = FolderEntry<ObjectStats>

const NO_STATS: ObjectStats = { bytes: 0, mtimeMs: 0, etag: '', isRegular: false }

/** What lies below an empty name (`a//b`): no walk leads there, so it is counted as one special file. */
const NAMELESS: Entry = { name: '/', kind: 'file', stats: NO_STATS }

interface Asked {
  readonly prefix: string
  readonly delimited?: boolean
  readonly after?: string | undefined
  readonly token?: string | undefined
  readonly max?: number
}

export class S3Tree implements FolderTree<ObjectStats> {
  readonly foldersAtOnce = LIMITS.s3FoldersAtOnce
  readonly #calls: S3Calls
  /** Folders that a pattern goes through before its first wildcard. */
  readonly #above: ReadonlySet<string>
  /** Names of folders that a page has shown as a whole. */
  readonly #known = new Map<string, readonly Entry[]>()

  constructor(calls: S3Calls, patterns: readonly string[]) {
    this.#calls = calls
    this.#above = new Set(patterns.flatMap(foldersAbove))
  }

  uriOf(path: string): string {
    return this.#calls.uriOf(path)
  }

  /** Nothing leads upwards. */
  async idOf(path: string): Promise<string> {
    return path
  }

  async *entriesOf(path: string): AsyncGenerator<readonly Entry[]> {
    const known = this.#known.get(path)
    if (known !== undefined) {
      yield known
      return
    }
    const prefix = path === '/' ? '' : `${keyOf(path)}/`
    const first = await this.#page(path, { prefix })
    const entries = this.#remember(prefix, first)
    yield entries
    if (first.next === null) return
    // a folder that the first page has begun comes again: it is taken once
    const folders = new Set(entries.filter(entry => entry.kind === 'folder').map(entry => entry.name))
    yield* this.#rest(path, { prefix, delimited: true, after: first.objects.at(-1)?.key }, folders)
  }

  /** What comes after the first page, folders folded; those of `folders` have come before. */
  async *#rest(path: string, asked: Asked, folders: Set<string>): AsyncGenerator<readonly Entry[]> {
    const { prefix } = asked
    const tokens = new Set<string>()
    let token: string | undefined
    for (let listed = 0; ; ) {
      const page = await this.#page(path, { ...asked, token })
      listed += page.objects.length + page.folders.length
      if (listed > LIMITS.s3FolderEntriesMax) throw this.#tooMany(path)
      const names = page.folders.map(folder => folder.slice(prefix.length, -1))
      const fresh = names.filter(name => !folders.has(name))
      for (const name of fresh) folders.add(name)
      yield [
        ...fresh.map(name => (name === '' ? NAMELESS : folderEntry(name))),
        ...page.objects
          .filter(({ key }) => key !== prefix)
          .map(({ key, stats }) => fileEntry(key.slice(prefix.length), stats)),
      ]
      if (page.next === null) return
      if (tokens.has(page.next)) throw this.#told(invalidReply('the pages of a listing go in circles'), path)
      tokens.add(page.next)
      token = page.next
    }
  }

  /** An object of that name, or else a folder. */
  async lookUp(path: string): Promise<Entry | null> {
    if (path === '/' || this.#above.has(path)) return folderEntry(path)
    const parent = this.#known.get(path.slice(0, path.lastIndexOf('/')) || '/')
    if (parent !== undefined) {
      const name = path.slice(path.lastIndexOf('/') + 1)
      const named = parent.filter(entry => entry.name === name)
      return named.find(entry => entry.kind === 'file') ?? named[0] ?? null
    }
    // who may list below a folder need not be allowed to ask for a key of its name, and the other way round
    const [object, below] = await Promise.allSettled([this.#head(path), this.#hasBelow(path)])
    if (object.status === 'fulfilled' && object.value !== null) return fileEntry(path, object.value)
    if (below.status === 'fulfilled' && below.value) return folderEntry(path)
    // a pattern is looked up as a name first; where that is denied, the walk tells what matters
    const isFailure = (outcome: PromiseSettledResult<unknown>): outcome is PromiseRejectedResult =>
      outcome.status === 'rejected' && !(isS3Kind(outcome.reason, 'denied') && isGlob(path))
    if (isFailure(below)) throw this.#told(below.reason, path)
    if (isFailure(object)) throw s3ErrorOf(object.reason, { op: 'HeadObject', uri: this.uriOf(path) })
    return null
  }

  async #head(path: string): Promise<ObjectStats | null> {
    try {
      return await headObject(this.#calls, path)
    } catch (error) {
      if (isS3Kind(error, 'missing')) return null
      throw error
    }
  }

  async #hasBelow(path: string): Promise<boolean> {
    const page = await this.#ask({ prefix: `${keyOf(path)}/`, max: 1 })
    return page.objects.length > 0
  }

  async #page(path: string, asked: Asked): Promise<ListPage> {
    try {
      return await this.#ask(asked)
    } catch (error) {
      throw this.#told(error, path)
    }
  }

  #ask({ prefix, delimited, after, token, max }: Asked): Promise<ListPage> {
    return this.#calls.attempt(async ({ sdk, client }, abortSignal) => {
      const command = new sdk.ListObjectsV2Command({
        Bucket: this.#calls.bucket,
        Prefix: prefix,
        EncodingType: 'url',
        ...(delimited === true ? { Delimiter: '/' } : {}),
        ...(after === undefined || token !== undefined ? {} : { StartAfter: after }),
        ...(token === undefined ? {} : { ContinuationToken: token }),
        ...(max === undefined ? {} : { MaxKeys: max }),
      })
      return parseListPage(await client.send(command, { abortSignal }), prefix)
    })
  }

  /** Names of a folder from a page of all that is below it; folders that the page has whole are kept for later. */
  #remember(prefix: string, { objects, next }: ListPage): readonly Entry[] {
    const names = new Map<string, Entry[]>([[prefix, []]])
    for (const { key, stats } of objects) {
      if (key === prefix) continue
      for (let slash = prefix.length; ; ) {
        const end = key.indexOf('/', slash)
        const folder = key.slice(0, slash)
        // a key that ends with a slash, or has two in a row, is no name of a file: counted as special
        if (end === slash || end < 0) {
          names
            .get(folder)!
            .push(fileEntry(key.slice(slash), { ...stats, isRegular: end < 0 && stats.isRegular }))
          break
        }
        const inner = key.slice(0, end + 1)
        if (!names.has(inner)) {
          names.get(folder)!.push(folderEntry(key.slice(slash, end)))
          names.set(inner, [])
        }
        slash = end + 1
        if (slash === key.length) break
      }
    }
    const lastKey = objects.at(-1)?.key ?? ''
    for (const [folder, entries] of names) {
      const isWhole = next === null || (folder !== prefix && !lastKey.startsWith(folder))
      if (isWhole) this.#known.set(`/${folder.slice(0, -1)}`, entries)
    }
    return names.get(prefix)!
  }

  #told(error: unknown, path: string): HindcastError {
    return s3ErrorOf(error, { op: 'ListObjectsV2', uri: this.uriOf(path) })
  }

  #tooMany(path: string): HindcastError {
    return new HindcastError(
      'limit-passed',
      `the folder has more names than s3FolderEntriesMax (${LIMITS.s3FolderEntriesMax}) allows`,
      { where: { uri: this.uriOf(path) }, advice: 'Name a narrower prefix.' },
    )
  }
}

/** Rejects with `S3Failure` for what the server refuses. */
export async function headObject(calls: S3Calls, path: string): Promise<ObjectStats> {
  if (path === '/') throw new S3Failure('missing', '', 'a bucket is no object')
  return calls.attempt(async ({ sdk, client }, abortSignal) => {
    const command = new sdk.HeadObjectCommand({ Bucket: calls.bucket, Key: keyOf(path) })
    const { ContentLength, LastModified, ETag } = await client.send(command, { abortSignal })
    return statsOf({ Size: ContentLength, LastModified, ETag, isRegular: true })
  })
}

/** `/a/b/c*` → `/a`, `/a/b`. A name without wildcards is asked for itself. */
function foldersAbove(pattern: string): string[] {
  const parts = pattern.split('/').slice(1, -1)
  const literal = parts.findIndex(part => /[*?[{\\]/.test(part))
  const count = literal < 0 ? parts.length : literal
  return Array.from({ length: count }, (_, i) => `/${parts.slice(0, i + 1).join('/')}`)
}

function folderEntry(name: string): Entry {
  return { name, kind: 'folder', stats: NO_STATS }
}

function fileEntry(name: string, stats: ObjectStats): Entry {
  return { name, kind: 'file', stats }
}
