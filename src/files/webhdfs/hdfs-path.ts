/**
 * Paths of HDFS as WebHDFS takes them. Each name is percent-encoded on its own, so that `?`, `#`, `%` and `/` of a
 * name stay what they are; `.` and `..` are refused, because URL parsers on the way would resolve them.
 */

import { HindcastError } from '../../errors.ts'

/** `/a b/c%` → `/a%20b/c%25`. Raises `job-invalid` for a path that HDFS cannot have. */
export function encodedPath(path: string): string {
  const names = path.split('/').filter(name => name !== '')
  return `/${names.map(name => encodedName(name, path)).join('/')}`
}

function encodedName(name: string, path: string): string {
  if (name === '.' || name === '..') throw invalid(path, `it has the name ${name}`)
  if (name.includes('\0')) throw invalid(path, 'it has a character of code 0')
  if (!name.isWellFormed()) throw invalid(path, 'it has half a character (a lone surrogate)')
  return encodeURIComponent(name)
}

/** The path by which HDFS serves a file whatever its name is by then: one that was replaced is no longer there. */
export function inodePath(fileId: string): string {
  return `/.reserved/.inodes/${fileId}`
}

/** `/a/b` → `/a`, `b`. */
export function splitPath(path: string): { readonly folder: string; readonly name: string } {
  const plain = path.replace(/\/+$/, '')
  const slash = plain.lastIndexOf('/')
  return { folder: plain.slice(0, slash) || '/', name: plain.slice(slash + 1) }
}

function invalid(path: string, why: string): HindcastError {
  return new HindcastError('job-invalid', `${JSON.stringify(path)} is no path of HDFS: ${why}`, {
    advice: 'Write the whole path, from / on.',
  })
}
