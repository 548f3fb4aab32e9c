/**
 * Retention against time (C3): while history is replayed, the topic goes on deleting what live will begin with. A record
 * is kept until its timestamp is `retention.ms` old, so what is left of that is known before the first row is read.
 */

import { secondsText } from '../core/figures.ts'
import { HindcastError } from '../errors.ts'
import type { Job } from '../job/index.ts'
import { durationText } from '../job/index.ts'
import type { LiveSource } from '../live/index.ts'
import type { StreamPlan } from '../plan/index.ts'
import { liveWhere } from './live-side.ts'

/** Enough for a record; a source gives at least one whole batch. */
const LOOK_BYTES = 64 * 1024
const LOOK_MS = 5000

export interface Retention {
  readonly retentionMs: number | null
  readonly keptMs: number | null
}

/**
 * `starts` and `nexts`: where live begins and ends, by partition. Where the settings of the topic are not for this user,
 * nothing is known, and `onDenied` is told.
 */
export async function retentionOf(
  source: LiveSource,
  starts: readonly number[],
  nexts: readonly number[],
  onDenied: () => void,
): Promise<Retention> {
  const retentionMs = await toldRetention(source, onDenied)
  if (retentionMs === null) return { retentionMs, keptMs: null }
  const times = await Promise.all(starts.map((start, p) => firstTimeMs(source, p, start, nexts[p]!)))
  const known = times.filter(time => time !== null)
  return { retentionMs, keptMs: known.length === 0 ? null : Math.min(...known) + retentionMs - Date.now() }
}

async function toldRetention(source: LiveSource, onDenied: () => void): Promise<number | null> {
  try {
    return (await source.retentionMs?.()) ?? null
  } catch (error) {
    if (!(error instanceof HindcastError) || error.code !== 'access-denied') throw error
    onDenied()
    return null
  }
}

/** Timestamp of the first record in [offset, end), ms; null where there is none. */
async function firstTimeMs(
  source: LiveSource,
  partition: number,
  offset: number,
  end: number,
): Promise<number | null> {
  for (let at = offset; at < end; ) {
    const batch = await source.read({ partition, offset: at, bytesMax: LOOK_BYTES, waitMs: LOOK_MS })
    if (batch.rows > 0) return batch.offset[0]! < end ? batch.timestampMs[0]! : null
    // Without a leader no fetch shows the end: the source gives up by itself, in time.
    if (batch.offsetNext === at && Number.isFinite(batch.endOffset)) return null
    at = batch.offsetNext
  }
  return null
}

/**
 * Raises `retention-short` where a topic will have lost the beginning of live before history is read. One that is spooled
 * needs to hold it now only.
 */
export function checkRetention(job: Job, streams: readonly StreamPlan[], secondsEstimated: number): void {
  for (const { live, ordinal } of streams) {
    const stream = job.streams[ordinal]!
    if (live === null || live.keptMs === null || stream.history === undefined || stream.live!.spool) continue
    if (live.keptMs >= 1000 * secondsEstimated) continue
    const left =
      live.keptMs <= 0
        ? 'is old enough to be deleted already'
        : `is deleted in ${secondsText(live.keptMs / 1000)}`
    throw new HindcastError(
      'retention-short',
      `what live begins with ${left}, as the topic keeps records for ${durationText(live.retentionMs!)}, and history is estimated to take ${secondsText(secondsEstimated)}`,
      {
        where: liveWhere(stream),
        advice:
          'Set `live.spool: true` to have the topic copied meanwhile, raise its `retention.ms` until the run is over, or move the seam to a later time.',
      },
    )
  }
}
