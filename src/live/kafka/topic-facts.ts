/** What is known of a topic without reading it: identity, partitions, ends, times, settings. */

import { HindcastError } from '../../errors.ts'
import type { LiveEnds } from '../source.ts'
import { type LeaderQuestions, policiesOf } from './leader-questions.ts'
import { topicIdentity } from './topic-view.ts'
import type { TopicWatch } from './topic-watch.ts'

export class TopicFacts {
  readonly partitions: number
  /** `<cluster id>/<topic id>` */
  readonly id: string
  readonly #topic: string
  readonly #watch: TopicWatch
  readonly #questions: LeaderQuestions

  constructor(watch: TopicWatch, questions: LeaderQuestions) {
    this.partitions = watch.view.partitions.length
    this.id = topicIdentity(watch.view)
    this.#topic = watch.view.topic
    this.#watch = watch
    this.#questions = questions
  }

  /** See `LiveSource.ends`. */
  async ends(partition: number): Promise<LiveEnds> {
    this.check(partition)
    const [first, next] = await Promise.all([
      this.#questions.first(partition),
      this.#questions.stable(partition),
    ])
    const { leaderEpoch } = this.#watch.view.partitions[partition]!
    return { first, next, leaderEpoch: leaderEpoch < 0 ? null : leaderEpoch }
  }

  /** See `LiveSource.offsetFor`. */
  async offsetFor(partition: number, timestampMs: number): Promise<number> {
    this.check(partition)
    // The end first: what becomes visible between the two questions lies behind it.
    const next = await this.#questions.stable(partition)
    const offset = await this.#questions.ofTime(partition, timestampMs)
    return offset >= 0 ? offset : next
  }

  /** Settings of the topic as they are in force. */
  settings(names: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
    return this.#questions.config(names)
  }

  /** See `LiveSource.retentionMs`: null where the topic keeps records, or compacts without deleting. */
  async retentionMs(): Promise<number | null> {
    const values = await this.settings(['retention.ms', 'cleanup.policy'])
    const ms = Number(values.get('retention.ms') ?? -1)
    return policiesOf(values).includes('delete') && Number.isSafeInteger(ms) && ms >= 0 ? ms : null
  }

  /** See `LiveSource.isCompacted`. */
  isCompacted(): Promise<boolean | null> {
    return this.#questions.isCompacted()
  }

  /** Raises `argument-invalid` for a partition that the topic does not have. */
  check(partition: number): void {
    const { partitions } = this
    if (Number.isInteger(partition) && partition >= 0 && partition < partitions) return
    throw new HindcastError('argument-invalid', `the topic has no partition ${partition}`, {
      where: { topic: this.#topic },
      advice: `Its partitions are 0…${partitions - 1}.`,
    })
  }
}
