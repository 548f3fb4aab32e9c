/**
 * Every error Hindcast can raise: one class, one catalogue.
 *
 * The `kind` of a code decides the policy (retry, quarantine, refuse, crash); the code itself says what
 * happened and never changes meaning. Foreign errors are wrapped at the adapter's edge; across threads an
 * error travels as data (`toData`) and is rebuilt (`fromData`).
 */

/** What the runtime does with an error. `exitCodeOf` is the one place that switches over it. */
export type ErrorKind =
  | 'config'
  | 'data'
  | 'limit'
  | 'transient'
  | 'fenced'
  | 'auth'
  | 'unsupported'
  | 'seam'
  | 'versions'
  | 'stopped'
  | 'bug'

interface CatalogueEntry {
  readonly kind: ErrorKind
  /** One sentence for the error table of the README. */
  readonly meaning: string
}

/** The catalogue. Codes are unique by construction; a test checks that each is documented and raised. */
export const ERROR_CATALOGUE = {
  'job-invalid': {
    kind: 'config',
    meaning: 'The job file has an unknown key, a wrong unit, a missing column or a wrong value.',
  },
  'job-unreadable': { kind: 'config', meaning: 'The job file is missing, unreadable or not YAML/JSON.' },
  'secret-missing': {
    kind: 'config',
    meaning: 'A `${env:…}` or `${file:…}` reference of the job has no value.',
  },
  'argument-invalid': { kind: 'config', meaning: 'A command-line argument is unknown or has a wrong value.' },
  'plan-invalid': {
    kind: 'config',
    meaning: 'The plan file is not a plan, or was made by another version or for another job.',
  },
  'files-none': { kind: 'config', meaning: 'A path or glob of the job matches no file.' },
  'column-missing': { kind: 'config', meaning: 'A column that the job names is in none of the files.' },
  'key-type-mismatch': {
    kind: 'config',
    meaning: 'Event key and feature key have types that no lossless widening makes equal.',
  },
  'node-too-old': { kind: 'config', meaning: 'The Node that runs Hindcast is older than 24.' },
  'demo-data-missing': {
    kind: 'config',
    meaning: 'The package with the real data of the demo is not installed.',
  },
  'retention-short': {
    kind: 'config',
    meaning: 'A topic deletes records before the run will have read, or be done with, them.',
  },
  'run-mismatch': {
    kind: 'config',
    meaning: 'The run directory holds another plan, or is not a run directory.',
  },
  unsupported: {
    kind: 'unsupported',
    meaning: 'The job asks for a part that this version does not have yet.',
  },
  'schema-conflict': {
    kind: 'data',
    meaning:
      'Files of one history, or the schema of live values, give a column types that cannot be widened without loss.',
  },
  'schema-invalid': {
    kind: 'config',
    meaning: 'An Avro or Protobuf schema cannot be read, or lacks what it refers to.',
  },
  'file-unreadable': { kind: 'data', meaning: 'A file or directory cannot be opened or read.' },
  'file-corrupt': {
    kind: 'data',
    meaning: 'A file is truncated or damaged: magic, checksum, codec or structure do not hold.',
  },
  'file-changed': {
    kind: 'data',
    meaning: 'A pinned file was replaced, appended or deleted between plan and read.',
  },
  'file-unfinished': { kind: 'data', meaning: 'A file is still being written, so that it cannot be pinned.' },
  'file-exists': { kind: 'data', meaning: 'A file or folder of that name is there already.' },
  'row-bad': {
    kind: 'data',
    meaning: 'A row cannot be used (no time, absurd time, value of a wrong type) and `badRows: fail` is set.',
  },
  'event-late': { kind: 'data', meaning: 'An event was late and the job says `late: fail`.' },
  'log-invalid': {
    kind: 'config',
    meaning: 'The directory is not an embedded log, or one of another version.',
  },
  'log-corrupt': {
    kind: 'data',
    meaning: 'A batch of the embedded log fails its checksum before the end of the log.',
  },
  'digest-mismatch': {
    kind: 'data',
    meaning: 'Output does not have the digest that the manifest promises, or two runs differ.',
  },
  'output-corrupt': {
    kind: 'data',
    meaning: 'A file of a run directory (manifest, checkpoint, samples) is damaged.',
  },
  'quarantine-limit': { kind: 'limit', meaning: 'More rows were bad than `limits.quarantine` allows.' },
  'limit-passed': { kind: 'limit', meaning: 'A declared bound (see limits.ts) was passed.' },
  'disk-full': { kind: 'transient', meaning: 'The disk that holds the run directory or the log is full.' },
  'io-failed': {
    kind: 'transient',
    meaning: 'The operating system failed a read or write that may work when tried again.',
  },
  'offset-out-of-range': {
    kind: 'data',
    meaning: 'The live log no longer, or not yet, holds the offset that is needed.',
  },
  'topic-truncated': {
    kind: 'data',
    meaning: 'A topic lost records that had been read: a leader was elected that did not have them.',
  },
  'topic-grown': { kind: 'data', meaning: 'A topic got more partitions than it had when it was opened.' },
  'remote-failed': {
    kind: 'transient',
    meaning: 'A remote server did not answer until the deadline, or failed in a way that may pass.',
  },
  'reply-invalid': { kind: 'data', meaning: 'A remote server answered what its protocol does not allow.' },
  'access-denied': { kind: 'auth', meaning: 'A remote server does not let this user do that.' },
  'redirect-refused': {
    kind: 'config',
    meaning: 'A server redirected to a place that the job does not allow.',
  },
  'store-failed': { kind: 'transient', meaning: 'A feature store did not answer.' },
  'feature-table-missing': {
    kind: 'config',
    meaning: 'A feature store has no such table or column family.',
  },
  'store-refused': {
    kind: 'config',
    meaning: 'A feature store will not do what it is asked, however often it is asked.',
  },
  'run-locked': { kind: 'fenced', meaning: 'Another process owns the run directory.' },
  'sink-fenced': {
    kind: 'fenced',
    meaning: "Another process writes to the topic of the samples: it has taken this one's place.",
  },
  'sink-refused': {
    kind: 'data',
    meaning:
      'The topic of the samples cannot hold them as they are: its settings, a record too large, a time.',
  },
  'log-locked': { kind: 'fenced', meaning: 'Another process is writing to the embedded log.' },
  'seam-unproven': { kind: 'seam', meaning: 'The hand-over from history to live could not be proven.' },
  'key-partition-mismatch': {
    kind: 'seam',
    meaning: 'Live events lie in another partition than their key hashes to, so history and live disagree.',
  },
  'versions-unavailable': {
    kind: 'versions',
    meaning: 'A feature version that may have existed can no longer be told from one that never did.',
  },
  'lane-failed': {
    kind: 'bug',
    meaning: 'A lane threw, exited or ran out of memory; the checkpoint is good.',
  },
  interrupted: { kind: 'stopped', meaning: 'The run was asked to stop and did, after a clean checkpoint.' },
  'nothing-to-do': { kind: 'stopped', meaning: 'There is nothing left to do: the run is complete already.' },
  bug: { kind: 'bug', meaning: 'An invariant of Hindcast does not hold. Please report it.' },
} as const satisfies Record<string, CatalogueEntry>

export type ErrorCode = keyof typeof ERROR_CATALOGUE

/** Where it happened: whatever is known of it. */
export interface ErrorWhere {
  readonly uri?: string
  readonly line?: number
  readonly path?: string
  readonly rowGroup?: number
  readonly column?: string
  /** Page of a column chunk of a Parquet file, from 0; the dictionary page counts. */
  readonly page?: number
  readonly row?: number
  readonly stream?: string
  readonly topic?: string
  readonly partition?: number
  readonly offset?: number
  readonly slice?: string
  readonly feature?: string
}

export interface ErrorDetails {
  readonly where?: ErrorWhere
  /** What to do about it, in one sentence a tired engineer can act on. */
  readonly advice?: string
  readonly cause?: unknown
}

/** An error as plain data, for structured clone between threads and for JSON. */
export interface ErrorData {
  readonly code: ErrorCode
  readonly message: string
  readonly where: ErrorWhere
  readonly advice: string
  readonly stack: string
}

export class HindcastError extends Error {
  override readonly name = 'HindcastError'
  readonly code: ErrorCode
  readonly where: ErrorWhere
  readonly advice: string

  /** `message` says what happened and why; place and advice go into `details`. */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.where = details.where ?? {}
    this.advice = details.advice ?? ''
  }

  get kind(): ErrorKind {
    return ERROR_CATALOGUE[this.code].kind
  }

  toData(): ErrorData {
    return {
      code: this.code,
      message: this.message,
      where: this.where,
      advice: this.advice,
      stack: this.stack ?? '',
    }
  }

  static fromData(data: ErrorData): HindcastError {
    const error = new HindcastError(data.code, data.message, { where: data.where, advice: data.advice })
    error.stack = data.stack
    return error
  }
}

/** Wraps anything thrown; a HindcastError passes through unchanged. */
export function wrapError(
  thrown: unknown,
  code: ErrorCode,
  message: string,
  details: ErrorDetails = {},
): HindcastError {
  if (thrown instanceof HindcastError) return thrown
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  return new HindcastError(code, `${message}: ${reason}`, { ...details, cause: thrown })
}

/** The same error with what is known of its place; what it knows itself wins. */
export function located(thrown: unknown, where: ErrorWhere): unknown {
  if (!(thrown instanceof HindcastError) || thrown.code === 'bug') return thrown
  return new HindcastError(thrown.code, thrown.message, {
    where: { ...where, ...thrown.where },
    advice: thrown.advice,
    cause: thrown,
  })
}

/** The same error with the file or folder in its place and its message, where it has none. */
export function locatedAt(error: HindcastError, uri: string): HindcastError {
  if (error.where.uri !== undefined || error.code === 'bug') return error
  return new HindcastError(error.code, `${uri}: ${error.message}`, {
    where: { ...error.where, uri },
    advice: error.advice,
  })
}

/** An invariant of ours: throws `bug` when it does not hold. */
export function assert(holds: boolean, message: string): asserts holds {
  if (!holds)
    throw new HindcastError('bug', message, { advice: 'Please report this with the job file and the plan.' })
}

/** Exit code of the command line for an error (page "exit codes" of the README). */
export function exitCodeOf(error: HindcastError): number {
  if (error.code === 'nothing-to-do') return 99
  switch (error.kind) {
    case 'config':
    case 'unsupported':
    case 'auth':
      return 2
    case 'data':
    case 'limit':
      return 3
    case 'seam':
      return 4
    case 'versions':
      return 5
    case 'transient':
    case 'fenced':
      return 75
    case 'stopped':
      return 130
    case 'bug':
      return 70
  }
}
