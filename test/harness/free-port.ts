/**
 * A TCP port of the loopback interface that nobody listens on. It may be taken between this call and its use, so
 * a server under test should rather listen on port 0 and say where; this is for those that cannot.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
