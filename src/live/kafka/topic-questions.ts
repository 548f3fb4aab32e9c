/**
 * The facts of a topic over connections of their own, and what it is now. For sources that read its records through
 * another client, which cannot say all of this: no client of Node tells ids of topics, and few the last stable offset.
 */

import type { KafkaJob } from '../../job/index.ts'
import type { KafkaBounds } from './bounds.ts'
import { BrokerLinks } from './broker-links.ts'
import { LeaderQuestions } from './leader-questions.ts'
import { TopicFacts } from './topic-facts.ts'
import type { TopicView } from './topic-view.ts'
import { firstView, TopicWatch, type WatchPort } from './topic-watch.ts'

export class TopicQuestions extends TopicFacts {
  readonly #links: BrokerLinks
  readonly #watch: TopicWatch
  readonly #questions: LeaderQuestions
  readonly #closing: AbortController

  private constructor(links: BrokerLinks, view: TopicView, port: WatchPort) {
    const closing = new AbortController()
    const watch = new TopicWatch(links, view, port)
    const questions = new LeaderQuestions(links, watch, closing.signal)
    super(watch, questions)
    this.#links = links
    this.#watch = watch
    this.#questions = questions
    this.#closing = closing
  }

  /** Raises as `openKafkaSource` does. `port` is told as long as the topic is watched; never before this resolves. */
  static async open(
    kafka: KafkaJob,
    port: WatchPort,
    bounds: Partial<KafkaBounds> = {},
  ): Promise<TopicQuestions> {
    const links = await BrokerLinks.open(kafka, bounds)
    try {
      return new TopicQuestions(links, await firstView(links, kafka.topic), port)
    } catch (error) {
      links.close()
      throw error
    }
  }

  get bounds(): KafkaBounds {
    return this.#links.bounds
  }

  /** Rises with each answer to the question what the topic is now. */
  get version(): number {
    return this.#watch.version
  }

  /** Node id of the leader of a partition; null: nobody leads, or nobody says where it is. */
  leaderOf(partition: number): number | null {
    const { partitions, brokers } = this.#watch.view
    const { leader } = partitions[partition]!
    return brokers.has(leader) ? leader : null
  }

  /** Asks within so many ms what the topic is now; `WatchPort` hears of it. */
  requestWithin(ms: number): void {
    this.#watch.requestWithin(ms)
  }

  /**
   * Asks whether the topic still is the one that was opened. False where nobody answers, or it is not: then
   * `WatchPort.onEnd` has heard why. What was read by its name before the call is of this topic where it is true: a topic
   * id does not come back.
   */
  async confirm(): Promise<boolean> {
    const { version } = this.#watch
    await this.#watch.refresh()
    return this.#watch.version > version
  }

  /** First offset that is held, and the high watermark. */
  async range(partition: number): Promise<{ readonly first: number; readonly end: number }> {
    const [first, end] = await Promise.all([this.#questions.first(partition), this.#questions.end(partition)])
    return { first, end }
  }

  close(): void {
    this.#closing.abort()
    this.#watch.close()
    this.#links.close()
  }
}
