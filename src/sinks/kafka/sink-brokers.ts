/**
 * Which broker to ask: any, the leader of a partition, or the coordinator of a transactional id. What is known is kept
 * until `forget`, which whoever was answered "not me" calls. Nothing is retried here.
 */

import { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { answered, CODES } from './answer-codes.ts'
import type { BrokerPlace, BrokerPort, SinkCall } from './broker-port.ts'
import { coordinatorCall, type TopicsReply, topicsCall } from './calls.ts'

export type TopicView = TopicsReply['topics'][number]

export class SinkBrokers {
  readonly #port: BrokerPort
  /** Topics that are written to. */
  readonly #names: readonly string[]
  #view: Promise<TopicsReply> | null = null
  readonly #coordinators = new Map<string, Promise<BrokerPlace>>()

  constructor(port: BrokerPort, names: readonly string[]) {
    this.#port = port
    this.#names = names
  }

  /** The topic as its cluster has it now; null where it has none of that name. */
  async describe(name: string): Promise<TopicView | null> {
    this.#view = null
    const topic = (await this.#topics()).topics.find(each => each.name === name)
    if (topic === undefined || topic.errorCode === CODES.unknownTopic) return null
    if (topic.errorCode !== CODES.none) throw answered(topic.errorCode, 'Metadata', { topic: name })
    return topic
  }

  /** Asks the first broker that answers. */
  async askAny<Reply>(call: SinkCall<Reply>): Promise<Reply> {
    let failure: unknown
    for (const broker of this.#port.bootstrap) {
      try {
        return await this.#ask(broker, call)
      } catch (error) {
        if (!isTransient(error)) throw error
        failure = error
      }
    }
    throw failure
  }

  async askLeader<Reply>(topic: string, partition: number, call: SinkCall<Reply>): Promise<Reply> {
    const { brokers, topics } = await this.#topics()
    const leader = topics
      .find(each => each.name === topic)
      ?.partitions.find(each => each.partitionIndex === partition)?.leaderId
    const broker = brokers.find(each => each.nodeId === leader)
    if (broker === undefined) {
      throw new HindcastError('remote-failed', `partition ${partition} of ${topic} has no leader`, {
        where: { topic, partition },
        advice: `Look at the brokers: kafka-topics --describe --topic ${topic}; then run the same command again.`,
      })
    }
    return this.#ask(broker, call)
  }

  async askCoordinator<Reply>(id: string, call: SinkCall<Reply>): Promise<Reply> {
    let known = this.#coordinators.get(id)
    if (known === undefined) {
      known = this.#findCoordinator(id)
      this.#coordinators.set(id, known)
      known.catch(() => this.#coordinators.delete(id))
    }
    return this.#ask(await known, call)
  }

  /** Who leads and who coordinates is asked anew. */
  forget(): void {
    this.#view = null
    this.#coordinators.clear()
  }

  close(): void {
    this.#port.close()
  }

  async #findCoordinator(id: string): Promise<BrokerPlace> {
    const { errorCode, broker } = await this.askAny(coordinatorCall(id))
    if (errorCode !== CODES.none) throw answered(errorCode, 'FindCoordinator', {})
    return broker
  }

  #topics(): Promise<TopicsReply> {
    if (this.#view === null) {
      const asked = this.askAny(topicsCall(this.#names))
      this.#view = asked
      asked.catch(() => {
        if (this.#view === asked) this.#view = null
      })
    }
    return this.#view
  }

  #ask<Reply>(broker: BrokerPlace, call: SinkCall<Reply>): Promise<Reply> {
    return this.#port.ask(broker, 'questions', call, LIMITS.kafkaSendRequestMs)
  }
}

/** What may go better when tried again. */
export function isTransient(error: unknown): error is HindcastError {
  return error instanceof HindcastError && error.kind === 'transient'
}
