/** The plan of one stream: pinned files with their units, one schema, what the run reads of it, the live ends. */

import type { Schema } from '../core/batch/index.ts'
import { countedText } from '../core/figures.ts'
import type { Job, StreamJob } from '../job/index.ts'
import type { ValueSchema } from '../live/index.ts'
import type { LivePlan, PinnedFile, PlanNote, StreamPlan } from '../plan/index.ts'
import { neededFields, requireSupported, sampleFields } from '../plan/index.ts'
import type { DescribedFile } from './describe-files.ts'
import { describeFiles, mergeDescribed } from './describe-files.ts'
import { retentionOf } from './live-retention.ts'
import { openLive } from './live-side.ts'
import { liveStart } from './live-start.ts'
import { valueSchemaOf } from './live-values.ts'
import { topicOffsets } from './topic-offsets.ts'

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
  const values = stream.live === undefined ? null : await valueSchemaOf(stream)
  const schema = streamSchema(job, stream, described, values)
  const { files, ownOffsets } = topicOffsets(stream, described, notes)
  const reads = neededFields(job, stream, schema)
  values?.check(reads)
  return {
    name: stream.name,
    ordinal,
    schema,
    reads,
    files,
    ownOffsets,
    live: stream.live === undefined ? null : await planLive(stream, { files, values, notes }),
  }
}

/** From files and `columns:`; where there are neither, the schema of live values tells. */
function streamSchema(
  job: Job,
  stream: StreamJob,
  described: readonly DescribedFile[],
  values: ValueSchema | null,
): Schema {
  const isTold = stream.history !== undefined || stream.columns.length > 0
  const merged = mergeDescribed(described, isTold ? stream.columns : (values?.columns ?? []))
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

interface LiveContext {
  /** They tell where live begins. */
  readonly files: readonly PinnedFile[]
  readonly values: ValueSchema | null
  readonly notes: PlanNote[]
}

/** The live side as it is now. */
async function planLive(job: StreamJob, { files, values, notes }: LiveContext): Promise<LivePlan> {
  const source = await openLive(job)
  try {
    const ends = await Promise.all(Array.from({ length: source.partitions }, (_, p) => source.ends(p)))
    const starts = await Promise.all(ends.map(({ first }, p) => liveStart(files, job, source, p, first)))
    const offsetNext = ends.map(({ next }) => next)
    if (job.live!.spool) notes.push(spoolNote(job, starts, offsetNext))
    return {
      sourceId: source.id,
      partitions: source.partitions,
      offsetFirst: ends.map(({ first }) => first),
      offsetNext,
      leaderEpochs: ends.map(({ leaderEpoch }) => leaderEpoch),
      ...(await retentionOf(
        source,
        starts.map(({ start }) => start),
        offsetNext,
        () => notes.push(deniedNote(job)),
      )),
      valuePin: values?.pin ?? null,
    }
  } finally {
    await source.close()
  }
}

function deniedNote({ name }: StreamJob): PlanNote {
  const text =
    'this user may not see the settings of the topic (DescribeConfigs): how long it keeps records, and whether it is compacted, is not known'
  return { level: 'warning', about: `streams.${name}.live`, text }
}

function spoolNote(
  { name }: StreamJob,
  starts: readonly { readonly start: number }[],
  offsetNext: readonly number[],
): PlanNote {
  const offsets = starts.reduce((sum, { start }, p) => sum + Math.max(0, offsetNext[p]! - start), 0)
  const text = `from the first minute until history is read the topic is copied into the run directory, ${countedText(offsets, 'offset')} so far and what comes`
  return { level: 'info', about: `streams.${name}.live.spool`, text }
}
