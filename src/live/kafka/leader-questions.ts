/**
 * Questions that only the leader of a partition can answer, tried until it does: leaders move, brokers restart. After
 * each failure the topic is looked at anew; after `kafkaDeadlineMs` the error names broker and partition.
 */

import { HindcastError } from '../../errors.ts'
import { Tries } from '../../files/index.ts'
import { brokerText } from './broker-address.ts'
import type { BrokerLinks } from './broker-links.ts'
import { KAFKA, kafkaError } from './error-codes.ts'
import { EARLIEST, LATEST, listOffsetsCall, topicConfigCall } from './questions.ts'
import { isStrange, isWorthTrying, type TopicWatch } from './topic-watch.ts'

export class LeaderQuestions {
  readonly #links: BrokerLinks
  readonly #watch: TopicWatch
  readonly #signal: AbortSignal

  /** `signal`: the source was closed. */
  constructor(links: BrokerLinks, watch: TopicWatch, signal: AbortSignal) {
    this.#links = links
    this.#watch = watch
    this.#signal = signal
  }

  /** First offset that is held. */
  first(partition: number): Promise<number> {
    return this.#offset(partition, EARLIEST, true)
  }

  /** Last stable offset. */
  stable(partition: number): Promise<number> {
    return this.#offset(partition, LATEST, true)
  }

  /** High watermark: also what open transactions have written is before it. */
  end(partition: number): Promise<number> {
    return this.#offset(partition, LATEST, false)
  }

  /** First offset of a record that is not older; −1: none. */
  ofTime(partition: number, timestampMs: number): Promise<number> {
    return this.#offset(partition, Math.max(0, Math.ceil(timestampMs)), true)
  }

  /** Settings of the topic; any broker knows them. */
  async config(names: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
    const { topic } = this.#watch.view
    const reply = await this.#tried('DescribeConfigs', { topic }, async timeoutMs => {
      const [node, address] = [...this.#watch.view.brokers].find(([id]) => id >= 0) ?? []
      if (node === undefined || address === undefined)
        throw kafkaError(KAFKA.leaderNotAvailable, 'DescribeConfigs', '', { topic })
      const answer = await this.#links.ask(address, 'questions', topicConfigCall(topic, names), timeoutMs)
      if (answer.errorCode === KAFKA.none) return answer
      throw kafkaError(answer.errorCode, 'DescribeConfigs', brokerText(address), { topic })
    })
    return reply.values
  }

  /** Whether older records of a key are removed; null: the broker does not let this user know. */
  async isCompacted(): Promise<boolean | null> {
    try {
      return policiesOf(await this.config(['cleanup.policy'])).includes('compact')
    } catch (error) {
      if (error instanceof HindcastError && error.code === 'access-denied') return null
      throw error
    }
  }

  async #offset(partition: number, timestampMs: number, isCommitted: boolean): Promise<number> {
    const { topic } = this.#watch.view
    const where = { topic, partition }
    return this.#tried('ListOffsets', where, async timeoutMs => {
      const { partitions, brokers } = this.#watch.view
      const { leader, leaderEpoch } = partitions[partition]!
      const address = brokers.get(leader)
      if (address === undefined) throw kafkaError(KAFKA.leaderNotAvailable, 'Metadata', String(leader), where)
      const call = listOffsetsCall({ topic, partition, leaderEpoch, timestampMs, isCommitted })
      const { errorCode, offset } = await this.#links.ask(address, 'questions', call, timeoutMs)
      if (errorCode === KAFKA.none) return offset
      throw kafkaError(errorCode, 'ListOffsets', brokerText(address), where)
    })
  }

  async #tried<Reply>(
    what: string,
    where: { readonly topic: string; readonly partition?: number },
    ask: (timeoutMs: number) => Promise<Reply>,
  ): Promise<Reply> {
    const { deadlineMs, silenceMs } = this.#links.bounds
    const tries = new Tries({ deadlineMs, attemptMs: silenceMs }, this.#signal)
    let strange = 0
    for (;;) {
      let last: HindcastError
      try {
        return await ask(tries.attemptMs)
      } catch (error) {
        if (!isWorthTrying(error, strange)) throw error
        if (isStrange(error)) strange++
        last = error as HindcastError
      }
      if (!(await tries.next())) throw gaveUp(what, deadlineMs, where, last)
      await this.#watch.refresh()
    }
  }
}

/** What becomes of old records of a topic: `delete`, `compact` or both. */
export function policiesOf(settings: ReadonlyMap<string, string | null>): string[] {
  return (settings.get('cleanup.policy') ?? 'delete').split(',').map(policy => policy.trim())
}

/** All tries failed. */
export function gaveUp(
  what: string,
  deadlineMs: number,
  where: { readonly topic: string; readonly partition?: number },
  last: HindcastError,
): HindcastError {
  return new HindcastError(
    'remote-failed',
    `no answer to ${what} in ${deadlineMs / 1000} s; the last failure: ${last.message}`,
    { where: { ...last.where, ...where }, advice: last.advice, cause: last },
  )
}

/** Nobody leads the partition, or nobody says where it is. */
export function noLeader({
  topic,
  partition,
}: {
  readonly topic: string
  readonly partition: number
}): HindcastError {
  return new HindcastError('remote-failed', 'no broker leads the partition', {
    where: { topic, partition },
    advice: 'Start its brokers: kafka-topics --describe --topic … names its replicas.',
  })
}
