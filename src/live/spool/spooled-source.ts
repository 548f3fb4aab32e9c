/**
 * A topic and its spool as one `LiveSource`: what was copied is read of the copy, what lies behind it of the topic, from
 * exactly there and with the epoch of the leader that wrote the last record of the copy.
 *
 *     offset     0 ────────── first ═════════════ end ──────►
 *                 topic         copy (may grow)     topic
 *
 * Invariant: no offset is skipped between the two, and retention that has passed a copied offset loses nothing.
 */

import { setTimeout as pause } from 'node:timers/promises'
import { HindcastError } from '../../errors.ts'
import { RecordDecoder } from '../kafka/wire/index.ts'
import type { LiveEnds, LiveSource, RecordBatch } from '../source.ts'
import { SpoolReader } from './spool-reader.ts'
import { readSurvey, type Survey } from './survey.ts'

/** How often it is looked whether the topic has been asked, ms. */
const POLL_MS = 50

/** The end of the partition, where the topic has nothing at the offset; Infinity where it has, or cannot say now. */
async function endAt(source: LiveSource, request: Parameters<LiveSource['read']>[0]): Promise<number> {
  try {
    const { offsetNext, endOffset } = await source.read({ ...request, waitMs: 0 })
    return offsetNext === request.offset ? endOffset : Number.POSITIVE_INFINITY
  } catch (error) {
    // It may just have been copied; if not, who copies says so.
    if (error instanceof HindcastError && error.code === 'offset-out-of-range')
      return Number.POSITIVE_INFINITY
    throw error
  }
}

export interface SpooledSource extends LiveSource {
  /** What the topic said of offsets that files do not have; waits until it was asked. */
  survey(partition: number, signal?: AbortSignal): Promise<Survey>
}

/** `folder`: spool of the stream, which somebody is writing or has written. Closing it closes `source`. */
export function spooledSource(source: LiveSource, folder: string, topic: string): SpooledSource {
  const decoder = new RecordDecoder()
  const readers = Array.from(
    { length: source.partitions },
    (_, partition) => new SpoolReader({ folder, topic, partition }, decoder),
  )
  return {
    partitions: source.partitions,
    id: source.id,
    abilities: source.abilities,
    async ends(partition): Promise<LiveEnds> {
      const ends = await source.ends(partition)
      return { ...ends, first: Math.min(ends.first, readers[partition]!.first()) }
    },
    offsetFor: (partition, timestampMs) => source.offsetFor(partition, timestampMs),
    ...(source.isCompacted === undefined ? {} : { isCompacted: () => source.isCompacted!() }),
    async read(request): Promise<RecordBatch> {
      const read = await readers[request.partition]!.read(request)
      if (read.kind !== 'records') return source.read(request)
      const { batch } = read
      if (batch.offsetNext > request.offset) return batch
      // Nothing was copied in time. Whether there is anything only the topic can say: without it no partition is ever idle.
      const endOffset = await endAt(source, request)
      return { ...batch, endOffset }
    },
    async survey(partition, signal): Promise<Survey> {
      for (;;) {
        const survey = readSurvey(folder, partition)
        if (survey !== null) return survey
        signal?.throwIfAborted()
        await pause(POLL_MS, undefined, signal === undefined ? {} : { signal })
      }
    },
    async close(): Promise<void> {
      for (const reader of readers) await reader.close()
      await source.close()
    },
  }
}
