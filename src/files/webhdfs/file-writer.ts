/**
 * Writes a file of HDFS whole or not at all: under a temporary name, its length checked, then renamed. A write that
 * is cut leaves a closed file that looks like any other (measured), so the final name is never written to.
 *
 *     CREATE .NAME.<uuid>.tmp ──307──► DataNode: bytes ──201──► length? ──► RENAME
 *
 * Bytes go over node:http: DataNodes send `100 Continue` unasked, upon which undici ends the connection.
 */

import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import type { Tries } from '../remote/backoff.ts'
import { TextTaker } from './body-takers.ts'
import { encodedPath, splitPath } from './hdfs-path.ts'
import { ConnectionFailure, connectionOptions, failureOf } from './http-exchange.ts'
import type { Call, NameNodes } from './name-nodes.ts'
import { mayPass, RemoteError, typedError } from './remote-error.ts'
import { remoteFailure } from './remote-failure.ts'
import { invalid } from './replies.ts'
import type { HostPort } from './webhdfs-uri.ts'

/** Temporary name in the same folder, hidden from listings. */
export function temporaryPath(path: string): string {
  const { folder, name } = splitPath(path)
  // a name has at most 255 bytes
  return `${folder === '/' ? '' : folder}/.${[...name].slice(0, 40).join('')}.${randomUUID()}.tmp`
}

/** Bytes of a file: once, or as often as they are asked for, so that a write that fails can be made again. */
export type Chunks = AsyncIterable<Uint8Array> | (() => AsyncIterable<Uint8Array>)

/**
 * Writes all chunks to a new file at `path`, which must be a temporary name; how many bytes there were. Tried again
 * for the time of one call after the first failure, unless chunks were taken that cannot be had again. Rejects with a
 * HindcastError, or with what the chunks did.
 */
export async function putFile(
  nameNodes: NameNodes,
  signal: AbortSignal,
  path: string,
  chunks: Chunks,
): Promise<number> {
  // a try before may have left a part
  const call: Call = { method: 'PUT', op: 'CREATE', path, query: { overwrite: 'true' } }
  let tries: Tries | null = null
  while (true) {
    try {
      const { server, target } = await placeOf(nameNodes, call)
      const request = await connected(nameNodes, signal, server, target)
      return await send(request, typeof chunks === 'function' ? chunks() : chunks, signal)
    } catch (error) {
      signal.throwIfAborted()
      const reason = error instanceof TakenError ? error.reason : error
      const canAgain = typeof chunks === 'function' || !(error instanceof TakenError)
      tries ??= nameNodes.newTries()
      if (mayPass(reason) && canAgain && (await tries.next())) continue
      if (!isOfServer(reason)) throw reason
      throw typedError(reason, { op: 'CREATE', uri: nameNodes.uriOf(path) })
    }
  }
}

/** A failure after bytes were taken: they cannot be had again. */
class TakenError extends Error {
  readonly reason: unknown

  constructor(reason: unknown) {
    super('failed while writing')
    this.reason = reason
  }
}

/** Other errors are those of whoever makes the chunks. */
function isOfServer(reason: unknown): boolean {
  return (
    reason instanceof RemoteError || reason instanceof ConnectionFailure || reason instanceof HindcastError
  )
}

async function placeOf(nameNodes: NameNodes, call: Call): Promise<{ server: HostPort; target: string }> {
  const directions = await nameNodes.askOrRedirect(call, nameNodes.newTries())
  // what answers CREATE without a redirect has created an empty file and thrown the bytes away
  if (directions.isHere) throw invalid('CREATE is not redirected')
  const { server, query } = directions.to
  return { server, target: `/webhdfs/v1${encodedPath(call.path)}?${query}` }
}

/** A request to a server that is there: only then are bytes taken from the caller. */
async function connected(
  { options }: NameNodes,
  signal: AbortSignal,
  { host, port }: HostPort,
  target: string,
): Promise<ClientRequest> {
  const isTls = options.scheme === 'swebhdfs'
  const asked: RequestOptions = {
    host: host.replace(/^\[|\]$/g, ''),
    port,
    path: target,
    method: 'PUT',
    agent: false,
    headers: { 'content-type': 'application/octet-stream', 'transfer-encoding': 'chunked' },
    ...connectionOptions(options.ca),
    signal,
  }
  const request = isTls ? httpsRequest(asked) : httpRequest(asked)
  // whoever waits is told by its own listener; one that nobody listens to would end the process
  request.on('error', () => undefined)
  const timer = setTimeout(
    () => request.destroy(new ConnectionFailure('cannot connect in time')),
    LIMITS.webHdfsConnectMs,
  )
  try {
    const [socket] = await once(request, 'socket')
    await once(socket, isTls ? 'secureConnect' : 'connect')
    return request
  } catch (error) {
    request.destroy()
    throw failureOf(error as Error)
  } finally {
    clearTimeout(timer)
  }
}

async function send(
  request: ClientRequest,
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<number> {
  const answer = answerOf(request)
  let bytes = 0
  try {
    bytes = await sendAll(request, chunks, answer, signal)
    request.end()
    await inTime(request, answer)
    return bytes
  } catch (error) {
    // what the DataNode has begun it finishes first: a file that is removed before it is made would come back
    if (!isOfServer(error) && !request.destroyed) await inTime(request.end(), answer).catch(() => undefined)
    throw new TakenError(error)
  } finally {
    request.destroy()
  }
}

async function sendAll(
  request: ClientRequest,
  chunks: AsyncIterable<Uint8Array>,
  answer: Promise<void>,
  signal: AbortSignal,
): Promise<number> {
  let isOver = false
  const over = (): void => {
    isOver = true
  }
  const early = answer.then(over, over)
  let bytes = 0
  for await (const chunk of chunks) {
    signal.throwIfAborted()
    // a refusal comes before the last chunk: the answer says why
    if (isOver) break
    bytes += chunk.length
    if (chunk.length > 0 && !request.write(chunk))
      await inTime(request, Promise.race([drained(request), early]))
  }
  return bytes
}

async function drained(request: ClientRequest): Promise<void> {
  try {
    await once(request, 'drain')
  } catch (error) {
    throw failureOf(error as Error)
  }
}

/** The server's silence counts only while it is the one who has to act: whoever makes the bytes may take his time. */
async function inTime(request: ClientRequest, step: Promise<void>): Promise<void> {
  const limitMs = LIMITS.webHdfsWriteSilenceMs
  const timer = setTimeout(
    () => request.destroy(new ConnectionFailure(`the server did not go on within ${limitMs} ms`)),
    limitMs,
  )
  try {
    await step
  } finally {
    clearTimeout(timer)
  }
}

/** The answer to the whole write: 201 (CREATE). */
function answerOf(request: ClientRequest): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  request.on('error', error => reject(failureOf(error)))
  request.on('response', (response: IncomingMessage) => {
    const status = response.statusCode ?? 0
    const taker = new TextTaker()
    response.on('data', (chunk: Uint8Array) => {
      if (!taker.take(chunk)) response.destroy()
    })
    response.on('error', error => reject(failureOf(error)))
    response.on('close', () =>
      status === 200 || status === 201
        ? resolve()
        : reject(new RemoteError(remoteFailure(status, taker.text))),
    )
  })
  return promise
}
