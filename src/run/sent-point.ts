/**
 * Where the sending of a run goes on: pure, from what is noted of a partition and what the positions on the cluster say.
 */

import { isoOfMs } from '../core/time.ts'
import { HindcastError } from '../errors.ts'
import type { KnownPositions } from '../sinks/index.ts'
import type { ManifestSlice } from './manifest.ts'
import type { SentNote } from './sent-notes.ts'

/** A slice is there; or the row from which on it is to be sent. */
export type SentPoint = 'sent' | number

/** Of the slice of a partition whose last note is `last`: slices are sent in the order of their time. */
export function sentPoint(last: Pick<SentNote, 'slice' | 'rows' | 'of'> | null, slice: number): SentPoint {
  if (last === null || slice > last.slice) return 0
  return slice < last.slice || last.rows === last.of ? 'sent' : last.rows
}

export interface PositionCheck {
  readonly topic: string
  readonly partition: number
  readonly run: string
  /** Identities of the runs that this one goes on from, one after the other. */
  readonly before: readonly string[]
  /** Samples of other runs may be there. */
  readonly append: boolean
  /** Slices that the run's directory knows. */
  readonly slices: readonly ManifestSlice[]
}

/** Raises `run-mismatch` where this run cannot go on from what the topic holds. */
export function checkPositions({ own, newest }: KnownPositions, check: PositionCheck): void {
  const { topic, partition, run, before, append, slices } = check
  const where = { topic, partition }
  if (own !== null) {
    const known = slices.find(slice => slice.slice === own.slice)?.partitions[partition]
    if (known === undefined || known.rows !== own.of || known.digest !== own.digest) {
      const what = known === undefined ? 'a slice' : 'other samples in the slice'
      throw new HindcastError(
        'run-mismatch',
        `the topic holds ${what} from ${isoOfMs(own.slice)} on that the directory of this run does not know`,
        {
          where,
          advice:
            'The directory is older than the topic, as a copy of it would be: go on from the newest one, or run into another topic.',
        },
      )
    }
  }
  if (newest === null || newest.run === run || append) return
  if (own === null && before.includes(newest.run)) return
  const when = own === null ? 'holds samples' : 'got samples after those of this run'
  throw new HindcastError(
    'run-mismatch',
    `the topic ${when}: of job ${newest.job}, run ${newest.run}, up to the slice from ${isoOfMs(newest.slice)} on`,
    {
      where,
      advice:
        'Choose another topic; or go on with that run (--run DIR), or from it (--after DIR); or let samples stand behind one another: output.kafka.append: true.',
    },
  )
}
