/**
 * What the exceptions of HBase mean to a reader: whether another try can help, and what to learn first.
 *
 * Calls and rows fail with the name of a Java class and its printed text. Names decide, because a row of a `Multi` has
 * no flag that says whether to try again, and the flag of a call is missing from some that never pass.
 * Source: the classes of org.apache.hadoop.hbase of Apache HBase 2.6 and what its client does with each.
 */

import { HindcastError } from '../errors.ts'
import type { RemoteException } from './rpc-frames.ts'

/**
 * What to do next:
 * `place` look the region up again, `moved` the same with a hint, `wait` only wait, `at-once` ask again without waiting,
 * `scanner` open the scanner again, `too-long` ask for less, `fatal` give up.
 */
export type Remedy = 'place' | 'moved' | 'wait' | 'at-once' | 'scanner' | 'too-long' | 'fatal'

/** Something that went wrong at one server, and what may help. Never seen outside of this folder: `error` is. */
export class ServerFailure extends Error {
  override readonly name = 'ServerFailure'
  readonly remedy: Remedy
  readonly error: HindcastError
  /** `host:port`, for `moved`. */
  readonly movedTo: string | null

  constructor(remedy: Remedy, error: HindcastError, movedTo: string | null = null) {
    super(error.message)
    this.remedy = remedy
    this.error = error
    this.movedTo = movedTo
  }
}

/** Where it happened, for the message. */
export interface ServerPlace {
  readonly server: string
  readonly table?: string
  readonly region?: string
}

const REMEDIES: Readonly<Record<string, Remedy>> = {
  NotServingRegionException: 'place',
  RegionMovedException: 'moved',
  RegionOpeningException: 'place',
  RegionInRecoveryException: 'place',
  WrongRegionException: 'place',
  RegionServerStoppedException: 'place',
  RegionServerAbortedException: 'place',
  RegionOfflineException: 'place',
  ServerNotRunningYetException: 'place',
  MasterNotRunningException: 'place',
  NotAllMetaRegionsOnlineException: 'place',
  PleaseHoldException: 'wait',
  RegionTooBusyException: 'wait',
  CallQueueTooBigException: 'wait',
  CallDroppedException: 'wait',
  CallTimeoutException: 'wait',
  TimeoutIOException: 'wait',
  RpcThrottlingException: 'wait',
  ThrottlingException: 'wait',
  MultiActionResultTooLarge: 'at-once',
  RetryImmediatelyException: 'at-once',
  UnknownScannerException: 'scanner',
  OutOfOrderScannerNextException: 'scanner',
  ScannerResetException: 'scanner',
  LeaseException: 'scanner',
  CorruptHFileException: 'fatal',
  DoNotRetryIOException: 'fatal',
  TableNotFoundException: 'fatal',
  TableNotEnabledException: 'fatal',
  NoSuchColumnFamilyException: 'fatal',
  AccessDeniedException: 'fatal',
  AccessControlException: 'fatal',
  BadAuthException: 'fatal',
  WrongVersionException: 'fatal',
  UnsupportedCellCodecException: 'fatal',
  UnsupportedCompressionCodecException: 'fatal',
  FatalConnectionException: 'fatal',
  UnknownServiceException: 'fatal',
  UnknownProtocolException: 'fatal',
  FailedSanityCheckException: 'fatal',
  IllegalArgumentException: 'fatal',
  UnsupportedOperationException: 'fatal',
  InvalidFamilyOperationException: 'fatal',
  OperationConflictException: 'fatal',
  QuotaExceededException: 'fatal',
  SpaceLimitingException: 'fatal',
}

/** An exception of a server as ours. Texts of servers are cut to a line. */
export function failureOf(exception: RemoteException, place: ServerPlace): ServerFailure {
  const name = exception.className.replace(/^.*[.$]/, '')
  const remedy = REMEDIES[name] ?? (exception.doNotRetry ? 'fatal' : 'wait')
  const said = `${name || 'an exception'}: ${firstLine(exception)}`
  return new ServerFailure(
    remedy,
    errorOf(name, remedy, said, place),
    remedy === 'moved' ? newPlace(exception) : null,
  )
}

function errorOf(name: string, remedy: Remedy, said: string, place: ServerPlace): HindcastError {
  const message = `${placeText(place)}: ${said}`
  const where = { uri: place.server }
  switch (name) {
    case 'TableNotFoundException':
    case 'NoSuchColumnFamilyException':
      return new HindcastError('feature-table-missing', message, {
        where,
        advice: 'Check the names of table and column family, and that this is the right cluster.',
      })
    case 'AccessDeniedException':
    case 'AccessControlException':
    case 'BadAuthException':
      return new HindcastError('access-denied', message, {
        where,
        advice: 'Give a `user` that may read the table. A cluster that asks for Kerberos cannot be read yet.',
      })
    default:
      return remedy === 'fatal'
        ? new HindcastError('store-refused', message, {
            where,
            advice: 'The server will not do this however often it is asked: see its log for the reason.',
          })
        : storeFailed(place, said)
  }
}

/** A failure that may pass, of which nothing is known but a text. */
export function storeFailed(place: ServerPlace, why: string, cause?: unknown): HindcastError {
  return new HindcastError('store-failed', `${placeText(place)}: ${why}`, {
    where: { uri: place.server },
    advice:
      'Check that the servers of HBase run and have placed all regions; a run that is started again goes on.',
    ...(cause === undefined ? {} : { cause }),
  })
}

/** What RpcConnection raises, as a failure: a dead, frozen or strange server, or a reply that is too long. */
export function lostServer(error: HindcastError): ServerFailure {
  if (error.kind === 'transient') return new ServerFailure('place', error)
  return new ServerFailure(error.code === 'limit-passed' ? 'too-long' : 'fatal', error)
}

/** `HBase at host:port, table t, region r` */
export function placeText({ server, table, region }: ServerPlace): string {
  const of = [table === undefined ? '' : `table ${table}`, region === undefined ? '' : `region ${region}`]
  return [`HBase at ${server}`, ...of.filter(each => each !== '')].join(', ')
}

/** `Region moved to: hostname=h port=n startCode=…`, or as the header has it. */
function newPlace({ text, host, port }: RemoteException): string | null {
  const found = /hostname=(\S+) port=(\d{1,5})\b/.exec(text)
  if (found !== null) return `${found[1]}:${found[2]}`
  return host !== null && port !== null ? `${host}:${port}` : null
}

const LINE_MAX = 300

function firstLine({ className, text }: RemoteException): string {
  const line = (text.split('\n', 1)[0] ?? '').replace(`${className}: `, '').replaceAll(/[^\x20-\x7e]/g, '?')
  return line.length > LINE_MAX ? `${line.slice(0, LINE_MAX)}…` : line
}
