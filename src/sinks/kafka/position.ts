/**
 * Positions: how far a run has come in a partition of the sink, as one record in `<topic>.hindcast` that is written in
 * the transaction of the samples themselves. Of the records of one key the newest counts; the topic is compacted.
 *
 *     partition   that of the samples
 *     key         <run>/<partition>
 *     value       {"version":1,"run":…,"job":…,"plan":…,"partition":3,"slice":978307200000,"rows":4096,"of":9000,
 *                  "digest":"…","first":812,"last":4907}
 *
 * It says: of the slice that begins at `slice` the first `rows` of `of` samples are in the topic; those of the last
 * transaction have the offsets first … last (-1 where it had none).
 */

import { HindcastError } from '../../errors.ts'

const VERSION = 1

export interface Position {
  /** Identity of the run: a run directory has one, whatever the number of its processes. */
  readonly run: string
  readonly job: string
  /** Hash of the plan. */
  readonly plan: string
  readonly partition: number
  /** Start of the slice, ms. */
  readonly slice: number
  readonly rows: number
  readonly of: number
  /** Digest of the whole slice (C7); empty where it has no rows. */
  readonly digest: string
  readonly first: number
  readonly last: number
}

/** The topic of the positions of a sink. */
export function positionsTopic(topic: string): string {
  return `${topic}.hindcast`
}

/** Who writes to a partition: a newer process with the same id fences the older. */
export function transactionalId(topic: string, partition: number): string {
  return `hindcast.${topic}.${partition}`
}

export function positionKey({ run, partition }: Pick<Position, 'run' | 'partition'>): string {
  return `${run}/${partition}`
}

export function positionText(position: Position): string {
  return JSON.stringify({ version: VERSION, ...position })
}

/** Raises `reply-invalid` where a record of the topic is no position that this version wrote. */
export function parsePosition(
  text: string,
  where: { topic: string; partition: number; offset: number },
): Position {
  try {
    const { version, ...position } = JSON.parse(text) as Position & { version: unknown }
    if (version === VERSION && isPosition(position)) return position
  } catch {
    // fall through: the message below is the same for both
  }
  throw new HindcastError('reply-invalid', 'a record of the positions is none that this version writes', {
    where,
    advice:
      'Nothing but Hindcast may write to this topic; with a newer Hindcast use its own version to go on.',
  })
}

function isPosition(value: Position): boolean {
  const { partition, slice, rows, of, first, last } = value
  return (
    [value.run, value.job, value.plan, value.digest].every(text => typeof text === 'string') &&
    [partition, slice, rows, of, first, last].every(Number.isSafeInteger) &&
    partition >= 0 &&
    rows >= 0 &&
    rows <= of &&
    last >= first
  )
}
