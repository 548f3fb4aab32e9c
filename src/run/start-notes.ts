/**
 * Notes of the very first start: where the live side of each partition begins (C3) and, for `stop: caught-up`, ends.
 * A resume reads them again, so that it decides as the first start did.
 */

import type { StreamJob } from '../job/index.ts'
import type { LiveRange } from '../lanes/index.ts'
import type { LiveSource } from '../live/index.ts'
import { openLogSource } from '../live/index.ts'
import type { Plan, StreamPlan } from '../plan/index.ts'
import type { StartNotes } from './checkpoint.ts'
import { readStartNotes, writeStartNotes } from './checkpoint.ts'

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

/** Begin and end of each live partition as they are now, by stream ordinal. */
export async function liveRangesOf(plan: Plan): Promise<StartNotes['liveRanges']> {
  const liveRanges: Record<number, LiveRange[]> = {}
  for (const stream of plan.streams) {
    const job = plan.job.streams[stream.ordinal]!
    if (job.live === undefined) continue
    const source = await openLogSource(job.live.log)
    try {
      const ranges: LiveRange[] = []
      for (let p = 0; p < source.partitions; p++) ranges.push(await rangeOf(stream, job, source, p))
      liveRanges[stream.ordinal] = ranges
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
  const { first, next } = await source.ends(partition)
  const start = await startOf(stream, job, source, partition, first)
  return { ...start, stop: job.live!.stop.kind === 'caught-up' ? next : null }
}

/** Behind history by the seam, else the first offset still held. */
async function startOf(
  stream: StreamPlan,
  job: StreamJob,
  source: LiveSource,
  partition: number,
  first: number,
): Promise<Pick<LiveRange, 'start' | 'overlapRetained'>> {
  const seam = job.seam
  if (seam === undefined) return { start: first, overlapRetained: true }
  if (seam.by === 'offset')
    return { start: offsetBehindFiles(stream, partition) ?? first, overlapRetained: true }
  if (seam.scanFrom === 'earliest') return { start: first, overlapRetained: first === 0 }
  const wanted =
    seam.scanFrom?.[String(partition)] ?? (await source.offsetFor(partition, seam.atMs - seam.overlapMs))
  return { start: Math.max(wanted, first), overlapRetained: first === 0 || wanted > first }
}

/** The offset behind the last one that files hold for the partition; null where they hold none. */
function offsetBehindFiles(stream: StreamPlan, partition: number): number | null {
  const lasts = stream.files.flatMap(file =>
    file.range?.partition === partition ? [file.range.offsetLast] : [],
  )
  return lasts.length === 0 ? null : Math.max(...lasts) + 1
}
