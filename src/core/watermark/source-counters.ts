/**
 * What became of the events of one source. Every event is in exactly one place, at any moment:
 *
 *     history + live = emitted + late + beforeSeam + future + doubled + notCompared + held
 */

export interface SourceCounters {
  /** Rows of history consumed. */
  readonly history: number
  /** Live records consumed. */
  readonly live: number
  /** Emitted, in their place or late. */
  readonly emitted: number
  /** Of those: emitted late, by `late: emit` or `beforeSeam: emit`. */
  readonly emittedLate: number
  /** Set aside. */
  readonly late: number
  readonly beforeSeam: number
  readonly future: number
  /** Live records that history has too. */
  readonly doubled: number
  /** Live records before T that belong to history and were not compared with it. */
  readonly notCompared: number
  /** In the reorder buffer. */
  readonly held: number
}

export type MutableCounters = { -readonly [K in keyof SourceCounters]: SourceCounters[K] }

export function zeroCounters(): MutableCounters {
  return {
    history: 0,
    live: 0,
    emitted: 0,
    emittedLate: 0,
    late: 0,
    beforeSeam: 0,
    future: 0,
    doubled: 0,
    notCompared: 0,
    held: 0,
  }
}
