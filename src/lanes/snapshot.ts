/**
 * The state of a partition behind a sealed slice, as bytes: counted offset, feed, stages. Without a feed it is that of
 * a partition that has read nothing but history up to there, and begins with what is left of it.
 *
 *     u32 header length · header JSON {"version":3,"offsetNext":…,"epochs":[…],"counts":[…],"lengths":[feed, stage 0, …]} · the parts
 *
 * A length of -1 stands for a feed or a stage without state. The checkpoint file carries the checksum.
 */

import { decodeSnapshot as decodeFeed, encodeSnapshot as encodeFeed } from '../core/watermark/index.ts'
import { HindcastError } from '../errors.ts'
import type { LiveCount } from './live-count.ts'

export interface PartitionSnapshot {
  readonly offsetNext: number
  readonly feed: Uint8Array | null
  /** Of each source of the feed: epoch of the leader that wrote the record before its live position; null: not known. */
  readonly epochs: readonly (number | null)[]
  /** Of each source of the feed: live records before its live position; null: it has no live side. */
  readonly counts: readonly (LiveCount | null)[]
  readonly stages: readonly (Uint8Array | null)[]
}

const SNAPSHOT_VERSION = 3

export function encodeSnapshot(snapshot: PartitionSnapshot): Uint8Array {
  const { offsetNext, epochs, counts } = snapshot
  const parts = [snapshot.feed, ...snapshot.stages]
  const lengths = parts.map(part => part?.length ?? -1)
  const header = new TextEncoder().encode(
    JSON.stringify({ version: SNAPSHOT_VERSION, offsetNext, epochs, counts, lengths }),
  )
  const bytes = new Uint8Array(4 + header.length + parts.reduce((sum, part) => sum + (part?.length ?? 0), 0))
  new DataView(bytes.buffer).setUint32(0, header.length, true)
  bytes.set(header, 4)
  let at = 4 + header.length
  for (const part of parts) {
    if (part === null) continue
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

export function decodeSnapshot(bytes: Uint8Array): PartitionSnapshot {
  const header = readHeader(bytes)
  let at = 4 + header.size
  const parts = header.lengths.map(length => {
    if (length < 0) return null
    at += length
    return bytes.slice(at - length, at)
  })
  if (at !== bytes.length || parts[0] === undefined) throw corrupt()
  const { offsetNext, epochs, counts } = header
  return { offsetNext, epochs, counts, feed: parts[0], stages: parts.slice(1) }
}

interface Header {
  readonly offsetNext: number
  readonly epochs: readonly (number | null)[]
  readonly counts: readonly (LiveCount | null)[]
  readonly lengths: readonly number[]
}

function readHeader(bytes: Uint8Array): Header & { readonly size: number } {
  if (bytes.length < 4) throw corrupt()
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  if (size > bytes.length - 4) throw corrupt()
  try {
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size))) as Header & {
      version: number
    }
    if (header.version === SNAPSHOT_VERSION) return { ...header, size }
  } catch {
    // fall through: the message below is the same for both
  }
  throw corrupt()
}

function corrupt(): HindcastError {
  return new HindcastError(
    'output-corrupt',
    'a partition snapshot of the checkpoint is damaged or of another version',
    {
      advice: 'The run cannot go on from here: run the plan again into a new directory.',
    },
  )
}

/** Next counted `_offset` of a partition, without taking the rest apart. */
export function decodeOffsetNext(bytes: Uint8Array): number {
  return readHeader(bytes).offsetNext
}

/** Whether the partition has read nothing but history, so that nothing of it is in the state. */
export function isFreshSnapshot(bytes: Uint8Array): boolean {
  return readHeader(bytes).lengths[0] === -1
}

/** Files of held events that the state names. */
export function heldFilesOf(bytes: Uint8Array): string[] {
  const { feed } = decodeSnapshot(bytes)
  return feed === null
    ? []
    : decodeFeed(feed).sources.flatMap(({ spilled }) => spilled.map(({ file }) => file))
}

/** Where each live side is consumed up to, by source, and the epoch of the leader before that; null: not begun. */
export function livePositionsOf(
  bytes: Uint8Array,
): { readonly offset: number | null; readonly leaderEpoch: number | null }[] {
  if (bytes.length === 0) return [] // of a partition that has sealed nothing
  const { feed, epochs } = decodeSnapshot(bytes)
  if (feed === null) return []
  return decodeFeed(feed).sources.map(({ position }, source) => {
    return { offset: position, leaderEpoch: epochs[source] ?? null }
  })
}

/** Live records of each source before its live position; none where the partition has sealed nothing. */
export function liveCountsOf(bytes: Uint8Array): readonly (LiveCount | null)[] {
  return bytes.length === 0 ? [] : readHeader(bytes).counts
}

/** The same state for a run with a journal of its own (C10): no decision of that journal is in it yet. */
export function withoutDecisions(bytes: Uint8Array): Uint8Array {
  const snapshot = decodeSnapshot(bytes)
  if (snapshot.feed === null) return bytes
  return encodeSnapshot({ ...snapshot, feed: encodeFeed({ ...decodeFeed(snapshot.feed), decisions: 0 }) })
}
