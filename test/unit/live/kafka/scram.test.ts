import { describe, expect, it } from 'vitest'
import { ScramConversation } from '../../../../src/live/kafka/scram.ts'

/** RFC 7677 §3. */
const USER = { hash: 'SHA-256', username: 'user', password: 'pencil', nonce: 'rOprNGfwEbeRWgbNEkqO' } as const
const NONCE = `${USER.nonce}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0`
const SERVER_FIRST = `r=${NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`
const SERVER_FINAL = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='

describe('SCRAM', () => {
  it('speaks as the example of RFC 7677', async () => {
    const conversation = new ScramConversation(USER)
    expect(conversation.first).toBe('n,,n=user,r=rOprNGfwEbeRWgbNEkqO')
    expect(await conversation.final(SERVER_FIRST)).toBe(
      `c=biws,r=${NONCE},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`,
    )
    expect(() => conversation.verify(SERVER_FINAL)).not.toThrow()
  })

  it('escapes what its grammar uses in a user name, each time', () => {
    const { first } = new ScramConversation({ ...USER, username: 'a,b,c=d=e' })
    expect(first).toBe('n,,n=a=2Cb=2Cc=3Dd=3De,r=rOprNGfwEbeRWgbNEkqO')
  })

  it.each([
    ['too few iterations', SERVER_FIRST.replace('4096', '4095'), 'access-denied', 'scramIterationsMin 4096'],
    ['too many', SERVER_FIRST.replace('4096', '1000001'), 'access-denied', 'scramIterationsMax 1000000'],
    ['absurdly many', SERVER_FIRST.replace('4096', '99999999999'), 'reply-invalid', 'iterations'],
    ['iterations that are no number', SERVER_FIRST.replace('4096', '4096e3'), 'reply-invalid', 'iterations'],
    ['another nonce', SERVER_FIRST.replace('rOpr', 'xOpr'), 'reply-invalid', 'nonce'],
    ['our nonce alone', `r=${USER.nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`, 'reply-invalid', 'nonce'],
    ['no salt', `r=${NONCE},i=4096`, 'reply-invalid', 'salt'],
    ['an empty salt', `r=${NONCE},s=,i=4096`, 'reply-invalid', 'salt'],
    ['a salt that is not base64', `r=${NONCE},s=a b,i=4096`, 'reply-invalid', 'salt'],
    ['an extension', `m=ext,${SERVER_FIRST}`, 'reply-invalid', 'extension'],
    ['a field twice', `${SERVER_FIRST},i=1`, 'reply-invalid', 'name=value'],
    ['nothing', '', 'reply-invalid', 'name=value'],
    ['an error', 'e=unknown-user', 'access-denied', 'unknown-user'],
    ['a flood', `r=${'x'.repeat(5000)}`, 'reply-invalid', '5002 characters'],
  ])('refuses %s', async (_, message, code, text) => {
    await expect(new ScramConversation(USER).final(message)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(text),
    })
  })

  it.each([
    ['another signature', SERVER_FINAL.replace('6rri', '7rri'), 'access-denied'],
    ['a short one', 'v=6rri', 'access-denied'],
    ['an empty one', 'v=', 'access-denied'],
    ['none', 'x=1', 'reply-invalid'],
    ['an error', 'e=invalid-proof', 'access-denied'],
  ])('a server with %s is refused', async (_, message, code) => {
    const conversation = new ScramConversation(USER)
    await conversation.final(SERVER_FIRST)
    expect(() => conversation.verify(message)).toThrowError(expect.objectContaining({ code }))
  })

  it('a signature before the proof is none', () => {
    expect(() => new ScramConversation(USER).verify('v=')).toThrowError(
      expect.objectContaining({ code: 'access-denied' }),
    )
  })
})
