/**
 * Sends slices of one partition to the topic of the samples, each once, in order.
 *
 *     rows of a slice ─► batches ─┬─ transaction: samples … and the position behind them ─► commit ─► next
 *                                 └─ transaction: samples …, late, quarantined, position (rows = of) ─► commit
 *
 * How a slice is made durable (C6). A slice is sealed here first: its samples lie in a file, its line is in the
 * manifest. What is sent never changes, so it can be sent again. The commit of the transaction decides, and the
 * position in it says what it held:
 *   - killed before the commit: the broker ends the transaction when the next process begins its epoch, nobody reads it,
 *     the position is where it was, and the rows are sent again;
 *   - killed after it: the position says so, and they are not;
 *   - the outcome of a commit is unknown, or anything else went wrong: a new epoch is begun, which ends the transaction
 *     one way or the other, and then the positions are asked what is true.
 * So each sample of a slice in the manifest comes once, after all those before it; and nothing else ever comes.
 *
 * At least once: the same without transactions and positions; `onCommitted` is called when rows are acknowledged, and
 * what was not told by then may be sent again.
 */

import { assert, HindcastError } from '../../errors.ts'
import type { Outgoing, PartitionProducer } from './partition-producer.ts'
import { type Position, positionKey, positionsTopic, positionText } from './position.ts'
import type { KnownPositions } from './position-reader.ts'
import { encodeRecordBatch } from './record-batch.ts'
import type { SampleRecords } from './sample-records.ts'
import { isTransient } from './sink-brokers.ts'
import { textRecords } from './text-records.ts'

/** One partition of a sealed slice. */
export interface Delivery {
  /** Start of the slice, ms. */
  readonly slice: number
  /** Rows of it. */
  readonly of: number
  readonly digest: string
  /** Its rows from one on. */
  readonly rowsFrom: (row: number) => AsyncIterable<SampleRecords>
  /** What is sent to other topics together with its last rows. */
  readonly aside: readonly { readonly topic: string; readonly records: () => AsyncIterable<SampleRecords> }[]
}

/** Places in the sending of a transaction, for tests that disturb it there. */
export type SendStep = 'begun' | 'produced' | 'committed'

export interface SenderOptions {
  readonly producer: PartitionProducer
  readonly topic: string
  /** Of the late and quarantined events, where they go to topics. */
  readonly asideTopics: readonly string[]
  /** Largest batch that the topic takes, bytes. */
  readonly batchBytes: number
  /** Largest batch that the topic takes, bytes. */
  readonly recordBytesMax: number
  /** A transaction is ended when its batches are longer, bytes. */
  readonly transactionBytes: number
  readonly run: Pick<Position, 'run' | 'job' | 'plan'>
  /** The newest positions of the partition; null: at least once. */
  readonly positions: (() => Promise<KnownPositions>) | null
  /** Told of each commit, before the next transaction begins. */
  readonly onCommitted: (position: Position) => void
  readonly onStep: (step: SendStep) => void
}

export class PartitionSender {
  readonly #options: SenderOptions
  /** Rows of the slice under way that are known to be committed. */
  #rows = 0

  constructor(options: SenderOptions) {
    this.#options = options
  }

  /**
   * Sends the rows of a slice from `row` on, and what is aside. Raises `sink-fenced` where somebody newer writes to the
   * partition, `sink-refused` for what the topic will never take, `remote-failed` after the last try.
   */
  async deliver(delivery: Delivery, row: number): Promise<void> {
    const { producer } = this.#options
    this.#rows = row
    let tries = producer.tries()
    let isUnknown = false
    for (;;) {
      const before = this.#rows
      try {
        if (isUnknown) {
          producer.brokers.forget()
          await producer.begin(tries)
          if (await this.#isDone(delivery)) return
        }
        await this.#send(delivery)
        return
      } catch (error) {
        if (!isTransient(error)) throw error
        if (this.#rows > before) tries = producer.tries()
        if (!(await tries.next())) throw error
        isUnknown = true
      }
    }
  }

  /** What is true of the slice after a failure: `#rows` of it are there; false where some are not. */
  async #isDone(delivery: Delivery): Promise<boolean> {
    const { positions, onCommitted } = this.#options
    if (positions === null) return false
    const { own } = await positions()
    if (own === null || own.slice !== delivery.slice) return false
    assert(own.rows >= this.#rows && own.of === delivery.of, 'a position only moves on')
    // even with no rows more it may be the last one, which says that what is aside is there
    if (own.rows > this.#rows || own.rows === own.of) onCommitted(own)
    this.#rows = own.rows
    return own.rows === own.of
  }

  async #send(delivery: Delivery): Promise<void> {
    const { topic, batchBytes, recordBytesMax, transactionBytes } = this.#options
    let out: Outgoing | null = null
    let rows = this.#rows
    if (rows < delivery.of) {
      for await (const records of delivery.rowsFrom(rows)) {
        for (let from = 0; from < records.rows; ) {
          const batch = encodeRecordBatch(records, from, batchBytes)
          if (batch.bytes.length > recordBytesMax) throw tooLarge(batch.bytes.length, this.#options, rows)
          out ??= await this.#begin()
          await out.produce(topic, batch)
          this.#options.onStep('begun')
          from += batch.rows
          rows += batch.rows
          if (out.bytes < transactionBytes || rows >= delivery.of) continue
          await this.#commit(out, delivery, rows)
          out = null
        }
      }
    }
    assert(rows === delivery.of, 'a slice has the rows that the manifest says')
    out ??= await this.#begin()
    await this.#sendAside(out, delivery)
    await this.#commit(out, delivery, rows)
  }

  #begin(): Promise<Outgoing> {
    const { producer, topic, asideTopics } = this.#options
    return producer.transaction([topic, positionsTopic(topic), ...asideTopics])
  }

  async #sendAside(out: Outgoing, delivery: Delivery): Promise<void> {
    for (const { topic, records } of delivery.aside) {
      for await (const lines of records()) {
        for (let from = 0; from < lines.rows; ) {
          const batch = encodeRecordBatch(lines, from, this.#options.batchBytes)
          await out.produce(topic, batch)
          from += batch.rows
        }
      }
    }
  }

  async #commit(out: Outgoing, delivery: Delivery, rows: number): Promise<void> {
    const { producer, topic, run, positions, onCommitted, onStep } = this.#options
    await out.acknowledged()
    const { first, last } = out.offsets.get(topic) ?? { first: -1, last: -1 }
    const { slice, of, digest } = delivery
    const position = { ...run, partition: producer.partition, slice, rows, of, digest, first, last }
    if (positions !== null) {
      const text = { key: positionKey(position), value: positionText(position), timestampMs: Date.now() }
      await out.produce(
        positionsTopic(topic),
        encodeRecordBatch(textRecords([text]), 0, Number.MAX_SAFE_INTEGER),
      )
      await out.acknowledged()
    }
    onStep('produced')
    await out.commit()
    onStep('committed')
    this.#rows = rows
    onCommitted(position)
  }
}

function tooLarge(
  bytes: number,
  { topic, producer, recordBytesMax }: SenderOptions,
  row: number,
): HindcastError {
  const message = `sample ${row} of its slice makes a batch of ${bytes} bytes, and the topic takes ${recordBytesMax}`
  return new HindcastError('sink-refused', message, {
    where: { topic, partition: producer.partition, row },
    advice: 'Set max.message.bytes of the topic higher, or leave columns out: output.columns.',
  })
}
