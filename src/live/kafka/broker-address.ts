/**
 * Where brokers are: what the job says, what brokers advertise, and which of that is connected to.
 *
 * Invariant: a host that neither the job names nor `advertised` allows is never connected to, whatever a broker says of
 * its cluster; link-local addresses never are (names that lead there: see `guardedLookup`). No I/O.
 */

import { HindcastError } from '../../errors.ts'
import { isLinkLocal, redacted } from '../../files/index.ts'

export interface BrokerAddress {
  /** A name or an IP address, without brackets. */
  readonly host: string
  readonly port: number
}

/** `host:port`, or `[address]:port` for IPv6. Raises `argument-invalid`. */
export function parseBroker(text: string): BrokerAddress {
  const [, six, name, digits] = /^(?:\[([0-9A-Fa-f:.%\w]+)\]|([^\s:[\]/@]+)):(\d{1,5})$/.exec(text) ?? []
  const host = six ?? name
  const port = Number(digits)
  if (host === undefined || port < 1 || port > 65_535) {
    throw new HindcastError('argument-invalid', `"${redacted(text)}" is not the address of a broker`, {
      advice: 'Write host:port, such as 127.0.0.1:9092 or [::1]:9092.',
    })
  }
  return { host, port }
}

/** As `parseBroker` reads it. */
export function brokerText({ host, port }: BrokerAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Which hosts may be connected to. */
export class AllowedHosts {
  readonly #named: ReadonlySet<string>
  readonly #suffixes: readonly string[] | null

  /** `advertised`: hosts, or suffixes such as `.example.com`; undefined: any host. */
  constructor(brokers: readonly BrokerAddress[], advertised: readonly string[] | undefined) {
    this.#named = new Set(brokers.map(({ host }) => plainHost(host)))
    this.#suffixes = advertised?.map(plainHost) ?? null
  }

  /** Raises `redirect-refused` where an address must not be connected to. */
  check(address: BrokerAddress): void {
    const host = plainHost(address.host)
    if (isLinkLocal(host)) throw refused(address, 'a link-local address, which is never connected to')
    if (!(address.port >= 1 && address.port <= 65_535)) throw refused(address, 'no port')
    if (this.#named.has(host) || this.#suffixes === null) return
    if (!this.#suffixes.some(suffix => isBelow(host, suffix)))
      throw refused(address, 'none of the hosts that the job allows')
  }
}

/** `example.com` allows itself and what is below it; `.example.com` only what is below. */
function isBelow(host: string, suffix: string): boolean {
  return suffix.startsWith('.') ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`)
}

/** Names are the same in any case, and with the dot of the root. */
function plainHost(host: string): string {
  return host.toLowerCase().replace(/\.$/, '')
}

function refused(address: BrokerAddress, why: string): HindcastError {
  return new HindcastError(
    'redirect-refused',
    `a broker advertises ${redacted(brokerText(address))}: ${why}`,
    {
      advice:
        'Name the host in `brokers`, or its suffix in `advertised`; or correct advertised.listeners of the broker.',
    },
  )
}
