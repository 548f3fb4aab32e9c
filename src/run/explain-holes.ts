/**
 * Asks a live side what it has where files have nothing (C3): a topic whose records are read over says of each offset
 * without one why that is. Only the ranges asked for are read, and of those what is still held.
 */

import type { ExplainedHole, OffsetRange } from '../core/seam/index.ts'
import { HindcastError } from '../errors.ts'
import type { Explanation } from '../lanes/index.ts'
import type { LiveSource, RecordBatch } from '../live/index.ts'

/** Bytes of one read: many gaps that lie close together are read over at once. */
const READ_BYTES = 1024 * 1024
/** Everything asked for has been written long ago: a wait that long is a broker in trouble, and it is asked again. */
const WAIT_MS = 1000
/** Reads at one position without an answer, before the rest stays unexplained: the position is the end of the topic. */
const QUIET_READS_MAX = 3

export interface HoleQuestion {
  readonly partition: number
  /** Ascending and apart. */
  readonly ranges: readonly OffsetRange[]
  readonly signal?: AbortSignal
}

export async function explainHoles(source: LiveSource, question: HoleQuestion): Promise<Explanation> {
  const { partition, ranges, signal } = question
  const { next, ...held } = await source.ends(partition)
  const holes: ExplainedHole[] = []
  let { first } = held
  let at = first
  for (const range of ranges) {
    at = Math.max(at, range.first)
    const end = Math.min(range.last + 1, next)
    for (let quiet = 0; at < end; ) {
      signal?.throwIfAborted()
      const offset = at
      const batch = await readHeld(source, {
        partition,
        offset,
        bytesMax: READ_BYTES,
        waitMs: WAIT_MS,
        ...(signal === undefined ? {} : { signal }),
      })
      if (batch === null) {
        // Retention has gone on meanwhile: of what is gone nothing can be said.
        first = Math.max((await source.ends(partition)).first, offset + 1)
        at = first
        continue
      }
      for (const hole of batch.holes) holes.push(hole)
      at = batch.offsetNext
      // Where no fetch has shown the end of late, a leader is missing: the source gives up by itself, in time.
      quiet = at === offset && Number.isFinite(batch.endOffset) ? quiet + 1 : 0
      if (quiet === QUIET_READS_MAX) return { holes, first }
    }
  }
  return { holes, first }
}

/** Null: the offset is not held any more. */
async function readHeld(
  source: LiveSource,
  request: Parameters<LiveSource['read']>[0],
): Promise<RecordBatch | null> {
  try {
    return await source.read(request)
  } catch (error) {
    if (error instanceof HindcastError && error.code === 'offset-out-of-range') return null
    throw error
  }
}
