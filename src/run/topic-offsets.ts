/**
 * Offsets of a history's rows for the plan (C1, C3): from columns that the job names, else from the names of the files.
 *
 * Invariant: a file is pinned with offsets only if a column tells those of its rows, if names and row counts prove them,
 * or if order by them is all that the job needs and they prove that. Else it keeps the partition of its name, and
 * `_offset` is counted.
 */

import { HindcastError } from '../errors.ts'
import { connectNameOf } from '../files/index.ts'
import type { StreamJob } from '../job/index.ts'
import type { FileRange, NamedFile, OffsetClash, PinnedFile, PlanNote } from '../plan/index.ts'
import { offsetRanges } from '../plan/index.ts'
import type { DescribedFile } from './describe-files.ts'
import { pinFile } from './describe-files.ts'
import { clashText, folderNotes, formNotes, rangeNotes } from './offset-notes.ts'

export interface TopicOffsets {
  readonly files: readonly PinnedFile[]
  /** C1: `_offset` is the topic's own, as every row of every partition has one. */
  readonly ownOffsets: boolean
}

/**
 * Raises `job-invalid` where two files have the same offsets, where a file is of a partition that the stream has not, and
 * where the job needs offsets (`order: offset`, a seam by offset) that the files do not tell; `file-corrupt` where a file
 * has more rows than its name has offsets.
 */
export function topicOffsets(
  stream: StreamJob,
  described: readonly DescribedFile[],
  notes: PlanNote[],
): TopicOffsets {
  const about = `streams.${stream.name}`
  const pinned = described.map(pinFile)
  if (stream.history === undefined) return { files: pinned, ownOffsets: stream.live !== undefined }
  const named = described.map(namedFile)
  checkPartitions(stream, named)
  const isNamed = named.some(file => file !== null)
  if (!isNamed) notes.push(...folderNotes(about, stream, pinned))
  const byTime = stream.seam?.by === 'time'
  if (stream.history.offsetColumn !== undefined) {
    const ranges = named.map(file =>
      file === null
        ? null
        : { partition: file.partition, offsetFirst: file.offsetFirst, offsetLast: file.offsetLast },
    )
    return { files: withRanges(pinned, ranges), ownOffsets: !byTime }
  }
  const all = named.filter(file => file !== null)
  if (all.length < named.length) {
    if (needsOffsets(stream)) throw unnamedError(stream, described[named.indexOf(null)]!.listed.path)
    if (isNamed) notes.push(...formNotes(about, named, described))
    return { files: withPartitions(pinned, named), ownOffsets: false }
  }
  const ranges = offsetRanges(all)
  refuseClash(stream, ranges.clash)
  notes.push(...formNotes(about, named, described), ...rangeNotes(about, stream, all, ranges))
  const isPinned = ranges.told === 'each-row' || (ranges.told === 'order' && needsOffsets(stream))
  return {
    files: isPinned ? withRanges(pinned, ranges.ranges) : withPartitions(pinned, named),
    ownOffsets: ranges.told === 'each-row' && !byTime,
  }
}

/** A run would find the same, at the first row of the file. */
function checkPartitions(stream: StreamJob, named: readonly (NamedFile | null)[]): void {
  const beyond = named.find(file => file !== null && file.partition >= stream.partitions)
  if (beyond == null || stream.history?.partitionColumn !== undefined) return
  const { path, partition } = beyond
  throw new HindcastError(
    'job-invalid',
    `a file is of partition ${partition}, but stream ${stream.name} has ${stream.partitions}`,
    {
      where: { path: `streams.${stream.name}.partitions`, stream: stream.name, uri: path, partition },
      advice: 'Set `partitions:` to the number of partitions of the topic.',
    },
  )
}

function namedFile({ listed, format, description }: DescribedFile): NamedFile | null {
  const name = connectNameOf(listed.path)
  if (name === null) return null
  // Rows of text are estimated from samples; a footer counts them.
  const rows = format === 'parquet' ? description.units.reduce((sum, unit) => sum + unit.rows, 0) : null
  return { path: listed.path, ...name, rows }
}

function needsOffsets({ order, seam }: StreamJob): boolean {
  return order === 'offset' || seam?.by === 'offset'
}

function withRanges(files: readonly PinnedFile[], ranges: readonly (FileRange | null)[]): PinnedFile[] {
  return files.map((file, i) => {
    const range = ranges[i]!
    return range === null ? file : { ...file, range }
  })
}

function withPartitions(
  files: readonly PinnedFile[],
  named: readonly (NamedFile | null)[],
): readonly PinnedFile[] {
  return files.map((file, i) => {
    const name = named[i]!
    return name === null ? file : { ...file, partition: name.partition }
  })
}

function needText({ order }: StreamJob): string {
  return order === 'offset' ? '`order: offset`' : 'a seam by offset'
}

function unnamedError(stream: StreamJob, path: string): HindcastError {
  return new HindcastError(
    'job-invalid',
    `${needText(stream)} needs the offset of every event, and files of the history do not carry them`,
    {
      where: { path: needPath(stream), stream: stream.name, uri: path },
      advice:
        'Name the column of `history.offsetColumn` (and `partitionColumn`), or the files topic+partition+first+last.',
    },
  )
}

function needPath({ name, order }: StreamJob): string {
  return order === 'offset' ? `streams.${name}.order` : `streams.${name}.seam`
}

function refuseClash(stream: StreamJob, clash: OffsetClash | null): void {
  if (clash === null) return
  const { path, partition, offsetFirst } = clash.files[1]
  const where = { uri: path, stream: stream.name, partition, offset: offsetFirst }
  if (clash.why === 'twice') {
    throw new HindcastError('job-invalid', clashText(clash), {
      where: { ...where, path: `streams.${stream.name}.history.files` },
      advice:
        'Leave one of the two out of the glob (`.keys` and `.headers` files beside the values are none of the stream).',
    })
  }
  if (!needsOffsets(stream)) return
  throw new HindcastError(
    'job-invalid',
    `${needText(stream)} needs the offset of every event, but ${clashText(clash)}`,
    {
      where: { ...where, path: needPath(stream) },
      advice:
        clash.why === 'topics'
          ? 'Name the files of each topic as a stream of its own.'
          : 'Have the sink write the offset into the rows (InsertField), and name the column in `history.offsetColumn`.',
    },
  )
}
