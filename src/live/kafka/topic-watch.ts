/**
 * Keeps the view of a topic new: asks at least every `kafkaMetadataMs`, sooner when someone finds it old, and always
 * one question at a time. Whichever broker answers will do; one that does not is asked last next time.
 */

import { HindcastError } from '../../errors.ts'
import { Tries } from '../../files/index.ts'
import { type BrokerAddress, brokerText } from './broker-address.ts'
import type { BrokerLinks } from './broker-links.ts'
import { KAFKA } from './error-codes.ts'
import { metadataCall } from './questions.ts'
import { deletedTopic, newerView, type TopicView, topicView, unknownTopic } from './topic-view.ts'

/** At opening, a topic that was made a moment ago may not be known everywhere. */
const UNKNOWN_MS = 1500

export interface WatchPort {
  /** Something new is known, or could not be found out: a look at deadlines is due. */
  onRound(): void
  /** The topic is not what it was; nothing more can be read. */
  onEnd(error: HindcastError): void
}

export class TopicWatch {
  readonly #links: BrokerLinks
  readonly #port: WatchPort
  /** Rises with each answer. */
  version = 0
  #view: TopicView
  #failedBrokers: string[] = []
  #missingSince: number | null = null
  /** Replies that made no sense, in a row. */
  #strange = 0
  #round: Promise<void> | null = null
  #timer: NodeJS.Timeout | undefined
  #dueAt = Number.POSITIVE_INFINITY
  #isClosed = false

  constructor(links: BrokerLinks, view: TopicView, port: WatchPort) {
    this.#links = links
    this.#view = view
    this.#port = port
    this.#plan(links.bounds.metadataMs)
  }

  get view(): TopicView {
    return this.#view
  }

  /** Asks within so many ms. */
  requestWithin(ms: number): void {
    if (!this.#isClosed) this.#plan(ms)
  }

  /** Resolves when a new answer is there, or nobody answered. */
  refresh(): Promise<void> {
    this.#round ??= this.#ask().finally(() => {
      this.#round = null
      if (this.#isClosed) return
      this.#plan(this.#links.bounds.metadataMs)
      this.#port.onRound()
    })
    return this.#round
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  #plan(ms: number): void {
    const at = performance.now() + ms
    if (at >= this.#dueAt) return
    clearTimeout(this.#timer)
    this.#dueAt = at
    this.#timer = setTimeout(() => {
      // The round may be under way already: the next one is planned at its end, and must not find this one due.
      this.#dueAt = Number.POSITIVE_INFINITY
      void this.refresh()
    }, ms)
  }

  async #ask(): Promise<void> {
    this.#dueAt = Number.POSITIVE_INFINITY
    clearTimeout(this.#timer)
    const { topic, brokers } = this.#view
    // Half of it: another broker may know as well.
    const { silenceMs } = this.#links.bounds
    for (const address of this.#order([...brokers.values(), ...this.#links.bootstrap])) {
      const broker = brokerText(address)
      try {
        const reply = await this.#links.ask(address, 'questions', metadataCall(topic), silenceMs / 2)
        if (this.#isMissing(reply.errorCode)) continue
        this.#view = newerView(this.#view, topicView(topic, reply, broker))
        this.version++
        this.#strange = 0
        this.#failedBrokers = this.#failedBrokers.filter(each => each !== broker)
        return
      } catch (error) {
        if (this.#isClosed) return
        if (!isWorthTrying(error, this.#strange)) {
          this.#port.onEnd(error as HindcastError)
          return
        }
        if (isStrange(error)) this.#strange++
        this.#failedBrokers = [...this.#failedBrokers.filter(each => each !== broker), broker]
      }
    }
  }

  /** Each once; those that failed last come last. */
  #order(addresses: readonly BrokerAddress[]): BrokerAddress[] {
    const byText = new Map(addresses.map(address => [brokerText(address), address]))
    const rank = (text: string) => this.#failedBrokers.indexOf(text)
    return [...byText.keys()].sort((a, b) => rank(a) - rank(b)).map(text => byText.get(text)!)
  }

  /** A broker that has just started knows no topics yet; one that is missed for long is gone. */
  #isMissing(errorCode: number): boolean {
    if (!UNKNOWN.includes(errorCode)) {
      this.#missingSince = null
      return false
    }
    this.#missingSince ??= performance.now()
    if (performance.now() - this.#missingSince > this.#links.bounds.missingMs)
      throw deletedTopic(this.#view.topic)
    this.#plan(1000)
    return true
  }
}

const UNKNOWN: readonly number[] = [KAFKA.unknownTopicOrPartition, KAFKA.unknownTopicId]

/** The first view of a topic. Raises `job-invalid` where there is no such topic. */
export async function firstView(links: BrokerLinks, topic: string): Promise<TopicView> {
  const { openMs, silenceMs } = links.bounds
  const tries = new Tries({ deadlineMs: openMs, attemptMs: silenceMs / 2 }, new AbortController().signal)
  const startedAt = performance.now()
  let last: HindcastError | null = null
  do {
    for (const address of links.bootstrap) {
      const broker = brokerText(address)
      try {
        const reply = await links.ask(address, 'questions', metadataCall(topic), tries.attemptMs)
        if (reply.errorCode === KAFKA.invalidTopic) throw unknownTopic(topic, broker)
        if (!UNKNOWN.includes(reply.errorCode)) return topicView(topic, reply, broker)
        last = unknownTopic(topic, broker)
        if (performance.now() - startedAt > UNKNOWN_MS) throw last
      } catch (error) {
        if (!isPassing(error)) throw error
        last = error as HindcastError
      }
    }
  } while (await tries.next())
  throw last!
}

/** Worth another try: it passes by itself. */
export function isPassing(error: unknown): boolean {
  return error instanceof HindcastError && error.kind === 'transient'
}

/** So often in a row a reply that makes no sense is asked for again: bytes may turn over on their way. */
export const STRANGE_MAX = 3

/** The same, with replies that make no sense: `strange` is how many there were before. */
export function isWorthTrying(error: unknown, strange: number): boolean {
  return isPassing(error) || (isStrange(error) && strange + 1 < STRANGE_MAX)
}

export function isStrange(error: unknown): boolean {
  return error instanceof HindcastError && error.code === 'reply-invalid'
}
