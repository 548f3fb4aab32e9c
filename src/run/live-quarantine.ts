/**
 * `limits.quarantine` for live (C9): how many of the records read so far may be bad, by stream over all its partitions.
 *
 *     allowed = floor(share × max(records so far, LIMITS.quarantineFairRecords))
 *
 * so that one bad record among the first ten does not end a run, and a topic of nothing but bad ones does at once. Judged
 * at each bad record, by what the lanes have told of the other partitions. The counts are part of the checkpoint, and of
 * a chain (C10): a run that is gone on with, or goes on from another, is judged as the one that never stopped.
 */

import { countedText, countText } from '../core/figures.ts'
import { HindcastError } from '../errors.ts'
import type { FromLane, LiveCount, LivePosition } from '../lanes/index.ts'
import { liveCountsOf } from '../lanes/index.ts'
import { LIMITS } from '../limits.ts'
import type { Plan } from '../plan/index.ts'
import { liveWhere } from './live-side.ts'

/** What a lane tells of them. */
type FoundBad = Omit<Extract<FromLane, { type: 'bad-records' }>, 'type'>

interface BadPlace {
  readonly stream: number
  readonly partition: number
  readonly offset: number
  readonly reason: string
}

export class LiveQuarantine {
  readonly #plan: Plan
  /** By stream ordinal, then partition. */
  readonly #counts: LiveCount[][]

  /** `snapshots`: state of each partition that the run goes on from; null or empty: not begun. */
  constructor(plan: Plan, snapshots: readonly (Uint8Array | null)[]) {
    this.#plan = plan
    const bySource = snapshots.map(bytes => (bytes === null ? [] : liveCountsOf(bytes)))
    this.#counts = plan.streams.map((_, stream) =>
      bySource.map(counts => counts[stream] ?? { records: 0, bad: 0 }),
    )
  }

  /** Lanes tell how far they are. */
  sawPositions(positions: readonly LivePosition[]): void {
    for (const { stream, partition, count } of positions) this.#counts[stream]![partition] = count
  }

  /** Bad records of one read; raises `quarantine-limit` where they are too many. */
  sawBad({ stream, partition, bad }: FoundBad): void {
    const { badBefore, recordsUpTo, offsets, reasons } = bad
    const others = this.#counts[stream]!.filter((_, p) => p !== partition)
    const otherBad = others.reduce((sum, count) => sum + count.bad, 0)
    const otherRecords = others.reduce((sum, count) => sum + count.records, 0)
    const share = this.#plan.job.limits.quarantineShare
    for (const [i, records] of recordsUpTo.entries()) {
      const badNow = otherBad + badBefore + i + 1
      const recordsNow = otherRecords + records
      const limit = Math.floor(share * Math.max(recordsNow, LIMITS.quarantineFairRecords))
      if (badNow <= limit) continue
      const place = { stream, partition, offset: offsets[i]!, reason: reasons[i]! }
      throw this.#error(place, { records: recordsNow, bad: badNow })
    }
    this.#counts[stream]![partition] = {
      records: recordsUpTo.at(-1)!,
      bad: badBefore + recordsUpTo.length,
    }
  }

  #error({ stream, partition, offset, reason }: BadPlace, { records, bad }: LiveCount): HindcastError {
    const { job, streams } = this.#plan
    const share = job.limits.quarantineShare
    const where = { ...liveWhere(job.streams[streams[stream]!.ordinal]!), partition, offset }
    const place = where.topic ?? where.uri
    const fair = LIMITS.quarantineFairRecords
    const of =
      records < fair
        ? `${share * 100} % of the first ${countText(fair)}`
        : `${share * 100} % of ${countText(records)}`
    return new HindcastError(
      'quarantine-limit',
      `${countText(bad)} of ${countedText(records, 'live record')} of ${streams[stream]!.name} cannot be used, more than limits.quarantine allows (${of}); the last is offset ${offset} of partition ${partition} of ${place}: ${reason}`,
      {
        where,
        advice:
          'Look at that record (hindcast topic tail), then mend the producer or the value format of the job, or raise limits.quarantine.',
      },
    )
  }
}
