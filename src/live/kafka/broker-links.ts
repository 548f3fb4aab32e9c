/**
 * The connections of one source: to each broker one for fetches and one for everything else, so that a fetch that waits
 * for records does not hold up a question. Opened when first needed, opened anew after a failure.
 */

import { readFile } from 'node:fs/promises'
import { HindcastError, wrapError } from '../../errors.ts'
import type { KafkaAccess, KafkaTls } from '../../job/index.ts'
import { LIMITS } from '../../limits.ts'
import type { ApiCall } from './api-call.ts'
import { KAFKA_BOUNDS, type KafkaBounds } from './bounds.ts'
import { AllowedHosts, type BrokerAddress, brokerText, parseBroker } from './broker-address.ts'
import { BrokerConnection, type ConnectionSettings, type ReplyBound } from './broker-connection.ts'
import type { TlsSettings } from './broker-socket.ts'

export type Purpose = 'questions' | 'fetches'

const BOUNDS: Readonly<Record<Purpose, ReplyBound>> = {
  questions: { bytesMax: LIMITS.kafkaReplyBytesMax, limit: 'kafkaReplyBytesMax' },
  fetches: { bytesMax: LIMITS.kafkaFetchReplyBytesMax, limit: 'kafkaFetchReplyBytesMax' },
}

export class BrokerLinks {
  readonly bounds: KafkaBounds
  /** Those that the job names. */
  readonly bootstrap: readonly BrokerAddress[]
  readonly #settings: ConnectionSettings
  readonly #allowed: AllowedHosts
  readonly #connections = new Map<string, Promise<BrokerConnection>>()
  /** Also those that are retired. */
  readonly #opened = new Set<BrokerConnection>()
  #isClosed = false

  private constructor(
    bootstrap: readonly BrokerAddress[],
    allowed: AllowedHosts,
    settings: ConnectionSettings,
    bounds: KafkaBounds,
  ) {
    this.bounds = bounds
    this.bootstrap = bootstrap
    this.#allowed = allowed
    this.#settings = settings
  }

  /** Reads the certificates; connects to nothing yet. Secrets of `access` are open. */
  static async open(access: KafkaAccess, bounds: Partial<KafkaBounds> = {}): Promise<BrokerLinks> {
    const { brokers, tls, sasl, advertised } = access
    if ((sasl?.mechanism === 'PLAIN' || sasl?.mechanism === 'OAUTHBEARER') && tls === undefined) {
      const secret = sasl.mechanism === 'PLAIN' ? 'the password' : 'the token'
      throw new HindcastError(
        'job-invalid',
        `SASL ${sasl.mechanism} without TLS would send ${secret} in clear text`,
        { advice: 'Add `tls: {}` and use a port with TLS, or use SCRAM-SHA-512, which sends no password.' },
      )
    }
    const bootstrap = brokers.map(parseBroker)
    const times = { ...KAFKA_BOUNDS, ...bounds }
    const settings = {
      tls: tls === undefined ? null : await tlsSettings(tls),
      sasl: sasl ?? null,
      connectMs: times.connectMs,
    }
    const allowed = new AllowedHosts(bootstrap, advertised)
    return new BrokerLinks(bootstrap, allowed, settings, times)
  }

  /** Asks one broker. Raises as `BrokerConnection` does; what passes is `remote-failed`. */
  async ask<Reply>(
    address: BrokerAddress,
    purpose: Purpose,
    call: ApiCall<Reply>,
    timeoutMs: number,
  ): Promise<Reply> {
    return (await this.#connection(address, purpose)).ask(call, timeoutMs)
  }

  /** Ends everything that is under way. */
  close(): void {
    this.#isClosed = true
    for (const connection of this.#opened) connection.close()
    this.#connections.clear()
  }

  async #connection(address: BrokerAddress, purpose: Purpose): Promise<BrokerConnection> {
    this.#allowed.check(address)
    const key = `${purpose} ${brokerText(address)}`
    const known = this.#connections.get(key)
    if (known !== undefined) {
      const connection = await known.catch(() => null)
      if (connection?.isUsable === true) return connection
      // Whoever comes first takes it out; where its login ends soon, what was asked before is still answered.
      if (this.#connections.get(key) === known) {
        this.#connections.delete(key)
        connection?.retire()
      } else return this.#connection(address, purpose)
    }
    if (this.#isClosed) throw closed(address)
    const opening = BrokerConnection.open(address, this.#settings, BOUNDS[purpose])
    this.#connections.set(key, opening)
    try {
      const connection = await opening
      for (const each of this.#opened) if (each.isClosed) this.#opened.delete(each)
      this.#opened.add(connection)
      if (!this.#isClosed) return connection
      connection.close()
    } catch (error) {
      if (this.#connections.get(key) === opening) this.#connections.delete(key)
      throw error
    }
    throw closed(address)
  }
}

function closed(address: BrokerAddress): HindcastError {
  return new HindcastError('remote-failed', `broker ${brokerText(address)}: the source was closed`, {
    where: { uri: brokerText(address) },
  })
}

/** The contents of the files that `tls` names. Raises `file-unreadable`. */
export async function tlsSettings({ ca, cert, key, serverName }: KafkaTls): Promise<TlsSettings> {
  return {
    ca: await pemText(ca, 'ca'),
    cert: await pemText(cert, 'cert'),
    key: await pemText(key, 'key'),
    serverName,
  }
}

async function pemText(path: string | undefined, key: string): Promise<string | undefined> {
  if (path === undefined) return undefined
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw wrapError(error, 'file-unreadable', `cannot read the file of tls.${key}`, {
      where: { uri: path },
      advice: 'Check the path, which is relative to the job file.',
    })
  }
}
