import { describe, expect, it } from 'vitest'
import { HindcastError } from '../../../../src/errors.ts'
import { s3ErrorOf, s3FailureOf, s3MayPass } from '../../../../src/files/s3/s3-failure.ts'

const AT = { op: 'GetObject', uri: 's3://b/k' }

/** As the SDK throws what a server answered. */
function answered(name: string, status: number, message = 'so it is'): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } })
}

function thrown(properties: object, message = 'so it is'): Error {
  return Object.assign(new Error(message), properties)
}

describe('failures of S3', () => {
  it.each<[Error, string, boolean]>([
    [answered('NoSuchKey', 404), 'file-unreadable', false],
    [answered('NotFound', 404, 'UnknownError'), 'file-unreadable', false],
    [answered('NoSuchBucket', 404), 'file-unreadable', false],
    [answered('AccessDenied', 403), 'access-denied', false],
    [answered('Unknown', 403, 'UnknownError'), 'access-denied', false],
    [answered('InvalidAccessKeyId', 403), 'access-denied', false],
    [answered('SignatureDoesNotMatch', 403), 'access-denied', false],
    [answered('ExpiredToken', 400), 'access-denied', false],
    [thrown({ name: 'CredentialsProviderError' }), 'access-denied', false],
    [answered('PreconditionFailed', 412), 'file-changed', false],
    [answered('InvalidRange', 416), 'file-changed', false],
    [answered('InvalidObjectState', 403), 'file-unreadable', false],
    [answered('PermanentRedirect', 301), 'job-invalid', false],
    [answered('AuthorizationHeaderMalformed', 400), 'job-invalid', false],
    [new Error('Region is missing'), 'job-invalid', false],
    [answered('NotImplemented', 501), 'unsupported', false],
    [answered('SlowDown', 503), 'remote-failed', true],
    [answered('InternalError', 500), 'remote-failed', true],
    [answered('ServiceUnavailable', 503), 'remote-failed', true],
    [answered('RequestTimeout', 400), 'remote-failed', true],
    [answered('ConditionalRequestConflict', 409), 'remote-failed', true],
    [answered('RequestTimeTooSkewed', 403), 'remote-failed', true],
    [answered('SomethingNew', 503), 'remote-failed', true],
    [answered('SomethingNew', 400), 'file-unreadable', false],
    [thrown({ name: 'SyntaxError', $response: { statusCode: 502 } }), 'remote-failed', true],
    [thrown({ name: 'SyntaxError', $response: { statusCode: 200 } }), 'reply-invalid', false],
    [thrown({ code: 'ECONNREFUSED' }), 'remote-failed', true],
    [thrown({ code: 'ECONNRESET' }), 'remote-failed', true],
    [new Error('Region not accepted'), 'job-invalid', false],
    [thrown({ name: 'TimeoutError' }), 'remote-failed', true],
    [thrown({ code: 'SELF_SIGNED_CERT_IN_CHAIN' }), 'access-denied', false],
  ])('%s', (error, code, mayPass) => {
    const failure = s3FailureOf(error)
    expect(s3MayPass(failure)).toBe(mayPass)
    const told = s3ErrorOf(failure, AT)
    expect(told).toMatchObject({ code, where: { uri: AT.uri } })
    expect(told.message).toContain(AT.uri)
    expect(told.advice).not.toBe('')
    expect(told.cause).toBeUndefined()
  })

  it('shows what the server says in one line, without tokens', () => {
    const said = 'no, see https://x/y?X-Amz-Signature=hunter2\nand more'
    const { message } = s3ErrorOf(s3FailureOf(answered('AccessDenied', 403, said)), AT)
    expect(message).toBe(
      'GetObject of s3://b/k: these credentials do not allow it (AccessDenied: no, see https://x/y?…)',
    )
  })

  it('leaves errors that are ours as they are, with the place', () => {
    const own = new HindcastError('limit-passed', 'too long', { advice: 'Do it.' })
    expect(s3FailureOf(own)).toBe(own)
    expect(s3MayPass(own)).toBe(false)
    expect(s3ErrorOf(own, AT)).toMatchObject({
      code: 'limit-passed',
      message: 's3://b/k: too long',
      where: { uri: 's3://b/k' },
      advice: 'Do it.',
    })
  })
})
