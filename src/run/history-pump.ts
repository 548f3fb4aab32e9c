/**
 * The histories of all streams as one flow to the lanes: always the stream whose frontier is lowest, so that no lane
 * waits for one stream while its queue is full of another.
 */

import type { HistoryEmission, HistoryReader, SetAsideOffsets } from '../history/index.ts'

export interface PumpedStream {
  readonly stream: number
  readonly reader: HistoryReader
  /** Offsets of rows that are not emitted, of what was read since the last call. */
  readonly takeAside: () => readonly SetAsideOffsets[]
}

export interface PumpTarget {
  /** Comes before the first emission with other rows of the unit that has them. Left out by who knows no seam. */
  setAside?(stream: number, offsets: readonly SetAsideOffsets[]): void
  /** Resolves when the lanes have room again. */
  history(stream: number, emission: HistoryEmission): Promise<void>
  historyEnd(stream: number): Promise<void>
}

/** Runs all histories to their ends. Stops early, without an error, when the signal is aborted. */
export async function pumpHistory(
  streams: readonly PumpedStream[],
  target: PumpTarget,
  signal: AbortSignal,
): Promise<void> {
  const open = streams.map(stream => ({ ...stream, upTo: Number.NEGATIVE_INFINITY }))
  while (open.length > 0 && !signal.aborted) {
    let lowest = 0
    for (let i = 1; i < open.length; i++) if (open[i]!.upTo < open[lowest]!.upTo) lowest = i
    const source = open[lowest]!
    const emission = await source.reader.next()
    if (signal.aborted) return
    const aside = source.takeAside()
    if (aside.length > 0) target.setAside?.(source.stream, aside)
    if (emission === null) {
      open.splice(lowest, 1)
      await target.historyEnd(source.stream)
    } else {
      source.upTo = emission.upTo
      await target.history(source.stream, emission)
    }
  }
}
