/**
 * Sends the slices of a run to their topic while the run goes on (C6; how each is made durable: see
 * sinks/kafka/partition-sender.ts).
 *
 *     slice sealed ─► manifest.json ─► queue of each partition ─► transactions ─► sent.jsonl ─► its file is removed
 *
 * The manifest decides what there is, the positions on the cluster how much of it is in the topic. A run that goes on
 * takes the partitions from whoever had them, asks the positions, and first sends what is missing; a slice in the
 * manifest is in the topic or still lies here, and nothing that is not in the manifest is ever sent.
 *
 * Back-pressure: with more than LIMITS.kafkaStagedBytes of files waiting the lanes are told to wait.
 */

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { KafkaOutputJob, StreamJob } from '../job/index.ts'
import type { FaultPoint, PartitionSlice } from '../lanes/index.ts'
import { faultPoint } from '../lanes/index.ts'
import { LIMITS } from '../limits.ts'
import { openBrokerLinks, openLiveSource } from '../live/index.ts'
import type { Plan } from '../plan/index.ts'
import type {
  KafkaSink,
  PartitionSender,
  PositionReader,
  SampleEncoder,
  SendStep,
  SinkBrokers,
  SinkTopics,
} from '../sinks/index.ts'
import { loadKafkaSink } from '../sinks/index.ts'
import { openSinkOf } from './kafka-output-facts.ts'
import type { ManifestHeader, ManifestSlice } from './manifest.ts'
import { ownRunIdentity } from './run-identity.ts'
import { checkAllSent, checkNotLost, identitiesBefore } from './sent-chain.ts'
import { SentNotes } from './sent-notes.ts'
import { checkPositions, sentPoint } from './sent-point.ts'
import { sideBySide } from './side-by-side.ts'
import type { SliceTarget } from './slice-target.ts'
import { deliveryOf, isSent } from './staged-slice.ts'

export interface SenderOptions {
  readonly plan: Plan
  readonly directory: string
  readonly header: ManifestHeader
  /** Slices that are committed here. */
  readonly slices: readonly ManifestSlice[]
  /** Told what goes wrong while nobody waits. */
  readonly onFailure: (error: unknown) => void
  /** Told whether there is room for more slices. */
  readonly onRoom: (hasRoom: boolean) => void
}

/** What one partition still has to send. */
interface Queue {
  readonly sender: PartitionSender
  readonly waiting: { readonly slice: number; readonly part: PartitionSlice; readonly row: number }[]
  busy: boolean
}

const POINTS: Readonly<Record<SendStep, FaultPoint>> = {
  begun: 'kafka-begun',
  produced: 'kafka-produced',
  committed: 'kafka-committed',
}

export class KafkaSender implements SliceTarget {
  readonly #options: SenderOptions
  readonly #kafka: KafkaOutputJob
  readonly #sink: KafkaSink
  readonly #brokers: SinkBrokers
  readonly #notes: SentNotes
  readonly #abort = new AbortController()
  #positions: PositionReader | null = null
  #queues: Queue[] = []
  /** Encoders that nobody uses: their memory is used again. */
  readonly #encoders: SampleEncoder[] = []
  #active = 0
  readonly #sending = new Set<Promise<void>>()
  #stagedBytes = 0
  #hasRoom = true
  #idle = Promise.withResolvers<void>()
  #failure: unknown = null

  private constructor(options: SenderOptions, kafka: KafkaOutputJob, sink: KafkaSink, brokers: SinkBrokers) {
    this.#options = options
    this.#kafka = kafka
    this.#sink = sink
    this.#brokers = brokers
    this.#notes = new SentNotes(options.directory)
    this.#idle.resolve()
    this.#idle.promise.catch(() => {})
  }

  /**
   * Takes the partitions and sends what is missing of the slices that are committed. Null where the job writes files.
   * Raises `sink-refused`, `run-mismatch` where the topic holds what this run cannot go on from, `remote-failed`.
   */
  static async open(options: SenderOptions): Promise<KafkaSender | null> {
    const { kafka } = options.plan.job.output
    if (kafka === undefined) return null
    const sink = await loadKafkaSink()
    const { topic } = kafka
    const names = [topic, sink.positionsTopic(topic), ...asideTopics(kafka)]
    const brokers = new sink.SinkBrokers(await openBrokerLinks(kafka), names)
    let sender: KafkaSender | null = null
    try {
      const topics = await sink.openSinkTopics(brokers, openSinkOf(options.plan, kafka, Date.now()), true)
      sender = new KafkaSender(options, kafka, sink, brokers)
      await sender.#take(topics)
      sender.committed(options.slices)
      return sender
    } catch (error) {
      if (sender === null) brokers.close()
      else await sender.close()
      throw error
    }
  }

  committed(slices: readonly ManifestSlice[]): void {
    for (const { slice, partitions } of slices) {
      for (const part of partitions) {
        const point = sentPoint(this.#notes.lastOf(part.partition), slice)
        const staged = { ...this.#options, kafka: this.#kafka, slice, part }
        if (point === 'sent' || !isSent(staged)) this.#removeFile(part)
        else this.#enqueue(slice, part, point)
      }
    }
    this.#sendNext()
  }

  async settled(): Promise<void> {
    await this.#idle.promise
  }

  finish(): Promise<void> {
    return this.settled()
  }

  report(): Promise<void> {
    return Promise.resolve()
  }

  async close(): Promise<void> {
    this.#failure ??= new Error('the sender was closed')
    this.#abort.abort()
    // First all that somebody may be waiting for: a broker that is silent would be asked again for minutes.
    this.#brokers.close()
    await this.#positions?.close()
    await Promise.all(this.#sending)
    this.#notes.close()
  }

  /** Begins the epoch of each partition, then asks how far it is. */
  async #take({ batchBytes, recordBytesMax }: SinkTopics): Promise<void> {
    const { directory, plan, header, slices } = this.#options
    const { topic, delivery, append } = this.#kafka
    const transactional = delivery === 'exactly-once'
    const run = ownRunIdentity(directory)
    const before = identitiesBefore(header.after)
    const { partitions } = samplesOf(plan)
    const queues: Queue[] = []
    const producers = Array.from(
      { length: partitions },
      (_, partition) =>
        new this.#sink.PartitionProducer({
          brokers: this.#brokers,
          topic,
          partition,
          transactional,
          signal: this.#abort.signal,
        }),
    )
    await sideBySide(producers, LIMITS.kafkaSendPartitionsAtOnce, producer => producer.begin())
    const reader = transactional ? await this.#openPositions(run) : null
    await sideBySide(producers, LIMITS.kafkaSendPartitionsAtOnce, async producer => {
      const { partition } = producer
      const known = reader === null ? null : await reader.read(partition)
      if (known !== null) {
        checkPositions(known, { topic, partition, run, before, append, slices })
        checkNotLost(topic, this.#notes.lastOf(partition), known.own)
      }
      if (header.after !== null && known?.own == null && this.#notes.lastOf(partition) === null)
        checkAllSent(header.after, plan, partition, known?.newest ?? null)
      if (known?.own != null) this.#notes.add(known.own)
      const sender = new this.#sink.PartitionSender({
        producer,
        topic,
        asideTopics: asideTopics(this.#kafka),
        batchBytes,
        recordBytesMax,
        transactionBytes: LIMITS.kafkaTransactionBytes,
        run: { run, job: plan.job.name, plan: plan.hash },
        positions: reader === null ? null : () => reader.read(partition),
        onCommitted: position => {
          this.#notes.add(position)
          faultPoint('kafka-noted')
        },
        onStep: step => faultPoint(POINTS[step]),
      })
      queues[partition] = { sender, waiting: [], busy: false }
    })
    this.#queues = queues
  }

  async #openPositions(run: string): Promise<PositionReader> {
    const { advertised, brokers, sasl, tls, topic } = this.#kafka
    const name = this.#sink.positionsTopic(topic)
    const access = {
      brokers,
      ...(tls === undefined ? {} : { tls }),
      ...(sasl === undefined ? {} : { sasl }),
      ...(advertised === undefined ? {} : { advertised }),
    }
    const place = {
      kind: 'kafka',
      ...access,
      topic: name,
      client: 'native',
      value: { kind: 'json' },
    } as const
    const reader = new this.#sink.PositionReader(await openLiveSource(place), name, run)
    this.#positions = reader
    return reader
  }

  #enqueue(slice: number, part: PartitionSlice, row: number): void {
    if (this.#stagedBytes === 0) {
      this.#idle = Promise.withResolvers()
      this.#idle.promise.catch(() => {}) // told by onFailure
    }
    this.#queues[part.partition]!.waiting.push({ slice, part, row })
    this.#moved(1 + part.bytes)
  }

  /** Starts partitions that have something to send, as many as may at the same time. */
  #sendNext(): void {
    for (const queue of this.#queues) {
      if (this.#active >= LIMITS.kafkaSendPartitionsAtOnce || this.#failure !== null) return
      if (queue.busy || queue.waiting.length === 0) continue
      queue.busy = true
      this.#active++
      const sending = this.#send(queue).finally(() => this.#sending.delete(sending))
      this.#sending.add(sending)
    }
  }

  /** The next slice of a partition; then others have their turn. */
  async #send(queue: Queue): Promise<void> {
    const { directory, plan, onFailure } = this.#options
    const { slice, part, row } = queue.waiting.shift()!
    const encoder = this.#encoders.pop() ?? this.#newEncoder()
    try {
      const staged = { directory, plan, kafka: this.#kafka, slice, part }
      await queue.sender.deliver(deliveryOf(staged, encoder, this.#sink.textRecords), row)
      this.#removeFile(part)
    } catch (error) {
      if (this.#failure === null) {
        this.#failure = error
        this.#idle.reject(error)
        onFailure(error)
      }
      return
    }
    this.#encoders.push(encoder)
    queue.busy = false
    this.#active--
    this.#moved(-1 - part.bytes)
    this.#sendNext()
    if (this.#active === 0) this.#idle.resolve()
  }

  #moved(bytes: number): void {
    this.#stagedBytes += bytes
    const hasRoom = this.#stagedBytes <= (this.#hasRoom ? 1 : 0.5) * LIMITS.kafkaStagedBytes
    if (hasRoom === this.#hasRoom) return
    this.#hasRoom = hasRoom
    this.#options.onRoom(hasRoom)
  }

  #newEncoder(): SampleEncoder {
    const { plan } = this.#options
    const { key, keyEncoding, time } = samplesOf(plan)
    return new this.#sink.SampleEncoder({
      schema: plan.output,
      key: this.#kafka.key ?? key,
      keyEncoding: this.#kafka.key === null ? keyEncoding : 'text',
      time,
      timeline: plan.timeline,
    })
  }

  #removeFile({ path }: PartitionSlice): void {
    if (path !== null) rmSync(join(this.#options.directory, path), { force: true })
  }
}

/** Late and bad ones may share a topic. */
function asideTopics({ late, quarantine }: KafkaOutputJob): string[] {
  return [...new Set([late, quarantine].filter(name => name !== undefined))]
}

function samplesOf(plan: Plan): StreamJob {
  return plan.job.streams.find(stream => stream.name === plan.job.samples)!
}
