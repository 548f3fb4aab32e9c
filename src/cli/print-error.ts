/**
 * An error as people read it on stderr: what, where, why, and what to do.
 *
 *   error file-corrupt: the footer does not end in PAR1
 *     where       data/a.parquet, row group 3
 *     why         A file is truncated or damaged: magic, checksum, codec or structure do not hold.
 *     what to do  Fetch the file again, then plan again.
 */

import { ERROR_CATALOGUE, type ErrorWhere, type HindcastError } from '../errors.ts'
import { labelled } from './labelled.ts'
import { printable } from './parquet-table.ts'

/** The stack, and those of the causes, only if `verbose`. */
export function errorText(error: HindcastError, { verbose }: { verbose: boolean }): string {
  const rows: [string, string][] = []
  // Errors of a job file carry their places in the message, one for each problem.
  const where = error.where.path === undefined ? whereText(error.where) : ''
  if (where !== '') rows.push(['where', where])
  const why = whyText(error)
  if (why !== '') rows.push(['why', why])
  if (error.advice !== '') rows.push(['what to do', error.advice])
  // names come from files, and must not move the cursor
  const lines = `error ${error.code}: ${error.message}\n${labelled(rows, '  ')}`.split('\n').map(printable)
  const text = lines.join('\n')
  return verbose ? `${text}\n${stackText(error)}\n` : text
}

/** `data/a.parquet line 3, row group 2, column x, row 17`; empty where nothing is known. */
export function whereText(where: ErrorWhere): string {
  const parts: string[] = []
  if (where.uri !== undefined)
    parts.push(where.line === undefined ? where.uri : `${where.uri} line ${where.line}`)
  else if (where.line !== undefined) parts.push(`line ${where.line}`)
  if (where.path !== undefined) parts.push(where.path)
  if (where.stream !== undefined) parts.push(`stream ${where.stream}`)
  if (where.feature !== undefined) parts.push(`feature ${where.feature}`)
  if (where.topic !== undefined) parts.push(`topic ${where.topic}`)
  if (where.partition !== undefined) parts.push(`partition ${where.partition}`)
  if (where.slice !== undefined) parts.push(`slice ${where.slice}`)
  if (where.offset !== undefined) parts.push(`offset ${where.offset}`)
  if (where.rowGroup !== undefined) parts.push(`row group ${where.rowGroup}`)
  if (where.column !== undefined) parts.push(`column ${where.column}`)
  if (where.page !== undefined) parts.push(`page ${where.page}`)
  if (where.row !== undefined) parts.push(`row ${where.row}`)
  return parts.join(', ')
}

/** What lies behind it, where the message does not say so already; for a job file the message is enough. */
function whyText(error: HindcastError): string {
  const reasons = causes(error)
    .map(cause => (cause instanceof Error ? cause.message : String(cause)))
    .filter(reason => reason !== '' && !error.message.includes(reason))
  if (reasons.length > 0) return reasons.join('\n')
  return error.where.path === undefined ? ERROR_CATALOGUE[error.code].meaning : ''
}

function causes(error: Error): unknown[] {
  const found: unknown[] = []
  let cause = error.cause
  while (cause !== undefined && cause !== null && !found.includes(cause)) {
    found.push(cause)
    cause = cause instanceof Error ? cause.cause : undefined
  }
  return found
}

function stackText(error: HindcastError): string {
  const stacks = [error, ...causes(error)].map(one =>
    one instanceof Error ? (one.stack ?? String(one)) : String(one),
  )
  return stacks.join('\ncaused by: ')
}
