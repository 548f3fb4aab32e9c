/**
 * The one writer of an embedded log. It holds `writer.lock` from open to close; a lock whose owner has died is taken
 * over, a live owner is `log-locked`.
 */

import { join } from 'node:path'
import { partitionOfColumn, partitionOfKey } from '../../core/order/index.ts'
import { assert, HindcastError, wrapError } from '../../errors.ts'
import { takeOwnerLock } from '../../files/index.ts'
import { crcSeed, type LogRecord } from './batch-format.ts'
import { type LogMeta, partitionDirectory, readLogMeta } from './meta.ts'
import { type Appended, PartitionWriter } from './partition-writer.ts'

export interface LogWriterOptions {
  /**
   * `batch` (default): an append is acknowledged when it is on disk; survives power loss. `{ intervalMs }`: it is
   * acknowledged when the operating system has it, which survives kill -9, and synced so often.
   */
  readonly fsync?: 'batch' | { readonly intervalMs: number }
}

export interface LogWriter {
  readonly meta: LogMeta
  /** Partitions in which a dead writer left an unfinished batch, and how many bytes of it were cut off. */
  readonly recovered: readonly { readonly partition: number; readonly cutBytes: number }[]
  /** Records appended without a key, which went to partition 0 (C1). */
  readonly nullKeys: number
  /** Appends each record to the partition of its key; one entry for each partition that got any. */
  append(records: readonly LogRecord[]): Promise<readonly Appended[]>
  /** Appends to one partition, in order. Calls may overlap; they are written in the order of the calls. */
  appendTo(partition: number, records: readonly LogRecord[]): Promise<Appended>
  ends(partition: number): { readonly first: number; readonly next: number }
  /** Deletes whole segments below the offset, never the last one; resolves to the first offset still held. */
  trim(partition: number, beforeOffset: number): Promise<number>
  /** Resolves when everything acknowledged is on disk. */
  sync(): Promise<void>
  /** Writes what is queued, syncs, and lets the lock go. */
  close(): Promise<void>
}

/** Opens the log in `directory` for writing. Raises `log-locked`, `log-invalid`, `log-corrupt`. */
export async function openLogWriter(directory: string, options: LogWriterOptions = {}): Promise<LogWriter> {
  const meta = readLogMeta(directory)
  const lock = lockLog(directory)
  const opened: PartitionWriter[] = []
  try {
    for (let partition = 0; partition < meta.partitions; partition++) {
      opened.push(
        await PartitionWriter.open({
          folder: partitionDirectory(directory, partition),
          partition,
          seed: crcSeed(meta.id, partition),
          segmentBytes: meta.segmentBytes,
          syncEach: (options.fsync ?? 'batch') === 'batch',
        }),
      )
    }
  } catch (error) {
    await Promise.allSettled(opened.map(writer => writer.close()))
    lock.release()
    throw error
  }
  return new EmbeddedLogWriter(meta, opened, lock.release, options)
}

function lockLog(directory: string): { release(): void } {
  const path = join(directory, 'writer.lock')
  let lock: ReturnType<typeof takeOwnerLock>
  try {
    lock = takeOwnerLock(path)
  } catch (error) {
    throw wrapError(error, 'file-unreadable', 'cannot make the lock of the log', {
      where: { uri: path },
      advice: 'Check that the directory may be written to.',
    })
  }
  if (lock.held) return lock
  throw new HindcastError('log-locked', `process ${lock.ownerPid} is writing to this log`, {
    where: { uri: path },
    advice: 'Wait until it ends, or append through it; a log has one writer.',
  })
}

class EmbeddedLogWriter implements LogWriter {
  readonly meta: LogMeta
  readonly recovered: readonly { partition: number; cutBytes: number }[]
  nullKeys = 0
  readonly #partitions: readonly PartitionWriter[]
  readonly #release: () => void
  readonly #timer: NodeJS.Timeout | null
  #closed = false

  constructor(
    meta: LogMeta,
    partitions: readonly PartitionWriter[],
    release: () => void,
    { fsync }: LogWriterOptions,
  ) {
    this.meta = meta
    this.#partitions = partitions
    this.#release = release
    this.recovered = partitions
      .map(({ cutBytes }, partition) => ({ partition, cutBytes }))
      .filter(({ cutBytes }) => cutBytes > 0)
    // A sync that fails breaks its partition, and the next append says so.
    const tick = () => void this.sync().catch(() => {})
    this.#timer = typeof fsync === 'object' ? setInterval(tick, fsync.intervalMs).unref() : null
  }

  async append(records: readonly LogRecord[]): Promise<readonly Appended[]> {
    const groups = new Map<number, LogRecord[]>()
    for (const record of records) {
      const partition = this.#partitionOf(record)
      const group = groups.get(partition)
      if (group === undefined) groups.set(partition, [record])
      else group.push(record)
    }
    const parts = [...groups].sort(([a], [b]) => a - b)
    return settled(parts.map(([partition, group]) => this.appendTo(partition, group)))
  }

  async appendTo(partition: number, records: readonly LogRecord[]): Promise<Appended> {
    return this.#partition(partition).append(records)
  }

  ends(partition: number): { first: number; next: number } {
    return this.#partition(partition).ends()
  }

  async trim(partition: number, beforeOffset: number): Promise<number> {
    return this.#partition(partition).trim(beforeOffset)
  }

  async sync(): Promise<void> {
    await settled(this.#partitions.map(writer => writer.sync()))
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    if (this.#timer !== null) clearInterval(this.#timer)
    try {
      await settled(this.#partitions.map(writer => writer.close()))
    } finally {
      this.#release()
    }
  }

  #partition(partition: number): PartitionWriter {
    assert(!this.#closed, 'the log writer has been closed')
    const writer = this.#partitions[partition]
    assert(writer !== undefined, `partition ${partition} of a log that has ${this.meta.partitions}`)
    return writer
  }

  #partitionOf(record: LogRecord): number {
    const { partitioner, partitions, key } = this.meta
    if (record.key === null) {
      this.nullKeys++
      return 0
    }
    if (partitioner !== 'column') return partitionOfKey(record.key, partitioner, partitions)
    return partitionOfColumn(Number(new TextDecoder().decode(record.key)), partitions, {
      row: 0,
      column: key[0]!,
    })
  }
}

/** All results, or the first failure, but not before everything has come to an end. */
async function settled<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work)
  return Promise.all(work)
}
