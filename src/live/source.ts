/**
 * The live port: records of one topic-like log, read by position. The embedded log and Kafka implement it.
 * Positions belong to the reader: nothing is committed on the other side.
 */

import type { ExplainedHole } from '../core/seam/index.ts'
import { emptyColumns } from './record-columns.ts'

/** Raw records of one partition in offset order; values are undecoded bytes in one arena. */
export interface RecordBatch {
  readonly partition: number
  readonly rows: number
  readonly offset: Float64Array
  /** Record timestamp, ms since the epoch. */
  readonly timestampMs: Float64Array
  /** Row i's value is `bytes[valueOffsets[i] … valueOffsets[i + 1])`. */
  readonly bytes: Uint8Array
  readonly valueOffsets: Int32Array
  /** A null value (Kafka's tombstone) has `valueNull[i] = 1` and no bytes; left out where none can be. */
  readonly valueNull?: Uint8Array
  /** Keys, same form; a null key has `keyNull[i] = 1`. */
  readonly keyBytes: Uint8Array
  readonly keyOffsets: Int32Array
  readonly keyNull: Uint8Array
  /** Position to read from next: may lie past the last row (holes). */
  readonly offsetNext: number
  /** Offsets in [asked, offsetNext) that hold no record for us, and why; ascending, apart. The embedded log has none. */
  readonly holes: readonly ExplainedHole[]
  /**
   * The end of the partition as the last fetch saw it, records of open transactions included: `offsetNext >= endOffset`
   * means caught up. Infinity where no fetch has shown it of late, so that a failing partition never looks idle.
   */
  readonly endOffset: number
  /** Epoch of the leader that wrote the newest record before `offsetNext`; left out where it is not known. */
  readonly leaderEpoch?: number
}

/** What one fetch brought of a partition, undecoded: whoever copies it can decode it later as it would have been. */
export interface RawRecords {
  /** That was asked for: the first batch may begin before it. */
  readonly offset: number
  /** Behind the last batch. */
  readonly offsetNext: number
  /** Epoch of the leader that wrote the last batch. */
  readonly leaderEpoch: number
  /** Transactions whose records are to be left out, as the broker listed them; null: none are. */
  readonly aborted: readonly { readonly producerId: number; readonly firstOffset: number }[] | null
  /** Whole record batches. */
  readonly records: Uint8Array
}

/** What an adapter can. A job that needs more is refused. */
export interface LiveAbilities {
  /** Records are checked by their CRC32C. */
  readonly crc: boolean
  /** Offsets without a record are explained: a seam by offset needs it. */
  readonly holes: boolean
}

export interface LiveSource {
  readonly partitions: number
  /** Identity that the plan pins. Kafka: `<cluster id>/<topic id>`. */
  readonly id: string
  readonly abilities: LiveAbilities
  /** First offset still held, and the end: next to be written, in Kafka the last stable offset; both now. */
  ends(partition: number): Promise<LiveEnds>
  /** First offset whose record timestamp is ≥ the time: every record before it is older. `next` if there is none. */
  offsetFor(partition: number, timestampMs: number): Promise<number>
  /**
   * Records from `offset` on, at most about `bytesMax`. At the end of the log it waits up to `waitMs` for more
   * and then resolves with rows = 0; so does an abort, which only ends the wait. Offsets that are gone, or that
   * nobody has written yet, raise `offset-out-of-range`; a log that was cut before `offset`, and may have grown again,
   * `topic-truncated`.
   */
  read(request: {
    partition: number
    offset: number
    /** `RecordBatch.leaderEpoch` of the read that ended here: who has read before tells by it whether the log was cut. */
    leaderEpoch?: number
    bytesMax: number
    waitMs: number
    signal?: AbortSignal
  }): Promise<RecordBatch>
  /**
   * The same without decoding: hands `take` what is there from `offset` on, each batch checked by its CRC, and resolves with
   * whether there was something. Its bytes are valid during that call only. For one partition either this or `read` is
   * under way. Left out where a reader does not have the bytes.
   */
  readRaw?(
    request: {
      partition: number
      offset: number
      leaderEpoch?: number
      waitMs: number
      signal?: AbortSignal
    },
    take: (raw: RawRecords) => void,
  ): Promise<boolean>
  /** How long records are kept by time, ms; null: not limited by time. Left out where nothing is deleted by itself. */
  retentionMs?(): Promise<number | null>
  /**
   * Whether its settings say that older records of a key are removed; null: the broker does not let us know. Left out
   * where no record is ever removed from the midst.
   */
  isCompacted?(): Promise<boolean | null>
  close(): Promise<void>
}

export interface LiveEnds {
  readonly first: number
  readonly next: number
  /** Epoch of the partition's leader, which the plan pins; null where there is no such thing. */
  readonly leaderEpoch: number | null
}

/** No records: what a fetch at the end gives. */
export function emptyRecords(partition: number, offset: number, endOffset: number): RecordBatch {
  return {
    partition,
    ...emptyColumns(),
    holes: [],
    offsetNext: offset,
    endOffset,
  }
}
