/**
 * Copies one topic into a spool (C3, `live.spool`), all partitions side by side:
 *
 *     what files may lack is explained ─► fetches ─► frames ─► the end, when one of these is so:
 *                                                       the stop of the run is reached: nobody reads further
 *                                                       history is read, the lane has come close behind the copy,
 *                                                       and the copy close behind the end of the topic
 *
 * A copy that is far behind the topic is no less in a race with retention than the lane is, so it goes on until it has
 * caught up.
 *
 * Invariant: what live begins with is copied before anything else can wait for it, up to the last stable offset, without
 * a gap; what the topic has lost meanwhile is an error that names it.
 */

import type { OffsetRange } from '../core/seam/index.ts'
import { assert, type HindcastError, located, wrapError } from '../errors.ts'
import type { StreamJob } from '../job/index.ts'
import type { LiveSource } from '../live/index.ts'
import { readSurvey, type SpoolStart, SpoolWriter, writeSurvey } from '../live/index.ts'
import { explainHoles } from './explain-holes.ts'
import { liveWhere } from './live-side.ts'

/** A fetch that finds nothing, ms: between two it is looked whether copying is over. */
const WAIT_MS = 250
/** What is so little behind has caught up, ms: the lane with the copy, the copy with the topic. */
const CLOSE_MS = 5000

export interface CopiedPartition {
  readonly start: SpoolStart
  /** Offset at which live ends; null: goes on. */
  readonly stop: number | null
  /** What files may lack. */
  readonly inDoubt: readonly OffsetRange[]
}

export interface StreamCopyOptions {
  readonly job: StreamJob
  /** Of Kafka: it gives the bytes of fetches. Closed when copying is over. */
  readonly source: LiveSource
  readonly folder: string
  readonly partitions: readonly CopiedPartition[]
  /** Offset that the lane of a partition reads next; null: nobody has said yet. */
  readonly positionOf: (partition: number) => number | null
  /** Bytes were written. Raises where there are too many. */
  readonly onBytes: () => void
  /** The run cannot go on. Called once. */
  readonly onFailure: (error: HindcastError) => void
  readonly segmentBytes?: number
}

export class StreamCopy {
  readonly #options: StreamCopyOptions
  readonly #writers: readonly SpoolWriter[]
  readonly #closing = new AbortController()
  readonly #running: Promise<unknown>
  #isHistoryRead = false

  private constructor(options: StreamCopyOptions, writers: readonly SpoolWriter[]) {
    this.#options = options
    this.#writers = writers
    const copies = writers.map(writer => this.#copy(writer).catch(error => this.#fail(error)))
    this.#running = Promise.all(copies).then(() => options.source.close())
  }

  /** Opens the spools of all partitions and begins, or goes on. Raises as `SpoolWriter.open` does. */
  static async open(options: StreamCopyOptions): Promise<StreamCopy> {
    const { folder, partitions, segmentBytes } = options
    const writers: SpoolWriter[] = []
    try {
      for (const [partition, { start }] of partitions.entries()) {
        const more = segmentBytes === undefined ? {} : { segmentBytes }
        writers.push(await SpoolWriter.open({ folder, partition, start, ...more }))
      }
    } catch (error) {
      for (const writer of writers) await writer.close()
      throw error
    }
    return new StreamCopy(options, writers)
  }

  /** On the disk. */
  get bytes(): number {
    return this.#writers.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** Nothing more of any history is to come: from now on lanes may catch up. */
  endHistory(): void {
    this.#isHistoryRead = true
  }

  /** Something of what was copied may have been read, and may go. */
  get hasPast(): boolean {
    return this.#writers.some(({ segments }) => segments > 1)
  }

  /** Nobody will read below these offsets again, by partition. */
  async trim(before: readonly (number | null)[]): Promise<void> {
    for (const [partition, offset] of before.entries())
      if (offset !== null) await this.#writers[partition]!.trim(offset)
  }

  /** Stops where it is: a run that is gone on with copies on from there. Never rejects. */
  async close(): Promise<void> {
    this.#closing.abort()
    // First the source: a question that nobody answers would be asked again for minutes.
    await this.#options.source.close()
    await this.#running
    // What did not reach the disk is found missing when the spool is opened again, and is copied again.
    for (const writer of this.#writers) await writer.close().catch(() => {})
  }

  async #copy(writer: SpoolWriter): Promise<void> {
    const { source, onBytes } = this.#options
    const readRaw = source.readRaw?.bind(source)
    assert(readRaw !== undefined, 'a topic is only copied through a reader that gives its bytes')
    const { signal } = this.#closing
    const { partition } = writer
    const lane = new Chase()
    const topic = new Chase()
    await this.#explain(partition)
    while (!writer.isEnded && !signal.aborted) {
      if (await this.#isOver(writer, lane, topic)) {
        await writer.end()
        return
      }
      const { offsetNext: offset, leaderEpoch: epoch } = writer
      const known = epoch < 0 ? {} : { leaderEpoch: epoch }
      let written: Promise<void> | null = null
      await readRaw({ partition, offset, ...known, waitMs: WAIT_MS, signal }, raw => {
        written = writer.append(raw)
      })
      await (written ?? writer.sync())
      if (written !== null) onBytes()
    }
  }

  async #explain(partition: number): Promise<void> {
    const { source, folder, partitions } = this.#options
    if (readSurvey(folder, partition) !== null) return
    const { signal } = this.#closing
    const ranges = partitions[partition]!.inDoubt
    writeSurvey(folder, partition, await explainHoles(source, { partition, ranges, signal }))
  }

  async #isOver({ partition, offsetNext }: SpoolWriter, lane: Chase, topic: Chase): Promise<boolean> {
    const { partitions, positionOf, source } = this.#options
    const { stop } = partitions[partition]!
    if (stop !== null && offsetNext >= stop) return true
    if (!this.#isHistoryRead) return false
    const nowMs = performance.now()
    if (lane.isDue(nowMs)) lane.mark(offsetNext, nowMs)
    if (!lane.isClose(positionOf(partition))) return false
    if (topic.isDue(nowMs)) topic.mark((await source.ends(partition)).next, nowMs)
    return topic.isClose(offsetNext)
  }

  #fail(error: unknown): void {
    if (this.#closing.signal.aborted) return
    this.#closing.abort()
    const where = liveWhere(this.#options.job)
    const wrapped = wrapError(located(error, where), 'bug', 'copying a topic failed', { where })
    this.#options.onFailure(wrapped)
  }
}

/**
 * Whether who follows has been, within `CLOSE_MS`, where what it follows was: on a busy topic it is never quite at the end.
 */
export class Chase {
  #mark: { readonly atMs: number; readonly offset: number } | null = null

  /** The offset to come to is not known, or too old. */
  isDue(nowMs: number): boolean {
    return this.#mark === null || nowMs - this.#mark.atMs > CLOSE_MS
  }

  /** What is followed is at this offset now. */
  mark(offset: number, nowMs: number): void {
    this.#mark = { atMs: nowMs, offset }
  }

  /** `position`: of who follows; null: not known. */
  isClose(position: number | null): boolean {
    return this.#mark !== null && position !== null && position >= this.#mark.offset
  }
}
