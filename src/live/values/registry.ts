/**
 * A schema registry (Confluent's REST API, which Karapace and Apicurio speak too), asked for single schemas.
 *
 *     GET /schemas/ids/7                  → { "schema": "…", "schemaType": "PROTOBUF", "references": [{ name, subject, version }] }
 *     GET /subjects/S/versions/V|latest   → the same with "id"
 *
 * Invariant: ids are immutable, so what was found is found for good; callers keep it. A reply is read up to a bound,
 * redirects are not followed, and the password goes to this server only, over TLS unless it is this machine.
 */

import { readFile } from 'node:fs/promises'
import { Agent, request } from 'undici'
import { HindcastError } from '../../errors.ts'
import { guardedLookup, redacted, Tries } from '../../files/index.ts'
import type { RegistryPlace } from '../../job/index.ts'
import { LIMITS } from '../../limits.ts'

export interface RegisteredSchema {
  /** AVRO, PROTOBUF, JSON. */
  readonly type: string
  readonly text: string
  readonly id: number | null
  /** All that it refers to, directly or not: what is referred to comes before what refers. */
  readonly references: readonly { readonly name: string; readonly text: string }[]
}

interface Reference {
  readonly name: string
  readonly subject: string
  readonly version: number
}

interface Reply {
  readonly status: number
  readonly body: string
}

export class SchemaRegistry {
  readonly #place: RegistryPlace
  readonly #url: string
  #agent: Promise<Agent> | null = null

  /** `job-invalid` where the password would go over the network unprotected. */
  constructor(place: RegistryPlace) {
    this.#place = place
    this.#url = place.url.replace(/\/+$/, '')
    const { protocol, hostname } = new URL(place.url)
    if (
      place.password !== undefined &&
      protocol !== 'https:' &&
      !/^(127\.|\[::1\]$|localhost$)/.test(hostname)
    )
      throw new HindcastError(
        'job-invalid',
        'the password of the schema registry would be sent without TLS',
        {
          where: { uri: redacted(this.#url) },
          advice: 'Name the registry by an https: URL.',
        },
      )
  }

  /** How errors name a schema of it. */
  nameOf(id: number): string {
    return `${redacted(this.#url)}/schemas/ids/${id}`
  }

  /** The schema of an id; null where the registry has none. */
  async schema(id: number, signal: AbortSignal): Promise<RegisteredSchema | null> {
    return this.#schemaAt(`/schemas/ids/${id}`, signal)
  }

  /** The newest schema of a subject; null where there is none. */
  async latest(subject: string, signal: AbortSignal): Promise<RegisteredSchema | null> {
    return this.#schemaAt(`/subjects/${encodeURIComponent(subject)}/versions/latest`, signal)
  }

  async close(): Promise<void> {
    const agent = await this.#agent?.catch(() => null)
    await agent?.destroy()
  }

  async #schemaAt(path: string, signal: AbortSignal): Promise<RegisteredSchema | null> {
    const reply = await this.#get(path, signal)
    if (reply === null) return null
    const found: { name: string; text: string }[] = []
    const budget = { bytes: reply.text.length, seen: new Set<string>() }
    await this.#addReferences(reply.references, found, budget, signal)
    return { type: reply.type, text: reply.text, id: reply.id, references: found }
  }

  async #addReferences(
    references: readonly Reference[],
    found: { name: string; text: string }[],
    budget: { bytes: number; readonly seen: Set<string> },
    signal: AbortSignal,
  ): Promise<void> {
    for (const { name, subject, version } of references) {
      const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`
      if (budget.seen.has(path)) continue
      budget.seen.add(path)
      if (budget.seen.size > LIMITS.valueReferencesMax)
        throw this.#passed(path, `a schema refers to more than ${LIMITS.valueReferencesMax} others`)
      const reply = await this.#get(path, signal)
      if (reply === null)
        throw this.#invalid(path, `a schema refers to version ${version} of ${subject}, which is not there`)
      budget.bytes += reply.text.length
      if (budget.bytes > LIMITS.valueSchemaBytesMax)
        throw this.#passed(path, `a schema and what it refers to pass ${LIMITS.valueSchemaBytesMax} bytes`)
      await this.#addReferences(reply.references, found, budget, signal)
      found.push({ name, text: reply.text })
    }
  }

  /** One schema, tried until the deadline; null where the registry says that it has none. */
  async #get(path: string, signal: AbortSignal): Promise<ReturnType<typeof schemaOf>> {
    const { registryDeadlineMs: deadlineMs, registryAttemptMs: attemptMs } = LIMITS
    const tries = new Tries({ deadlineMs, attemptMs }, signal)
    for (;;) {
      const reply = await this.#attempt(path, tries.attemptMs, signal)
      if (typeof reply !== 'string') {
        if (reply.status === 200) {
          const schema = schemaOf(reply.body)
          if (schema === null) throw this.#invalid(path, 'the reply is not that of a schema registry')
          return schema
        }
        if (reply.status === 404 && NOT_THERE.has(errorCodeOf(reply.body))) return null
        if (reply.status < 500 && reply.status !== 429 && reply.status !== 408)
          throw this.#refusal(path, reply.status)
      }
      if (await tries.next()) continue
      const reason = typeof reply === 'string' ? reply : `it answers ${reply.status}`
      throw new HindcastError('remote-failed', `the schema registry does not help: ${reason}`, {
        where: { uri: redacted(this.#url + path) },
        advice: 'Check that the registry runs and can be reached, then run again: the run resumes.',
      })
    }
  }

  /** A whole reply, or why there is none. */
  async #attempt(path: string, attemptMs: number, signal: AbortSignal): Promise<Reply | string> {
    this.#agent ??= this.#openAgent()
    const dispatcher = await this.#agent
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(attemptMs))])
    try {
      const headers = {
        accept: 'application/vnd.schemaregistry.v1+json, application/json',
        ...this.#authorization(),
      }
      const { statusCode, body } = await request(this.#url + path, { dispatcher, headers, signal: deadline })
      const chunks: Buffer[] = []
      let bytes = 0
      for await (const chunk of body as AsyncIterable<Buffer>) {
        bytes += chunk.length
        // A text in JSON may be six times as long as it is.
        if (bytes > 6 * LIMITS.valueSchemaBytesMax)
          throw this.#passed(path, `a reply passes ${6 * LIMITS.valueSchemaBytesMax} bytes`)
        chunks.push(chunk)
      }
      return { status: statusCode, body: Buffer.concat(chunks).toString('utf8') }
    } catch (thrown) {
      signal.throwIfAborted()
      if (thrown instanceof HindcastError) throw thrown
      return this.#failure(path, thrown as Error & { readonly code?: string })
    }
  }

  /** Why it may go better next time; throws where it will not. */
  #failure(path: string, error: Error & { readonly code?: string }): string {
    const code = error.code ?? ''
    if (!/CERT|SELF_SIGNED|VERIFY_LEAF|UNABLE_TO_(GET|VERIFY)/.test(code)) {
      if (error.name === 'TimeoutError') return 'it does not answer in time'
      return redacted(error.message) || code || 'the connection failed'
    }
    throw new HindcastError(
      'access-denied',
      `the certificate of the schema registry is not trusted (${code})`,
      {
        where: { uri: redacted(this.#url + path) },
        advice:
          'Give the certificate of its authority as `ca:`, and use the host name that it is made out to.',
      },
    )
  }

  async #openAgent(): Promise<Agent> {
    const { ca } = this.#place
    const trusted = ca === undefined ? {} : { ca: await readFile(ca, 'utf8') }
    const timeout = LIMITS.registryAttemptMs
    return new Agent({
      connections: 2,
      allowH2: false,
      connect: { timeout, lookup: guardedLookup, ...trusted },
    })
  }

  #authorization(): { readonly authorization?: string } {
    const { username, password } = this.#place
    if (username === undefined && password === undefined) return {}
    return { authorization: `Basic ${Buffer.from(`${username ?? ''}:${password ?? ''}`).toString('base64')}` }
  }

  #refusal(path: string, status: number): HindcastError {
    const where = { uri: redacted(this.#url + path) }
    if (status === 401 || status === 403)
      return new HindcastError('access-denied', `the schema registry refuses access (${status})`, {
        where,
        advice: 'Give the `username` and `password` of an account that may read schemas.',
      })
    if (status >= 300 && status < 400)
      return new HindcastError('redirect-refused', `the schema registry redirects (${status})`, {
        where,
        advice: 'Name the registry by the URL that it redirects to.',
      })
    return this.#invalid(path, `the server answers ${status}, which a schema registry does not`)
  }

  #invalid(path: string, reason: string): HindcastError {
    return new HindcastError('reply-invalid', reason, {
      where: { uri: redacted(this.#url + path) },
      advice: 'Check that the URL is that of a schema registry, with the path that it is served under.',
    })
  }

  #passed(path: string, reason: string): HindcastError {
    return new HindcastError('limit-passed', reason, {
      where: { uri: redacted(this.#url + path) },
      advice: 'No schema of events is that large: check what the subject holds.',
    })
  }
}

/** Subject, version and schema not found. */
const NOT_THERE: ReadonlySet<number> = new Set([40401, 40402, 40403])

function errorCodeOf(body: string): number {
  const json = jsonOf(body)
  return typeof json?.error_code === 'number' ? json.error_code : 0
}

function schemaOf(body: string): {
  readonly type: string
  readonly text: string
  readonly id: number | null
  readonly references: readonly Reference[]
} | null {
  const json = jsonOf(body)
  if (typeof json?.schema !== 'string') return null
  const { schema, schemaType = 'AVRO', references = [], id } = json
  if (typeof schemaType !== 'string' || !Array.isArray(references) || !references.every(isReference))
    return null
  return { type: schemaType, text: schema, id: typeof id === 'number' ? id : null, references }
}

function isReference(value: unknown): value is Reference {
  const { name, subject, version } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >
  return typeof name === 'string' && typeof subject === 'string' && Number.isSafeInteger(version)
}

function jsonOf(body: string): Readonly<Record<string, unknown>> | null {
  try {
    const json: unknown = JSON.parse(body)
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : null
  } catch {
    return null
  }
}
