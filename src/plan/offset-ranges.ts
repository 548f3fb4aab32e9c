/**
 * What the names of a history's files tell of the offsets of their rows, held against how many rows each has. Pure.
 *
 *     topic+0+00+09 (10 rows)   topic+0+10+19 (8 rows)    topic+0+30+39 (10 rows)
 *     ██████████                ████████··                ██████████
 *     a row for each offset     short: 2 offsets without  ▲ gap: 20–29 in no file
 *
 * Invariant: `told` says no more than names and counts prove. A sink has one file open for each folder of its
 * partitioner, each with the records that belong there. So files of one folder follow one another, and those of several
 * may be interleaved (0, 2, 4 here and 1, 3, 5 there: a field in the path, or event time out of order). A name with both
 * ends and as many rows proves each offset. Names with the first alone prove it where the files of a partition lie end
 * to end: the offsets before the next file's first are in files that begin no later, and one file has room for them.
 * That holds for a topic with a record at every offset; a marker behind which a last file ends is not seen.
 */

import { HindcastError } from '../errors.ts'
import type { FileRange } from './plan.ts'

/** A file whose name tells offsets. */
export interface NamedFile {
  readonly path: string
  readonly topic: string
  readonly partition: number
  readonly offsetFirst: number
  /** Null: the name does not tell it. */
  readonly offsetLast: number | null
  /** Null: only estimated. */
  readonly rows: number | null
}

/**
 * What is known of offsets: that of `each-row`; the `order` of the rows of a partition, as some offsets have no row and
 * the names do not tell which; or `nothing`.
 */
export type OffsetsTold = 'each-row' | 'order' | 'nothing'

/** Offsets that no file has, between files of a partition. */
export interface MissingOffsets {
  readonly partition: number
  readonly first: number
  readonly last: number
  /** The file before them. Where its name tells no end they may be its own: compacted ones, or markers, in its midst. */
  readonly behind: NamedFile
}

/** A file with fewer rows than its name has offsets. */
export interface ShortFile {
  readonly file: NamedFile
  /** Offsets without a row. */
  readonly missing: number
}

/** Two files that cannot both be taken by their names; `twice`: some offset is in both of them for certain. */
export interface OffsetClash {
  readonly why: 'twice' | 'interleaved' | 'open-ended' | 'topics'
  readonly files: readonly [NamedFile, NamedFile]
}

export interface OffsetRanges {
  readonly told: OffsetsTold
  /** In the order of the files. */
  readonly ranges: readonly FileRange[]
  /** By topic, partition and offset; so are `short`. */
  readonly gaps: readonly MissingOffsets[]
  readonly short: readonly ShortFile[]
  /** Why `nothing` is told: the first of the worst kind; null where something is. */
  readonly clash: OffsetClash | null
}

/** Raises `file-corrupt` for a file that has more rows than its name has offsets. */
export function offsetRanges(files: readonly NamedFile[]): OffsetRanges {
  const walks = groupsOf(files).map(walkGroup)
  const clashes = [...walks.flatMap(walk => walk.clash ?? []), ...topicsClash(files)]
  const clash = clashes.find(({ why }) => why === 'twice') ?? clashes[0] ?? null
  const gaps = walks.flatMap(walk => walk.gaps)
  const short = walks.flatMap(walk => walk.short)
  const ends = new Map(walks.flatMap(walk => [...walk.ends]))
  const inOrder = short.length > 0 || gaps.some(({ behind }) => behind.offsetLast === null)
  return {
    told: clash !== null ? 'nothing' : inOrder ? 'order' : 'each-row',
    ranges: files.map(file => {
      const { partition, offsetFirst } = file
      return { partition, offsetFirst, offsetLast: ends.get(file) ?? null }
    }),
    gaps,
    short,
    clash,
  }
}

/** Files of each topic and partition, ascending by first offset; those of equal offset as they come. */
function groupsOf(files: readonly NamedFile[]): NamedFile[][] {
  const groups = new Map<string, NamedFile[]>()
  for (const file of files) {
    const key = `${file.partition}+${file.topic}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [file])
    else group.push(file)
  }
  return [...groups.values()]
    .toSorted(([a], [b]) => compareTopics(a!, b!) || a!.partition - b!.partition)
    .map(group => group.toSorted((a, b) => a.offsetFirst - b.offsetFirst))
}

function compareTopics(a: NamedFile, b: NamedFile): number {
  return a.topic === b.topic ? 0 : a.topic < b.topic ? -1 : 1
}

/** Offsets of two topics say nothing of one another. */
function topicsClash(files: readonly NamedFile[]): OffsetClash[] {
  const other = files.find(({ topic }) => topic !== files[0]!.topic)
  return other === undefined ? [] : [{ why: 'topics', files: [files[0]!, other] }]
}

interface GroupWalk {
  readonly gaps: readonly MissingOffsets[]
  readonly short: readonly ShortFile[]
  /** Last offset of each file that is known. */
  readonly ends: ReadonlyMap<NamedFile, number>
  readonly clash: OffsetClash | null
}

/** How far files reach, and the one that reaches there. */
interface Reach {
  readonly last: number
  readonly file: NamedFile
}

/** Goes over the files of one partition, ascending by first offset. */
function walkGroup(files: readonly NamedFile[]): GroupWalk {
  const ends = endsOf(files)
  const short = files.flatMap(shortOf)
  const gaps: MissingOffsets[] = []
  const clashes: OffsetClash[] = []
  const farthest = new Farthest()
  for (const file of files) {
    const { partition, offsetFirst } = file
    const last = ends.get(file) ?? offsetFirst
    if (last < offsetFirst) continue // no row, and no name of its last: there is nothing in it
    const { reach } = farthest
    if (reach !== null && offsetFirst > reach.last + 1)
      gaps.push({ partition, first: reach.last + 1, last: offsetFirst - 1, behind: reach.file })
    const clash = farthest.clashWith(file)
    if (clash !== null) clashes.push(clash)
    farthest.add({ last, file })
  }
  const open = files.find(file => file.offsetLast === null && file.rows === null)
  const elsewhere = open && files.find(file => folderOf(file) !== folderOf(open))
  if (open !== undefined && elsewhere !== undefined)
    clashes.push({ why: 'open-ended', files: [open, elsewhere] })
  const clash = clashes.find(({ why }) => why === 'twice') ?? clashes[0] ?? null
  if (clash === null) return { gaps, short, ends, clash }
  // An interleaved file is short of what others have; what none has is told only where each says where it ends.
  return { gaps: files.every(file => file.offsetLast !== null) ? gaps : [], short: [], ends, clash }
}

function shortOf(file: NamedFile): ShortFile[] {
  const { path, partition, offsetFirst, offsetLast, rows } = file
  if (offsetLast === null || rows === null) return []
  const offsets = offsetLast - offsetFirst + 1
  if (rows <= offsets) return rows === offsets ? [] : [{ file, missing: offsets - rows }]
  throw new HindcastError(
    'file-corrupt',
    `the file has ${rows} rows, but its name has ${offsets} offsets (${offsetFirst}–${offsetLast})`,
    {
      where: { uri: path, partition, offset: offsetFirst },
      advice:
        'It was renamed, or written anew from other data: leave it out of the glob, or give it the name of what is in it.',
    },
  )
}

/** By the name, else by the rows, else by the file behind it; the last one's is not known then. */
function endsOf(files: readonly NamedFile[]): Map<NamedFile, number> {
  const ends = new Map<NamedFile, number>()
  for (const [i, file] of files.entries()) {
    const { offsetFirst, offsetLast, rows } = file
    const next = files[i + 1]
    if (offsetLast !== null) ends.set(file, offsetLast)
    else if (rows !== null) ends.set(file, offsetFirst + rows - 1)
    else if (next !== undefined) ends.set(file, Math.max(offsetFirst, next.offsetFirst - 1))
  }
  return ends
}

/** The farthest offset of what was gone over: of all files, of each folder's, and of those with a row for each offset. */
class Farthest {
  #all: Reach | null = null
  #full: Reach | null = null
  readonly #ofFolder = new Map<string, Reach>()
  #previous: NamedFile | null = null

  get reach(): Reach | null {
    return this.#all
  }

  clashWith(file: NamedFile): OffsetClash | null {
    const { offsetFirst } = file
    if (this.#all === null || this.#all.last < offsetFirst) return null
    // The first row of a file has its first offset.
    const previous = this.#previous!
    if (previous.offsetFirst === offsetFirst) return { why: 'twice', files: [previous, file] }
    const ofFolder = this.#ofFolder.get(folderOf(file))
    if (ofFolder !== undefined && ofFolder.last >= offsetFirst)
      return { why: 'twice', files: [ofFolder.file, file] }
    if (this.#full !== null && this.#full.last >= offsetFirst && isFull(file))
      return { why: 'twice', files: [this.#full.file, file] }
    return { why: 'interleaved', files: [this.#all.file, file] }
  }

  add(reach: Reach): void {
    const { file } = reach
    const folder = folderOf(file)
    this.#all = farther(this.#all, reach)
    this.#ofFolder.set(folder, farther(this.#ofFolder.get(folder) ?? null, reach))
    if (isFull(file)) this.#full = farther(this.#full, reach)
    this.#previous = file
  }
}

function farther(a: Reach | null, b: Reach): Reach {
  return a !== null && a.last >= b.last ? a : b
}

function isFull({ offsetFirst, offsetLast, rows }: NamedFile): boolean {
  return offsetLast !== null && rows === offsetLast - offsetFirst + 1
}

function folderOf({ path }: NamedFile): string {
  return path.slice(0, path.lastIndexOf('/'))
}
