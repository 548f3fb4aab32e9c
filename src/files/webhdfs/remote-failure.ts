/**
 * What an error reply of HDFS means. The name of the Java exception decides, never the status: 403 stands for eleven
 * different things. The status counts only where there is no such name. No I/O.
 *
 *     {"RemoteException": {"exception": "FileNotFoundException", "javaClassName": "java.io…", "message": "…"}}
 */

import { redacted } from '../remote/redaction.ts'

/** What the client does about it hangs on this alone. */
export type FailureKind =
  | 'missing'
  /** No file can have that name: there is none. */
  | 'bad-name'
  | 'denied'
  | 'exists'
  /** Another writer holds the file. */
  | 'busy'
  /** This NameNode is not the active one: ask the next. */
  | 'standby'
  /** Starting, in safe mode, overloaded: ask again. */
  | 'later'
  /** Writes are refused for as long as an administrator wants it. */
  | 'safe-mode'
  /** No DataNode that could be used, or none that has the block. */
  | 'no-data-node'
  | 'out-of-range'
  | 'not-empty'
  /** The server does not know the operation or takes a value for wrong. */
  | 'not-understood'
  /** Kerberos is asked for. */
  | 'kerberos'
  | 'quota'
  | 'other'

export interface RemoteFailure {
  readonly kind: FailureKind
  readonly status: number
  /** Short name of the exception; null for a reply that is none of HDFS. */
  readonly exception: string | null
  /** Fit to be shown. */
  readonly message: string
}

const KINDS: Readonly<Record<string, FailureKind>> = {
  FileNotFoundException: 'missing',
  InvalidPathException: 'bad-name',
  AccessControlException: 'denied',
  AuthorizationException: 'denied',
  SecurityException: 'denied',
  InvalidToken: 'denied',
  FileAlreadyExistsException: 'exists',
  ParentNotDirectoryException: 'exists',
  AlreadyBeingCreatedException: 'busy',
  RecoveryInProgressException: 'busy',
  StandbyException: 'standby',
  ObserverRetryOnActiveException: 'standby',
  RetriableException: 'later',
  ServerTooBusyException: 'later',
  // of a DataNode whose connection to the NameNode is cut, as of one that asks in vain
  EOFException: 'later',
  SocketException: 'later',
  ClosedChannelException: 'later',
  InterruptedIOException: 'later',
  SocketTimeoutException: 'later',
  ConnectTimeoutException: 'later',
  ConnectException: 'later',
  NoRouteToHostException: 'later',
  SafeModeException: 'safe-mode',
  BlockMissingException: 'no-data-node',
  ChecksumException: 'no-data-node',
  PathIsNotEmptyDirectoryException: 'not-empty',
  IllegalArgumentException: 'not-understood',
  UnsupportedOperationException: 'not-understood',
  QueryParamException: 'not-understood',
  ParamException: 'not-understood',
  AuthenticationException: 'kerberos',
  NSQuotaExceededException: 'quota',
  DSQuotaExceededException: 'quota',
  QuotaByStorageTypeExceededException: 'quota',
}

/** Exceptions that stand for many things are told apart by what they say. */
const MESSAGES: readonly (readonly [RegExp, FailureKind])[] = [
  [/no active and not excluded nodes|failed to find datanode|all datanodes? .* excluded/i, 'no-data-node'],
  [/could not obtain (the last )?block|no live nodes contain|blockmissing/i, 'no-data-node'],
  [/out of the range/i, 'out-of-range'],
  [/name node is in safe mode|safe mode is on/i, 'safe-mode'],
  [/connection (reset|refused|timed out)|failed on local exception|end of file exception/i, 'later'],
  [/in state standby/i, 'standby'],
  [/is non empty/i, 'not-empty'],
]

const UNCLEAR = new Set(['IOException', 'RemoteException', 'RuntimeException', 'Exception'])

/** The failure that a reply with an error status tells of; `body` may be cut off, HTML, or nothing. */
export function remoteFailure(status: number, body: string): RemoteFailure {
  const told = exceptionOf(body)
  if (told === null) return { kind: kindOfStatus(status), status, exception: null, message: `HTTP ${status}` }
  const { exception, message } = told
  const said = message.slice(0, 4096)
  const byMessage = MESSAGES.find(([pattern]) => pattern.test(said))?.[1]
  const known = Object.hasOwn(KINDS, exception) ? KINDS[exception]! : undefined
  const kind = (UNCLEAR.has(exception) ? byMessage : (known ?? byMessage)) ?? 'other'
  return { kind, status, exception: redacted(exception).slice(0, 80), message: redacted(message) }
}

function exceptionOf(body: string): { exception: string; message: string } | null {
  try {
    const { RemoteException: told } = JSON.parse(body) as { RemoteException?: Record<string, unknown> }
    if (typeof told?.exception !== 'string') return null
    return { exception: told.exception, message: typeof told.message === 'string' ? told.message : '' }
  } catch {
    return null
  }
}

/** Gateways, web servers before HDFS, and HDFS's own HTML pages. */
function kindOfStatus(status: number): FailureKind {
  if (status === 401) return 'kerberos'
  if (status === 407) return 'denied'
  if (status === 408 || status === 429 || status >= 500) return 'later'
  return 'other'
}
