/**
 * `hindcast parquet check`: reads every page of a file and says everything that is wrong with it, not only the first.
 *
 * Invariant: whatever the bytes are, this ends with a report; only what is no word about the file (a disk that fails,
 * a bug) is raised. Memory is that of one page and the indexes of one column chunk.
 */

import type { ByteSource } from '../read/byte-source.ts'
import type { ParquetFile } from '../read/parquet-file.ts'
import { readParquetFile } from '../read/parquet-file.ts'
import type { ChunkPlan } from '../read/plan-read.ts'
import { chunkPlan } from '../read/plan-read.ts'
import { ChunkCheck } from './check-chunk.ts'
import { unreadableWhy } from './describe-schema.ts'
import type { NotRead, Problem } from './problem-list.ts'
import { ProblemList } from './problem-list.ts'

export interface CheckReport {
  readonly file: string
  readonly bytes: number
  /** Whether nothing is wrong. */
  readonly ok: boolean
  /** What the footer says; 0 where it cannot be read. */
  readonly rows: number
  readonly rowGroups: number
  readonly columns: number
  /** Pages looked at, and how many of them have a checksum. */
  readonly pages: number
  readonly checksums: number
  /** All problems; `problems` has the first of them, in the order of the file. */
  readonly problemCount: number
  readonly problems: readonly Problem[]
  /** Columns whose values were not decoded: only checksums and compression of their pages were checked, if at all. */
  readonly notRead: readonly NotRead[]
}

export interface CheckOptions {
  /** Problems told in words; more are only counted. Default 20. */
  readonly problemsMax?: number
  /** Stops between column chunks. */
  readonly signal?: AbortSignal
}

/** Checks a file. */
export async function checkFile(source: ByteSource, options: CheckOptions = {}): Promise<CheckReport> {
  const problems = new ProblemList(options.problemsMax ?? 20)
  let file: ParquetFile | null = null
  let [pages, checksums] = [0, 0]
  try {
    file = await readParquetFile(source)
  } catch (thrown) {
    problems.addThrown({}, thrown)
  }
  if (file !== null) {
    const plans = chunkPlans(file, problems)
    checkPlaces(plans, problems)
    checkSums(file, problems)
    for (const { plan, rowGroup } of plans) {
      options.signal?.throwIfAborted()
      const place = { rowGroup, column: plan.leaf.name }
      const rows = file.metadata.rowGroups[rowGroup]!.rows
      const chunk = await ChunkCheck.open(source, plan, rows, problems, place)
      await chunk.run()
      pages += chunk.pages
      checksums += chunk.checksums
    }
  }
  return {
    file: source.uri,
    bytes: source.size,
    ok: problems.count === 0,
    rows: file?.metadata.rows ?? 0,
    rowGroups: file?.metadata.rowGroups.length ?? 0,
    columns: file?.leaves.length ?? 0,
    pages,
    checksums,
    problemCount: problems.count,
    problems: problems.problems,
    notRead: problems.notRead,
  }
}

interface PlannedChunk {
  readonly plan: ChunkPlan
  readonly rowGroup: number
}

/**
 * Chunks in the order of row groups and columns; one that lies nowhere is a problem, unless it has no rows: some
 * writers leave out what they say of such a chunk.
 */
function chunkPlans(file: ParquetFile, problems: ProblemList): readonly PlannedChunk[] {
  const plans: PlannedChunk[] = []
  for (const leaf of file.leaves) {
    const why = unreadableWhy(leaf)
    if (why !== null) problems.addNotRead(leaf.name, why)
  }
  for (let rowGroup = 0; rowGroup < file.metadata.rowGroups.length; rowGroup++) {
    if (file.metadata.rowGroups[rowGroup]!.rows === 0) continue
    for (const leaf of file.leaves) {
      try {
        plans.push({ plan: chunkPlan(file, rowGroup, leaf), rowGroup })
      } catch (thrown) {
        problems.addThrown({ rowGroup, column: leaf.name }, thrown)
      }
    }
  }
  return plans
}

/** Column chunks that lie in one another: one of them is not what it says. */
function checkPlaces(plans: readonly PlannedChunk[], problems: ProblemList): void {
  const sorted = plans
    .filter(({ plan }) => plan.range.length > 0)
    .sort((a, b) => a.plan.range.position - b.plan.range.position)
  let last: PlannedChunk | null = null
  let end = 0
  for (const planned of sorted) {
    const { position, length } = planned.plan.range
    if (last !== null && position < end) {
      const place = { rowGroup: planned.rowGroup, column: planned.plan.leaf.name }
      const other = `column ${last.plan.leaf.name} of row group ${last.rowGroup}`
      problems.add(place, `the column chunk at ${position} lies in that of ${other}, which ends at ${end}`)
    }
    if (position + length > end) {
      end = position + length
      last = planned
    }
  }
}

/** Sums of the footer that no page is needed for. */
function checkSums(file: ParquetFile, problems: ProblemList): void {
  for (const [rowGroup, group] of file.metadata.rowGroups.entries()) {
    const bytes = group.columns.reduce((sum, chunk) => sum + chunk.uncompressedBytes, 0)
    if (bytes !== group.uncompressedBytes) {
      problems.add(
        { rowGroup },
        `the columns have ${bytes} bytes uncompressed, the footer says ${group.uncompressedBytes}`,
      )
    }
  }
}
