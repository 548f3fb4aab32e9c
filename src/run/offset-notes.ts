/** What a plan tells people of offsets in the names of files: what is missing, what is only assumed, what follows. */

import { countedText, countText } from '../core/figures.ts'
import type { StreamJob } from '../job/index.ts'
import type {
  MissingOffsets,
  NamedFile,
  OffsetClash,
  OffsetRanges,
  PinnedFile,
  PlanNote,
  StreamPlan,
} from '../plan/index.ts'
import type { DescribedFile } from './describe-files.ts'

/** Ranges, files or partitions that are named one by one; of more only the number is told. */
const NAMED_MAX = 5

/** Why the names of two files cannot both be taken; a clause, without capital and full stop. */
export function clashText({ why, files: [a, b] }: OffsetClash): string {
  const both = `${a.path} (${offsetsText(a)}) and ${b.path} (${offsetsText(b)})`
  const of = `of partition ${a.partition}`
  switch (why) {
    case 'twice':
      return `the same offsets ${of} would come twice, from ${both}`
    case 'interleaved':
      return `${both} ${of} overlap: rows of both may lie between one another, as a sink leaves them that parts a topic by a field`
    case 'open-ended':
      return `names do not tell where ${a.path} ends, rows of text are only estimated, and ${of} there is ${b.path} in another folder`
    case 'topics':
      return `${a.path} is of topic ${a.topic}, and ${b.path} of ${b.topic}`
  }
}

function offsetsText({ offsetFirst, offsetLast, rows }: NamedFile): string {
  const range = offsetLast === null ? `from offset ${offsetFirst}` : rangeText(offsetFirst, offsetLast)
  return rows === null ? range : `${range}, ${countedText(rows, 'row')}`
}

function rangeText(first: number, last: number): string {
  return first === last ? `offset ${first}` : `offsets ${first}–${last}`
}

/** Files with names of several forms, or with counts that nobody has made yet. */
export function formNotes(
  about: string,
  named: readonly (NamedFile | null)[],
  described: readonly DescribedFile[],
): PlanNote[] {
  const notes: PlanNote[] = []
  const known = named.filter(file => file !== null)
  if (known.length < named.length) {
    const unnamed = described[named.indexOf(null)]!.listed.path
    const text = `${countText(known.length)} of ${countedText(named.length, 'file')} have partition and offsets in their names, the others (first ${unnamed}) have not: offsets are not taken from names, nor is the partition of those`
    notes.push({ level: 'warning', about, text })
  }
  const ended = known.filter(file => file.offsetLast !== null).length
  if (ended > 0 && ended < known.length) {
    const text = `names in two forms: ${countText(ended)} of ${countedText(known.length, 'file')} tell their last offset, the others only the first`
    notes.push({ level: 'info', about, text })
  }
  return notes
}

/** What the offsets in the names of all files come to. */
export function rangeNotes(
  about: string,
  stream: StreamJob,
  files: readonly NamedFile[],
  ranges: OffsetRanges,
): PlanNote[] {
  const { clash, told } = ranges
  const warnings = [
    ...(clash === null ? [] : [`offsets are not taken from names: ${clashText(clash)}`]),
    ...gapTexts(ranges.gaps),
    ...shortTexts(ranges),
    ...consequences(stream, ranges),
  ]
  const uncounted = files.filter(file => file.rows === null).length
  const infos = [
    ...absentTexts(stream, files),
    ...(uncounted > 0 && told !== 'nothing'
      ? [
          `${countedText(uncounted, 'text file')} not held against the offsets of their names: their rows are counted when they are read`,
        ]
      : []),
  ]
  return [
    ...warnings.map((text): PlanNote => ({ level: 'warning', about, text })),
    ...infos.map((text): PlanNote => ({ level: 'info', about, text })),
  ]
}

function gapTexts(gaps: readonly MissingOffsets[]): string[] {
  if (gaps.length === 0) return []
  const offsets = gaps.reduce((sum, { first, last }) => sum + last - first + 1, 0)
  const named = gaps
    .slice(0, NAMED_MAX)
    .map(
      ({ partition, first, last, behind }) =>
        `${rangeText(first, last)} of partition ${partition}, behind ${behind.path}`,
    )
  const text = `in no file: ${listed(named, gaps.length)} (${countedText(offsets, 'offset')} in all); a file is missing, or they are compacted or markers of transactions`
  return [text]
}

function shortTexts({ short }: OffsetRanges): string[] {
  if (short.length === 0) return []
  const missing = short.reduce((sum, each) => sum + each.missing, 0)
  const named = short.slice(0, NAMED_MAX).map(each => `${each.file.path} by ${countText(each.missing)}`)
  const text = `fewer rows than offsets: ${listed(named, short.length)} (${countText(missing)} in all), explained only by compaction or markers of transactions`
  return [text]
}

/** What a run does about it: the same as its certificate will say. */
function consequences(stream: StreamJob, { told, gaps, short }: OffsetRanges): string[] {
  const texts: string[] = []
  if (told === 'order') {
    texts.push(
      'which offset a row has is not certain, only their order: `_offset` is counted, and not the offset of the topic',
    )
  }
  if (stream.seam?.by === 'offset' && gaps.length + short.length > 0) {
    const partitions = new Set([...gaps, ...short.map(({ file }) => file)].map(({ partition }) => partition))
    const list = [...partitions].sort((a, b) => a - b).map(String)
    const where = `for partition ${listed(list.slice(0, NAMED_MAX), list.length)}`
    const isTold = told !== 'order' || stream.history?.offsetColumn !== undefined
    const isAsked = stream.live?.place.kind === 'kafka' && isTold
    texts.push(
      isAsked
        ? `the seam by offset is proven ${where} only if the topic says that these offsets hold no record (markers, aborted or compacted): the run asks it`
        : `the seam by offset is not proven ${where}: the run will need --allow-unproven-seam`,
    )
  }
  return texts
}

/** Where files and log of a seam by offset do not meet, so that a run cannot go over from the one to the other. */
export function seamForecast(job: StreamJob, { name, files, live }: StreamPlan): PlanNote[] {
  if (job.seam?.by !== 'offset' || live === null) return []
  const ends = new Map<number, number | null>()
  for (const { range } of files) {
    if (range === undefined) continue
    const known = ends.get(range.partition)
    const last = range.offsetLast === null || known === null ? null : Math.max(known ?? -1, range.offsetLast)
    ends.set(range.partition, last)
  }
  const texts: string[] = []
  for (const [partition, last] of ends) {
    const [first, next] = [live.offsetFirst[partition]!, live.offsetNext[partition]!]
    if (last === null) continue
    if (last + 1 < first)
      texts.push(`${rangeText(last + 1, first - 1)} of partition ${partition}, which the log no longer holds`)
    if (last >= next)
      texts.push(`partition ${partition}, whose files go to offset ${last} and its log to ${next - 1}`)
  }
  if (texts.length === 0) return []
  const text = `files and log do not meet: ${listed(texts.slice(0, NAMED_MAX), texts.length)}`
  return [{ level: 'warning', about: `streams.${name}`, text }]
}

/** Partitions that no file is named for. */
function absentTexts({ partitions }: StreamJob, files: readonly NamedFile[]): string[] {
  const present = new Set(files.map(file => file.partition))
  const absent = Array.from({ length: partitions }, (_, p) => p).filter(p => !present.has(p))
  if (absent.length === 0) return []
  const named = absent.slice(0, NAMED_MAX).map(String)
  return [`no file is named for partition ${listed(named, absent.length)} of ${partitions}`]
}

/** Folders `partition=N` of files that do not tell their partition otherwise. */
export function folderNotes(about: string, stream: StreamJob, files: readonly PinnedFile[]): PlanNote[] {
  if (stream.history?.partitionColumn !== undefined || stream.partitioner === 'column') return []
  if (files.length === 0 || !files.every(file => /^(0|[1-9]\d*)$/.test(file.hive.partition ?? ''))) return []
  const text =
    'files lie in folders partition=N, but events are parted by key: for the partition of the folder say `partitionColumn: partition`'
  return [{ level: 'info', about, text }]
}

function listed(named: readonly string[], count: number): string {
  return count > named.length
    ? `${named.join('; ')}; and ${countText(count - named.length)} more`
    : named.join('; ')
}
