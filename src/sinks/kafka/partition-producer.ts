/**
 * The one producer of a partition: its identity at the brokers, and the batches that it has under way.
 *
 *     begin ─► InitProducerId ─► transaction ─► AddPartitionsToTxn ─► Produce … Produce ─► EndTxn ─► transaction …
 *                  ▲                                      └──────── anything else ────────────┘
 *                  └─── begin again: EndTxn (abort) discards what was under way ◄─────────────┘
 *
 * Invariants: nothing is sent twice under one identity: after any failure a new epoch begins, so no batch of before can
 * come in later. The first `begin` takes the partition from whoever had it; later ones only go on where nobody newer
 * has (`sink-fenced`). Bytes under way are bounded. Without transactions (`transactional: false`) the producer is
 * idempotent only: its epochs follow one another in the same way, and nobody is fenced.
 */

import { setTimeout as delay } from 'node:timers/promises'
import { assert, HindcastError } from '../../errors.ts'
import { Tries } from '../../files/index.ts'
import { LIMITS } from '../../limits.ts'
import { answered, CODES, meaningOf } from './answer-codes.ts'
import type { SinkCall } from './broker-port.ts'
import { addPartitionsCall, endTransactionCall, type Identity, initProducerCall } from './calls.ts'
import { transactionalId } from './position.ts'
import { produceCall } from './produce-call.ts'
import { type EncodedBatch, sealRecordBatch, sequenceAfter } from './record-batch.ts'
import { isTransient, type SinkBrokers } from './sink-brokers.ts'

/** Markers of the transaction before are written in some ms. */
const MARKERS_MS = 15

export interface ProducerOptions {
  readonly brokers: SinkBrokers
  /** Topic of the samples: it names the transactional id. */
  readonly topic: string
  readonly partition: number
  readonly transactional: boolean
  readonly signal: AbortSignal
}

export class PartitionProducer {
  readonly #options: ProducerOptions
  /** Null: without transactions. */
  readonly id: string | null
  #identity: Identity | null = null
  /** A transaction of this identity may be open. */
  #mayBeOpen = false
  /** Next sequence number of each topic. */
  readonly #sequences = new Map<string, number>()

  constructor(options: ProducerOptions) {
    const { topic, partition, transactional } = options
    this.#options = options
    this.id = transactional ? transactionalId(topic, partition) : null
  }

  get brokers(): SinkBrokers {
    return this.#options.brokers
  }

  get partition(): number {
    return this.#options.partition
  }

  get identity(): Identity {
    assert(this.#identity !== null, 'a producer has begun')
    return this.#identity
  }

  /** A new epoch; what was under way is over, and its transaction ended. Tries until `tries` has none left. */
  async begin(tries = this.tries()): Promise<void> {
    for (;;) {
      const failure = await this.#tryBegin()
      if (failure === null) return
      if (!isTransient(failure)) throw failure
      this.brokers.forget()
      if (!(await tries.next())) throw failure
    }
  }

  /** Begins a transaction that writes to this partition of the topics. */
  async transaction(topics: readonly string[]): Promise<Outgoing> {
    const { id } = this
    if (id === null) return new Outgoing(this)
    const tries = this.tries()
    for (;;) {
      this.#mayBeOpen = true
      const call = addPartitionsCall(id, this.identity, topics, this.partition)
      const code = await this.brokers.askCoordinator(id, call)
      if (code === CODES.none) return new Outgoing(this)
      // the markers of the transaction before are still being written
      if (code === CODES.concurrentTransactions && tries.leftMs > 0) {
        await delay(MARKERS_MS, undefined, { signal: this.#options.signal })
        continue
      }
      throw this.failure(code, call)
    }
  }

  /** The transaction has been ended. */
  ended(): void {
    this.#mayBeOpen = false
  }

  /** The numbers of a topic's next records. */
  takeSequence(topic: string, rows: number): number {
    const sequence = this.#sequences.get(topic) ?? 0
    this.#sequences.set(topic, sequenceAfter(sequence, rows))
    return sequence
  }

  tries(): Tries {
    const bounds = { deadlineMs: LIMITS.kafkaSendDeadlineMs, attemptMs: LIMITS.kafkaSendRequestMs }
    return new Tries(bounds, this.#options.signal)
  }

  /** An error code as ours. That somebody is fenced is only believed of InitProducerId: until then it is worth a try. */
  failure(code: number, call: SinkCall<unknown>, said: string | null = null): HindcastError {
    const { topic, partition } = this.#options
    const error = answered(code, call.name, { topic, partition }, said)
    if (meaningOf(code) !== 'fenced' || call.name === 'InitProducerId') return error
    return new HindcastError('remote-failed', error.message, { where: error.where, cause: error })
  }

  /**
   * Ends what may be open by the identity that opened it. Brokers of transaction.version 0 and 1 that have to end it for
   * an InitProducerId take the epoch from whoever asks, who then is told to be fenced, by nobody.
   */
  async #abort(id: string, identity: Identity): Promise<HindcastError | null> {
    const call = endTransactionCall(id, identity, false)
    const code = await this.brokers.askCoordinator(id, call)
    // Nothing is open: a commit whose answer was lost. Fenced: InitProducerId says whether that is true.
    const isOver = code === CODES.none || code === CODES.invalidTransactionState
    if (!isOver && meaningOf(code) !== 'fenced') return this.failure(code, call)
    this.#mayBeOpen = false
    return null
  }

  async #tryBegin(): Promise<HindcastError | null> {
    const { id } = this
    const call = initProducerCall(id, LIMITS.kafkaTransactionMs, id === null ? null : this.#identity)
    try {
      if (id !== null && this.#identity !== null && this.#mayBeOpen) {
        const failure = await this.#abort(id, this.#identity)
        if (failure !== null) return failure
      }
      const reply = await (id === null ? this.brokers.askAny(call) : this.brokers.askCoordinator(id, call))
      if (reply.errorCode !== CODES.none) return this.failure(reply.errorCode, call)
      this.#identity = reply
      this.#sequences.clear()
      return null
    } catch (error) {
      if (error instanceof HindcastError) return error
      throw error
    }
  }
}

/** Batches under way; with a transactional id one transaction. */
export class Outgoing {
  readonly #producer: PartitionProducer
  readonly #underWay = new Set<Promise<void>>()
  #failure: unknown = null
  /** Of all batches so far. */
  bytes = 0
  /** First and last offset of the records of each topic. */
  readonly offsets = new Map<string, { first: number; last: number }>()

  constructor(producer: PartitionProducer) {
    this.#producer = producer
  }

  /** Sends a batch as soon as there is room; resolves when it is under way. Raises what failed before. */
  async produce(topic: string, batch: EncodedBatch): Promise<void> {
    while (this.#underWay.size >= LIMITS.kafkaSendBatchesInFlight) await Promise.race(this.#underWay)
    if (this.#failure !== null) throw this.#failure
    const { id, identity } = this.#producer
    const producer = { ...identity, transactional: id !== null }
    sealRecordBatch(batch, producer, this.#producer.takeSequence(topic, batch.rows))
    this.bytes += batch.bytes.length
    const sent = this.#send(topic, batch)
      .catch((error: unknown) => {
        this.#failure ??= error
      })
      .finally(() => this.#underWay.delete(sent))
    this.#underWay.add(sent)
  }

  /** Resolves when all batches are acknowledged. */
  async acknowledged(): Promise<void> {
    await Promise.all(this.#underWay)
    if (this.#failure !== null) throw this.#failure
  }

  /** Commits. Where this fails, nobody knows whether it did: see `PartitionProducer.begin`. */
  async commit(): Promise<void> {
    await this.acknowledged()
    const { id, identity, brokers } = this.#producer
    if (id === null) return
    const call = endTransactionCall(id, identity, true)
    const code = await brokers.askCoordinator(id, call)
    if (code !== CODES.none) throw this.#producer.failure(code, call)
    this.#producer.ended()
  }

  async #send(topic: string, { bytes, rows }: EncodedBatch): Promise<void> {
    const { id, partition, brokers } = this.#producer
    const timeoutMs = LIMITS.kafkaSendRequestMs / 2
    const call = produceCall({ transactionalId: id, topic, partition, batch: bytes, timeoutMs })
    const { errorCode, message, offset } = await brokers.askLeader(topic, partition, call)
    if (errorCode !== CODES.none) throw this.#producer.failure(errorCode, call, message)
    const known = this.offsets.get(topic)
    const last = offset + rows - 1
    this.offsets.set(topic, {
      first: Math.min(known?.first ?? offset, offset),
      last: Math.max(known?.last ?? last, last),
    })
  }
}
