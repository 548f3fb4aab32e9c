/**
 * DataNodes that have just failed: the NameNode goes on sending clients to a dead one until it has missed its
 * heartbeats, 10.5 minutes by default. For a while they are left out where there is another.
 */

import type { Replica } from './replies.ts'
import type { HostPort } from './webhdfs-uri.ts'
import { hostPortText } from './webhdfs-uri.ts'

const SUSPECT_MS = 60_000
/** More are not remembered: the NameNode gets their names in each query. */
const SUSPECTS_MAX = 32

export class SuspectNodes {
  readonly #clock: () => number
  /** By `host:port` of HTTP; the value is what `excludedatanodes` calls it, if that is known. */
  readonly #suspects = new Map<string, { readonly until: number; readonly transfer: string | null }>()

  /** `clock` gives milliseconds. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock
  }

  /** `replicas` are those of what was being read: one of them is this server. */
  add(server: HostPort, replicas: readonly Replica[]): void {
    const replica = replicas.find(
      ({ hosts, httpPorts }) => hosts.includes(server.host) && httpPorts.includes(server.port),
    )
    const name = hostPortText(server)
    this.#suspects.delete(name)
    this.#suspects.set(name, { until: this.#clock() + SUSPECT_MS, transfer: replica?.transfer ?? null })
    if (this.#suspects.size > SUSPECTS_MAX) this.#suspects.delete(this.#suspects.keys().next().value!)
  }

  has(server: HostPort): boolean {
    this.#forgetOld()
    return this.#suspects.has(hostPortText(server))
  }

  /** Value of `excludedatanodes`; null for none. */
  excluded(): string | null {
    this.#forgetOld()
    const transfers = [...this.#suspects.values()]
      .map(({ transfer }) => transfer)
      .filter(each => each !== null)
    return transfers.length === 0 ? null : transfers.join(',')
  }

  /** No other is left: the one that failed longest ago gets another chance. False where there is no suspect. */
  forgive(): boolean {
    const oldest = this.#suspects.keys().next()
    return oldest.done !== true && this.#suspects.delete(oldest.value)
  }

  #forgetOld(): void {
    const now = this.#clock()
    for (const [name, { until }] of this.#suspects) if (until <= now) this.#suspects.delete(name)
  }
}
