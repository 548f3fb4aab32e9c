/**
 * How a part of the Parquet core says that bytes are bad: the parts know what is wrong, the reader above them knows
 * where, and adds it.
 */

import { HindcastError } from '../errors.ts'

const CORRUPT_ADVICE = 'Fetch or write the file anew, or leave it out of `files:`.'

/** Bytes that cannot be what they claim to be. */
export function corrupt(message: string): HindcastError {
  return new HindcastError('file-corrupt', message, { advice: CORRUPT_ADVICE })
}

/** Something of the format that is not read. */
export function unsupported(message: string, advice = 'Write the file anew without it.'): HindcastError {
  return new HindcastError('unsupported', message, { advice })
}

/** A declared bound was passed. */
export function passed(message: string): HindcastError {
  return new HindcastError('limit-passed', message, {
    advice: 'Write the file anew with smaller pages and row groups.',
  })
}
