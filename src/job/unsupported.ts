/**
 * Parts of the job file that page 1 promises and this version does not have yet. Each is refused with its
 * path and with the form that works today; what lies below it is not checked further.
 */

import { type Location, readLocation } from './location.ts'
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
  for (const stream of keysAt(root, ['streams'])) {
    const path = ['streams', stream]
    addForeign(root, [...path, 'history', 'files'], list)
    addRemote(root, [...path, 'live', 'log'], list)
  }
  for (const feature of keysAt(root, ['features'])) {
    const path = ['features', feature, 'from']
    addForeign(root, [...path, 'files'], list)
    addRemote(root, [...path, 'store'], list)
  }
  addForeign(root, ['output', 'directory'], list)
}

/** Files of schemes that are not read. */
function addForeign(root: unknown, path: JobPath, list: ProblemList): void {
  const value = valueAt(root, path)
  const places = Array.isArray(value) ? value.map((_, i) => [...path, i]) : [path]
  for (const place of places) {
    const location = locationAt(root, place)
    if (location?.kind !== 'scheme') continue
    const works = 'What works today: a local path or glob, a file: URI, webhdfs:, swebhdfs: and s3:.'
    list.addUnsupported(place, `${location.scheme}: addresses are not read yet`, works)
  }
}

/** A place that has to be local. */
function addRemote(root: unknown, path: JobPath, list: ProblemList): void {
  const location = locationAt(root, path)
  if (location?.kind !== 'scheme' && location?.kind !== 'remote') return
  const scheme =
    location.kind === 'scheme' ? location.scheme : location.uri.slice(0, location.uri.indexOf(':'))
  list.addUnsupported(
    path,
    `a ${scheme}: address is not supported here`,
    'What works today: a local path, or a file: URI.',
  )
}

function locationAt(root: unknown, path: JobPath): Location | null {
  const text = valueAt(root, path)
  return typeof text === 'string' ? readLocation(text, '/') : null
}

/** A key without a value, or `false`, asks for nothing. */
function given(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false
}

function keysAt(root: unknown, path: JobPath): string[] {
  const value = valueAt(root, path)
  return typeof value === 'object' && value !== null ? Object.keys(value) : []
}
