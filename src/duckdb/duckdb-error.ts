/**
 * DuckDB's errors → ours, at the adapter's edge. Its messages start with a class ("IO Error: …"); the class decides
 * the code.
 */

import { access, constants, stat } from 'node:fs/promises'
import type { ErrorWhere } from '../errors.ts'
import { HindcastError } from '../errors.ts'

/** The error of a statement that reads one file. A HindcastError passes through unchanged. */
export function readError(thrown: unknown, where: ErrorWhere): HindcastError {
  if (thrown instanceof HindcastError) return thrown
  const message = messageOf(thrown)
  const what = shortened(message)
  if (/Out of Memory|bad_alloc/i.test(message)) {
    return new HindcastError('limit-passed', `reading needs more memory than DuckDB was given: ${what}`, {
      where,
      advice:
        'Raise limits.memory, or check that the file is whole: damaged sizes ask for absurd memory too.',
      cause: thrown,
    })
  }
  if (/No files found|Cannot open file|Permission denied|No such file/i.test(message)) {
    return new HindcastError('file-unreadable', `cannot read the file: ${what}`, {
      where,
      advice: 'Check that it exists and that this user may read it.',
      cause: thrown,
    })
  }
  if (/^(Parser|Catalog|Permission) Error/.test(message)) {
    return new HindcastError('bug', `a statement of ours was refused: ${what}`, {
      where,
      advice: "Please report this with the file's schema.",
      cause: thrown,
    })
  }
  if (isConversion(thrown)) {
    return new HindcastError('file-corrupt', `a value is beyond what can be represented: ${what}`, {
      where,
      advice: 'Times must lie before the year 294,000: write the file anew without such rows.',
      cause: thrown,
    })
  }
  return new HindcastError('file-corrupt', `the file cannot be decoded: ${what}`, {
    where,
    advice: 'Fetch or write the file anew, or leave it out of `files:`.',
    cause: thrown,
  })
}

/** The error of a read; DuckDB takes a missing file for a folder, so whether there is one is looked up. */
export async function explained(
  error: unknown,
  where: ErrorWhere & { readonly uri: string },
): Promise<HindcastError> {
  if (error instanceof HindcastError) return error
  try {
    await access(where.uri, constants.R_OK)
    if (!(await stat(where.uri)).isFile()) return readError(new Error('No such file: it is a folder'), where)
  } catch (cause) {
    return readError(cause, where)
  }
  return readError(error, where)
}

/** Whether DuckDB has declared the whole instance unusable, so that a new one is needed. */
export function isFatal(thrown: unknown): boolean {
  return /^(INTERNAL|FATAL) Error|has been invalidated/i.test(messageOf(thrown))
}

/** Whether a value was met that DuckDB's own type for it cannot hold. */
export function isConversion(thrown: unknown): boolean {
  return /^Conversion Error/.test(messageOf(thrown))
}

/** Whether the instance was declared unusable by an earlier statement, and not by this one. */
export function isInvalidated(thrown: unknown): boolean {
  return /has been invalidated/i.test(messageOf(thrown))
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** One line without the echo of our statement and without the stack trace of an internal error. */
function shortened(message: string): string {
  const text = message.replace(/\n\nLINE \d+:[\s\S]*$/, '').replace(/\n\n?Stack Trace:[\s\S]*$/, '')
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim()
  return line.length > 400 ? `${line.slice(0, 400)}…` : line
}
