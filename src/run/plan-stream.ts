/** The plan of one stream: pinned files with their units, one schema, what the run reads of it, the live ends. */

import type { Field, Schema } from '../core/batch/index.ts'
import type { ListedFile } from '../files/index.ts'
import { LocalFileSystem, formatOf, offsetRangeOf } from '../files/index.ts'
import type { FileDescription } from '../history/index.ts'
import { createDecoder } from '../history/index.ts'
import { HindcastError } from '../errors.ts'
import type { FileFormat, HistoryJob, Job, StreamJob } from '../job/index.ts'
import { openLogSource } from '../live/index.ts'
import type { LivePlan, PinnedFile, PlanNote, StreamPlan } from '../plan/index.ts'
import { mergeSchemas, neededFields, requireSupported, sampleFields } from '../plan/index.ts'

/** Memory for reading footers and samples, bytes. */
const PLAN_MEMORY_BYTES = 256 * 1024 * 1024

interface DescribedFile {
  readonly listed: ListedFile
  readonly format: FileFormat
  readonly description: FileDescription
}

export async function planStream(job: Job, stream: StreamJob, ordinal: number, notes: PlanNote[]): Promise<StreamPlan> {
  const described = stream.history === undefined ? [] : await describeHistory(stream, stream.history, notes)
  const schema = streamSchema(job, stream, described)
  const files = described.map(pinFile)
  return {
    name: stream.name,
    ordinal,
    schema,
    reads: neededFields(job, stream, schema),
    files,
    ownOffsets: hasOwnOffsets(stream, files),
    live: stream.live === undefined ? null : await planLive(stream, stream.live.log),
  }
}

async function describeHistory(stream: StreamJob, history: HistoryJob, notes: PlanNote[]): Promise<DescribedFile[]> {
  const listing = await new LocalFileSystem().list(history.files)
  noteSkipped(stream.name, listing.skipped, notes)
  const formats = listing.files.map(file => formatFor(file.path, history.format))
  const decoder = createDecoder({
    files: listing.files.map((file, i) => ({ path: file.path, format: formats[i]! })),
    csv: history.csv,
    declared: stream.columns,
    memoryBytes: PLAN_MEMORY_BYTES,
    threads: 2,
  })
  try {
    const paths = listing.files.map(file => file.path)
    const descriptions = await decoder.describeMany(paths, stream.time.column, stream.time.unit)
    for (const text of new Set(descriptions.flatMap(description => description.notes))) {
      notes.push({ level: 'warning', about: `streams.${stream.name}`, text })
    }
    return listing.files.map((listed, i) => ({ listed, format: formats[i]!, description: descriptions[i]! }))
  } finally {
    await decoder.close()
  }
}

export function formatFor(path: string, declared: FileFormat | undefined): FileFormat {
  const format = declared ?? formatOf(path)
  if (format !== null) return format
  throw new HindcastError('job-invalid', `the name of ${path} does not tell its format`, {
    where: { uri: path },
    advice: 'Write `format: parquet`, `csv` or `jsonl` beside `files:`.',
  })
}

function noteSkipped(name: string, skipped: { hidden: number; empty: number; special: number }, notes: PlanNote[]): void {
  const parts = [
    skipped.hidden > 0 ? `${skipped.hidden} hidden (name begins with _ or .)` : '',
    skipped.empty > 0 ? `${skipped.empty} of zero bytes` : '',
    skipped.special > 0 ? `${skipped.special} that are no regular file` : '',
  ].filter(part => part !== '')
  if (parts.length === 0) return
  notes.push({ level: 'info', about: `streams.${name}`, text: `files left out: ${parts.join(', ')}` })
}

function streamSchema(job: Job, stream: StreamJob, described: readonly DescribedFile[]): Schema {
  const merged = mergeSchemas(
    described.map(({ listed, description }) => ({
      path: listed.path,
      schema: description.schema,
      unsupported: description.unsupported,
      hive: listed.hive,
    })),
    stream.columns as readonly Field[],
  )
  if (stream.name === job.samples && job.output.columns === null) {
    requireSupported(merged, merged.unsupported.map(column => column.name))
  }
  requireSupported(merged, [stream.time.column, ...stream.key, ...stream.identity, ...stream.tieBreak])
  if (stream.name === job.samples) {
    requireSupported(merged, [...(job.output.columns ?? []), ...job.features.flatMap(feature => feature.on)])
    sampleFields(job, merged.schema)
  }
  return merged.schema
}

function pinFile({ listed, format, description }: DescribedFile, ordinal: number): PinnedFile {
  const range = offsetRangeOf(listed.path)
  return {
    ordinal,
    path: listed.path,
    format,
    bytes: listed.bytes,
    mtimeMs: listed.mtimeMs,
    fileId: listed.fileId,
    hive: listed.hive,
    ...(range === null ? {} : { range }),
    units: description.units,
  }
}

/** C1: `_offset` is the topic's own only if every row of every partition has one. */
function hasOwnOffsets(stream: StreamJob, files: readonly PinnedFile[]): boolean {
  const history = stream.history
  if (history === undefined) return stream.live !== undefined
  if (stream.seam?.by === 'time') return false
  return history.offsetColumn !== undefined || (files.length > 0 && files.every(file => file.range !== undefined))
}

async function planLive(stream: StreamJob, directory: string): Promise<LivePlan> {
  const source = await openLogSource(directory)
  try {
    if (source.partitions !== stream.partitions) {
      throw new HindcastError('job-invalid', `the log has ${source.partitions} partitions, but stream ${stream.name} says ${stream.partitions}`, {
        where: { uri: directory, stream: stream.name },
        advice: `Write \`partitions: ${source.partitions}\`: the same number must mean the same keys on both sides.`,
      })
    }
    const ends = await Promise.all(Array.from({ length: source.partitions }, (_, p) => source.ends(p)))
    return {
      logId: source.id,
      partitions: source.partitions,
      offsetFirst: ends.map(end => end.first),
      offsetNext: ends.map(end => end.next),
    }
  } finally {
    await source.close()
  }
}
