/**
 * Paths, globs and URIs of a job → absolute paths. Only local files are read today; other schemes are told
 * apart here so that they can be refused by name.
 */

import { resolve } from 'node:path'

/** What a location text is. */
export type Location =
  | { readonly kind: 'path'; readonly path: string }
  /** A scheme that is not read yet, or not at all. */
  | { readonly kind: 'scheme'; readonly scheme: string }
  /** A text that cannot be a location; `reason` says why. */
  | { readonly kind: 'wrong'; readonly reason: string }

/**
 * Reads a path, glob or URI. Relative paths, and `file:` URIs without a leading slash, are below `directory`.
 * Glob characters stay: in a `file:` URI `?` is a wildcard, not a query, and `%20` is a space.
 */
export function readLocation(text: string, directory: string): Location {
  if (text.includes('\u0000')) return { kind: 'wrong', reason: 'a path cannot hold a NUL character' }
  if (text.startsWith('~/') || text === '~') {
    return { kind: 'wrong', reason: '`~` is not expanded: write ${env:HOME} instead' }
  }
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):/.exec(text)?.[1]?.toLowerCase()
  if (scheme === 'file') return fileLocation(text.slice('file:'.length), directory)
  if (scheme !== undefined && (KNOWN_REMOTE.has(scheme) || text.startsWith('//', scheme.length + 1))) {
    return { kind: 'scheme', scheme }
  }
  return { kind: 'path', path: resolve(directory, text) }
}

const KNOWN_REMOTE: ReadonlySet<string> = new Set([
  'webhdfs',
  'swebhdfs',
  'hdfs',
  's3',
  's3a',
  'gs',
  'http',
  'https',
])

function fileLocation(rest: string, directory: string): Location {
  const authority = /^\/\/([^/]*)(\/.*)?$/.exec(rest)
  if (authority !== null && authority[1] !== '' && authority[1] !== 'localhost') {
    return {
      kind: 'wrong',
      reason: `a file: URI names this machine only, not "${authority[1]}"; write file:///path`,
    }
  }
  const path = authority === null ? rest : (authority[2] ?? '/')
  try {
    return { kind: 'path', path: resolve(directory, decodeURIComponent(path)) }
  } catch {
    return {
      kind: 'wrong',
      reason: 'a % in a file: URI must be followed by two hex digits; write %25 for the sign itself',
    }
  }
}
