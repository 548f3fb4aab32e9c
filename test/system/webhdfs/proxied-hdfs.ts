/**
 * A real HDFS whose DataNodes are reached through fault proxies: a proxy before the NameNode changes the addresses in
 * its replies, so that the client knows of nothing else.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { FaultProxy } from '../../harness/fault-proxy.ts'
import type { HdfsCluster } from '../../stack/index.ts'

export class ProxiedHdfs implements AsyncDisposable {
  /** One before each DataNode, in their order. */
  readonly dataNodes: readonly FaultProxy[]
  /** Operations that the NameNode was asked for. */
  readonly asked: URLSearchParams[] = []
  readonly #ports: ReadonlyMap<string, number>
  readonly #nameNode: URL
  readonly #server: Server

  private constructor(cluster: HdfsCluster, proxies: readonly FaultProxy[]) {
    this.dataNodes = proxies
    this.#nameNode = new URL(cluster.nameNode.http)
    this.#ports = new Map(cluster.dataNodes.map(({ http }, i) => [new URL(http).port, proxies[i]!.port]))
    this.#server = createServer((asked, answer) => this.#forward(asked, answer))
  }

  static async start(cluster: HdfsCluster): Promise<ProxiedHdfs> {
    const proxies = await Promise.all(
      cluster.dataNodes.map(({ http }) => {
        const { hostname: host, port } = new URL(http)
        return FaultProxy.start({ host, port: Number(port) })
      }),
    )
    const proxied = new ProxiedHdfs(cluster, proxies)
    proxied.#server.listen(0, '127.0.0.1')
    await once(proxied.#server, 'listening')
    return proxied
  }

  /** Of the NameNode, as the client is to know it. */
  get http(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
    for (const proxy of this.dataNodes) await proxy[Symbol.asyncDispose]()
  }

  #forward(asked: IncomingMessage, answer: ServerResponse): void {
    this.asked.push(new URL(asked.url ?? '', 'http://x').searchParams)
    const { hostname, port } = this.#nameNode
    const onward = request({ host: hostname, port, path: asked.url, method: asked.method, agent: false })
    onward.on('error', () => answer.destroy())
    onward.on('response', async reply => {
      const chunks: Buffer[] = []
      for await (const chunk of reply) chunks.push(chunk as Buffer)
      const body = this.#translated(Buffer.concat(chunks).toString('utf8'))
      const { location, 'content-type': type } = reply.headers
      answer.writeHead(reply.statusCode ?? 500, {
        ...(location === undefined ? {} : { location: this.#translated(location) }),
        ...(type === undefined ? {} : { 'content-type': type }),
      })
      answer.end(body)
    })
    onward.end()
  }

  #translated(text: string): string {
    return text.replace(/(127\.0\.0\.1:|"infoPort":)(\d+)/g, (whole, before: string, port: string) => {
      const other = this.#ports.get(port)
      return other === undefined ? whole : `${before}${other}`
    })
  }
}
