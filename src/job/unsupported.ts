/**
 * Parts of the job file that page 1 promises and this version does not have yet. Each is refused with its
 * path and with the form that works today; what lies below it is not checked further.
 */

import { readLocation } from './location.ts'
import type { JobPath, ProblemList } from './problem.ts'
import { valueAt } from './source.ts'

/** Adds a problem for each such part. Looks at any value, valid or not. */
export function addUnsupported(root: unknown, list: ProblemList): void {
  const refuse = (path: JobPath, what: string, works: string): void => {
    if (given(valueAt(root, path)))
      list.addUnsupported(path, `${what} is not built yet`, `What works today: ${works}.`)
  }
  refuse(
    ['windows'],
    '`windows`',
    'join values that are computed beforehand, as `features:` from files or a store',
  )
  refuse(['transform'], '`transform`', 'leave it out and transform the samples after the run')
  refuse(['output', 'kafka'], 'output to Kafka', 'output: { directory: out, format: parquet }')
  for (const stream of keysAt(root, ['streams'])) {
    const path = ['streams', stream]
    refuse(
      [...path, 'live', 'kafka'],
      'live from Kafka',
      'live: { log: data/live } with an embedded log (hindcast log append)',
    )
    refuse([...path, 'live', 'spool'], '`spool`', 'leave it out: an embedded log keeps what it has')
    addRemote(root, [...path, 'history', 'files'], list)
    addRemote(root, [...path, 'live', 'log'], list)
  }
  for (const feature of keysAt(root, ['features'])) {
    const path = ['features', feature, 'from']
    refuse(
      [...path, 'hbase'],
      'a feature from HBase',
      'from: { files, key, time, columns } or from: { store, table } (hindcast features load)',
    )
    if (valueAt(root, ['features', feature, 'version']) === 'cell') {
      list.addUnsupported(
        ['features', feature, 'version'],
        '`version: cell` is not built yet',
        'What works today: version: row.',
      )
    }
    addRemote(root, [...path, 'files'], list)
    addRemote(root, [...path, 'store'], list)
  }
  addRemote(root, ['output', 'directory'], list)
}

function addRemote(root: unknown, path: JobPath, list: ProblemList): void {
  const value = valueAt(root, path)
  const places = Array.isArray(value) ? value.map((_, i) => [...path, i]) : [path]
  for (const place of places) {
    const text = valueAt(root, place)
    if (typeof text !== 'string') continue
    const location = readLocation(text, '/')
    if (location.kind !== 'scheme') continue
    const works = 'What works today: a local path or glob, or a file: URI.'
    list.addUnsupported(place, `${location.scheme}: addresses are not read yet`, works)
  }
}

/** A key without a value, or `spool: false`, asks for nothing. */
function given(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false
}

function keysAt(root: unknown, path: JobPath): string[] {
  const value = valueAt(root, path)
  return typeof value === 'object' && value !== null ? Object.keys(value) : []
}
