/**
 * Fetches from one broker, one fetch at a time, everything that is wanted of it; the next one leaves before anything of
 * the last is decoded. Rests while nothing is wanted.
 *
 * How long the broker may wait for records grows while there are none, so that an idle source asks twice a second, and
 * a partition that is wanted anew does not stand behind a long wait.
 */

import { setTimeout as pause } from 'node:timers/promises'
import { HindcastError, wrapError } from '../../errors.ts'
import { redacted } from '../../files/index.ts'
import { LIMITS } from '../../limits.ts'
import { kafkaErrorName } from './error-codes.ts'
import type { FetchQuestion, FetchReply } from './fetch-call.ts'
import type { Wish } from './partition-buffer.ts'
import type { FetchedPartition } from './wire/index.ts'

/** A wait while some partition has no room, and the first one: its reader may make room at any moment, ms. */
const SHORT_WAIT_MS = 20

export interface FetchPort {
  /** What is wanted of this broker now, and whether more would be if there were room. */
  wishes(node: number): { readonly wishes: readonly Wish[]; readonly isMoreToCome: boolean }
  /** The identity to ask with. */
  readonly topic: Pick<FetchQuestion, 'topic' | 'topicId'>
  fetch(node: number, question: FetchQuestion): Promise<FetchReply>
  /** The records of the answer are only valid during the call. */
  onAnswer(node: number, wish: Wish, answer: FetchedPartition): void
  /** No answer to these. */
  onFailure(node: number, wishes: readonly Wish[], error: HindcastError): void
}

export class BrokerFetcher {
  readonly node: number
  readonly #port: FetchPort
  #waitMs = SHORT_WAIT_MS
  #turn = 0
  #wake: PromiseWithResolvers<void> = Promise.withResolvers()
  readonly #closing = new AbortController()

  constructor(node: number, port: FetchPort) {
    this.node = node
    this.#port = port
    void this.#run()
  }

  /** Something may be wanted. `isNew`: of a partition that was not in the last fetch. */
  wake(isNew = false): void {
    if (isNew) this.#waitMs = SHORT_WAIT_MS
    this.#wake.resolve()
  }

  close(): void {
    this.#closing.abort()
    this.wake()
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      const { wishes, isMoreToCome } = this.#port.wishes(this.node)
      if (wishes.length > 0) {
        await this.#fetch(wishes, isMoreToCome)
        continue
      }
      await this.#wake.promise
      this.#wake = Promise.withResolvers()
    }
  }

  /** Never rejects. */
  async #fetch(wishes: readonly Wish[], isMoreToCome: boolean): Promise<void> {
    const waitMs = isMoreToCome ? SHORT_WAIT_MS : this.#waitMs
    this.#waitMs = Math.min(2 * waitMs, LIMITS.kafkaFetchWaitMs)
    // Each comes first in turn: the first batch of the first one comes however long it is.
    const first = this.#turn++ % wishes.length
    const partitions = [...wishes.slice(first), ...wishes.slice(0, first)]
    try {
      const reply = await this.#port.fetch(this.node, { ...this.#port.topic, waitMs, partitions })
      if (!this.#isClosed) this.#share(wishes, reply)
      const { throttleMs } = reply.response
      if (throttleMs > 0) await this.#rest(throttleMs)
    } catch (error) {
      if (this.#isClosed) return
      this.#port.onFailure(
        this.node,
        wishes,
        wrapError(error, 'bug', 'a fetch failed in a way that no fetch does'),
      )
    }
  }

  #share(wishes: readonly Wish[], { response, topicName }: FetchReply): void {
    const open = new Map(wishes.map(wish => [wish.partition, wish]))
    for (const { topic, partitions } of response.topics) {
      for (const answer of partitions) {
        const wish = open.get(answer.partition)
        if (topic !== topicName || wish === undefined) throw notAsked(topic, answer.partition)
        open.delete(answer.partition)
        this.#port.onAnswer(this.node, wish, answer)
      }
    }
    if (open.size > 0) this.#port.onFailure(this.node, [...open.values()], notAnswered(response.errorCode))
  }

  /** The broker holds back whoever asks too much (quotas), and answers nothing before. */
  async #rest(ms: number): Promise<void> {
    const { signal } = this.#closing
    await pause(Math.min(ms, LIMITS.kafkaThrottleMsMax), undefined, { signal }).catch(() => undefined)
  }
}

/** Codes of the whole answer pass as those of a partition do; without one, the broker has left some out. */
function notAnswered(code: number): HindcastError {
  const why =
    code === 0 ? 'leaves out partitions that were asked for' : `answers ${kafkaErrorName(code)} to a fetch`
  return new HindcastError('remote-failed', `a broker ${why}`, { advice: 'Look at the log of the broker.' })
}

function notAsked(topic: string, partition: number): HindcastError {
  return new HindcastError(
    'reply-invalid',
    `a broker answers a fetch with partition ${partition} of ${redacted(topic)}, which was not asked for`,
    { advice: 'Check that nothing stands between this machine and the broker.' },
  )
}
