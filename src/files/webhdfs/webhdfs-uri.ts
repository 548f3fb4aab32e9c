/**
 * URIs of HDFS, and what a client of it is told. No I/O.
 *
 *     webhdfs://HOST[:PORT][,HOST[:PORT]]…/PATH        swebhdfs: the same over TLS
 *
 * PATH is taken as it is, not percent-decoded, as the paths of local files are: `%` and `#` are characters of a name,
 * `?` and `*` are wildcards where a pattern is meant. IPv6 addresses stand in brackets.
 */

import { HindcastError } from '../../errors.ts'
import { isLinkLocal } from '../remote/link-local.ts'

export type WebHdfsScheme = 'webhdfs' | 'swebhdfs'

export interface HostPort {
  /** Host name or address in lower case; IPv6 in brackets. */
  readonly host: string
  readonly port: number
}

/** One HDFS, as data: may be sent to a thread. */
export interface WebHdfsOptions {
  readonly scheme: WebHdfsScheme
  /** NameNodes of the cluster (HA), in the order in which they are asked first. */
  readonly nameNodes: readonly HostPort[]
  /** Name of the user that HDFS is told (simple authentication). Default: what the server takes for nobody. */
  readonly user?: string
  /** Certificates that TLS trusts, PEM. Default: those of the system. */
  readonly ca?: string
  /**
   * Hosts that a NameNode may send the client to, beside its own: `dn1.example.com`, or `.example.com` for all of a
   * domain; with a port (`dn1.example.com:9864`) only there.
   */
  readonly dataNodes?: readonly string[]
  /** Pins have checksums, which are compared when a file is opened. DataNodes read the file for each. */
  readonly checksums?: boolean
  /** Ranges in flight, of all files. Default `webHdfsRangesAtOnce`. */
  readonly rangesAtOnce?: number
  /** All tries of one call or range together, ms. Default `webHdfsDeadlineMs`. */
  readonly deadlineMs?: number
  /** One try, ms. Default `webHdfsAttemptMs`. */
  readonly attemptMs?: number
  /** Silence of a server within a try, ms. Default `webHdfsSilenceMs`. */
  readonly silenceMs?: number
}

export interface WebHdfsUri {
  readonly scheme: WebHdfsScheme
  readonly nameNodes: readonly HostPort[]
  /** From the first `/` on. */
  readonly path: string
}

const DEFAULT_PORTS: Readonly<Record<WebHdfsScheme, number>> = { webhdfs: 9870, swebhdfs: 9871 }

export function isWebHdfsUri(text: string): boolean {
  return /^s?webhdfs:/i.test(text)
}

/** Raises `job-invalid` for what is no such URI; never repeats what may be a password. */
export function parseWebHdfsUri(uri: string): WebHdfsUri {
  const match = /^(s?webhdfs):\/\/([^/]*)(\/.*)?$/isu.exec(uri)
  if (match === null) throw invalid('it does not begin with webhdfs:// or swebhdfs:// and a host')
  const scheme = match[1]!.toLowerCase() as WebHdfsScheme
  const authority = match[2]!
  if (authority.includes('@'))
    throw new HindcastError('unsupported', 'a URI of HDFS with a user or password is not supported', {
      advice: 'Give the name of the user as `user:`, without a password.',
    })
  const nameNodes = authority.split(',').map(text => parseHostPort(text, DEFAULT_PORTS[scheme]))
  return { scheme, nameNodes, path: match[3] ?? '/' }
}

/** `webhdfs://nn1:9870,nn2:9870`, without a path: two names of one cluster give the same text. */
export function authorityUri({ scheme, nameNodes }: Pick<WebHdfsUri, 'scheme' | 'nameNodes'>): string {
  return `${scheme}://${nameNodes.map(hostPortText).join(',')}`
}

export function hostPortText({ host, port }: HostPort): string {
  return `${host}:${port}`
}

/** `http://host:port` of a server of this cluster. */
export function originOf(scheme: WebHdfsScheme, server: HostPort): string {
  return `${scheme === 'swebhdfs' ? 'https' : 'http'}://${hostPortText(server)}`
}

/** The host in the one form in which hosts are compared: lower case, no trailing dot, addresses shortest. */
export function canonicalHost(host: string): string | null {
  const url = URL.parse(`http://${host}/`)
  if (url === null || url.hostname === '' || url.host !== url.hostname || /[/?#@\s]/.test(host)) return null
  return url.hostname.replace(/\.$/, '')
}

function parseHostPort(text: string, defaultPort: number): HostPort {
  const match = /^(\[[^\]]+\]|[^:[\]]+)(?::(\d{1,5}))?$/u.exec(text)
  const host = match === null ? null : canonicalHost(match[1]!)
  const port = Number(match?.[2] ?? defaultPort)
  if (host === null || port < 1 || port > 65_535)
    throw invalid(`${JSON.stringify(text)} is no HOST or HOST:PORT`)
  if (isLinkLocal(host)) throw invalid(`${host} is a link-local address`)
  return { host, port }
}

function invalid(why: string): HindcastError {
  return new HindcastError('job-invalid', `not a URI of HDFS: ${why}`, {
    advice: 'Write webhdfs://namenode:9870/path (several NameNodes: nn1:9870,nn2:9870; IPv6: [::1]:9870).',
  })
}
