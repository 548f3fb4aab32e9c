/**
 * A NameNode of our own that lies: it has one folder, `/data`, with one file, and answers single operations as a test
 * wants. (A real one does none of that.)
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What is in tokens and queries of its replies, and must be in nothing that a user sees. */
export const SECRET = 'dG9wLXNlY3JldC10b2tlbg'

/** Answers an operation instead of the honest server. */
export type Lie = (answer: ServerResponse, asked: URL, server: HostileNameNode) => void

const FILE = {
  type: 'FILE',
  length: 100_000,
  modificationTime: 1,
  fileId: 7,
  blockSize: 2 ** 20,
  replication: 1,
}
const FOLDER = { ...FILE, type: 'DIRECTORY', length: 0, fileId: 6 }

const NO_FILE = { RemoteException: { exception: 'FileNotFoundException', message: 'File does not exist' } }

export class HostileNameNode implements AsyncDisposable {
  /** Operations that were asked for. */
  readonly asked: string[] = []
  readonly #lies: Readonly<Record<string, Lie>>
  readonly #server: Server

  private constructor(lies: Readonly<Record<string, Lie>>) {
    this.#lies = lies
    this.#server = createServer((asked, answer) => this.#answer(asked, answer))
  }

  /** `lies` by operation. */
  static async start(lies: Readonly<Record<string, Lie>>): Promise<HostileNameNode> {
    const hostile = new HostileNameNode(lies)
    hostile.#server.listen(0, '127.0.0.1')
    await once(hostile.#server, 'listening')
    return hostile
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #answer(asked: IncomingMessage, answer: ServerResponse): void {
    const url = new URL(asked.url ?? '', `http://${this.address}`)
    const op = url.searchParams.get('op') ?? ''
    this.asked.push(op)
    const lie = this.#lies[op]
    if (lie !== undefined) lie(answer, url, this)
    else if (url.pathname.includes('*')) sendJson(answer, NO_FILE, 404)
    else sendJson(answer, honest(op, url.pathname))
  }
}

function honest(op: string, path: string): object {
  switch (op) {
    case 'GETFILESTATUS':
      return { FileStatus: { pathSuffix: '', ...(path.endsWith('/data') ? FOLDER : FILE) } }
    case 'LISTSTATUS_BATCH':
      return pageOf(['part-0.parquet'], 0)
    default:
      return { LocatedBlocks: { isUnderConstruction: false, locatedBlocks: [] } }
  }
}

/** A page of a listing. */
export function pageOf(names: readonly string[], remainingEntries: number): object {
  const FileStatus = names.map((pathSuffix, i) => ({ ...FILE, pathSuffix, fileId: FILE.fileId + i }))
  return { DirectoryListing: { partialListing: { FileStatuses: { FileStatus } }, remainingEntries } }
}

export function sendJson(answer: ServerResponse, body: object, status = 200): void {
  answer.writeHead(status, { 'content-type': 'application/json' })
  answer.end(JSON.stringify(body))
}

/** Redirects to another place: with the path and operation that were asked for, and a token. */
export function redirectTo(origin: string | ((server: HostileNameNode) => string)): Lie {
  return (answer, asked, server) => {
    const place = typeof origin === 'string' ? origin : origin(server)
    const query = `op=OPEN&delegation=${SECRET}&namenoderpcaddress=nn:8020&offset=0`
    answer.writeHead(307, { location: `${place}${asked.pathname}?${query}` })
    answer.end()
  }
}
