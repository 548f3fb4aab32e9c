/**
 * A topic in memory, for tests of what reads one: what each offset holds is said outright. Pure: nothing waits, and a read
 * at the end brings nothing.
 */

import type { HoleReason } from '../../../src/core/seam/index.ts'
import { HindcastError } from '../../../src/errors.ts'
import type { LiveEnds, LiveSource, RecordBatch } from '../../../src/live/index.ts'

/** A record, or why there is none; the index is the offset. */
export type Slot = { readonly timestampMs: number; readonly value: string } | HoleReason

export class MemoryTopic implements LiveSource {
  readonly partitions: number
  readonly abilities = { crc: true, holes: true }
  id = 'cluster/topic'
  /** By partition. */
  readonly slots: Slot[][]
  readonly first: number[]
  /** Up to where committed records are told; null: to the end. */
  readonly stable: (number | null)[]
  leaderEpoch = 1
  retention: number | null = null
  /** Null: it does not say. */
  compacted: boolean | null = true
  /** Slots of one read at most. */
  slotsMax = 3
  /** Offsets that were asked for, in order. */
  readonly asked: number[] = []

  constructor(...slots: Slot[][]) {
    this.slots = slots
    this.partitions = slots.length
    this.first = slots.map(() => 0)
    this.stable = slots.map(() => null)
  }

  async ends(partition: number): Promise<LiveEnds> {
    return { first: this.first[partition]!, next: this.#next(partition), leaderEpoch: this.leaderEpoch }
  }

  async offsetFor(partition: number, timestampMs: number): Promise<number> {
    const at = this.slots[partition]!.findIndex(
      slot => typeof slot !== 'string' && slot.timestampMs >= timestampMs,
    )
    return at < 0 ? this.#next(partition) : Math.max(at, this.first[partition]!)
  }

  async retentionMs(): Promise<number | null> {
    return this.retention
  }

  async isCompacted(): Promise<boolean | null> {
    return this.compacted
  }

  async read(request: { partition: number; offset: number }): Promise<RecordBatch> {
    const { partition, offset } = request
    this.asked.push(offset)
    const slots = this.slots[partition]!
    if (offset < this.first[partition]! || offset > slots.length)
      throw new HindcastError('offset-out-of-range', `offset ${offset} is gone`, { where: { offset } })
    const offsetNext = Math.max(offset, Math.min(offset + this.slotsMax, this.#next(partition)))
    const read = slots.slice(offset, offsetNext).map((slot, i) => ({ slot, offset: offset + i }))
    const records = read.flatMap(({ slot, offset: at }) =>
      typeof slot === 'string' ? [] : [{ ...slot, at, bytes: Buffer.from(slot.value) }],
    )
    const valueOffsets = new Int32Array(records.length + 1)
    for (const [i, { bytes }] of records.entries()) valueOffsets[i + 1] = valueOffsets[i]! + bytes.length
    return {
      partition,
      rows: records.length,
      offset: Float64Array.from(records, ({ at }) => at),
      timestampMs: Float64Array.from(records, ({ timestampMs }) => timestampMs),
      bytes: Buffer.concat(records.map(({ bytes }) => bytes)),
      valueOffsets,
      keyBytes: new Uint8Array(0),
      keyOffsets: new Int32Array(records.length + 1),
      keyNull: new Uint8Array(records.length).fill(1),
      holes: read.flatMap(({ slot, offset: at }) =>
        typeof slot === 'string' ? [{ first: at, last: at, why: slot }] : [],
      ),
      offsetNext,
      endOffset: slots.length,
    }
  }

  async close(): Promise<void> {}

  #next(partition: number): number {
    return this.stable[partition] ?? this.slots[partition]!.length
  }
}

/** A record at a time, its value that time and an id. */
export function recordAt(timestampMs: number, value: object = {}): Slot {
  return { timestampMs, value: JSON.stringify({ t: timestampMs, ...value }) }
}
