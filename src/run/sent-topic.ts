/**
 * The samples of a run read back from its topic: what `verify` recomputes digests from (C7). Where each slice lies is
 * noted in the run's directory (sent-notes.ts); values come back as they were written.
 */

import type { Batch, Schema } from '../core/batch/index.ts'
import { createJsonRows } from '../core/batch/index.ts'
import { createDigest } from '../core/digest/index.ts'
import { HindcastError } from '../errors.ts'
import { isRemoteUri } from '../files/index.ts'
import type { KafkaOutputJob } from '../job/index.ts'
import type { PartitionSlice } from '../lanes/index.ts'
import { createSha256 } from '../lanes/index.ts'
import { type LiveSource, openLiveSource, type RecordBatch } from '../live/index.ts'
import type { Plan } from '../plan/index.ts'
import type { DigestResult } from './digest-task.ts'
import { readSentNotes, type SentNote } from './sent-notes.ts'

const READ_BYTES = 1024 * 1024
const WAIT_MS = 1000
/** Rows of a batch: enough to amortise, little enough for the cache. */
const BATCH_ROWS = 32 * 1024

/** A partition of a slice. */
export interface SentPart {
  /** Start of the slice, ms. */
  readonly slice: number
  readonly part: PartitionSlice
}

export class SentTopic {
  readonly #kafka: KafkaOutputJob
  readonly #notes = new Map<string, SentNote[]>()
  #source: Promise<LiveSource> | null = null
  /** What was read last of each partition: the next slice mostly begins in it. */
  readonly #held = new Map<number, { readonly from: number; readonly records: RecordBatch }>()

  private constructor(kafka: KafkaOutputJob, notes: readonly SentNote[]) {
    this.#kafka = kafka
    for (const note of notes) {
      const key = keyOf(note.slice, note.partition)
      this.#notes.set(key, [...(this.#notes.get(key) ?? []), note])
    }
  }

  /** Of the run in a directory; null where its samples are files. */
  static of(plan: Plan, directory: string): SentTopic | null {
    const { kafka } = plan.job.output
    return kafka === undefined || isRemoteUri(directory)
      ? null
      : new SentTopic(kafka, readSentNotes(directory))
  }

  /** Whether all of it is in the topic; what is not still lies in the run's directory. */
  has({ slice, part }: SentPart): boolean {
    const last = this.#notes.get(keyOf(slice, part.partition))?.at(-1)
    return last !== undefined && last.rows === last.of
  }

  /** Rows and digest of what the topic holds of it. */
  async digest(sent: SentPart, fields: Schema): Promise<DigestResult> {
    const digest = createDigest(fields, createSha256)
    let rows = 0
    try {
      for await (const batch of this.batches(sent, fields)) {
        digest.add(batch)
        rows += batch.rows
      }
    } catch (error) {
      if (error instanceof HindcastError && error.kind === 'data') return { error: error.toData() }
      throw error
    }
    return { rows, digest: digest.finish() }
  }

  /** Its rows, in order. Raises `output-corrupt` where a record is no sample, `offset-out-of-range` where it is gone. */
  async *batches({ slice, part }: SentPart, fields: Schema): AsyncGenerator<Batch> {
    const rows = createJsonRows(fields)
    for (const { first, last } of this.#notes.get(keyOf(slice, part.partition)) ?? []) {
      if (first < 0) continue
      for await (const records of this.#records(part.partition, first, last)) {
        for (let row = 0; row < records.rows; row++) {
          const offset = records.offset[row]!
          if (offset < first || offset > last) continue
          const [start, end] = [records.valueOffsets[row]!, records.valueOffsets[row + 1]!]
          const reason = rows.pushBytes(records.bytes, start, end)
          if (reason !== null) throw this.#noSample(reason, part.partition, offset)
          if (rows.rows >= BATCH_ROWS) yield rows.take()
        }
      }
    }
    if (rows.rows > 0) yield rows.take()
  }

  async close(): Promise<void> {
    if (this.#source !== null) await (await this.#source).close()
  }

  /** Records of a range of offsets, and of what is around it. */
  async *#records(partition: number, first: number, last: number): AsyncGenerator<RecordBatch> {
    const { brokers, tls, sasl, advertised, topic } = this.#kafka
    this.#source ??= openLiveSource({
      kind: 'kafka',
      brokers,
      topic,
      client: 'native',
      value: { kind: 'json' },
      ...(tls === undefined ? {} : { tls }),
      ...(sasl === undefined ? {} : { sasl }),
      ...(advertised === undefined ? {} : { advertised }),
    })
    const source = await this.#source
    const { next: end } = await source.ends(partition)
    if (last >= end) throw this.#noSample(`the partition ends at ${end}`, partition, last)
    let offset = first
    const held = this.#held.get(partition)
    if (held !== undefined && held.from <= first && first < held.records.offsetNext) {
      yield held.records
      offset = held.records.offsetNext
    }
    while (offset <= last) {
      const records = await source.read({ partition, offset, bytesMax: READ_BYTES, waitMs: WAIT_MS })
      this.#held.set(partition, { from: offset, records })
      yield records
      offset = records.offsetNext
    }
  }

  #noSample(reason: string, partition: number, offset: number): HindcastError {
    const { topic } = this.#kafka
    return new HindcastError('output-corrupt', `a sample cannot be read back from the topic: ${reason}`, {
      where: { topic, partition, offset },
      advice:
        'Samples of a run are not to be changed, and nobody else may write to their topic: run the job into another one.',
    })
  }
}

function keyOf(slice: number, partition: number): string {
  return `${slice} ${partition}`
}
