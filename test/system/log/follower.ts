/**
 * Follows a partition of a log from its beginning and complains about any record that is not the next one, or not
 * the one that the appender wrote there.
 */
import type { LiveSource } from '../../../src/live/index.ts'

export class Follower {
  /** Next offset that is due. */
  offset = 0
  readonly #source: LiveSource
  readonly #partition: number

  constructor(source: LiveSource, partition: number) {
    this.#source = source
    this.#partition = partition
  }

  /** Reads on until the end as of now, waiting for up to `waitMs` if there is nothing. */
  async read(waitMs: number, signal?: AbortSignal): Promise<void> {
    const batch = await this.#source.read({
      partition: this.#partition,
      offset: this.offset,
      bytesMax: 200_000,
      waitMs,
      ...(signal === undefined ? {} : { signal }),
    })
    for (let i = 0; i < batch.rows; i++) {
      const text = Buffer.from(
        batch.bytes.subarray(batch.valueOffsets[i], batch.valueOffsets[i + 1]),
      ).toString()
      const written = Number.parseInt(text, 10)
      if (
        batch.offset[i] !== this.offset ||
        written !== this.offset ||
        batch.timestampMs[i] !== this.offset
      ) {
        throw new Error(
          `partition ${this.#partition}: offset ${this.offset} was due, got offset ${batch.offset[i]} with the record of ${written}`,
        )
      }
      this.offset++
    }
    if (batch.offsetNext !== this.offset)
      throw new Error(`offsetNext is ${batch.offsetNext}, not ${this.offset}`)
  }

  async readTo(offset: number): Promise<void> {
    while (this.offset < offset) await this.read(0)
  }

  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await this.read(1000, signal)
  }
}
