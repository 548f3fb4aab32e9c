/**
 * Ports of the loopback interface for servers that are stopped and come back on the same port. They lie below the
 * ranges from which systems number outgoing connections (32768 on Linux, 49152 elsewhere): a port of those may be
 * taken by any client while the server is down.
 */
import { createServer } from 'node:net'
import { StackError } from './stack-error.ts'

const FIRST = 12_000
const COUNT = 20_000
const TRIES_MAX = 1_000

/** Port numbers by what listens there. */
export type Ports<Name extends string = string> = Readonly<Record<Name, number>>

/**
 * A port for each name. Those of `previous` are kept where they are free, and where `mayBeBusy` also if not: then
 * it is our own server that listens there.
 */
export async function choosePorts<Name extends string>(
  names: readonly Name[],
  previous: Partial<Ports<Name>> = {},
  mayBeBusy: (name: Name) => boolean = () => false,
): Promise<Ports<Name>> {
  const chosen = new Map<Name, number>()
  for (const name of names) {
    const before = previous[name]
    if (before !== undefined && (mayBeBusy(name) || (await isFree(before)))) chosen.set(name, before)
  }
  const taken = new Set(chosen.values())
  for (const name of names) {
    if (chosen.has(name)) continue
    const port = await unusedPort(taken)
    taken.add(port)
    chosen.set(name, port)
  }
  return Object.fromEntries(chosen) as Ports<Name>
}

async function unusedPort(taken: ReadonlySet<number>): Promise<number> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const port = FIRST + Math.floor(Math.random() * COUNT)
    if (!taken.has(port) && (await isFree(port))) return port
  }
  throw new StackError(
    `no free port found on 127.0.0.1 between ${FIRST} and ${FIRST + COUNT}`,
    'End some of the servers that run on this machine.',
  )
}

/** Whether a server could listen there now. */
export async function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const server = createServer()
    .on('error', () => resolve(false))
    .listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(true))
  const free = await promise
  if (free) await new Promise(closed => server.close(closed))
  return free
}
