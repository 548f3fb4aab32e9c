/**
 * A TCP proxy between a client and a real server that does what networks and dying machines do to replies: each
 * connection gets its own fault. What the client sends is passed on as it is. Bytes of a reply are counted from its
 * first, the head of an HTTP reply included.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

export type Fault =
  /** The connection ends after so many bytes. */
  | { readonly kind: 'cut'; readonly at: number }
  /** Nothing comes any more after so many bytes; the connection stays. */
  | { readonly kind: 'hang'; readonly at: number }
  /** One byte at a time after so many bytes. */
  | { readonly kind: 'drip'; readonly at: number; readonly everyMs: number }
  /** The bits of one byte are turned over. */
  | { readonly kind: 'flip'; readonly at: number }
  /** A text of the same or another length instead of another; it has to come in one piece, as heads do. */
  | { readonly kind: 'edit'; readonly from: RegExp; readonly to: string }
  /** The proxy answers itself and ends the connection. */
  | { readonly kind: 'answer'; readonly text: string }

/** What happens to a connection, by its number from 0; null: nothing. */
export type FaultPlan = (connection: number) => Fault | null

export class FaultProxy implements AsyncDisposable {
  /** May be changed at any time; counts for connections made afterwards. */
  plan: FaultPlan = () => null
  /** Connections so far. */
  connections = 0
  readonly #target: { readonly host: string; readonly port: number }
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target
    this.#server = createServer(client => this.#join(client))
  }

  static async start(target: { readonly host: string; readonly port: number }): Promise<FaultProxy> {
    const proxy = new FaultProxy(target)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(client: Socket): void {
    const fault = this.plan(this.connections++)
    this.#keep(client)
    if (fault?.kind === 'answer') {
      client.once('data', () => client.end(fault.text))
      return
    }
    const server = connect(this.#target)
    this.#keep(server)
    client.pipe(server)
    const reply = new FaultyReply(fault, client)
    server.on('data', (bytes: Buffer) => {
      if (!reply.pass(bytes)) server.pause()
    })
    client.on('drain', () => server.resume())
    server.on('end', () => reply.end())
    client.on('close', () => server.destroy())
    server.on('close', hadError => {
      if (hadError) client.destroy()
    })
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    // either side may go at any time: that is what this is for
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
  }
}

/** The bytes of one connection on their way to the client. */
class FaultyReply {
  readonly #fault: Exclude<Fault, { kind: 'answer' }> | null
  readonly #client: Socket
  #passed = 0
  #edited = false
  #dripping: Buffer[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(fault: Exclude<Fault, { kind: 'answer' }> | null, client: Socket) {
    this.#fault = fault
    this.#client = client
    client.on('close', () => clearInterval(this.#timer))
  }

  /** False where the client is slow: no more until it has drained. */
  pass(bytes: Buffer): boolean {
    const fault = this.#fault
    const from = this.#passed
    this.#passed += bytes.length
    if (fault === null) return this.#client.write(bytes)
    if (fault.kind === 'edit') return this.#client.write(this.#edit(bytes, fault))
    const at = fault.at - from
    if (fault.kind === 'flip') {
      if (at >= 0 && at < bytes.length) bytes[at]! ^= 0xff
      return this.#client.write(bytes)
    }
    if (this.#client.writableEnded) return true
    if (at >= bytes.length) return this.#client.write(bytes)
    if (at > 0) this.#client.write(bytes.subarray(0, at))
    const rest = bytes.subarray(Math.max(0, at))
    if (fault.kind === 'cut' && !this.#client.writableEnded) this.#client.destroySoon()
    if (fault.kind === 'drip') this.#drip(rest, fault.everyMs)
    return true
  }

  end(): void {
    if (this.#fault?.kind !== 'drip' && this.#fault?.kind !== 'hang') this.#client.end()
  }

  #edit(bytes: Buffer, { from, to }: { readonly from: RegExp; readonly to: string }): Buffer {
    if (this.#edited) return bytes
    this.#edited = true
    return Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1')
  }

  #drip(bytes: Buffer, everyMs: number): void {
    this.#dripping.push(bytes)
    this.#timer ??= setInterval(() => {
      const [first] = this.#dripping
      if (first === undefined || first.length === 0) this.#dripping.shift()
      else {
        this.#client.write(first.subarray(0, 1))
        this.#dripping[0] = first.subarray(1)
      }
    }, everyMs)
  }
}
