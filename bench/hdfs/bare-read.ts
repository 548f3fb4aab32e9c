/**
 * What WebHDFS itself can do here: the ranges that Hindcast's client asks for, over bare sockets, with every byte thrown
 * away as it comes. No client can be faster than that on this machine.
 */
import { connect } from 'node:net'
import type { HdfsCluster } from '../../test/stack/index.ts'

const HEAD_END = '\r\n\r\n'

/** Reads `bytes` bytes of the file in as many ranges as are in flight; resolves with the seconds that took. */
export async function readBare(
  cluster: HdfsCluster,
  {
    path,
    bytes,
    rangesAtOnce,
  }: { readonly path: string; readonly bytes: number; readonly rangesAtOnce: number },
): Promise<number> {
  const started = performance.now()
  const length = Math.ceil(bytes / rangesAtOnce)
  const offsets = Array.from({ length: rangesAtOnce }, (_, i) => i * length)
  const counts = await Promise.all(
    offsets.map(async offset =>
      discard(await placeOf(cluster, path, offset, Math.min(length, bytes - offset))),
    ),
  )
  const came = counts.reduce((sum, count) => sum + count, 0)
  if (came !== bytes) throw new Error(`${came} bytes came of ${path}, which has ${bytes}`)
  return (performance.now() - started) / 1000
}

/** Where the NameNode sends a reader of the range. */
async function placeOf(cluster: HdfsCluster, path: string, offset: number, length: number): Promise<URL> {
  const query = new URLSearchParams({ op: 'OPEN', offset: String(offset), length: String(length) })
  const reply = await fetch(`${cluster.nameNodes[0]!.http}/webhdfs/v1${path}?${query}`, {
    redirect: 'manual',
  })
  await reply.body?.cancel()
  const location = reply.headers.get('location')
  if (reply.status !== 307 || location === null) throw new Error(`OPEN answered ${reply.status}`)
  return new URL(location)
}

/** Bytes of the body that the DataNode sent before it closed the connection. */
function discard(place: URL): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const socket = connect(Number(place.port), place.hostname)
  let head = ''
  let body = 0
  socket.on('data', chunk => {
    if (head.endsWith(HEAD_END)) {
      body += chunk.length
      return
    }
    const text = head + chunk.toString('latin1')
    const end = text.indexOf(HEAD_END)
    head = end < 0 ? text : text.slice(0, end + HEAD_END.length)
    if (end >= 0) body = text.length - head.length
  })
  socket.on('error', reject)
  socket.on('end', () => {
    if (head.startsWith('HTTP/1.1 200')) resolve(body)
    else reject(new Error(`a DataNode answered ${head.split('\r\n')[0]}`))
  })
  socket.write(
    `GET ${place.pathname}${place.search} HTTP/1.1\r\nHost: ${place.host}\r\nConnection: close\r\n\r\n`,
  )
  return promise
}
