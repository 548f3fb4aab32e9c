/**
 * The spools of a run (C3, `live.spool`): from the first minute on topics are copied into the run's directory, so that
 * history may take longer than they keep their records.
 *
 *     RUN/spool/<stream>/      made before the first start is noted; gone when the run is complete
 *
 *     main thread   topic ─► copy ─► RUN/spool ◄─ lanes   read the copy, and behind its end the topic
 *
 * Invariant: a run that noted its start with a spool does not go on without it.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { HindcastError } from '../errors.ts'
import type { HistoryEmission } from '../history/index.ts'
import { faultGate, livePositionsOf } from '../lanes/index.ts'
import { makeFolder } from '../live/index.ts'
import type { Plan, StreamPlan } from '../plan/index.ts'
import { readStartNotes, type StartNotes } from './checkpoint.ts'
import type { PumpTarget } from './history-pump.ts'
import type { Hub } from './hub.ts'
import { openPinned } from './live-side.ts'
import { type CopiedPartition, StreamCopy } from './live-spool-copy.ts'
import { rangesInDoubt } from './live-spool-gaps.ts'
import { checkSpoolBytes, isSpooled, spoolFolder } from './live-spool-place.ts'
import type { ResumePoint } from './run-state.ts'

/** What lanes have told is looked through again after this, ms. */
const POSITIONS_MS = 200

export interface SpoolStartOptions {
  readonly notes: StartNotes
  /** Where the run goes on. */
  readonly point: Pick<ResumePoint, 'snapshots'>
  readonly hub: Hub
  readonly segmentBytes: number | undefined
}

export class LiveSpools {
  readonly #plan: Plan
  readonly #directory: string
  /** By stream ordinal. */
  readonly #copies = new Map<number, StreamCopy>()
  /** Live positions that the checkpoint before the newest has, by partition, then stream. */
  #checkpointed: readonly (readonly (number | null)[])[] | null = null
  #trimming: Promise<void> = Promise.resolve()
  #hub: Hub | null = null
  #told: { readonly atMs: number; readonly positions: ReadonlyMap<string, number> } = {
    atMs: Number.NEGATIVE_INFINITY,
    positions: new Map(),
  }

  constructor(plan: Plan, directory: string) {
    this.#plan = plan
    this.#directory = directory
  }

  /** Makes the folders. Before the start is noted: `output-corrupt` where it was, and a folder is missing. */
  prepare(): void {
    const isGoneOn = readStartNotes(this.#directory) !== null
    for (const stream of this.#spooled()) {
      const folder = spoolFolder(this.#directory, stream.ordinal)
      if (existsSync(folder)) continue
      if (isGoneOn) throw missing(folder, stream.name)
      makeFolder(join(folder, '..'))
      makeFolder(folder)
    }
  }

  /** Begins to copy, or goes on. Raises as `StreamCopy.open` does; later failures end the hub. */
  async start({ notes, point, hub, segmentBytes }: SpoolStartOptions): Promise<void> {
    this.#hub = hub
    for (const stream of this.#spooled()) {
      const { ordinal } = stream
      const job = this.#plan.job.streams[ordinal]!
      const source = await openPinned(job, stream.live!)
      const options = {
        job,
        source,
        folder: spoolFolder(this.#directory, ordinal),
        partitions: this.#partitionsOf(stream, notes, point),
        positionOf: (partition: number) => this.#positions().get(`${ordinal}/${partition}`) ?? null,
        onBytes: () => this.#checkBytes(),
        onFailure: (error: HindcastError) => hub.fail(error),
        ...(segmentBytes === undefined ? {} : { segmentBytes }),
      }
      try {
        this.#copies.set(ordinal, await StreamCopy.open(options))
      } catch (error) {
        await source.close()
        throw error
      }
    }
  }

  /** On the disk, by stream ordinal. */
  get bytes(): ReadonlyMap<number, number> {
    return new Map([...this.#copies].map(([ordinal, copy]) => [ordinal, copy.bytes]))
  }

  /** The hub, with an eye on where histories end: then copying may, too. */
  behind(hub: Hub): PumpTarget {
    const ordinals = this.#plan.streams.flatMap(({ files, ordinal }) => (files.length > 0 ? [ordinal] : []))
    return withEnd(hub, ordinals, () => {
      for (const copy of this.#copies.values()) copy.endHistory()
    })
  }

  /** A checkpoint was written: what lies below the one before it is not read again. */
  committed(snapshots: readonly Uint8Array[]): void {
    const hasPast = [...this.#copies.values()].some(copy => copy.hasPast)
    if (!hasPast || this.#hub?.live !== true) return
    const before = this.#checkpointed
    this.#checkpointed = snapshots.map(snapshot => livePositionsOf(snapshot).map(({ offset }) => offset))
    if (before === null) return
    this.#trimming = this.#trimming.then(async () => {
      for (const [ordinal, copy] of this.#copies) await copy.trim(before.map(each => each[ordinal] ?? null))
    })
    this.#trimming.catch((error: HindcastError) => this.#hub!.fail(error))
  }

  /** Stops where it is. */
  async close(): Promise<void> {
    await this.#trimming.catch(() => {}) // told to the hub
    for (const copy of this.#copies.values()) await copy.close()
    this.#copies.clear()
  }

  #spooled(): StreamPlan[] {
    return this.#plan.streams.filter(stream => isSpooled(this.#plan, stream))
  }

  #partitionsOf(
    { ordinal, files }: StreamPlan,
    { liveRanges }: StartNotes,
    { snapshots }: Pick<ResumePoint, 'snapshots'>,
  ): CopiedPartition[] {
    const isByOffset = this.#plan.job.streams[ordinal]!.seam?.by === 'offset'
    return liveRanges[ordinal]!.map(({ start, stop }, partition) => {
      const snapshot = snapshots[partition] ?? null
      const reached = snapshot === null ? undefined : livePositionsOf(snapshot)[ordinal]
      return {
        start: { offset: reached?.offset ?? start, leaderEpoch: reached?.leaderEpoch ?? -1 },
        stop,
        inDoubt: isByOffset ? rangesInDoubt(files, partition, start) : [],
      }
    })
  }

  /** What lanes have told of where they read, by `stream/partition`; they do so five times a second. */
  #positions(): ReadonlyMap<string, number> {
    const nowMs = performance.now()
    if (nowMs - this.#told.atMs > POSITIONS_MS) {
      const sides = this.#hub?.figures.liveSides ?? []
      const positions = sides.flatMap(side => side?.positions ?? [])
      const byPlace = positions.map(at => [`${at.stream}/${at.partition}`, at.offset] as const)
      this.#told = { atMs: nowMs, positions: new Map(byPlace) }
    }
    return this.#told.positions
  }

  #checkBytes(): void {
    const bytes = [...this.#copies.values()].reduce((sum, copy) => sum + copy.bytes, 0)
    checkSpoolBytes(bytes, this.#directory)
  }
}

/**
 * `target`, with `onEnd` called once all of these histories have ended: as long as one is read, live of another waits for
 * it, whatever the other's position.
 */
export function withEnd(target: PumpTarget, streams: readonly number[], onEnd: () => void): PumpTarget {
  const open = new Set(streams)
  return {
    setAside: (stream, offsets) => target.setAside?.(stream, offsets),
    history: async (stream: number, emission: HistoryEmission) => {
      await faultGate('history-read')
      await target.history(stream, emission)
    },
    historyEnd: async stream => {
      await target.historyEnd(stream)
      open.delete(stream)
      if (open.size === 0) onEnd()
    },
  }
}

function missing(uri: string, stream: string): HindcastError {
  return new HindcastError('output-corrupt', `the spool of stream ${stream} is missing`, {
    where: { uri, stream },
    advice:
      'Put it back, or run the plan again into a new directory: the topic may no longer hold what was copied.',
  })
}
