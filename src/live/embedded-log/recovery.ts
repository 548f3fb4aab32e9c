/**
 * What a writer does before it appends: finds the end of a partition and makes it clean.
 *
 *     … whole │ whole │ torn          the torn rest is cut off, and how much it was is told
 *     … whole │ bad │ whole           damage: refused, nothing is cut (`log-corrupt`)
 *
 * Only the last segment can be torn: a segment is made durable before the next one is begun.
 */

import { truncate } from 'node:fs/promises'
import { dirname } from 'node:path'
import { wrapWriteError } from '../../files/index.ts'
import { LIMITS } from '../../limits.ts'
import { corrupt, noSegments } from './log-tail.ts'
import { listSegments } from './meta.ts'
import { type LogPlace, SegmentFile } from './segment-file.ts'

/** Where a writer goes on. */
export interface RecoveredEnd {
  /** First offset of the last segment. */
  readonly base: number
  readonly place: LogPlace
  /** Newest record timestamp so far, -Infinity in an empty partition. */
  readonly runningMax: number
  /** Bytes of a torn batch that were cut off. */
  readonly cutBytes: number
}

/** Checks the last segment of the partition whole and cuts off what a dead writer left unfinished. */
export async function recoverPartition(
  folder: string,
  partition: number,
  seed: number,
): Promise<RecoveredEnd> {
  const bases = listSegments(folder)
  const base = bases.at(-1)
  if (base === undefined) throw noSegments(folder)
  let runningMax = Number.NEGATIVE_INFINITY
  if (bases.length > 1)
    runningMax = await endOfClosed(folder, { partition, base: bases.at(-2)!, nextBase: base })
  const file = (await SegmentFile.open(folder, base))!
  try {
    const { size } = await file.state()
    let place: LogPlace = { position: 0, offset: base }
    let buffer: Buffer = Buffer.alloc(0)
    for (;;) {
      const batches = await file.readWhole(place, size, { bytesMax: LIMITS.logBatchBytes, seed, buffer })
      const last = batches.headers.at(-1)
      if (last === undefined) break
      buffer = batches.buffer
      place = batches.next
      runningMax = last.runningMax
    }
    const cutBytes = size - place.position
    if (cutBytes > 0) {
      if ((await file.findWhole(place.position, place.offset, seed)) !== null)
        throw corrupt(partition, place, file.path)
      await truncate(file.path, place.position).catch(error => {
        throw wrapWriteError(error, dirname(file.path))
      })
    }
    return { base, place, runningMax, cutBytes }
  } finally {
    await file.close()
  }
}

/** `runningMax` at the end of a closed segment, which must end where the next one begins. */
async function endOfClosed(
  folder: string,
  segment: { partition: number; base: number; nextBase: number },
): Promise<number> {
  let runningMax = Number.NEGATIVE_INFINITY
  const file = (await SegmentFile.open(folder, segment.base))!
  try {
    const { size } = await file.state()
    const place = await file.walk({ position: 0, offset: segment.base }, size, header => {
      runningMax = header.runningMax
      return true
    })
    if (place.position !== size || place.offset !== segment.nextBase)
      throw corrupt(segment.partition, place, file.path)
    return runningMax
  } finally {
    await file.close()
  }
}
