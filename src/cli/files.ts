/**
 * `hindcast files ls | stat | check`: what a job would read, wherever it is.
 */

import type { Command } from 'commander'
import { bytesText, countedText, countText, timeText } from '../core/figures.ts'
import type { FileListing, FileStat } from '../files/index.ts'
import { FileSystems } from '../files/index.ts'
import type { FileCheck } from '../run/index.ts'
import { labelled } from './labelled.ts'
import { printable } from './parquet-table.ts'
import { accessOf, addRemoteFlags, type RemoteFlags, resolveLocation } from './remote-flags.ts'
import type { Session } from './session.ts'

/** What these commands need of a session. */
export type FilesSession = Pick<Session, 'terminal' | 'printJson'>

interface Flags extends RemoteFlags {
  readonly checksum?: boolean
  readonly json?: boolean
}

/** Adds `files` with its commands to the program; errors are thrown, `main.ts` turns them into exit codes. */
export function addFilesCommands(program: Command, session: FilesSession): void {
  const files = program.command('files').description('look at the files that a job would read')
  const ls = files
    .command('ls')
    .description('list the files that paths, folders and globs mean, and count what is left out')
    .argument('<pattern...>', 'as `files:` of a job has them')
    .option('--json', 'print the listing as JSON')
  addRemoteFlags(ls).action((patterns: string[], flags: Flags) => list(patterns, flags, session))
  const stat = files
    .command('stat')
    .description('tell what pins a file: length, time, id')
    .argument('<file>', 'path or URI')
    .option('--checksum', 'of the content, where the file system computes one (HDFS)')
    .option('--json', 'print it as JSON')
  addRemoteFlags(stat).action((file: string, flags: Flags) => tell(file, flags, session))
  const check = files
    .command('check')
    .description('read files to their end; exit 3 where one is damaged, unfinished or has bad rows')
    .argument('<pattern...>', 'as `files:` of a job has them')
    .option('--json', 'print the checks as JSON')
  addRemoteFlags(check).action((patterns: string[], flags: Flags) => checkAll(patterns, flags, session))
}

async function withFiles<Result>(
  flags: Flags,
  work: (files: FileSystems) => Promise<Result>,
): Promise<Result> {
  const files = new FileSystems({
    ...accessOf(flags),
    ...(flags.checksum === true ? { checksums: true } : {}),
  })
  try {
    return await work(files)
  } finally {
    await files.close()
  }
}

async function list(patterns: readonly string[], flags: Flags, session: FilesSession): Promise<void> {
  const listing = await withFiles(flags, files => files.list(patterns.map(resolveLocation)))
  if (flags.json) session.printJson(listing)
  else session.terminal.out(listingText(listing))
}

async function tell(file: string, flags: Flags, session: FilesSession): Promise<void> {
  // a listing of one name: it has the checksum, where that is asked for
  const found = await withFiles(flags, async files => {
    const path = resolveLocation(file)
    if (flags.checksum !== true) return files.stat(path)
    const { hive: _hive, ...pin } = (await files.list([path])).files[0]!
    return pin
  })
  if (flags.json) session.printJson(found)
  else session.terminal.out(statText(found))
}

async function checkAll(patterns: readonly string[], flags: Flags, session: FilesSession): Promise<void> {
  const { checkFiles, filesError } = await import('../run/index.ts')
  const checks: FileCheck[] = []
  for await (const check of checkFiles(patterns.map(resolveLocation), accessOf(flags))) {
    checks.push(check)
    if (!flags.json) session.terminal.out(checkText(check))
  }
  if (flags.json) session.printJson(checks)
  const error = filesError(checks)
  if (error !== null) throw error
}

function listingText({ files, skipped }: FileListing): string {
  const sizes = files.map(({ bytes }) => countText(bytes))
  const width = Math.max(0, ...sizes.map(size => size.length))
  const lines = files.map(
    ({ path, mtimeMs }, i) => `${sizes[i]!.padStart(width)}  ${timeText(mtimeMs)}  ${printable(path)}\n`,
  )
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
  const left = [
    skipped.hidden > 0 ? `${countText(skipped.hidden)} hidden` : '',
    skipped.empty > 0 ? `${countText(skipped.empty)} of zero bytes` : '',
    skipped.special > 0 ? `${countText(skipped.special)} that are no regular file` : '',
  ].filter(part => part !== '')
  const out = left.length === 0 ? '' : `; left out: ${left.join(', ')}`
  return `${lines.join('')}${countedText(files.length, 'file')}, ${bytesText(total)}${out}\n`
}

function statText({ path, bytes, mtimeMs, fileId, checksum }: FileStat): string {
  return labelled([
    ['file', printable(path)],
    ['bytes', countText(bytes)],
    ['modified', timeText(mtimeMs)],
    ['id', fileId === '' ? 'none: the server tells no id' : fileId],
    ...(checksum === undefined ? [] : [['checksum', checksum] as const]),
  ])
}

function checkText({ path, bytes, rows, problems, problemCount }: FileCheck): string {
  const facts = [bytesText(bytes), rows === null ? '' : countedText(rows, 'row')].filter(fact => fact !== '')
  const lines = [`${problemCount === 0 ? 'ok ' : 'BAD'}  ${printable(path)}  ${facts.join(', ')}`]
  for (const { code, message } of problems) lines.push(`     ${printable(message)} (${code})`)
  if (problemCount > problems.length)
    lines.push(`     … and ${countedText(problemCount - problems.length, 'problem')} more`)
  return `${lines.join('\n')}\n`
}
