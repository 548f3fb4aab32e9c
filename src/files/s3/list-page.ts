/**
 * One page of ListObjectsV2 as names of a folder. S3 has no folders: a key is a text, and what lies between two
 * slashes of it counts as a folder's name here. No I/O.
 *
 * Source: ListObjectsV2 of the Amazon S3 API reference. Keys are asked for URL-encoded (a form's way: `+` is a
 * space), since XML cannot carry all characters that a key may have.
 */

import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3'
import { HindcastError } from '../../errors.ts'

/** What a listing or a HEAD tells of an object. */
export interface ObjectStats {
  readonly bytes: number
  readonly mtimeMs: number
  /** Identifies the content; quoted as S3 gives it. */
  readonly etag: string
  /** False for a key that ends with `/`: a folder's marker, or one with an empty name. */
  readonly isRegular: boolean
}

export interface ListedObject {
  readonly key: string
  readonly stats: ObjectStats
}

export interface ListPage {
  readonly objects: readonly ListedObject[]
  /** What a delimiter has folded, each with its `/` at the end. */
  readonly folders: readonly string[]
  /** Token of the next page; null for the last one. */
  readonly next: string | null
}

/** Raises `reply-invalid` for a page that no server of S3 sends to who asked for `prefix`. */
export function parseListPage(reply: ListObjectsV2CommandOutput, prefix: string): ListPage {
  const isEncoded = reply.EncodingType === 'url'
  const decoded = (text: string | undefined): string => {
    if (text === undefined) throw invalidReply('a listing has an object without a key')
    const key = isEncoded ? decodedKey(text) : text
    if (!key.startsWith(prefix)) throw invalidReply('a listing has a key that was not asked for')
    return key
  }
  const next = reply.IsTruncated === true ? reply.NextContinuationToken : null
  if (next === undefined || next === '') throw invalidReply('a listing goes on, but does not say where')
  return {
    objects: (reply.Contents ?? []).map(object => {
      const key = decoded(object.Key)
      return { key, stats: statsOf({ ...object, isRegular: !key.endsWith('/') }) }
    }),
    folders: (reply.CommonPrefixes ?? []).map(({ Prefix }) => decoded(Prefix)),
    next,
  }
}

interface Told {
  readonly Size?: number | undefined
  readonly LastModified?: Date | undefined
  readonly ETag?: string | undefined
  readonly isRegular: boolean
}

/** Times are cut to the second: HEAD has no more, and listings of some servers do. Raises `reply-invalid`. */
export function statsOf({ Size, LastModified, ETag, isRegular }: Told): ObjectStats {
  const mtimeMs = LastModified?.getTime()
  if (Size === undefined || !Number.isSafeInteger(Size) || Size < 0)
    throw invalidReply('an object has no size')
  if (mtimeMs === undefined || !Number.isFinite(mtimeMs)) throw invalidReply('an object has no time')
  if (ETag === undefined || ETag === '')
    throw invalidReply('an object has no ETag, so that it cannot be pinned')
  return { bytes: Size, mtimeMs: Math.floor(mtimeMs / 1000) * 1000, etag: quoted(ETag), isRegular }
}

/** `abc` → `"abc"`: some servers leave the quotes out in listings. */
function quoted(etag: string): string {
  return /^(W\/)?"/.test(etag) ? etag : `"${etag}"`
}

function decodedKey(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw invalidReply('a listing has a key that is not URL-encoded UTF-8')
  }
}

export function invalidReply(why: string): HindcastError {
  return new HindcastError('reply-invalid', `the server answered what S3 does not: ${why}`, {
    advice: 'Check `endpoint:`, and what of S3 the server speaks.',
  })
}
