/**
 * The embedded log as a `LiveSource`: any number of them read one log, in any thread or process, while one writer
 * appends. A source keeps positions in memory only and never writes.
 */

import { setTimeout as pause } from 'node:timers/promises'
import { assert } from '../../errors.ts'
import type { LiveEnds, LiveSource, RecordBatch } from '../source.ts'
import { crcSeed } from './batch-format.ts'
import { partitionDirectory, readLogMeta } from './meta.ts'
import { PartitionReader } from './partition-reader.ts'

/** Longest pause between two looks at the end of a partition: what a new record waits at most. */
const PAUSE_MS_MAX = 25

/** Opens the log in `directory` for reading. Raises `log-invalid` where there is none. */
export async function openLogSource(directory: string): Promise<LiveSource> {
  return new EmbeddedLogSource(directory)
}

class EmbeddedLogSource implements LiveSource {
  readonly partitions: number
  readonly id: string
  readonly abilities = { crc: true, holes: true }
  readonly #readers: readonly PartitionReader[]

  constructor(directory: string) {
    const meta = readLogMeta(directory)
    this.partitions = meta.partitions
    this.id = meta.id
    this.#readers = Array.from(
      { length: meta.partitions },
      (_, partition) =>
        new PartitionReader(partitionDirectory(directory, partition), partition, crcSeed(meta.id, partition)),
    )
  }

  async ends(partition: number): Promise<LiveEnds> {
    return { ...(await this.#reader(partition).ends()), leaderEpoch: null }
  }

  offsetFor(partition: number, timestampMs: number): Promise<number> {
    return this.#reader(partition).offsetFor(timestampMs)
  }

  async read(request: Parameters<LiveSource['read']>[0]): Promise<RecordBatch> {
    const { partition, offset, bytesMax, waitMs, signal } = request
    const reader = this.#reader(partition)
    const deadline = performance.now() + waitMs
    for (let pauseMs = 1; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX)) {
      const batch = await reader.fetch(offset, bytesMax)
      const leftMs = deadline - performance.now()
      if (batch.rows > 0 || leftMs <= 0 || signal?.aborted) return batch
      // An abort ends the wait; what the last look saw is still true.
      await pause(Math.min(pauseMs, leftMs), undefined, signal === undefined ? {} : { signal }).catch(
        () => {},
      )
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#readers.map(reader => reader.close()))
  }

  #reader(partition: number): PartitionReader {
    const reader = this.#readers[partition]
    assert(reader !== undefined, `partition ${partition} of a log that has ${this.partitions}`)
    return reader
  }
}
