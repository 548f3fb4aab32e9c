/**
 * The sockets that kafkajs gets: ours, so that what holds for every connection to a broker holds for its too.
 *
 * Invariant: no host is connected to that the job does not allow, and no link-local address; certificates are always
 * checked. When it is closed, no socket is left open, whatever kafkajs waits for.
 */

import type { Socket } from 'node:net'
import type { ISocketFactory } from 'kafkajs'
import { HindcastError } from '../../errors.ts'
import {
  type AllowedHosts,
  type BrokerAddress,
  brokerText,
  openSocket,
  socketFailure,
  type TlsSettings,
} from '../kafka/index.ts'

export class GuardedSockets {
  readonly #allowed: AllowedHosts
  readonly #tls: TlsSettings | null
  readonly #open = new Set<Socket>()
  /** Why brokers cannot be connected to, where another try would be no use. */
  readonly #denied = new Map<string, HindcastError>()
  #isClosed = false

  constructor(allowed: AllowedHosts, tls: TlsSettings | null) {
    this.#allowed = allowed
    this.#tls = tls
  }

  /** For the options of kafkajs. */
  readonly factory: ISocketFactory = ({ host, port, onConnect }) => {
    const address = { host, port }
    try {
      return this.#connect(address, onConnect)
    } catch (error) {
      this.#deny(address, error)
      throw error
    }
  }

  /** Why a broker, `host:port`, is not connected to and never will be; null: nothing is known. */
  denial(broker: string | undefined): HindcastError | null {
    return (broker === undefined ? undefined : this.#denied.get(broker)) ?? null
  }

  /** Ends all of them at once; kafkajs hears of it as of any other loss. */
  async close(): Promise<void> {
    this.#isClosed = true
    const closed = [...this.#open].map(socket => new Promise(resolve => socket.once('close', resolve)))
    for (const socket of this.#open) socket.destroy(new Error('the source was closed'))
    await Promise.all(closed)
  }

  #connect(address: BrokerAddress, onConnect: () => void): Socket {
    // kafkajs may be about to try again.
    if (this.#isClosed) throw new HindcastError('remote-failed', 'the source was closed')
    this.#allowed.check(address)
    const socket = openSocket(address, this.#tls)
    socket.setKeepAlive(true)
    socket.setNoDelay(true)
    // Whenever kafkajs ends one that is gone already, it leaves a listener, and Node would warn of so many.
    socket.setMaxListeners(0)
    this.#open.add(socket)
    socket.once('close', () => this.#open.delete(socket))
    socket.once(this.#tls === null ? 'connect' : 'secureConnect', () => {
      this.#denied.delete(keyOf(address))
      onConnect()
    })
    // kafkajs listens too, and tells of an error without its code.
    socket.on('error', error => this.#deny(address, socketFailure(error, brokerText(address))))
    return socket
  }

  #deny(address: BrokerAddress, error: unknown): void {
    if (error instanceof HindcastError && error.kind !== 'transient') this.#denied.set(keyOf(address), error)
  }
}

/** As kafkajs writes it. */
function keyOf({ host, port }: BrokerAddress): string {
  return `${host}:${port}`
}
