/** Opens the samples' history for a lane that reads spans of it, in the lane's own thread. */

import { join } from 'node:path'
import { FileSystems } from '../files/index.ts'
import { createDecoder } from '../history/index.ts'
import type { FromLane, LaneSetup, Span, SpanReader } from '../lanes/index.ts'
import { openStream } from './histories.ts'
import { historyRange } from './history-range.ts'
import { spillDirectory } from './spill-directory.ts'

export interface SpanHistory {
  open(span: Span): Promise<SpanReader>
  /** Bytes read since it was asked last. */
  takeBytes(): number
  close(): Promise<void>
}

/** Bad rows go to the hub: those of a unit that several spans read, from each of them. */
export function spanHistory(setup: LaneSetup, post: (message: FromLane) => void): SpanHistory {
  const { plan, directory, memory, emissionRows } = setup
  const stream = plan.streams.find(({ name }) => name === plan.job.samples)!
  const job = plan.job.streams[stream.ordinal]!
  const files = new FileSystems(job.history?.access)
  const decoder = createDecoder({
    files: stream.files,
    csv: job.history?.csv ?? { delimiter: ',', header: true, null: '' },
    declared: job.columns,
    open: files.opener(stream.files),
  })
  const range = historyRange(plan.job, job)
  let taken = 0
  return {
    takeBytes: () => {
      const fresh = decoder.counters.bytesRead - taken
      taken += fresh
      return fresh
    },
    open: async span => {
      const reader = await openStream(plan, stream, {
        directory,
        owners: [{ first: 0, end: job.partitions }],
        fromMs: Math.max(range.fromMs, span.fromMs),
        untilMs: Math.min(range.untilMs, span.untilMs),
        spillDirectory: join(spillDirectory(directory), `span-${span.index}`),
        decoder,
        files,
        recycles: true,
        memoryBytes: memory.history,
        quarantine: async (file, unit, bad) =>
          post({ type: 'bad-rows', stream: stream.ordinal, file: file.ordinal, unit, bad }),
        ...(emissionRows === undefined ? {} : { emissionRows }),
      })
      return {
        next: async () => {
          const emission = await reader.next()
          if (emission === null) return null
          const { shares, upTo, release } = emission
          return { ...shares[0]!, upTo, release: release ?? (() => {}) }
        },
        close: () => reader.close(),
      }
    },
    close: async () => {
      await decoder.close()
      await files.close()
    },
  }
}
