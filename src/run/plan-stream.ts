/** The plan of one stream: pinned files with their units, one schema, what the run reads of it, the live ends. */

import type { Schema } from '../core/batch/index.ts'
import { HindcastError } from '../errors.ts'
import type { Job, StreamJob } from '../job/index.ts'
import { openLogSource } from '../live/index.ts'
import type { LivePlan, PinnedFile, PlanNote, StreamPlan } from '../plan/index.ts'
import { neededFields, requireSupported, sampleFields } from '../plan/index.ts'
import type { DescribedFile } from './describe-files.ts'
import { describeFiles, mergeDescribed, pinFile } from './describe-files.ts'

export async function planStream(
  job: Job,
  stream: StreamJob,
  ordinal: number,
  notes: PlanNote[],
): Promise<StreamPlan> {
  const history = stream.history
  const about = `streams.${stream.name}`
  const described =
    history === undefined
      ? []
      : await describeFiles({ ...history, about, time: stream.time, declared: stream.columns }, notes)
  const schema = streamSchema(job, stream, described)
  const files = described.map(pinFile)
  const ownOffsets = hasOwnOffsets(stream, files)
  checkOrder(stream, files, ownOffsets)
  return {
    name: stream.name,
    ordinal,
    schema,
    reads: neededFields(job, stream, schema),
    files,
    ownOffsets,
    live: stream.live === undefined ? null : await planLive(stream, stream.live.log),
  }
}

function streamSchema(job: Job, stream: StreamJob, described: readonly DescribedFile[]): Schema {
  const merged = mergeDescribed(described, stream.columns)
  if (stream.name === job.samples && job.output.columns === null) {
    requireSupported(
      merged,
      merged.unsupported.map(column => column.name),
    )
  }
  requireSupported(merged, [stream.time.column, ...stream.key, ...stream.identity, ...stream.tieBreak])
  if (stream.name === job.samples) {
    requireSupported(merged, [...(job.output.columns ?? []), ...job.features.flatMap(feature => feature.on)])
    sampleFields(job, merged.schema)
  }
  return merged.schema
}

/** C1: `order: offset` is for a stream whose events all have offsets. */
function checkOrder(stream: StreamJob, files: readonly PinnedFile[], ownOffsets: boolean): void {
  if (stream.order === 'time' || ownOffsets || (stream.history !== undefined && files.length === 0)) return
  const without = files.find(file => file.range === undefined)
  throw new HindcastError(
    'job-invalid',
    '`order: offset` needs the offset of every event, and files of the history do not carry them',
    {
      where: {
        path: `streams.${stream.name}.order`,
        stream: stream.name,
        ...(without === undefined ? {} : { uri: without.path }),
      },
      advice:
        'Name the column of `history.offsetColumn` (and `partitionColumn`), or the files topic+partition+start+end.',
    },
  )
}

/** C1: `_offset` is the topic's own only if every row of every partition has one. */
function hasOwnOffsets(stream: StreamJob, files: readonly PinnedFile[]): boolean {
  const history = stream.history
  if (history === undefined) return stream.live !== undefined
  if (stream.seam?.by === 'time') return false
  return (
    history.offsetColumn !== undefined || (files.length > 0 && files.every(file => file.range !== undefined))
  )
}

async function planLive(stream: StreamJob, directory: string): Promise<LivePlan> {
  const source = await openLogSource(directory)
  try {
    if (source.partitions !== stream.partitions) {
      throw new HindcastError(
        'job-invalid',
        `the log has ${source.partitions} partitions, but stream ${stream.name} says ${stream.partitions}`,
        {
          where: { uri: directory, stream: stream.name },
          advice: `Write \`partitions: ${source.partitions}\`: the same number must mean the same keys on both sides.`,
        },
      )
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
