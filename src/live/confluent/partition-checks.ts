/**
 * What partitions are, asked by connections of our own while nothing comes of them: librdkafka tries for ever, tells errors
 * without their partition, and tells of an end only once.
 *
 * Invariants: an end is shown only when it was asked for of late, so a partition that cannot be read never looks idle; what
 * does not get on for `kafkaDeadlineMs` although there are records ends with an error; what is lost is named.
 */

import { HindcastError } from '../../errors.ts'
import type { PartitionRows } from '../client/index.ts'
import { cutBelow, gaveUp, notWritten, retained, type TopicQuestions } from '../kafka/index.ts'
import { emptyPart } from './read-part.ts'

/** Nothing was heard of a partition for so long: it is asked for, ms. Well below `kafkaFreshMs`. */
const QUIET_MS = 500
/** Who has not waited for so long begins to wait anew, ms. */
const AWAY_MS = 10_000

interface Clock {
  /** Something came, or was handed out, or the wait began. */
  progressMs: number
  /** Something was heard of it. */
  heardMs: number
  awaitedMs: number
  isAsked: boolean
}

export class PartitionChecks {
  readonly #questions: TopicQuestions
  readonly #clocks = new Map<number, Clock>()
  /** What went wrong last, to be told where nothing gets on. */
  last: HindcastError | null = null
  #isStopped = false

  constructor(questions: TopicQuestions) {
    this.#questions = questions
  }

  /** What is still asked is of no interest any more. */
  stop(): void {
    this.#isStopped = true
  }

  /** It is read from another place than before. */
  begin({ partition }: PartitionRows): void {
    const now = performance.now()
    this.#clocks.set(partition, { progressMs: now, heardMs: now, awaitedMs: now, isAsked: false })
  }

  await({ partition }: PartitionRows): void {
    const clock = this.#clocks.get(partition)!
    const now = performance.now()
    if (now - clock.awaitedMs > AWAY_MS) clock.progressMs = now
  }

  awaited({ partition }: PartitionRows): void {
    this.#clocks.get(partition)!.awaitedMs = performance.now()
  }

  progress({ partition }: PartitionRows): void {
    const clock = this.#clocks.get(partition)!
    clock.progressMs = clock.heardMs = performance.now()
  }

  /** Looks at a partition that is waited for and quiet; whether it stands although there are records. Never rejects. */
  async look(rows: PartitionRows): Promise<boolean> {
    const clock = this.#clocks.get(rows.partition)!
    if (clock.isAsked || performance.now() - clock.heardMs < QUIET_MS) return false
    clock.isAsked = true
    try {
      const at = rows.fetchOffset
      const hasMore = await this.range(rows, false)
      clock.heardMs = performance.now()
      if (!hasMore || (await this.#questions.ends(rows.partition)).next <= at) {
        // There is nothing to get on to: open transactions are waited for.
        if (rows.fetchOffset === at) clock.progressMs = performance.now()
        return false
      }
      if (rows.fetchOffset !== at || rows.isEnded) return false
      return this.#isStalled(rows, clock)
    } catch (error) {
      this.#failed(rows, error)
      return false
    } finally {
      clock.isAsked = false
    }
  }

  /**
   * Asks for the ends of a partition, and ends it where its offset is not there; true: there is more behind it. `isRefused`: a
   * broker has said that an offset is out of range. Without that an end before the offset is none: a broker that does not
   * know yet that it leads no longer tells old ends.
   */
  async range(rows: PartitionRows, isRefused: boolean): Promise<boolean> {
    const { partition, fetchOffset: at } = rows
    try {
      const { first, end } = await this.#questions.range(partition)
      if (this.#isStopped || rows.fetchOffset !== at || rows.isEnded) return false
      if (at < first) rows.end(retained(rows, at, first))
      else if (at <= end) rows.accept(emptyPart(partition, at, end), end)
      else if (!isRefused) return false
      else if (!rows.hasRead) rows.end(notWritten(rows, at, end))
      // What was read and not handed out is read again; what was handed out is lost.
      else if (end < rows.position) rows.endNow(cutBelow(rows, end, rows.position))
      else rows.reset(rows.position)
      return at < end
    } catch (error) {
      if (rows.fetchOffset === at) this.#failed(rows, error)
      return false
    }
  }

  #failed(rows: PartitionRows, error: unknown): void {
    if (!this.#isStopped && !rows.isEnded) rows.end(error as HindcastError)
  }

  #isStalled(rows: PartitionRows, { progressMs }: Clock): boolean {
    const { deadlineMs, silenceMs } = this.#questions.bounds
    const quietMs = performance.now() - progressMs
    if (quietMs > deadlineMs) {
      const { topic, partition } = rows
      rows.end(gaveUp('fetches', deadlineMs, { topic, partition }, this.last ?? silent()))
      return false
    }
    return quietMs > silenceMs
  }
}

function silent(): HindcastError {
  return new HindcastError('remote-failed', 'librdkafka gives nothing, and does not say why', {
    advice: 'Look at the log of the broker that leads the partition; or leave `client` out.',
  })
}
