/**
 * Writes an object: it is there whole or not at all, because S3 shows nothing of an upload before its end. What fits
 * into one part is one request; more goes in parts, each of which waits in memory until the server has it, so that a
 * try that fails can be made again whatever the chunks come from.
 *
 *     chunks ─► part ─► … ─► PutObject                                              one part
 *                      └──► CreateMultipartUpload ─► UploadPart … ─► Complete       more; Abort if anything fails
 *
 * Each request carries the MD5 of its bytes, which the server checks.
 */

import { createHash } from 'node:crypto'
import { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import type { ObjectStats } from './list-page.ts'
import type { S3Calls } from './s3-calls.ts'
import { isS3Kind, s3ErrorOf } from './s3-failure.ts'
import { headObject } from './s3-tree.ts'
import { keyOf } from './s3-uri.ts'

export interface WrittenObject {
  readonly path: string
  /** False: raises `file-exists` where there is one. */
  readonly overwrite: boolean
}

/** Writes all chunks. Rejects with a HindcastError, or with what the chunks did; nothing is left then. */
export async function putObject(
  calls: S3Calls,
  object: WrittenObject,
  chunks: AsyncIterable<Uint8Array>,
): Promise<ObjectStats> {
  const parts = partsOf(chunks, calls.options.partBytes ?? LIMITS.s3PartBytes)
  const bytes = await putAll(calls, object, parts).finally(() => parts.return(undefined))
  const written = await calls.call('HeadObject', object.path, () => headObject(calls, object.path))
  if (written.bytes === bytes) return written
  const uri = calls.uriOf(object.path)
  throw new HindcastError('remote-failed', `${uri}: ${bytes} bytes were sent, ${written.bytes} are in S3`, {
    where: { uri },
    advice: 'Check that nobody else writes there, and run the same command again.',
  })
}

/** How many bytes there were. */
async function putAll(
  calls: S3Calls,
  object: WrittenObject,
  parts: AsyncGenerator<Uint8Array, undefined>,
): Promise<number> {
  const first = await parts.next()
  if (first.done) return putWhole(calls, object, new Uint8Array())
  const second = await parts.next()
  if (second.done) return putWhole(calls, object, first.value)
  return putParts(calls, object, resumed([first.value, second.value], parts))
}

async function putWhole(
  calls: S3Calls,
  { path, overwrite }: WrittenObject,
  body: Uint8Array,
): Promise<number> {
  const digest = createHash('md5').update(body).digest()
  let sent = 0
  try {
    await calls.attempt(({ sdk, client }, abortSignal) => {
      sent++
      const command = new sdk.PutObjectCommand({
        Bucket: calls.bucket,
        Key: keyOf(path),
        Body: body,
        ContentLength: body.length,
        ContentMD5: digest.toString('base64'),
        ...(overwrite ? {} : { IfNoneMatch: '*' }),
      })
      return client.send(command, { abortSignal })
    })
  } catch (error) {
    // a try whose answer was lost has written it: the next finds it there
    const isOwn = sent > 1 && isS3Kind(error, 'precondition') && (await hasEtag(calls, path, digest))
    if (!isOwn) throw told(calls, 'PutObject', path, error)
  }
  return body.length
}

async function hasEtag(calls: S3Calls, path: string, digest: Buffer): Promise<boolean> {
  const there = await headObject(calls, path).catch(() => null)
  // some servers write it in capitals
  return there?.etag.toLowerCase() === `"${digest.toString('hex')}"`
}

async function putParts(
  calls: S3Calls,
  { path, overwrite }: WrittenObject,
  parts: AsyncIterable<Uint8Array>,
): Promise<number> {
  const target = { Bucket: calls.bucket, Key: keyOf(path) }
  const { UploadId } = await calls.call('CreateMultipartUpload', path, ({ sdk, client }, abortSignal) =>
    client.send(new sdk.CreateMultipartUploadCommand(target), { abortSignal }),
  )
  try {
    const done: { readonly PartNumber: number; readonly ETag: string | undefined }[] = []
    const digests = createHash('md5')
    let bytes = 0
    for await (const part of parts) {
      const PartNumber = done.length + 1
      if (PartNumber > LIMITS.s3PartsMax) throw tooManyParts(calls.uriOf(path))
      const digest = createHash('md5').update(part).digest()
      const ContentMD5 = digest.toString('base64')
      const { ETag } = await calls.call('UploadPart', path, ({ sdk, client }, abortSignal) => {
        const sent = { ...target, UploadId, PartNumber, Body: part, ContentLength: part.length, ContentMD5 }
        return client.send(new sdk.UploadPartCommand(sent), { abortSignal })
      })
      done.push({ PartNumber, ETag })
      digests.update(digest)
      bytes += part.length
    }
    const etag = `"${digests.digest('hex')}-${done.length}"`
    await complete(calls, path, { target, UploadId, done, overwrite, bytes, etag })
    return bytes
  } catch (error) {
    // the failure is what counts; parts that stay are shown by no listing, and a rule of the bucket removes them
    await calls
      .attempt(({ sdk, client }, abortSignal) =>
        client.send(new sdk.AbortMultipartUploadCommand({ ...target, UploadId }), { abortSignal }),
      )
      .catch(() => undefined)
    throw error
  }
}

interface Completion {
  readonly target: { readonly Bucket: string; readonly Key: string }
  readonly UploadId: string | undefined
  readonly done: readonly { readonly PartNumber: number; readonly ETag: string | undefined }[]
  readonly overwrite: boolean
  readonly bytes: number
  /** What S3 makes of the MD5s of the parts. */
  readonly etag: string
}

async function complete(
  calls: S3Calls,
  path: string,
  { target, UploadId, done, overwrite, bytes, etag }: Completion,
): Promise<void> {
  let sent = 0
  try {
    await calls.attempt(({ sdk, client }, abortSignal) => {
      sent++
      const command = new sdk.CompleteMultipartUploadCommand({
        ...target,
        UploadId,
        MultipartUpload: { Parts: [...done] },
        ...(overwrite ? {} : { IfNoneMatch: '*' }),
      })
      return client.send(command, { abortSignal })
    })
  } catch (error) {
    // a try whose answer was lost has made the object: the upload is gone then, and the object there
    if (sent > 1 && isS3Kind(error, 'no-upload', 'precondition')) {
      const there = await headObject(calls, path).catch(() => null)
      const isGone = isS3Kind(error, 'no-upload')
      if (there?.bytes === bytes && (isGone || there.etag.toLowerCase() === etag)) return
    }
    throw told(calls, 'CompleteMultipartUpload', path, error)
  }
}

function told(calls: S3Calls, op: string, path: string, error: unknown): HindcastError {
  const uri = calls.uriOf(path)
  if (isS3Kind(error, 'precondition')) return existsError(uri)
  return s3ErrorOf(error, { op, uri })
}

export function existsError(uri: string): HindcastError {
  return new HindcastError('file-exists', `cannot write ${uri}: there is one already`, {
    where: { uri },
    advice: 'Take another name, or ask for it to be overwritten.',
  })
}

function tooManyParts(uri: string): HindcastError {
  return new HindcastError(
    'limit-passed',
    `${uri} would have more parts than s3PartsMax (${LIMITS.s3PartsMax})`,
    {
      where: { uri },
      advice: 'Write shorter slices (`output: { slice }`).',
    },
  )
}

/** Stretches of the same length, the last one shorter; each has memory of its own. */
async function* partsOf(
  chunks: AsyncIterable<Uint8Array>,
  partBytes: number,
): AsyncGenerator<Uint8Array, undefined> {
  let gathered: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; ) {
      const taken = chunk.subarray(from, from + partBytes - bytes)
      gathered.push(taken)
      bytes += taken.length
      from += taken.length
      if (bytes < partBytes) continue
      yield joined(gathered, bytes)
      gathered = []
      bytes = 0
    }
  }
  if (bytes > 0) yield joined(gathered, bytes)
  return undefined
}

function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

async function* resumed(
  first: readonly Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* first
  yield* rest
}
