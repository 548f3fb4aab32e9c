/** Where the live side of each partition begins (C3): behind history by the seam, else where the topic does. */

import type { StreamJob } from '../job/index.ts'
import type { LiveRange } from '../lanes/index.ts'
import type { LiveSource } from '../live/index.ts'
import type { PinnedFile } from '../plan/index.ts'

type LiveStart = Pick<LiveRange, 'start' | 'overlapRetained'>

/**
 * `first`: the first offset that the partition still holds. Live never begins before it: what history does not reach and
 * the topic has lost is a gap of the seam, or an overlap that is not retained.
 */
export async function liveStart(
  files: readonly PinnedFile[],
  { seam }: StreamJob,
  source: LiveSource,
  partition: number,
  first: number,
): Promise<LiveStart> {
  if (seam === undefined) return { start: first, overlapRetained: true }
  if (seam.by === 'offset') return { start: startBehindFiles(files, partition, first), overlapRetained: true }
  if (seam.scanFrom === 'earliest') return { start: first, overlapRetained: first === 0 }
  const wanted =
    seam.scanFrom?.[String(partition)] ?? (await source.offsetFor(partition, seam.atMs - seam.overlapMs))
  return { start: Math.max(wanted, first), overlapRetained: first === 0 || wanted > first }
}

/**
 * The offset behind the last one that files hold for the partition; the first still held where they hold none. Where the
 * last file's end is not known before it is read, from its first row on: what a file has too is passed over at the seam.
 */
function startBehindFiles(files: readonly PinnedFile[], partition: number, first: number): number {
  const ranges = files.flatMap(({ range }) => (range?.partition === partition ? [range] : []))
  const last = ranges.reduce((newest, range) => Math.max(newest, range.offsetLast ?? range.offsetFirst), -1)
  return Math.max(first, last + 1)
}
