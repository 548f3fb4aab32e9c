/**
 * Files as a run would read them, to their end: every page of Parquet, every record of text. What is wrong with one
 * does not keep the others from being looked at.
 */

import type { ErrorCode } from '../errors.ts'
import { exitCodeOf, HindcastError, wrapError } from '../errors.ts'
import type { ListedFile } from '../files/index.ts'
import { FileSystems, formatOf } from '../files/index.ts'
import { createDecoder } from '../history/index.ts'
import type { FileFormat, RemoteAccess } from '../job/index.ts'
import { checkFile } from '../parquet/index.ts'
import { CSV_DEFAULT, pinFile } from './describe-files.ts'

export interface FileProblem {
  readonly code: ErrorCode
  readonly message: string
}

export interface FileCheck {
  readonly path: string
  readonly bytes: number
  /** Null: the name does not tell, and nothing but the bytes was read. */
  readonly format: FileFormat | null
  /** Good ones; null where they were not counted. */
  readonly rows: number | null
  readonly problemCount: number
  /** The first of them. */
  readonly problems: readonly FileProblem[]
}

/** Problems of a file that are told. */
const PROBLEMS_TOLD = 20
/** Bytes of a file of no known format that are read at once. */
const BYTES_AT_ONCE = 8 * 1024 * 1024

/** Checks files one after the other, in the order of their paths. Raises what `FileSystem.list` raises. */
export async function* checkFiles(
  patterns: readonly string[],
  access: RemoteAccess = {},
): AsyncGenerator<FileCheck> {
  const files = new FileSystems(access)
  try {
    const listing = await files.list(patterns)
    for (const file of listing.files) yield await checkOne(file, files)
  } finally {
    await files.close()
  }
}

async function checkOne(file: ListedFile, files: FileSystems): Promise<FileCheck> {
  const format = formatOf(file.path)
  try {
    const found =
      format === 'parquet'
        ? await checkParquet(file, files)
        : format === null
          ? await checkBytes(file, files)
          : await checkText(file, format, files)
    return { path: file.path, bytes: file.bytes, format, ...found }
  } catch (thrown) {
    const { code, message, kind } = wrapError(thrown, 'bug', 'the check failed')
    if (kind === 'bug' || kind === 'stopped') throw thrown
    const problems = [{ code, message }]
    return { path: file.path, bytes: file.bytes, format, rows: null, problemCount: 1, problems }
  }
}

type Found = Pick<FileCheck, 'rows' | 'problemCount' | 'problems'>

async function checkParquet(file: ListedFile, files: FileSystems): Promise<Found> {
  const source = await files.open(file)
  try {
    const { rows, problemCount, problems } = await checkFile(source, { problemsMax: PROBLEMS_TOLD })
    return { rows, problemCount, problems: problems.map(({ code, message }) => ({ code, message })) }
  } finally {
    await source.close()
  }
}

async function checkText(file: ListedFile, format: FileFormat, files: FileSystems): Promise<Found> {
  const listed = [{ ...file, format }]
  const decoder = createDecoder({ files: listed, csv: CSV_DEFAULT, declared: [], open: files.opener(listed) })
  try {
    const description = await decoder.describe(file.path, '')
    const pinned = pinFile({ listed: file, format, description }, 0)
    const problems: FileProblem[] = []
    let [rows, problemCount] = [0, 0]
    for (const unit of pinned.units) {
      const { batch, bad } = await decoder.decode({ file: pinned, unit, fields: description.schema })
      rows += batch.rows
      problemCount += bad.length
      for (const { line, row, reason } of bad.slice(0, PROBLEMS_TOLD - problems.length)) {
        problems.push({ code: 'row-bad', message: `line ${line ?? row + 1}: ${reason}` })
      }
    }
    return { rows, problemCount, problems }
  } finally {
    await decoder.close()
  }
}

async function checkBytes(file: ListedFile, files: FileSystems): Promise<Found> {
  const source = await files.open(file)
  try {
    for (let at = 0; at < source.size; at += BYTES_AT_ONCE)
      await source.read(at, Math.min(BYTES_AT_ONCE, source.size - at))
  } finally {
    await source.close()
  }
  return { rows: null, problemCount: 0, problems: [] }
}

/** The checks together as an error for exit code and stderr; null where all is well. */
export function filesError(checks: readonly FileCheck[]): HindcastError | null {
  const bad = checks.filter(({ problemCount }) => problemCount > 0)
  const first = bad[0]
  if (first === undefined) return null
  // exit 3 where anything is wrong with the data, whatever else there is
  const all = bad.flatMap(({ path, problems }) => problems.map(problem => ({ path, ...problem })))
  const told = all.find(({ code }) => exitCodeOf(new HindcastError(code, '')) === 3) ?? all[0]!
  const text =
    bad.length === 1 ? told.message : `${bad.length} files are not well, the first: ${told.message}`
  return new HindcastError(told.code, text, {
    where: { uri: told.path },
    advice: 'Fetch or write the files anew, or leave them out of `files:`.',
  })
}
