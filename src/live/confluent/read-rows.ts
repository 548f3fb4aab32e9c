/**
 * Records as librdkafka gives them, one by one → columns by partition. Runs in the reader process; pure.
 *
 * Invariant: what is taken is in the order it was added in; an end that was met lies behind the rows before it.
 */

import { columnsOf, type FetchedRows } from '../record-columns.ts'

/** A record of @confluentinc/kafka-javascript, as far as it is used. */
export interface ClientRecord {
  readonly partition: number
  readonly offset: number
  /** ms since the epoch. */
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  /** Left out where it is not known. */
  readonly leaderEpoch?: number
}

/** Of a record beside its key and value, as objects. */
const RECORD_BYTES = 400

export class ReadRows {
  readonly #parts = new Map<number, { records: ClientRecord[]; offsetNext: number }>()
  #records = 0
  #bytes = 0

  get isEmpty(): boolean {
    return this.#parts.size === 0
  }

  get records(): number {
    return this.#records
  }

  /** About what they take in memory. */
  get bytes(): number {
    return this.#bytes
  }

  add(record: ClientRecord): void {
    const part = this.#part(record.partition)
    part.records.push(record)
    part.offsetNext = record.offset + 1
    this.#records++
    this.#bytes += bytesOf(record)
  }

  /** The end of a partition was met: everything before `offset` has been read. */
  end(partition: number, offset: number): void {
    const part = this.#part(partition)
    part.offsetNext = Math.max(part.offsetNext, offset)
  }

  /** What was added since the last call. */
  take(): (FetchedRows & { readonly partition: number })[] {
    const taken = [...this.#parts].map(([partition, { records, offsetNext }]) => ({
      ...columnsOf(records),
      partition,
      offsetNext,
      leaderEpoch: records.at(-1)?.leaderEpoch ?? -1,
    }))
    this.#parts.clear()
    this.#records = this.#bytes = 0
    return taken
  }

  #part(partition: number): { records: ClientRecord[]; offsetNext: number } {
    let part = this.#parts.get(partition)
    if (part === undefined) {
      part = { records: [], offsetNext: -1 }
      this.#parts.set(partition, part)
    }
    return part
  }
}

export function bytesOf({ key, value }: ClientRecord): number {
  return RECORD_BYTES + (key?.length ?? 0) + (value?.length ?? 0)
}
