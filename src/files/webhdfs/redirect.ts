/**
 * Where a NameNode may send the client: to a DataNode on a host that the job trusts, over the same scheme, for the
 * same path. A reply alone never decides where a connection goes. No I/O.
 *
 * Of the `Location` only host, port and query are used: its path has lost what is not in normal form C.
 */

import { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { isLinkLocal } from '../remote/link-local.ts'
import type { HostPort, WebHdfsOptions } from './webhdfs-uri.ts'
import { canonicalHost, hostPortText } from './webhdfs-uri.ts'

/** A server and the query it wants to be asked with; the query may hold a token and is never shown. */
export interface RedirectTarget {
  readonly server: HostPort
  readonly query: string
}

export interface Redirected {
  /** Header of the reply. */
  readonly location: string | undefined
  /** Operation and path (decoded) that were asked for. */
  readonly op: string
  readonly path: string
}

/** Ports below are those of other services; DataNodes without Kerberos are never there. */
const PORT_MIN = 1024

/** Raises `redirect-refused` for a place that the job does not allow, `reply-invalid` for none at all. */
export function checkRedirect(
  redirected: Redirected,
  options: Pick<WebHdfsOptions, 'scheme' | 'nameNodes' | 'dataNodes'>,
): RedirectTarget {
  const url = parsedLocation(redirected.location)
  const server = serverOf(url)
  const place = `${url.protocol}//${hostPortText(server)}`.slice(0, 300)
  const refuse = (why: string, advice: string): HindcastError =>
    new HindcastError('redirect-refused', `the NameNode redirected to ${place}, ${why}`, { advice })
  const suspicious =
    'Check that the NameNode is yours: a reply like this does not come from a cluster that is well.'

  if (isLinkLocal(server.host)) throw refuse('a link-local address, which is never followed', suspicious)
  if (url.protocol !== (options.scheme === 'swebhdfs' ? 'https:' : 'http:'))
    throw refuse(
      `which is another scheme than that of ${options.scheme}`,
      'Use swebhdfs:// for a cluster with TLS, webhdfs:// for one without.',
    )
  if (url.username !== '' || url.password !== '') throw refuse('with a user or password', suspicious)
  if (!samePath(url.pathname, redirected.path)) throw refuse('for another path', suspicious)
  if (url.searchParams.get('op')?.toUpperCase() !== redirected.op)
    throw refuse('for another operation', suspicious)
  const isOwnPort = options.nameNodes.some(
    node => node.host === server.host && node.port === server.port && url.searchParams.get('data') === 'true',
  )
  if (!isOwnPort && server.port < PORT_MIN)
    throw refuse(`a port below ${PORT_MIN}, where no DataNode is`, suspicious)
  if (!isOwnPort && options.nameNodes.some(node => hostPortText(node) === hostPortText(server)))
    throw refuse('itself or another NameNode', suspicious)
  if (!isTrusted(server, options))
    throw refuse(
      'a host that the job does not name',
      `If that is a DataNode of yours, add to the job: dataNodes: [${JSON.stringify(server.host)}] (or a domain, as ".example.com").`,
    )
  return { server, query: url.search.slice(1) }
}

function parsedLocation(location: string | undefined): URL {
  const url =
    location === undefined || location.length > LIMITS.webHdfsLocationMax ? null : URL.parse(location)
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '')
    return url
  const what = location === undefined ? 'without saying where to' : 'to what is no http or https URL'
  throw new HindcastError('reply-invalid', `the NameNode redirected ${what}`, {
    advice: 'Check that the port is that of the NameNode or of HttpFS.',
  })
}

function serverOf(url: URL): HostPort {
  return {
    host: url.hostname.replace(/\.$/, ''),
    port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
  }
}

/** Normal forms apart: servers on the way compose what the client has decomposed. */
function samePath(pathname: string, path: string): boolean {
  try {
    return decodeURIComponent(pathname).normalize('NFC') === `/webhdfs/v1${path}`.normalize('NFC')
  } catch {
    return false
  }
}

function isTrusted(server: HostPort, options: Pick<WebHdfsOptions, 'nameNodes' | 'dataNodes'>): boolean {
  if (options.nameNodes.some(node => node.host === server.host)) return true
  return (options.dataNodes ?? []).some(entry => {
    const [, name, port] = /^(.*?)(?::(\d+))?$/s.exec(entry)!
    if (port !== undefined && Number(port) !== server.port) return false
    const lower = name!.toLowerCase()
    return lower.startsWith('.')
      ? server.host.endsWith(lower) && server.host.length > lower.length
      : canonicalHost(lower) === server.host
  })
}
