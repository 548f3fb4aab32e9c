/**
 * Notes of the very first start: where the live side of each partition begins (C3) and, for `stop: caught-up`, ends.
 * A resume reads them again, so that it decides as the first start did.
 */

import type { StreamJob } from '../job/index.ts'
import type { LiveRange } from '../lanes/index.ts'
import type { LiveSource } from '../live/index.ts'
import type { Plan, StreamPlan } from '../plan/index.ts'
import type { StartNotes } from './checkpoint.ts'
import { readStartNotes, writeStartNotes } from './checkpoint.ts'
import { openPinned, pinnedEnds } from './live-side.ts'
import { liveStart } from './live-start.ts'

/** `before`: notes of the run that this one goes on from (C10): live begins where it did there, and ends anew. */
export async function noteStart(
  plan: Plan,
  directory: string,
  before: StartNotes | null,
): Promise<StartNotes> {
  const existing = readStartNotes(directory)
  if (existing !== null) return existing
  const now = await liveRangesOf(plan)
  const liveRanges = before === null ? now : goneOn(before.liveRanges, now)
  const notes = { startedAtMs: Date.now(), liveRanges }
  writeStartNotes(directory, notes)
  return notes
}

function goneOn(
  before: StartNotes['liveRanges'],
  now: StartNotes['liveRanges'],
): Record<number, readonly LiveRange[]> {
  const ordinals = Object.keys(now).map(Number)
  return Object.fromEntries(
    ordinals.map(ordinal => [
      ordinal,
      now[ordinal]!.map((range, p) => ({ ...range, ...before[ordinal]?.[p], stop: range.stop })),
    ]),
  )
}

/** Begin and end of each live partition as they are now, by stream ordinal; raises an error where the plan's are gone. */
export async function liveRangesOf(plan: Plan): Promise<StartNotes['liveRanges']> {
  const liveRanges: Record<number, LiveRange[]> = {}
  for (const stream of plan.streams) {
    if (stream.live === null) continue
    const job = plan.job.streams[stream.ordinal]!
    const source = await openPinned(job, stream.live)
    try {
      const partitions = Array.from({ length: source.partitions }, (_, p) => p)
      liveRanges[stream.ordinal] = await Promise.all(partitions.map(p => rangeOf(stream, job, source, p)))
    } finally {
      await source.close()
    }
  }
  return liveRanges
}

async function rangeOf(
  stream: StreamPlan,
  job: StreamJob,
  source: LiveSource,
  partition: number,
): Promise<LiveRange> {
  const { first, next } = await pinnedEnds(job, stream.live!, source, partition)
  const start = await liveStart(stream.files, job, source, partition, first)
  return { ...start, stop: job.live!.stop.kind === 'caught-up' ? next : null }
}
