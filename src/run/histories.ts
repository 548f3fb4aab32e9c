/** Opens the histories of all streams of a plan from the resume point on. */

import { ticksFromMs } from '../core/time.ts'
import type { FileSystem } from '../files/index.ts'
import { FileSystems } from '../files/index.ts'
import type {
  Decoder,
  HistoryOptions,
  HistoryReader,
  PartitionRange,
  SetAsideOffsets,
} from '../history/index.ts'
import { createDecoder, openHistory } from '../history/index.ts'
import type { Plan, StreamPlan } from '../plan/index.ts'
import type { PumpedStream } from './history-pump.ts'
import { historyRange } from './history-range.ts'
import type { MemoryBudget } from './memory-budget.ts'
import { historyQuarantine } from './quarantine.ts'
import type { RunOptions } from './run-options.ts'
import type { ResumePoint } from './run-state.ts'
import { spillDirectory } from './spill-directory.ts'

/** Where reading begins. */
type HistoryStart = Pick<ResumePoint, 'sliceStartMs'>
type HistoryPlace = Pick<RunOptions, 'directory' | 'emissionRows'> & {
  /** Who gets which partitions of an emission. */
  readonly owners: readonly PartitionRange[]
}

export interface OpenHistories {
  readonly streams: readonly PumpedStream[]
  /** Bytes read of files so far. */
  readonly bytesRead: number
  close(): Promise<void>
}

export async function openHistories(
  plan: Plan,
  point: HistoryStart,
  options: HistoryPlace,
  budget: MemoryBudget,
): Promise<OpenHistories> {
  const withFiles = plan.streams.filter(stream => stream.files.length > 0)
  const streams: PumpedStream[] = []
  const decoders: Decoder[] = []
  const systems: FileSystems[] = []
  for (const stream of withFiles) {
    const job = plan.job.streams[stream.ordinal]!
    const files = new FileSystems(job.history!.access)
    const decoder = createDecoder({
      files: stream.files,
      csv: job.history!.csv,
      declared: job.columns,
      open: files.opener(stream.files),
    })
    systems.push(files)
    decoders.push(decoder)
    const memoryBytes = budget.historyBytes / withFiles.length
    streams.push(await openOne(plan, stream, point, { ...options, decoder, files, memoryBytes }))
  }
  return {
    streams,
    get bytesRead() {
      return decoders.reduce((sum, { counters }) => sum + counters.bytesRead, 0)
    },
    async close() {
      for (const { reader } of streams) await reader.close()
      for (const decoder of decoders) await decoder.close()
      for (const files of systems) await files.close()
    },
  }
}

async function openOne(
  plan: Plan,
  stream: StreamPlan,
  point: HistoryStart,
  options: HistoryPlace & Pick<StreamPlace, 'decoder' | 'files' | 'memoryBytes'>,
): Promise<PumpedStream> {
  const job = plan.job.streams[stream.ordinal]!
  const quarantine = historyQuarantine(options.directory, job, stream, plan.job.limits.quarantineShare)
  const range = historyRange(plan.job, job)
  const fromMs = Math.max(range.fromMs, point.sliceStartMs ?? Number.NEGATIVE_INFINITY)
  const aside: SetAsideOffsets[] = []
  const reader = await openStream(plan, stream, {
    ...options,
    fromMs,
    untilMs: range.untilMs,
    spillDirectory: spillDirectory(options.directory),
    quarantine: async (file, unit, bad) => quarantine.add(file, unit, bad),
    setAside: offsets => void aside.push(...offsets),
  })
  return { stream: stream.ordinal, reader, takeAside: () => aside.splice(0) }
}

export interface StreamPlace
  extends HistoryPlace,
    Pick<HistoryOptions, 'decoder' | 'memoryBytes' | 'quarantine' | 'recycles' | 'setAside'> {
  readonly files: FileSystem
  readonly fromMs: number
  readonly untilMs: number
  /** Folder for what memory cannot hold; nobody else's. */
  readonly spillDirectory: string
}

/** The history of one stream between two times. */
export function openStream(plan: Plan, stream: StreamPlan, place: StreamPlace): Promise<HistoryReader> {
  const { fromMs, untilMs, emissionRows } = place
  const job = plan.job.streams[stream.ordinal]!
  return openHistory({
    stream: job,
    plan: fromMs < untilMs ? stream : { ...stream, files: [] }, // files without statistics would be read for nothing
    schema: stream.reads,
    timeline: plan.timeline,
    latest: ticksFromMs(plan.plannedAtMs + job.maxFutureMs, plan.timeline),
    owners: place.owners,
    from: ticksFromMs(fromMs, plan.timeline),
    until: ticksFromMs(untilMs, plan.timeline),
    decoder: place.decoder,
    checkFile: file => place.files.checkUnchanged(file),
    quarantine: place.quarantine,
    memoryBytes: place.memoryBytes,
    recycles: place.recycles === true,
    ...(place.setAside === undefined ? {} : { setAside: place.setAside }),
    spillDirectory: place.spillDirectory,
    ...(emissionRows === undefined ? {} : { rowsMax: emissionRows }),
  })
}
