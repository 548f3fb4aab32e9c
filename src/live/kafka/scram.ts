/**
 * The client's side of SCRAM (RFC 5802, RFC 7677), as Kafka speaks it: no channel binding, user names and passwords as
 * UTF-8 without SASLprep. Pure but for the hashing, which runs on Node's thread pool.
 *
 *     client-first := "n,,n=" user ",r=" nonce
 *     server-first := "r=" nonce… ",s=" salt (base64) ",i=" iterations
 *     client-final := "c=biws,r=" nonce… ",p=" proof (base64)
 *     server-final := "v=" signature (base64) | "e=" error
 *
 * Invariants: iterations are bounded on both sides (few let an eavesdropper guess, many are a way to hold us up); the
 * server has to prove that it knows the password too. No password, salt or proof is in any error.
 */

import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { HindcastError } from '../../errors.ts'
import { redacted } from '../../files/index.ts'
import { LIMITS } from '../../limits.ts'

export type ScramHash = 'SHA-256' | 'SHA-512'

const HASHES = {
  'SHA-256': { name: 'sha256', bytes: 32 },
  'SHA-512': { name: 'sha512', bytes: 64 },
} as const

const GS2_HEADER = 'n,,'
/** A salt is some 20 bytes; more than this only costs time. */
const SALT_BYTES_MAX = 1024
const MESSAGE_CHARACTERS_MAX = 4096

const derive = promisify(pbkdf2)

export interface ScramUser {
  readonly hash: ScramHash
  readonly username: string
  readonly password: string
  /** Printable ASCII without commas, new for each conversation. */
  readonly nonce: string
}

/** One conversation: `first`, `final`, `verify`, in this order. All raise `access-denied` or `reply-invalid`. */
export class ScramConversation {
  readonly #user: ScramUser
  readonly #hash: { readonly name: string; readonly bytes: number }
  #signature: Buffer = Buffer.alloc(0)

  constructor(user: ScramUser) {
    this.#user = user
    this.#hash = HASHES[user.hash]
  }

  get first(): string {
    return `${GS2_HEADER}${this.#bare}`
  }

  /** The answer to `server-first`. */
  async final(serverFirst: string): Promise<string> {
    const fields = fieldsOf(serverFirst)
    refuseError(fields)
    if (fields.has('m')) throw broken('it asks for an extension')
    const nonce = fields.get('r') ?? ''
    if (!nonce.startsWith(this.#user.nonce) || nonce.length === this.#user.nonce.length)
      throw broken('its nonce does not go on from ours')
    const salt = bytesOf(fields.get('s'), 'salt')
    if (salt.length === 0 || salt.length > SALT_BYTES_MAX) throw broken(`its salt has ${salt.length} bytes`)
    const iterations = iterationsOf(fields.get('i'))
    const { name, bytes } = this.#hash
    const salted = await derive(Buffer.from(this.#user.password), salt, iterations, bytes, name)
    const clientKey = this.#hmac(salted, 'Client Key')
    const withoutProof = `c=${Buffer.from(GS2_HEADER).toString('base64')},r=${nonce}`
    const spoken = `${this.#bare},${serverFirst},${withoutProof}`
    const storedKey = createHash(name).update(clientKey).digest()
    const proof = this.#hmac(storedKey, spoken)
    for (let i = 0; i < proof.length; i++) proof[i]! ^= clientKey[i]!
    this.#signature = this.#hmac(this.#hmac(salted, 'Server Key'), spoken)
    return `${withoutProof},p=${proof.toString('base64')}`
  }

  /** Checks `server-final`: whoever answers knows the password too. */
  verify(serverFinal: string): void {
    const fields = fieldsOf(serverFinal)
    refuseError(fields)
    const signature = bytesOf(fields.get('v'), 'signature')
    const isRight =
      signature.length === this.#signature.length &&
      signature.length > 0 &&
      timingSafeEqual(signature, this.#signature)
    if (!isRight) {
      throw new HindcastError('access-denied', 'the server cannot prove that it knows the password', {
        advice: 'Check that this is the broker that it should be: something else may be answering for it.',
      })
    }
  }

  get #bare(): string {
    const name = this.#user.username.replaceAll('=', '=3D').replaceAll(',', '=2C')
    return `n=${name},r=${this.#user.nonce}`
  }

  #hmac(key: Buffer, text: string): Buffer {
    return createHmac(this.#hash.name, key).update(text).digest()
  }
}

function fieldsOf(message: string): Map<string, string> {
  if (message.length > MESSAGE_CHARACTERS_MAX) throw broken(`it has ${message.length} characters`)
  const fields = new Map<string, string>()
  for (const part of message.split(',')) {
    if (!/^[a-z]=/i.test(part) || fields.has(part[0]!)) throw broken('a part of it is not name=value')
    fields.set(part[0]!, part.slice(2))
  }
  return fields
}

function refuseError(fields: ReadonlyMap<string, string>): void {
  const error = fields.get('e')
  if (error === undefined) return
  throw new HindcastError('access-denied', `the server refuses the login (${redacted(error)})`, {
    advice: 'Check user name, password and mechanism under `sasl`.',
  })
}

function iterationsOf(text: string | undefined): number {
  if (text === undefined || !/^[1-9]\d{0,9}$/.test(text)) throw broken('it names no number of iterations')
  const iterations = Number(text)
  const { scramIterationsMin: min, scramIterationsMax: max } = LIMITS
  if (iterations >= min && iterations <= max) return iterations
  throw new HindcastError(
    'access-denied',
    `the server asks for ${iterations} iterations of SCRAM; between scramIterationsMin ${min} and scramIterationsMax ${max} are done`,
    {
      advice:
        'Store the password again with iterations in between: kafka-configs --alter --add-config "SCRAM-SHA-256=[iterations=8192,password=…]".',
    },
  )
}

function bytesOf(text: string | undefined, what: string): Buffer {
  if (text === undefined || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw broken(`its ${what} is not base64`)
  return Buffer.from(text, 'base64')
}

function broken(why: string): HindcastError {
  return new HindcastError('reply-invalid', `the server does not speak SCRAM: ${why}`, {
    advice: 'Check that this is a broker of Kafka.',
  })
}
