/**
 * Decides when a slice is complete: when every partition has sealed it, or has ended before it. A partition that was
 * held (C10) has not ended: its later slices belong to the run that goes on from this one, and so do all others of them.
 *
 * Partitions seal on their own, each in ascending order; slices are committed in ascending order too, one after the
 * other, so that the last committed slice is one point to resume from for all partitions.
 */

import { assert } from '../errors.ts'
import type { PartitionSlice } from '../lanes/index.ts'
import { emptySlice } from '../lanes/index.ts'

export interface SealedSlice {
  readonly startMs: number
  readonly result: PartitionSlice
  readonly snapshot: Uint8Array
}

export interface CommittedSlice {
  readonly startMs: number
  readonly partitions: readonly PartitionSlice[]
  readonly snapshots: readonly Uint8Array[]
}

interface PartitionProgress {
  readonly sealed: SealedSlice[]
  /** State behind the last slice that was taken from `sealed`. */
  snapshot: Uint8Array
  offsetNext: number
  state: 'running' | 'finished' | 'held'
}

export class SliceCommitter {
  readonly #partitions: PartitionProgress[]
  readonly #sliceMs: number
  #nextMs: number | null

  /** `nextMs`: the first slice to commit where it is known; else the earliest that any partition seals. */
  constructor(options: {
    readonly sliceMs: number
    readonly nextMs: number | null
    readonly partitions: readonly { readonly snapshot: Uint8Array; readonly offsetNext: number }[]
  }) {
    this.#sliceMs = options.sliceMs
    this.#nextMs = options.nextMs
    this.#partitions = options.partitions.map(({ snapshot, offsetNext }) => ({
      sealed: [],
      snapshot,
      offsetNext,
      state: 'running',
    }))
  }

  sealed(partition: number, slice: SealedSlice): void {
    const progress = this.#partitions[partition]!
    const last = progress.sealed.at(-1)
    assert(
      last === undefined || slice.startMs === last.startMs + this.#sliceMs,
      'a partition seals its slices in order',
    )
    progress.sealed.push(slice)
  }

  finished(partition: number, held: boolean): void {
    this.#partitions[partition]!.state = held ? 'held' : 'finished'
  }

  /** State of each partition behind the last slice that was taken. */
  get snapshots(): readonly Uint8Array[] {
    return this.#partitions.map(progress => progress.snapshot)
  }

  /** No partition will seal anything more, and all that is complete has been taken. */
  get allFinished(): boolean {
    return this.#partitions.every(progress => progress.state !== 'running') && !this.#isComplete()
  }

  /**
   * What holds the next slice back: `partitions` have not sealed it, all others that are running have sealed from it
   * up to `upToMs`. Null while nobody has begun it.
   */
  get waiting(): { readonly fromMs: number; readonly upToMs: number; readonly partitions: number[] } | null {
    const ahead = this.#partitions.filter(progress => progress.sealed.length > 0)
    if (ahead.length === 0) return null
    return {
      fromMs: this.#nextMs ?? Math.min(...ahead.map(({ sealed }) => sealed[0]!.startMs)),
      upToMs: Math.min(...ahead.map(({ sealed }) => sealed.at(-1)!.startMs)) + this.#sliceMs,
      partitions: this.#partitions.flatMap(({ sealed, state }, p) =>
        sealed.length === 0 && state === 'running' ? [p] : [],
      ),
    }
  }

  /** The next slice that is complete, or null. */
  take(): CommittedSlice | null {
    if (!this.#isComplete()) return null
    const heads = this.#partitions.flatMap(progress => progress.sealed[0]?.startMs ?? [])
    const startMs = this.#nextMs ?? Math.min(...heads)
    this.#nextMs = startMs + this.#sliceMs
    const partitions = this.#partitions.map((progress, p) => takeSlice(progress, p, startMs))
    return { startMs, partitions, snapshots: this.#partitions.map(progress => progress.snapshot) }
  }

  /** Whether the next slice is: sealed by those that are not at their end, and by one at least. */
  #isComplete(): boolean {
    const isSealed = (progress: PartitionProgress): boolean => progress.sealed.length > 0
    return (
      this.#partitions.some(isSealed) &&
      this.#partitions.every(progress => isSealed(progress) || progress.state === 'finished')
    )
  }
}

function takeSlice(progress: PartitionProgress, partition: number, startMs: number): PartitionSlice {
  const head = progress.sealed[0]
  if (head === undefined || head.startMs > startMs) return emptySlice(partition, progress.offsetNext)
  assert(head.startMs === startMs, 'no partition seals a slice before the one to commit')
  progress.sealed.shift()
  progress.snapshot = head.snapshot
  progress.offsetNext = head.result.offsetNext
  return head.result
}
