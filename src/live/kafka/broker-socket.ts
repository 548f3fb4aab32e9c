/**
 * Sockets to brokers, plain or TLS, and what goes wrong with them in our words. Names that lead to link-local addresses
 * are not connected to; the certificate and the name in it are always checked.
 */

import { isIP, type OnReadOpts, type Socket, connect as tcpConnect } from 'node:net'
import { type ConnectionOptions, checkServerIdentity, connect as tlsConnect } from 'node:tls'
import { HindcastError, wrapError } from '../../errors.ts'
import { guardedLookup, redacted } from '../../files/index.ts'
import { type BrokerAddress, brokerText } from './broker-address.ts'

/** Contents of PEM files; undefined: those of the system, none. */
export interface TlsSettings {
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
  readonly serverName: string | undefined
}

/** Bytes read at once from a plain socket, into one buffer that is used again and again. */
const READ_BYTES = 256 * 1024

/**
 * A connection, of TLS where there are settings for it, within `timeoutMs`. `take` gets what arrives; the chunk is only
 * valid during the call. Raises `remote-failed`, `access-denied`.
 */
export function connected(
  address: BrokerAddress,
  tls: TlsSettings | null,
  timeoutMs: number,
  take: (chunk: Buffer) => void,
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const broker = brokerText(address)
  const socket = openSocket(address, tls, take)
  const timer = setTimeout(() => socket.destroy(new Error(`no connection in ${timeoutMs} ms`)), timeoutMs)
  const fail = (error: Error) => {
    clearTimeout(timer)
    socket.destroy()
    reject(socketFailure(error, broker))
  }
  socket.once('error', fail)
  const closed = () => fail(new Error('the connection was closed'))
  socket.once('close', closed)
  // An error without a listener would end the process.
  socket.on('error', () => undefined)
  socket.once(tls === null ? 'connect' : 'secureConnect', () => {
    clearTimeout(timer)
    socket.off('error', fail)
    socket.off('close', closed)
    resolve(socket)
  })
  return promise
}

/**
 * A socket that is connecting; it is there on `connect`, with TLS on `secureConnect`. `take` as above; left out, data are
 * told by events. Raises `job-invalid` for certificates that cannot be used.
 */
export function openSocket(
  address: BrokerAddress,
  tls: TlsSettings | null,
  take?: (chunk: Buffer) => void,
): Socket {
  const place = { host: address.host, port: address.port, lookup: guardedLookup }
  try {
    if (tls === null) return tcpConnect(take === undefined ? place : { ...place, onread: readInto(take) })
    const socket = tlsConnect({ ...place, ...tlsOptions(address.host, tls) })
    return take === undefined ? socket : socket.on('data', take)
  } catch (error) {
    throw new HindcastError('job-invalid', `cannot use the certificates of \`tls\`: ${reasonOf(error)}`, {
      advice: 'Give PEM files: `ca` with certificates, `cert` and `key` of this client.',
      cause: error,
    })
  }
}

/** A new buffer for each read costs a quarter of the time of a fetch in garbage (measured); TLS has no other way. */
function readInto(take: (chunk: Buffer) => void): OnReadOpts {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
  return {
    buffer,
    callback: size => {
      take(buffer.subarray(0, size))
      return true
    },
  }
}

/** The name in the certificate is checked against `serverName`, or else the host; chains always are. */
function tlsOptions(host: string, { ca, cert, key, serverName }: TlsSettings): ConnectionOptions {
  const name = serverName ?? host
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(isIP(name) === 0 ? { servername: name } : {}),
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
  }
}

const OUR_CERTIFICATE =
  /ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_UNKNOWN|ACCESS_DENIED|HANDSHAKE_FAILURE)/
const THEIR_CERTIFICATE = /CERT|SELF_SIGNED|VERIFY_LEAF|UNABLE_TO_(GET|VERIFY)|ERR_TLS_CERT/

/** Errors of sockets and TLS as ours. */
export function socketFailure(error: Error & { readonly code?: string }, broker: string): HindcastError {
  if (error instanceof HindcastError) return located(error, broker)
  const code = error.code ?? ''
  const where = { uri: broker }
  if (OUR_CERTIFICATE.test(code)) {
    return new HindcastError('access-denied', `broker ${broker} does not take our certificate (${code})`, {
      where,
      advice: 'Give `cert` and `key` of a client that this port trusts, under `tls`.',
    })
  }
  if (THEIR_CERTIFICATE.test(code)) {
    return new HindcastError(
      'access-denied',
      `the certificate of broker ${broker} is not trusted (${code})`,
      {
        where,
        advice:
          'Give the certificate of its authority as `tls.ca`, and the host name that it is made out to, or that name as `tls.serverName`.',
      },
    )
  }
  return lost(broker, redacted(reasonOf(error)) || code || 'the connection failed')
}

/** No answer, and none to come: worth another try. */
export function lost(broker: string, why: string): HindcastError {
  return new HindcastError('remote-failed', `broker ${broker}: ${why}`, {
    where: { uri: broker },
    advice: 'Check that the broker runs, that this is its port for clients, and whether that port needs TLS.',
  })
}

/** Raises `access-denied` for an alert of TLS where a reply was expected. */
export function refuseTls(chunk: Buffer): void {
  if (chunk[0] !== 0x15 || chunk[1] !== 0x03) return
  throw new HindcastError('access-denied', 'this port speaks TLS', {
    advice: 'Add `tls: {}`, or `tls: { ca: … }`.',
  })
}

/** Whatever was thrown, with the broker that it is about; what is not ours is a reply that cannot be read. */
export function located(error: unknown, broker: string, of = ''): HindcastError {
  const where = { uri: broker }
  if (!(error instanceof HindcastError))
    return wrapError(error, 'reply-invalid', `broker ${broker}: a reply ${of} cannot be read`, {
      where,
      advice: 'Check that this is a broker of Kafka 2.8 or later, and that nothing in between changes bytes.',
    })
  if (error.where.uri !== undefined) return error
  return new HindcastError(error.code, `broker ${broker}: ${error.message}`, {
    where: { ...where, ...error.where },
    advice: error.advice,
    cause: error,
  })
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error)
}
