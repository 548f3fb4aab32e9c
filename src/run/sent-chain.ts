/**
 * The runs before this one in its chain (C10), as far as their samples went to a topic: who they are, and whether the one
 * that this run goes on from has sent all that it sealed.
 */

import { isoOfMs } from '../core/time.ts'
import { HindcastError } from '../errors.ts'
import type { Plan } from '../plan/index.ts'
import type { Position } from '../sinks/index.ts'
import { readManifest } from './manifest.ts'
import { runIdentityOf } from './run-identity.ts'
import { readSentNotes, type SentNote } from './sent-notes.ts'
import { sentPoint } from './sent-point.ts'
import { isSent } from './staged-slice.ts'

/** Identities of all runs before, the last one first; `after` is the directory of the last one. */
export function identitiesBefore(after: string | null): string[] {
  const identities: string[] = []
  const seen = new Set<string>()
  for (let directory = after; directory !== null && !seen.has(directory); ) {
    seen.add(directory)
    const identity = runIdentityOf(directory)
    if (identity !== null) identities.push(identity)
    directory = readManifest(directory)?.header.after ?? null
  }
  return identities
}

/**
 * Raises `run-mismatch` where the run of `after` has sealed slices that it has not sent: behind the samples of this run
 * they could never get into the topic. `newest`: what the cluster says of the partition; null: nothing.
 */
export function checkAllSent(
  after: string,
  plan: Plan,
  partition: number,
  newest: Pick<Position, 'run' | 'slice' | 'rows' | 'of'> | null,
): void {
  const kafka = plan.job.output.kafka
  const manifest = readManifest(after)
  const identity = runIdentityOf(after)
  if (kafka === undefined || manifest === null || identity === null) return
  const last = manifest.slices.findLast(({ slice, partitions }) =>
    isSent({ directory: after, plan, kafka, slice, part: partitions[partition]! }),
  )
  if (last === undefined) return
  const note = readSentNotes(after).findLast(each => each.partition === partition) ?? null
  const position = newest?.run === identity ? newest : null
  if ([note, position].some(known => sentPoint(known, last.slice) === 'sent')) return
  throw new HindcastError(
    'run-mismatch',
    `the run to go on from has not sent its slice from ${isoOfMs(last.slice)} on`,
    {
      where: { uri: after, partition },
      advice: `Start it again and stop it with Ctrl-C, which sends the rest: hindcast run --plan ${after}/plan.json --run ${after}`,
    },
  )
}

/**
 * Raises `run-mismatch` where the cluster does not have what was noted behind a commit: then earlier samples are gone,
 * and nothing that is sent now would bring them back.
 */
export function checkNotLost(
  topic: string,
  noted: SentNote | null,
  own: Pick<Position, 'slice' | 'rows'> | null,
): void {
  if (noted === null) return
  const isThere =
    own !== null && (own.slice > noted.slice || (own.slice === noted.slice && own.rows >= noted.rows))
  if (isThere) return
  throw new HindcastError(
    'run-mismatch',
    `the topic lacks samples that were committed, up to the slice from ${isoOfMs(noted.slice)} on`,
    {
      where: { topic, partition: noted.partition },
      advice:
        'The topic (or the one of its positions) was made anew, or its brokers lost what they had acknowledged: run into a new directory and another topic.',
    },
  )
}
