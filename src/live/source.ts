/**
 * The live port: records of one topic-like log, read by position. The embedded log implements it; Kafka will.
 * Positions belong to the reader: nothing is committed on the other side.
 */

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
  /** Keys, same form; a null key has `keyNull[i] = 1`. */
  readonly keyBytes: Uint8Array
  readonly keyOffsets: Int32Array
  readonly keyNull: Uint8Array
  /** Position to read from next: may lie past the last row (holes). */
  readonly offsetNext: number
  /** The end of the partition as this fetch saw it: `offsetNext >= endOffset` means caught up. */
  readonly endOffset: number
}

export interface LiveSource {
  readonly partitions: number
  /** Identity that the plan pins. */
  readonly id: string
  /** First offset still held and next to be written, now. */
  ends(partition: number): Promise<{ readonly first: number; readonly next: number }>
  /** First offset whose record timestamp is ≥ the time: every record before it is older. `next` if there is none. */
  offsetFor(partition: number, timestampMs: number): Promise<number>
  /**
   * Records from `offset` on, at most about `bytesMax`. At the end of the log it waits up to `waitMs` for more
   * and then resolves with rows = 0; so does an abort, which only ends the wait. Offsets that are gone, or that
   * nobody has written yet, raise `offset-out-of-range`.
   */
  read(request: {
    partition: number
    offset: number
    bytesMax: number
    waitMs: number
    signal?: AbortSignal
  }): Promise<RecordBatch>
  close(): Promise<void>
}
