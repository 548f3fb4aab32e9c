/** GETFILECHECKSUM: the NameNode sends the client to a DataNode, which asks all others for theirs. */

import type { Tries } from '../remote/backoff.ts'
import { TextTaker } from './body-takers.ts'
import { encodedPath } from './hdfs-path.ts'
import { exchange } from './http-exchange.ts'
import type { Call } from './name-nodes.ts'
import type { FetchContext } from './range-fetch.ts'
import { mayPass, RemoteError, typedError } from './remote-error.ts'
import { remoteFailure } from './remote-failure.ts'
import { parseChecksum } from './replies.ts'
import { originOf } from './webhdfs-uri.ts'

/** `algorithm:bytes`. Rejects with a HindcastError. */
export async function fileChecksum(context: FetchContext, path: string): Promise<string> {
  const { nameNodes } = context
  const call: Call = { method: 'GET', op: 'GETFILECHECKSUM', path }
  const tries = nameNodes.newTries()
  while (true) {
    try {
      return parseChecksum(await checksumReply(context, call, tries))
    } catch (error) {
      if (mayPass(error) && (await tries.next())) continue
      throw typedError(error, { op: call.op, uri: nameNodes.uriOf(path) })
    }
  }
}

async function checksumReply(context: FetchContext, call: Call, tries: Tries): Promise<unknown> {
  const { agent, nameNodes, signal } = context
  const directions = await nameNodes.askOrRedirect(call, tries)
  if (directions.isHere) return directions.body
  const taker = new TextTaker()
  const { server, query } = directions.to
  const { status } = await exchange(agent, {
    origin: originOf(nameNodes.options.scheme, server),
    path: `/webhdfs/v1${encodedPath(call.path)}?${query}`,
    method: 'GET',
    attemptMs: tries.attemptMs,
    signal,
    taker,
  })
  if (status === 200) return taker.json()
  throw new RemoteError(remoteFailure(status, taker.text))
}
