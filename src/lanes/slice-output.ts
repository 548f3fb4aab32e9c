/**
 * What one (partition, slice) is writing: the sample file and its digest, late and quarantine lines. `seal` makes all
 * of it durable under final names; it counts only once the manifest has its line (C6).
 */

import { join } from 'node:path'
import type { Batch, Schema } from '../core/batch/index.ts'
import type { ReplayDigest } from '../core/digest/index.ts'
import { createDigest } from '../core/digest/index.ts'
import { sliceName } from '../plan/index.ts'
import type { SampleSink, SliceWriter } from '../sinks/index.ts'
import { faultPoint } from './fault-point.ts'
import { LineFile } from './line-file.ts'
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
  readonly #late: LineFile
  readonly #quarantine: LineFile
  readonly #features = new Map<string, Map<string, number>>()
  #rows = 0
  /** Of those: emitted behind their place. */
  #rowsLate = 0

  /** `fields` are the columns of the batches to come: all that the digest covers. */
  constructor(place: SlicePlace, sink: SampleSink, fields: Schema) {
    this.#place = place
    const path = `samples/partition=${place.partition}/${sliceName(place.startMs)}.parquet`
    this.#writer = sink.open({ partition: place.partition, startMs: place.startMs, path })
    this.#late = new LineFile(sidePath(place, 'late'))
    this.#quarantine = new LineFile(sidePath(place, 'quarantine'))
    this.#digest = createDigest(fields, createSha256)
  }

  get rows(): number {
    return this.#rows
  }

  get isEmpty(): boolean {
    return this.#rows === 0 && this.#late.count === 0 && this.#quarantine.count === 0
  }

  async append(batch: Batch, late: boolean): Promise<void> {
    this.#rows += batch.rows
    if (late) this.#rowsLate += batch.rows
    this.#digest.add(batch)
    await this.#writer.append(batch)
    faultPoint('slice-writing')
  }

  /** One JSON object a line, already text. */
  addLate(line: string): void {
    this.#late.add(line)
  }

  addQuarantined(line: string): void {
    this.#quarantine.add(line)
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

  /** All rows are there; what is left to write is small. */
  complete(): Promise<void> {
    return this.#writer.complete()
  }

  /** `offsetNext` is the counted offset behind the last row. */
  async seal(offsetNext: number): Promise<PartitionSlice> {
    const { partition } = this.#place
    const file = this.#rows > 0 ? await this.#writer.seal(offsetNext - this.#rows) : null
    if (file === null) await this.#writer.discard()
    faultPoint('slice-renamed')
    this.#late.seal()
    this.#quarantine.seal()
    faultPoint('late-written')
    return {
      partition,
      rows: this.#rows,
      digest: this.#rows > 0 ? this.#digest.finish() : '',
      path: file?.path ?? null,
      bytes: file?.bytes ?? 0,
      late: this.#late.count + this.#rowsLate,
      quarantined: this.#quarantine.count,
      offsetNext,
      features: Object.fromEntries(
        [...this.#features].map(([feature, counts]) => [feature, Object.fromEntries(counts)]),
      ),
    }
  }

  discard(): Promise<void> {
    this.#late.discard()
    this.#quarantine.discard()
    return this.#writer.discard()
  }
}

function sidePath({ directory, partition, startMs }: SlicePlace, folder: 'late' | 'quarantine'): string {
  return join(directory, folder, `partition=${partition}`, `${sliceName(startMs)}.jsonl`)
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
