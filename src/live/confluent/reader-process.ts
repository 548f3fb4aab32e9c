/**
 * The process that reads through librdkafka, for one source: a child of whatever thread has opened it. It keeps no
 * position: what it is assigned, it reads; when the channel to the source is gone, it ends.
 *
 * Records are consumed one a call, many calls at once. The client gives what it has consumed as a list, and where an error
 * follows records it drops the error, behind which librdkafka passes over what it could not read. One a call, each error is
 * told where it lies; and on one thread (UV_THREADPOOL_SIZE=1, set by who starts it) calls are answered in order.
 *
 *     librdkafka ─► consume(1) × depth, one thread ─► rows ─► channel
 *
 * Invariants: nothing that lies behind an error is handed on. While an assignment is changed no call is under way, so
 * every record belongs to the assignment it is labelled with. Without credit nothing is consumed.
 */

import { type ClientConsumer, type ClientProblem, loadConfluent } from './load-confluent.ts'
import { bytesOf, type ClientRecord, ReadRows } from './read-rows.ts'
import { type Assigned, type FromReader, type ToReader, UNANSWERED_MAX } from './reader-messages.ts'

/** How long a call that has none before it waits for a record, ms: so long an assignment may have to wait to be changed. */
const CONSUME_MS = 100
const DEPTH_MAX = 256
/** Of records that calls under way may bring, about. */
const DEPTH_BYTES = 1024 * 1024
/** Of one message: it is sent when it has so much, or is so old. */
const SENT_RECORDS = 4096
const SENT_BYTES = 1024 * 1024
const SENT_MS = 10
/** A process that ends by itself has to have said why. */
const UNKNOWN_CODE = -1

class Reader {
  readonly #consumer: ClientConsumer
  readonly #topic: string
  readonly #rows = new ReadRows()
  #generation = 0
  #next: { readonly generation: number; readonly from: readonly Assigned[] } | null = null
  #credit = 0
  #inFlight = 0
  #depth = 1
  #recordBytes = 1024
  #isReading = false
  #timer: NodeJS.Timeout | undefined

  constructor(consumer: ClientConsumer, topic: string) {
    this.#consumer = consumer
    this.#topic = topic
    consumer.on('partition.eof', ({ partition, offset }) => {
      if (!this.#isReading) return
      this.#rows.end(partition, offset)
      this.#sendSoon()
    })
  }

  /** Begins once all calls are answered. */
  assign(generation: number, from: readonly Assigned[]): void {
    this.#next = { generation, from }
    this.#isReading = false
    if (this.#inFlight === 0) this.#change()
  }

  more(generation: number): void {
    if (generation !== this.#generation) return
    this.#credit++
    this.#pump()
  }

  #change(): void {
    const { generation, from } = this.#next!
    this.#next = null
    this.#rows.take()
    this.#generation = generation
    this.#credit = UNANSWERED_MAX
    this.#depth = 1
    try {
      this.#consumer.assign(from.map(each => ({ topic: this.#topic, ...each })))
    } catch (error) {
      this.#refuse(error as ClientProblem)
      return
    }
    this.#isReading = from.length > 0
    this.#pump()
  }

  #pump(): void {
    while (this.#isReading && this.#credit > 0 && this.#inFlight < this.#depth) {
      // Were they all to wait, they would do so one after another.
      this.#consumer.setDefaultConsumeTimeout(this.#inFlight === 0 ? CONSUME_MS : 0)
      this.#inFlight++
      this.#consumer.consume(1, this.#onConsumed)
    }
  }

  readonly #onConsumed = (error: ClientProblem | null, records: readonly ClientRecord[]): void => {
    this.#inFlight--
    if (this.#isReading) {
      if (error !== null) this.#refuse(error)
      else this.#take(records)
    }
    if (this.#next === null) this.#pump()
    else if (this.#inFlight === 0) this.#change()
  }

  #take(records: readonly ClientRecord[]): void {
    const [record] = records
    if (record === undefined) {
      this.#depth = 1
      return
    }
    this.#recordBytes += (bytesOf(record) - this.#recordBytes) / 16
    const depthMax = Math.min(DEPTH_MAX, Math.max(1, Math.floor(DEPTH_BYTES / this.#recordBytes)))
    this.#depth = Math.min(2 * this.#depth, depthMax)
    this.#rows.add(record)
    if (this.#rows.records >= SENT_RECORDS || this.#rows.bytes >= SENT_BYTES) this.#send()
    else this.#sendSoon()
  }

  /** Calls that are still under way lie behind the error: nothing of them is taken. */
  #refuse({ code = UNKNOWN_CODE, message }: ClientProblem): void {
    this.#send()
    this.#isReading = false
    say({ kind: 'refused', generation: this.#generation, code, message })
  }

  #sendSoon(): void {
    this.#timer ??= setTimeout(() => this.#send(), SENT_MS)
  }

  #send(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#rows.isEmpty) return
    const parts = this.#rows.take().map(part => ({ ...part, endOffset: this.#endOf(part.partition) }))
    this.#credit--
    say({ kind: 'records', generation: this.#generation, parts })
  }

  #endOf(partition: number): number {
    try {
      return this.#consumer.getWatermarkOffsets(this.#topic, partition).highOffset
    } catch {
      return -1
    }
  }
}

function open({ settings, topicSettings, topic, token, openMs }: Extract<ToReader, { kind: 'open' }>): void {
  const { KafkaConsumer } = loadConfluent()
  const oauth = { oauthbearer_token_refresh_cb: async () => loginOf(token!) }
  const consumer = new KafkaConsumer({ ...settings, ...(token === null ? {} : oauth) }, { ...topicSettings })
  const trouble = ({ code = UNKNOWN_CODE, message }: ClientProblem) => say({ kind: 'trouble', code, message })
  consumer.on('event.error', trouble)
  consumer.on('error', trouble)
  consumer.connect({ topic, timeout: openMs }, error => {
    if (error !== null && error !== undefined) {
      fail(error.code ?? UNKNOWN_CODE, error.message)
      return
    }
    const reader = new Reader(consumer, topic)
    process.on('message', (message: ToReader) => {
      if (message.kind === 'assign') reader.assign(message.generation, message.from)
      else if (message.kind === 'more') reader.more(message.generation)
    })
    say({ kind: 'ready' })
  })
}

/** A token says by itself how long it holds; librdkafka asks again within the hour. */
function loginOf(token: string): { tokenValue: string; lifetime: number; principal: string } {
  return { tokenValue: token, lifetime: Date.now() + 3_600_000, principal: 'hindcast' }
}

function say(message: FromReader): void {
  if (process.connected) process.send!(message)
}

function fail(code: number | null, message: string): void {
  process.send!({ kind: 'failed', code, message } satisfies FromReader, end)
}

/** Threads of librdkafka are not waited for: there is nothing that they would have to finish. */
function end(): void {
  process.kill(process.pid, 'SIGKILL')
}

process.once('disconnect', end)
process.once('message', (message: ToReader) => {
  if (message.kind !== 'open') return
  try {
    open(message)
  } catch (error) {
    fail(null, (error as Error).message)
  }
})
