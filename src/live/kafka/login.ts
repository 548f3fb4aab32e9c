/**
 * SASL on a connection that is already private, or may do without (KIP-43, KIP-152, KIP-368): handshake, then the
 * messages of one mechanism. No password or token is in any error.
 */

import { randomBytes } from 'node:crypto'
import { HindcastError } from '../../errors.ts'
import { redacted } from '../../files/index.ts'
import type { KafkaSasl } from '../../job/index.ts'
import type { Ask } from './api-call.ts'
import { KAFKA } from './error-codes.ts'
import { saslAuthenticateCall, saslHandshakeCall } from './questions.ts'
import { ScramConversation, type ScramHash } from './scram.ts'

const NONCE_BYTES = 24
const CONTROL_A = '\x01'

/** Says who we are. Resolves to the ms after which the broker wants it again; 0: never. Raises `access-denied`. */
export async function login(sasl: KafkaSasl, ask: Ask, timeoutMs: number): Promise<number> {
  const { errorCode, mechanisms } = await ask(saslHandshakeCall(sasl.mechanism), timeoutMs)
  if (errorCode !== KAFKA.none) {
    throw new HindcastError(
      'access-denied',
      errorCode === KAFKA.unsupportedSaslMechanism
        ? `the broker has no ${sasl.mechanism}, but ${mechanisms.map(redacted).join(', ') || 'nothing'}`
        : 'the broker refuses the login on this port',
      { advice: 'Set `sasl.mechanism` to one that this port offers, or use a port without SASL.' },
    )
  }
  const say = async (text: string): Promise<{ text: string; sessionMs: number }> => {
    const reply = await ask(saslAuthenticateCall(Buffer.from(text)), timeoutMs)
    if (reply.errorCode !== KAFKA.none) throw denied(sasl, reply.errorMessage ?? '')
    return { text: reply.bytes.toString('utf8'), sessionMs: reply.sessionMs }
  }
  switch (sasl.mechanism) {
    case 'PLAIN':
      return (await say(`\0${given(sasl, 'username')}\0${given(sasl, 'password')}`)).sessionMs
    case 'OAUTHBEARER':
      return bearer(sasl, say)
    case 'SCRAM-SHA-256':
    case 'SCRAM-SHA-512':
      return scram(sasl, say)
  }
}

type Say = (text: string) => Promise<{ text: string; sessionMs: number }>

async function scram(sasl: KafkaSasl, say: Say): Promise<number> {
  const conversation = new ScramConversation({
    hash: sasl.mechanism.slice('SCRAM-'.length) as ScramHash,
    username: given(sasl, 'username'),
    password: given(sasl, 'password'),
    nonce: randomBytes(NONCE_BYTES).toString('base64url'),
  })
  const first = await say(conversation.first)
  const last = await say(await conversation.final(first.text))
  conversation.verify(last.text)
  return last.sessionMs
}

/** RFC 7628. A token that is refused comes back as a challenge, which has to be answered before the error comes. */
async function bearer(sasl: KafkaSasl, say: Say): Promise<number> {
  const token = given(sasl, 'token')
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new HindcastError(
      'access-denied',
      'the token has characters that no token has, such as a line end',
      {
        advice: 'Look at the file or variable that `sasl.token` refers to.',
      },
    )
  }
  const reply = await say(`n,,${CONTROL_A}auth=Bearer ${token}${CONTROL_A}${CONTROL_A}`)
  if (reply.text === '') return reply.sessionMs
  await say(CONTROL_A)
  throw denied(sasl, 'the token is not accepted')
}

function given(sasl: KafkaSasl, key: 'username' | 'password' | 'token'): string {
  const value = sasl[key]
  if (value !== undefined && value !== '') return value
  throw new HindcastError('job-invalid', `${sasl.mechanism} needs sasl.${key}`, {
    advice: `Add ${key}: \${env:NAME} under sasl.`,
  })
}

function denied(sasl: KafkaSasl, message: string): HindcastError {
  const why = redacted(message)
  return new HindcastError(
    'access-denied',
    `the broker refuses the ${sasl.mechanism} login${why === '' ? '' : `: ${why}`}`,
    { advice: 'Check user name, password or token, and the mechanism, under `sasl`.' },
  )
}
