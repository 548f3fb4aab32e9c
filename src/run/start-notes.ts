/** Notes of the very first start: where each live partition ends for `stop: caught-up`. A resume reads them again. */

import { openLogSource } from '../live/index.ts'
import type { Plan } from '../plan/index.ts'
import type { StartNotes } from './checkpoint.ts'
import { readStartNotes, writeStartNotes } from './checkpoint.ts'

export async function noteStart(plan: Plan, directory: string): Promise<StartNotes> {
  const existing = readStartNotes(directory)
  if (existing !== null) return existing
  const stopOffsets: Record<number, number[]> = {}
  for (const stream of plan.streams) {
    const live = plan.job.streams[stream.ordinal]!.live
    if (live === undefined || live.stop.kind !== 'caught-up') continue
    const source = await openLogSource(live.log)
    try {
      const ends: number[] = []
      for (let p = 0; p < source.partitions; p++) ends.push((await source.ends(p)).next)
      stopOffsets[stream.ordinal] = ends
    } finally {
      await source.close()
    }
  }
  const notes = { startedAtMs: Date.now(), stopOffsets }
  writeStartNotes(directory, notes)
  return notes
}
