/**
 * Failures of one try against S3: whether another is worth it, and what the user is told when none is left. They are
 * told apart by S3's error code; by the status only where a reply has no body (HEAD) or none of S3's.
 * Source: "Error responses" of the Amazon S3 API reference.
 */

import type { ErrorCode } from '../../errors.ts'
import { HindcastError, locatedAt } from '../../errors.ts'
import { redacted } from '../remote/redaction.ts'
import { failureOf } from '../webhdfs/http-exchange.ts'

/** What a failure means for whoever asked. */
export type S3FailureKind =
  | 'missing'
  | 'no-bucket'
  | 'denied'
  | 'credentials'
  | 'no-credentials'
  | 'precondition'
  | 'out-of-range'
  | 'no-upload'
  | 'archived'
  | 'region'
  | 'not-understood'
  | 'clock'
  | 'later'
  | 'no-s3'
  | 'not-made'
  | 'other'

/** A server answered with an error, or there was nothing to sign a request with. The message is fit to be shown. */
export class S3Failure extends Error {
  override readonly name = 'S3Failure'
  readonly kind: S3FailureKind
  /** S3's own code; empty where there was none. */
  readonly s3Code: string

  constructor(kind: S3FailureKind, s3Code: string, message: string) {
    super(message)
    this.kind = kind
    this.s3Code = s3Code
  }
}

const KINDS: ReadonlyMap<string, S3FailureKind> = new Map<string, S3FailureKind>([
  ['NoSuchKey', 'missing'],
  ['NoSuchVersion', 'missing'],
  ['NotFound', 'missing'],
  ['NoSuchBucket', 'no-bucket'],
  ['InvalidBucketName', 'no-bucket'],
  ['AccessDenied', 'denied'],
  ['AllAccessDisabled', 'denied'],
  ['AccountProblem', 'denied'],
  ['InvalidPayer', 'denied'],
  ['Forbidden', 'denied'],
  ['InvalidAccessKeyId', 'credentials'],
  ['SignatureDoesNotMatch', 'credentials'],
  ['ExpiredToken', 'credentials'],
  ['InvalidToken', 'credentials'],
  ['TokenRefreshRequired', 'credentials'],
  ['NotSignedUp', 'credentials'],
  ['CredentialsProviderError', 'no-credentials'],
  ['TokenProviderError', 'no-credentials'],
  ['PreconditionFailed', 'precondition'],
  ['InvalidRange', 'out-of-range'],
  ['NoSuchUpload', 'no-upload'],
  ['InvalidObjectState', 'archived'],
  ['PermanentRedirect', 'region'],
  ['AuthorizationHeaderMalformed', 'region'],
  ['IllegalLocationConstraintException', 'region'],
  ['NotImplemented', 'not-understood'],
  ['MethodNotAllowed', 'not-understood'],
  ['UnsupportedOperation', 'not-understood'],
  ['RequestTimeTooSkewed', 'clock'],
  ['RequestExpired', 'clock'],
  ['SlowDown', 'later'],
  ['Throttling', 'later'],
  ['ThrottlingException', 'later'],
  ['RequestLimitExceeded', 'later'],
  ['TooManyRequests', 'later'],
  ['InternalError', 'later'],
  ['ServiceUnavailable', 'later'],
  ['RequestTimeout', 'later'],
  ['OperationAborted', 'later'],
  ['ConditionalRequestConflict', 'later'],
  ['BadDigest', 'later'],
  ['IncompleteBody', 'later'],
  ['Busy', 'later'],
])

/** What the SDK adds to what it throws. */
interface SdkError extends Error {
  readonly Code?: string
  readonly code?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly $response?: { readonly statusCode?: number }
}

/** Anything that a call threw as one of ours: `S3Failure`, `ConnectionFailure` or `HindcastError`. */
export function s3FailureOf(thrown: unknown): Error {
  const error = thrown as SdkError
  if (error instanceof HindcastError || error instanceof S3Failure) return error
  if (error.message === 'Region is missing') return new S3Failure('region', '', 'no region is known')
  const status = error.$metadata?.httpStatusCode ?? error.$response?.statusCode
  const code = /^[A-Za-z.]{3,64}$/.test(error.Code ?? error.name ?? '') ? (error.Code ?? error.name) : ''
  const kind = KINDS.get(code)
  const said = /^(UnknownError|Unknown)?$/.test(error.message) ? '' : redacted(error.message)
  if (kind !== undefined && (status !== undefined || kind === 'no-credentials'))
    return new S3Failure(kind, code, said)
  // the SDK could not read what was answered: a proxy's page, or half of a reply
  if (status !== undefined) return new S3Failure(kindOfStatus(status), ownCode(code), said)
  // errors of sockets have codes; what has none comes from the SDK itself, before anything was sent
  const isOfSocket =
    error.code !== undefined || /^(TimeoutError|AbortError|ConnectionFailure)$/.test(error.name)
  return isOfSocket ? failureOf(error) : new S3Failure('not-made', '', said)
}

function kindOfStatus(status: number): S3FailureKind {
  if (status >= 500 || status === 429 || status === 408) return 'later'
  if (status === 404) return 'missing'
  if (status === 401 || status === 403) return 'denied'
  if (status === 409) return 'later'
  if (status === 412) return 'precondition'
  if (status === 416) return 'out-of-range'
  if (status >= 300 && status < 400) return 'region'
  return status < 300 ? 'no-s3' : 'other'
}

/** Names of JavaScript's errors are none of S3's. */
function ownCode(code: string): string {
  return /^(Error|SyntaxError|TypeError|Unknown|UnknownError)$/.test(code) ? '' : code
}

export function isS3Kind(error: unknown, ...kinds: readonly S3FailureKind[]): boolean {
  return error instanceof S3Failure && kinds.includes(error.kind)
}

export interface S3Attempted {
  /** As S3 names it: GetObject. */
  readonly op: string
  readonly uri: string
  /** What else is known: a range, a number of tries. */
  readonly detail?: string
}

/** The error that the user sees. Errors that are ours already get the place, if they have none. */
export function s3ErrorOf(error: unknown, { op, uri, detail }: S3Attempted): HindcastError {
  if (error instanceof HindcastError) return locatedAt(error, uri)
  const [code, why, advice] = error instanceof S3Failure ? TOLD[error.kind] : LOST
  const said = saidBy(error)
  return new HindcastError(code, `${op} of ${uri}${detail ?? ''}: ${why}${said}`, { where: { uri }, advice })
}

function saidBy(error: unknown): string {
  if (!(error instanceof S3Failure)) return ` (${error instanceof Error ? error.message : String(error)})`
  const text = [error.s3Code, error.message].filter(part => part !== '').join(': ')
  return text === '' ? '' : ` (${text})`
}

const AGAIN = 'Run the same command again: it goes on where it stopped.'
const LOST: readonly [ErrorCode, string, string] = [
  'remote-failed',
  'no whole answer came',
  `Check \`endpoint:\` and \`region:\`, and that the server can be reached. ${AGAIN}`,
]

const TOLD: Readonly<Record<S3FailureKind, readonly [ErrorCode, string, string]>> = {
  missing: ['file-unreadable', 'there is nothing of that name', 'Check bucket and key.'],
  'no-bucket': [
    'file-unreadable',
    'there is no such bucket',
    'Check the name of the bucket, and `endpoint:` and `region:` beside it.',
  ],
  denied: [
    'access-denied',
    'these credentials do not allow it',
    'Reading needs s3:GetObject and s3:ListBucket; output also s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload.',
  ],
  credentials: [
    'access-denied',
    'the server does not know these credentials, or they have expired',
    'Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or AWS_PROFILE (aws sts get-caller-identity).',
  ],
  'no-credentials': [
    'access-denied',
    'no credentials were found',
    'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; they are never part of a job.',
  ],
  precondition: [
    'file-changed',
    'the object is not the one that was planned',
    'Make a new plan (hindcast plan) once the files are at rest.',
  ],
  'out-of-range': [
    'file-changed',
    'the object is shorter than it was',
    'Make a new plan (hindcast plan) once the files are at rest.',
  ],
  'no-upload': [
    'remote-failed',
    'the upload was ended by someone else',
    `Check that no rule of the bucket ends uploads within minutes. ${AGAIN}`,
  ],
  archived: [
    'file-unreadable',
    'the object is in archive storage',
    'Restore it first, or leave it out of `files:`.',
  ],
  region: [
    'job-invalid',
    'the region is not known, or not that of the bucket',
    'Give the region of the bucket as `region:`, or in AWS_REGION.',
  ],
  'not-understood': [
    'unsupported',
    'the server does not take this request',
    'Check what of S3 the server speaks: listings (V2), ranges, If-Match and multipart uploads are needed.',
  ],
  clock: [
    'remote-failed',
    'the clocks of this machine and of the server differ too much',
    'Set the clock of this machine; requests are signed with the time.',
  ],
  later: ['remote-failed', 'the server is busy or not well', AGAIN],
  'no-s3': [
    'reply-invalid',
    'the answer is none of S3',
    'Check `endpoint:`: the address of the S3 service itself, not of its console.',
  ],
  'not-made': [
    'job-invalid',
    'the SDK cannot make the request',
    'Check `endpoint:`, `region:` and the AWS settings of this machine (environment, profile).',
  ],
  other: ['file-unreadable', 'the server refused', 'See the message of the server.'],
}

/** True where the next try may go better. */
export function s3MayPass(error: unknown): boolean {
  if (error instanceof HindcastError) return false
  return !(error instanceof S3Failure) || error.kind === 'later' || error.kind === 'clock'
}
