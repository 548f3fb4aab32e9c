/**
 * What one (partition, slice) is writing: the sample file and its digest, late and quarantine lines. `seal` makes all
 * of it durable under final names; it counts only once the manifest has its line (C6).
 */

import { join } from 'node:path'
import type { Batch, Schema } from '../core/batch/index.ts'
import type { ReplayDigest } from '../core/digest/index.ts'
import { createDigest } from '../core/digest/index.ts'
import { writeDurably } from '../files/index.ts'
import { sliceName } from '../plan/index.ts'
import type { SampleSink, SliceWriter } from '../sinks/index.ts'
import { faultPoint } from './fault-point.ts'
import type { PartitionSlice } from './messages.ts'
import { createSha256 } from './sha256.ts'

export interface SlicePlace {
  readonly directory: string
  readonly partition: number
  readonly startMs: number
}

export class SliceOutput {
  readonly #place: SlicePlace
  readonly #writer: SliceWriter
  readonly #digest: ReplayDigest
  /** Columns that the digest covers: all, or all but the counted `_offset`. */
  readonly #digested: readonly number[]
  readonly #digestSchema: Schema
  readonly #late: string[] = []
  readonly #quarantine: string[] = []
  readonly #features = new Map<string, Map<string, number>>()
  #rows = 0

  constructor(place: SlicePlace, sink: SampleSink, output: Schema, countedOffset: boolean) {
    this.#place = place
    const path = `samples/partition=${place.partition}/${sliceName(place.startMs)}.parquet`
    this.#writer = sink.open({ partition: place.partition, startMs: place.startMs, path })
    this.#digested = output.flatMap((field, c) => (countedOffset && field.name === '_offset' ? [] : [c]))
    this.#digestSchema = this.#digested.map(c => output[c]!)
    this.#digest = createDigest(this.#digestSchema, createSha256)
  }

  get rows(): number {
    return this.#rows
  }

  get isEmpty(): boolean {
    return this.#rows === 0 && this.#late.length === 0 && this.#quarantine.length === 0
  }

  async append(batch: Batch): Promise<void> {
    this.#rows += batch.rows
    this.#digest.add({
      schema: this.#digestSchema,
      rows: batch.rows,
      columns: this.#digested.map(c => batch.columns[c]!),
    })
    await this.#writer.append(batch)
    faultPoint('slice-writing')
  }

  /** One JSON object a line, already text. */
  addLate(line: string): void {
    this.#late.push(line)
  }

  addQuarantined(line: string): void {
    this.#quarantine.push(line)
  }

  countLookups(
    feature: string,
    before: Readonly<Record<string, number>>,
    after: Readonly<Record<string, number>>,
  ): void {
    const counts = this.#features.get(feature) ?? new Map<string, number>()
    for (const [status, count] of Object.entries(after)) {
      counts.set(status, (counts.get(status) ?? 0) + count - (before[status] ?? 0))
    }
    this.#features.set(feature, counts)
  }

  async seal(offsetNext: number): Promise<PartitionSlice> {
    const { partition, startMs, directory } = this.#place
    const name = sliceName(startMs)
    const file = this.#rows > 0 ? await this.#writer.seal() : null
    if (file === null) await this.#writer.discard()
    faultPoint('slice-renamed')
    writeLines(join(directory, 'late', `partition=${partition}`, `${name}.jsonl`), this.#late)
    writeLines(join(directory, 'quarantine', `partition=${partition}`, `${name}.jsonl`), this.#quarantine)
    faultPoint('late-written')
    return {
      partition,
      rows: this.#rows,
      digest: this.#rows > 0 ? this.#digest.finish() : '',
      path: file?.path ?? null,
      bytes: file?.bytes ?? 0,
      late: this.#late.length,
      quarantined: this.#quarantine.length,
      offsetNext,
      features: Object.fromEntries(
        [...this.#features].map(([feature, counts]) => [feature, Object.fromEntries(counts)]),
      ),
    }
  }

  discard(): Promise<void> {
    return this.#writer.discard()
  }
}

function writeLines(path: string, lines: readonly string[]): void {
  if (lines.length > 0) writeDurably(path, `${lines.join('\n')}\n`)
}

/** A slice without rows, late or bad events: a line in the manifest and no file. */
export function emptySlice(partition: number, offsetNext: number): PartitionSlice {
  return {
    partition,
    rows: 0,
    digest: '',
    path: null,
    bytes: 0,
    late: 0,
    quarantined: 0,
    offsetNext,
    features: {},
  }
}
