/**
 * Quarantine of history: one file per (file, unit) with a line for each bad row, written before any row of the unit
 * leaves. A unit that is read again after a resume writes the same file again, so nothing is counted twice.
 *
 *     quarantine/<stream>/<file ordinal>-<first row>.jsonl     {"file":…,"row":…,"line":…,"reason":…,"text":…}
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { HindcastError } from '../errors.ts'
import { writeDurably } from '../files/index.ts'
import type { BadRow } from '../history/index.ts'
import type { StreamJob } from '../job/index.ts'
import type { FileUnit, PinnedFile } from '../plan/index.ts'

export interface QuarantineOptions {
  readonly directory: string
  readonly stream: StreamJob
  /** Rows of the history as planned; the limit is a share of them. */
  readonly rowsPlanned: number
  readonly share: number
}

export interface HistoryQuarantine {
  add(file: PinnedFile, unit: FileUnit, bad: readonly BadRow[]): Promise<void>
}

export function historyQuarantine(options: QuarantineOptions): HistoryQuarantine {
  const folder = join(options.directory, 'quarantine', options.stream.name)
  const limit = Math.floor(options.share * options.rowsPlanned)
  const counts = countsOnDisk(folder)
  return {
    add(file, unit, bad) {
      const first = bad[0]!
      const where = { uri: file.path, row: first.row, stream: options.stream.name, ...(first.line === undefined ? {} : { line: first.line }) }
      if (options.stream.history?.badRows === 'fail') {
        const advice = 'Mend the file, or set `badRows: quarantine` to set such rows aside.'
        return Promise.reject(new HindcastError('row-bad', first.reason, { where, advice }))
      }
      const name = `${String(file.ordinal).padStart(6, '0')}-${unit.rowFirst}.jsonl`
      const lines = bad.map(row => JSON.stringify({ file: file.path, ...row }))
      writeDurably(join(folder, name), `${lines.join('\n')}\n`)
      counts.set(name, bad.length)
      const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
      if (total <= limit) return Promise.resolve()
      return Promise.reject(limitError(options, total, limit, folder, first.reason, where))
    },
  }
}

function limitError(
  options: QuarantineOptions,
  total: number,
  limit: number,
  folder: string,
  reason: string,
  where: object,
): HindcastError {
  const share = `${options.share * 100} % of ${options.rowsPlanned} rows`
  return new HindcastError('quarantine-limit', `${total} bad rows, more than ${limit} (${share}); the last was: ${reason}`, {
    where,
    advice: `Look at ${folder}, then mend the files or raise limits.quarantine.`,
  })
}

function countsOnDisk(folder: string): Map<string, number> {
  const counts = new Map<string, number>()
  if (!existsSync(folder)) return counts
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.jsonl')) counts.set(name, readFileSync(join(folder, name), 'utf8').split('\n').length - 1)
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
