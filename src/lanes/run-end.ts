/**
 * How a run ends, told from the job alone (C2, C10). Streams of a job end together, so what one of them says holds for
 * the whole run:
 *
 *     hold      where one stream stops with `hold`, none is flushed: what is not in a whole slice is kept
 *     instant   the earliest instant of a stream is the end of the output
 */

import type { Job, StopJob } from '../job/index.ts'

/** What is not released at the end stays where it is, for the run that goes on from this one. */
export function holdsAtEnd(job: Job): boolean {
  return stopsOf(job).some(stop => stop.kind === 'caught-up' && stop.hold)
}

/** Everything earlier than this, ms, is emitted, and then the run ends; null where no stream stops at an instant. */
export function stopInstantMs(job: Job): number | null {
  const instants = stopsOf(job).flatMap(stop => (stop.kind === 'instant' ? [stop.atMs] : []))
  return instants.length === 0 ? null : Math.min(...instants)
}

/** The run ends with its sources as they are, and not flushed: another can go on from there. */
export function endsOpen(job: Job): boolean {
  const stops = stopsOf(job)
  return stops.length > 0 && (holdsAtEnd(job) || stops.every(stop => stop.kind !== 'caught-up'))
}

function stopsOf(job: Job): StopJob[] {
  return job.streams.flatMap(stream => (stream.live === undefined ? [] : [stream.live.stop]))
}
