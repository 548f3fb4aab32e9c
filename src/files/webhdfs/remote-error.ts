/** Failures of one try against HDFS: whether another is worth it, and what the user is told when none is left. */

import type { ErrorCode } from '../../errors.ts'
import { HindcastError, locatedAt } from '../../errors.ts'
import { WrongLength } from './body-takers.ts'
import { ConnectionFailure } from './http-exchange.ts'
import type { FailureKind, RemoteFailure } from './remote-failure.ts'

/** A server answered with an error. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError'
  readonly failure: RemoteFailure

  constructor(failure: RemoteFailure) {
    super(failure.message)
    this.failure = failure
  }
}

/** True where the next try may go better. */
export function mayPass(error: unknown): boolean {
  if (error instanceof RemoteError) return PASSING.has(error.failure.kind)
  return error instanceof ConnectionFailure || error instanceof WrongLength
}

const PASSING: ReadonlySet<FailureKind> = new Set(['standby', 'later', 'safe-mode', 'no-data-node'])

/** True for the answer that there is nothing of that name. */
export function isMissing(error: unknown): boolean {
  return error instanceof RemoteError && MISSING.has(error.failure.kind)
}

const MISSING: ReadonlySet<FailureKind> = new Set(['missing', 'bad-name'])

/** True where the server does not know the operation. */
export function isNotUnderstood(error: unknown): boolean {
  return error instanceof RemoteError && error.failure.kind === 'not-understood'
}

export interface Attempted {
  readonly op: string
  /** What it was about, with the cluster. */
  readonly uri: string
  /** What else is known: a range, a number of tries. */
  readonly detail?: string
}

/** The error that the user sees. Errors that are ours already get the place, if they have none. */
export function typedError(error: unknown, { op, uri, detail }: Attempted): unknown {
  if (error instanceof HindcastError) return locatedAt(error, uri)
  const [code, why, advice] = error instanceof RemoteError ? toldBy(error.failure) : lost(error)
  const said = error instanceof RemoteError ? saidBy(error.failure) : ''
  return new HindcastError(code, `${op} of ${uri}${detail ?? ''}: ${why}${said}`, { where: { uri }, advice })
}

function saidBy({ exception, message }: RemoteFailure): string {
  return exception === null ? ` (${message})` : ` (${exception}: ${message})`
}

const AGAIN = 'Run the same command again once HDFS is well: it goes on where it stopped.'

function lost(error: unknown): [ErrorCode, string, string] {
  const why = error instanceof Error ? error.message : String(error)
  return ['remote-failed', why, `Check that the servers run and can be reached. ${AGAIN}`]
}

function toldBy({ kind }: RemoteFailure): [ErrorCode, string, string] {
  return TOLD[kind]
}

const TOLD: Readonly<Record<FailureKind, [ErrorCode, string, string]>> = {
  missing: ['file-unreadable', 'there is nothing of that name', 'Check the path.'],
  'bad-name': [
    'file-unreadable',
    'HDFS does not allow a name like that',
    'Names of HDFS have no colon and at most 255 bytes.',
  ],
  denied: [
    'access-denied',
    'this user may not do that',
    'Give the name of a user who may as `user:`, or change the permissions.',
  ],
  exists: [
    'file-exists',
    'something of that name is there already',
    'Take another name, or remove it first.',
  ],
  busy: [
    'file-unfinished',
    'someone else is writing to the file',
    'Wait until the writer has closed it, then try again.',
  ],
  standby: ['remote-failed', 'no NameNode is the active one', `Name all NameNodes in the URI. ${AGAIN}`],
  later: ['remote-failed', 'HDFS is not ready', AGAIN],
  'safe-mode': ['remote-failed', 'HDFS is in safe mode', AGAIN],
  'no-data-node': ['remote-failed', 'no DataNode has the bytes', `Check the DataNodes. ${AGAIN}`],
  'out-of-range': [
    'file-changed',
    'the file is shorter than it was',
    'Make a new plan (hindcast plan) once the files are at rest.',
  ],
  'not-empty': ['file-exists', 'the folder is not empty', 'Remove what is in it first.'],
  'not-understood': [
    'unsupported',
    'the server does not take this request',
    'Check the version of Hadoop and the name of the user.',
  ],
  kerberos: [
    'unsupported',
    'the server asks for Kerberos (SPNEGO), which this version does not speak',
    'Read through an HttpFS that takes simple authentication, or copy the files.',
  ],
  quota: ['disk-full', 'the quota of the folder is used up', 'Raise the quota or free space.'],
  other: ['file-unreadable', 'the server refused', 'See the message of the server.'],
}
