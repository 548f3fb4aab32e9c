/**
 * `hindcast parquet check`: every file read to its end, what is wrong with each and where.
 */

import { countedText, countText } from '../core/figures.ts'
import { exitCodeOf, HindcastError, wrapError } from '../errors.ts'
import type { CheckReport, Problem } from '../parquet/index.ts'
import { checkFile, openFileSource } from '../parquet/index.ts'
import { printable } from './parquet-table.ts'
import { whereText } from './print-error.ts'

/** Columns that were not read, told by name. */
const NOT_READ_TOLD = 10

/** Checks one file; one that cannot be opened is a report as well, so that the others are checked. */
export async function checkPath(path: string, problemsMax: number): Promise<CheckReport> {
  try {
    const source = await openFileSource(path)
    try {
      return await checkFile(source, { problemsMax })
    } finally {
      await source.close()
    }
  } catch (thrown) {
    const error = wrapError(thrown, 'bug', 'the check failed')
    if (error.code !== 'file-unreadable') throw thrown
    return unreadable(path, error)
  }
}

function unreadable(path: string, { code, message }: HindcastError): CheckReport {
  return {
    file: path,
    bytes: 0,
    ok: false,
    rows: 0,
    rowGroups: 0,
    columns: 0,
    pages: 0,
    checksums: 0,
    problemCount: 1,
    problems: [{ code, message }],
    notRead: [],
  }
}

/**
 * `ok     a.parquet  3,000 rows, 2 row groups, 15 columns, 300 pages (300 with a checksum)`, and below it what is wrong.
 */
export function checkText(report: CheckReport): string {
  const { notRead, problems, problemCount } = report
  const facts = [
    countedText(report.rows, 'row'),
    countedText(report.rowGroups, 'row group'),
    countedText(report.columns, 'column'),
    `${countedText(report.pages, 'page')} (${countText(report.checksums)} with a checksum)`,
  ]
  const lines = [`${report.ok ? 'ok ' : 'BAD'}  ${printable(report.file)}  ${facts.join(', ')}`]
  for (const problem of problems) lines.push(`     ${problemText(problem)}`)
  if (problemCount > problems.length)
    lines.push(`     … and ${countedText(problemCount - problems.length, 'problem')} more`)
  for (const { column, why } of notRead.slice(0, NOT_READ_TOLD))
    lines.push(`     not read: column ${printable(column)}: ${printable(why)}`)
  if (notRead.length > NOT_READ_TOLD)
    lines.push(`     not read: ${countText(notRead.length - NOT_READ_TOLD)} more columns`)
  return `${lines.join('\n')}\n`
}

function problemText({ code, message, ...place }: Problem): string {
  const where = whereText(place)
  const kind = code === 'file-corrupt' ? '' : ` (${code})`
  return printable(`${where === '' ? 'file' : where}: ${message}${kind}`)
}

/** What stdout tells in full, as an error for those who look at stderr and at the exit code; null: all is well. */
export function checkError(reports: readonly CheckReport[]): HindcastError | null {
  const bad = reports.filter(report => !report.ok)
  const problems = bad.flatMap(report => report.problems)
  const first = problems[0]
  if (first === undefined) return null
  // exit 3 where anything is wrong with the data, whatever else there is
  const code = problems.find(problem => isOfData(problem))?.code ?? first.code
  const { message, code: _, ...place } = first
  const count = bad.reduce((sum, report) => sum + report.problemCount, 0)
  const scope =
    reports.length === 1 ? '' : ` in ${countText(bad.length)} of ${countText(reports.length)} files`
  const what =
    count === 1 ? `${message}${scope}` : `${countedText(count, 'problem')}${scope}, the first: ${message}`
  return new HindcastError(code, what, {
    where: { uri: bad[0]!.file, ...place },
    advice: 'Fetch or write the file anew; row groups and columns that are not named can be read.',
  })
}

function isOfData({ code }: Problem): boolean {
  return exitCodeOf(new HindcastError(code, '')) === 3
}
