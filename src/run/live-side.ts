/**
 * Opens the live side of a stream, for the plan as it is now and for a run as the plan pinned it (C3, C8).
 *
 * Invariant: a run reads a live side only if it is the one of the plan: the same log or topic, not made anew, with as
 * many partitions, and nothing cut off that was there.
 */

import type { ErrorWhere } from '../errors.ts'
import { HindcastError } from '../errors.ts'
import type { StreamJob } from '../job/index.ts'
import type { LiveEnds, LiveSource } from '../live/index.ts'
import { openLiveSource } from '../live/index.ts'
import type { LivePlan } from '../plan/index.ts'

/** The live side of the stream as it is now; `job-invalid` where it has another number of partitions than the job says. */
export async function openLive(job: StreamJob): Promise<LiveSource> {
  const source = await openLiveSource(job.live!.place)
  return orClosed(source, () => {
    checkPartitions(job, source)
    checkAbilities(job, source)
  })
}

/** What the plan pinned; `file-changed` where it was made anew, `topic-grown` where it has more partitions. */
export async function openPinned(job: StreamJob, pinned: LivePlan): Promise<LiveSource> {
  const source = await openLiveSource(job.live!.place)
  return orClosed(source, () => {
    if (source.id !== pinned.sourceId) {
      throw new HindcastError('file-changed', `${nounOf(job)} was made anew since the plan`, {
        where: liveWhere(job),
        advice: 'Make a new plan.',
      })
    }
    if (source.partitions !== pinned.partitions) throw grown(job, pinned.partitions, source.partitions)
  })
}

/** Where the partition begins and ends now; `topic-truncated` or `file-changed` where it was cut since the plan. */
export async function pinnedEnds(
  job: StreamJob,
  pinned: LivePlan,
  source: LiveSource,
  partition: number,
): Promise<LiveEnds> {
  const ends = await source.ends(partition)
  const was = { next: pinned.offsetNext[partition]!, leaderEpoch: pinned.leaderEpochs[partition] ?? null }
  const where = { ...liveWhere(job), partition, offset: ends.next }
  if (ends.next < was.next) {
    const gone =
      was.next - 1 === ends.next ? `offset ${ends.next} is` : `offsets ${ends.next}–${was.next - 1} are`
    throw new HindcastError(
      'topic-truncated',
      `${nounOf(job)} was cut: it went up to offset ${was.next - 1} when the plan was made, and ${gone} gone`,
      {
        where,
        advice: 'A broker that was behind has become the leader, or a backup was restored. Make a new plan.',
      },
    )
  }
  if (was.leaderEpoch !== null && ends.leaderEpoch !== null && ends.leaderEpoch < was.leaderEpoch) {
    throw new HindcastError(
      'file-changed',
      `the leader of the partition is of epoch ${ends.leaderEpoch}, and was of ${was.leaderEpoch} when the plan was made`,
      { where, advice: 'The cluster was restored from an older state. Make a new plan.' },
    )
  }
  return ends
}

/** What errors about the live side of a stream say of where it is. */
export function liveWhere({ name: stream, live }: StreamJob): ErrorWhere {
  const place = live!.place
  return place.kind === 'log' ? { uri: place.directory, stream } : { topic: place.topic, stream }
}

function nounOf({ live }: StreamJob): string {
  const place = live!.place
  return place.kind === 'log' ? 'the log' : `topic ${place.topic}`
}

async function orClosed(source: LiveSource, check: () => void): Promise<LiveSource> {
  try {
    check()
    return source
  } catch (error) {
    await source.close()
    throw error
  }
}

function grown(job: StreamJob, was: number, is: number): HindcastError {
  return new HindcastError(
    'topic-grown',
    `${nounOf(job)} has ${is} partitions, and had ${was} when the plan was made`,
    {
      where: liveWhere(job),
      advice:
        'Keys lie in other partitions from then on, so history and live disagree: plan a new job with the new number, from files that were written with it.',
    },
  )
}

function checkPartitions(job: StreamJob, { partitions }: LiveSource): void {
  if (partitions === job.partitions) return
  throw new HindcastError(
    'job-invalid',
    `${nounOf(job)} has ${partitions} partitions, but stream ${job.name} says ${job.partitions}`,
    {
      where: { ...liveWhere(job), path: `streams.${job.name}.partitions` },
      advice: `Write \`partitions: ${partitions}\`: the same number must mean the same keys on both sides.`,
    },
  )
}

/** A seam by offset has to know of every offset why it has no record; a copy needs the bytes of fetches. */
function checkAbilities(job: StreamJob, source: LiveSource): void {
  const place = job.live!.place
  if (place.kind !== 'kafka') return
  const refuse = (what: string, instead: string): void => {
    throw new HindcastError('unsupported', `${what}, and \`client: ${place.client}\` cannot`, {
      where: liveWhere(job),
      advice: `Leave \`client\` out, or ${instead}.`,
    })
  }
  if (job.seam?.by === 'offset' && !source.abilities.holes)
    refuse(
      'a seam by offset needs a reader that can tell why an offset has no record',
      'use a seam `by: time`',
    )
  if (job.live!.spool && source.readRaw === undefined)
    refuse('`live.spool` needs a reader that gives the bytes of a topic', 'leave `spool` out')
}
