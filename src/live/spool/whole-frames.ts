/** How far a segment of a spool is whole: what a writer that goes on with it, keeps of it. */

import { HindcastError } from '../../errors.ts'
import { type FrameMemory, frameAt, type SegmentFile } from './segment-bytes.ts'

/** The end of what is whole. */
export interface SegmentEnd {
  /** Bytes. */
  readonly position: number
  readonly offsetNext: number
  /** Of the record before `offsetNext`; −1: not known. */
  readonly leaderEpoch: number
  /** The last frame is the end of the copy. */
  readonly isEnded: boolean
}

/**
 * Checks every frame from the beginning on, up to the first that is not whole or does not follow: a writer that died, or
 * a power cut, left it so. Its bytes are of no use either way, since nothing behind them can be reached.
 */
export async function wholeFrames(
  file: SegmentFile & { readonly partition: number },
  start: { readonly offset: number; readonly leaderEpoch: number },
): Promise<SegmentEnd> {
  const memory: FrameMemory = { bytes: new Uint8Array(0) }
  let end: SegmentEnd = {
    position: 0,
    offsetNext: start.offset,
    leaderEpoch: start.leaderEpoch,
    isEnded: false,
  }
  while (!end.isEnded) {
    const found = await frameOrNull(file, end.position, memory)
    if (found === null || found.frame.offset !== end.offsetNext) break
    const { isEnd, offsetNext, leaderEpoch } = found.frame
    end = { position: end.position + found.length, offsetNext, leaderEpoch, isEnded: isEnd }
  }
  return end
}

async function frameOrNull(
  file: SegmentFile & { readonly partition: number },
  position: number,
  memory: FrameMemory,
): ReturnType<typeof frameAt> {
  try {
    return await frameAt(file, position, file.partition, memory)
  } catch (error) {
    if (error instanceof HindcastError && error.code === 'output-corrupt') return null
    throw error
  }
}
