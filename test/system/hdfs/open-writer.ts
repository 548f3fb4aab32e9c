/** A file of HDFS that someone is still writing to: created or appended to under its final name, and not closed. */
import { once } from 'node:events'
import { type ClientRequest, request } from 'node:http'
import { waitFor } from '../../harness/index.ts'
import type { HdfsCluster } from '../../stack/index.ts'

export class OpenWriter implements AsyncDisposable {
  readonly #request: ClientRequest
  readonly #closed: Promise<unknown>

  private constructor(asked: ClientRequest) {
    this.#request = asked
    this.#closed = once(asked, 'response')
    this.#closed.catch(() => undefined)
  }

  /** Begins to write, and waits until HDFS says that the file is under construction. */
  static async open(cluster: HdfsCluster, op: 'CREATE' | 'APPEND', path: string): Promise<OpenWriter> {
    const method = op === 'CREATE' ? 'PUT' : 'POST'
    const url = (asked: string): string =>
      `${cluster.nameNode.http}/webhdfs/v1${path}?op=${asked}&user.name=${cluster.user}`
    const redirect = await fetch(`${url(op)}&noredirect=true`, { method })
    const { Location } = (await redirect.json()) as { Location: string }
    const asked = request(Location, { method, headers: { 'transfer-encoding': 'chunked' } })
    const writer = new OpenWriter(asked)
    asked.write(Buffer.alloc(100_000, 7))
    const isOpen = async (): Promise<boolean> => {
      const reply = await fetch(`${url('GET_BLOCK_LOCATIONS')}&offset=0&length=1`)
      const { LocatedBlocks } = (await reply.json()) as { LocatedBlocks?: { isUnderConstruction: boolean } }
      return LocatedBlocks?.isUnderConstruction === true
    }
    await waitFor(isOpen, { what: `${path} to be open`, deadlineMs: 30_000 })
    return writer
  }

  /** Closes the file with what was written. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#request.end()
    await this.#closed
    this.#request.destroy()
  }
}
