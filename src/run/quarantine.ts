/**
 * Quarantine of history: one file per (file, unit) with a line for each bad row, written before any row of the unit
 * leaves. A unit that is read again (after a resume, for another span) adds to the file what is not in it yet: a part
 * of a unit may have been passed over before, and nothing is counted twice.
 *
 *     quarantine/<stream>/<file ordinal>-<first row>.jsonl     {"file":…,"row":…,"line":…,"reason":…,"text":…}
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ErrorWhere } from '../errors.ts'
import { HindcastError } from '../errors.ts'
import { writeDurably } from '../files/index.ts'
import type { BadRow } from '../history/index.ts'
import type { StreamJob } from '../job/index.ts'
import type { FeaturePlan, FileUnit, PinnedFile, StreamPlan } from '../plan/index.ts'

export interface QuarantineOptions {
  readonly directory: string
  /** Stream or feature: the name of the folder. */
  readonly name: string
  readonly badRows: 'quarantine' | 'fail'
  /** Rows as planned; the limit is a share of them. */
  readonly rowsPlanned: number
  readonly share: number
}

export interface FileQuarantine {
  /** Makes the bad rows of a unit durable; raises `row-bad` or `quarantine-limit`. */
  add(file: PinnedFile, unit: FileUnit, bad: readonly BadRow[]): void
}

export function historyQuarantine(
  directory: string,
  stream: StreamJob,
  plan: StreamPlan,
  share: number,
): FileQuarantine {
  const badRows = stream.history?.badRows ?? 'quarantine'
  return fileQuarantine({ directory, name: stream.name, badRows, rowsPlanned: rowsOf(plan.files), share })
}

/** A feature's bad versions lie beside the events'; they count against a limit of their own. */
export function featureQuarantine(directory: string, feature: FeaturePlan, share: number): FileQuarantine {
  const name = `feature-${feature.name}`
  return fileQuarantine({ directory, name, badRows: 'quarantine', rowsPlanned: rowsOf(feature.files), share })
}

function rowsOf(files: readonly PinnedFile[]): number {
  return files.reduce((sum, file) => sum + file.units.reduce((rows, unit) => rows + unit.rows, 0), 0)
}

function fileQuarantine(options: QuarantineOptions): FileQuarantine {
  const folder = join(options.directory, 'quarantine', options.name)
  const limit = Math.floor(options.share * options.rowsPlanned)
  const counts = countsOnDisk(folder)
  return {
    add(file, unit, bad) {
      const first = bad[0]!
      const where = {
        uri: file.path,
        row: first.row,
        stream: options.name,
        ...(first.line === undefined ? {} : { line: first.line }),
      }
      if (options.badRows === 'fail') {
        const advice = 'Mend the file, or set `badRows: quarantine` to set such rows aside.'
        throw new HindcastError('row-bad', first.reason, { where, advice })
      }
      const name = `${String(file.ordinal).padStart(6, '0')}-${unit.rowFirst}.jsonl`
      const lines = linesByRow(join(folder, name))
      for (const row of bad) lines.set(row.row, JSON.stringify({ file: file.path, ...row }))
      const inOrder = [...lines].sort(([a], [b]) => a - b).map(([, line]) => line)
      writeDurably(join(folder, name), `${inOrder.join('\n')}\n`)
      counts.set(name, inOrder.length)
      const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
      if (total > limit) throw limitError(options, { total, limit, folder, reason: first.reason, where })
    },
  }
}

/** Lines that are there already, by row in the file. */
function linesByRow(path: string): Map<number, string> {
  const lines = new Map<number, string>()
  if (!existsSync(path)) return lines
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line !== '') lines.set((JSON.parse(line) as { row: number }).row, line)
  }
  return lines
}

interface PassedLimit {
  readonly total: number
  readonly limit: number
  readonly folder: string
  readonly reason: string
  readonly where: ErrorWhere
}

function limitError(options: QuarantineOptions, passed: PassedLimit): HindcastError {
  const { total, limit, folder, reason, where } = passed
  const share = `${options.share * 100} % of ${options.rowsPlanned} rows`
  return new HindcastError(
    'quarantine-limit',
    `${total} bad rows, more than ${limit} (${share}); the last was: ${reason}`,
    {
      where,
      advice: `Look at ${folder}, then mend the files or raise limits.quarantine.`,
    },
  )
}

function countsOnDisk(folder: string): Map<string, number> {
  const counts = new Map<string, number>()
  if (!existsSync(folder)) return counts
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.jsonl'))
      counts.set(name, readFileSync(join(folder, name), 'utf8').split('\n').length - 1)
  }
  return counts
}

/** All rows in quarantine, of history and live: counted from the files, so that resumes cannot count twice. */
export function quarantinedRows(directory: string): number {
  const folder = join(directory, 'quarantine')
  if (!existsSync(folder)) return 0
  let rows = 0
  for (const name of readdirSync(folder)) {
    for (const count of countsOnDisk(join(folder, name)).values()) rows += count
  }
  return rows
}
