/**
 * Paths, globs and URIs of a job → absolute paths, or URIs of file systems that are read over the network. Other
 * schemes are told apart here so that they can be refused by name.
 */

import { resolve } from 'node:path'

/** What a location text is. */
export type Location =
  | { readonly kind: 'path'; readonly path: string }
  /** A file system that is read over the network; the path in it is taken as it is, globs included. */
  | { readonly kind: 'remote'; readonly uri: string }
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
  if (scheme === 'webhdfs' || scheme === 'swebhdfs')
    return hdfsLocation(scheme, text.slice(scheme.length + 1))
  if (scheme === 's3' || scheme === 's3a' || scheme === 's3n')
    return s3Location(scheme, text.slice(scheme.length + 1))
  if (scheme !== undefined && (KNOWN_REMOTE.has(scheme) || text.startsWith('//', scheme.length + 1))) {
    return { kind: 'scheme', scheme }
  }
  return { kind: 'path', path: resolve(directory, text) }
}

const KNOWN_REMOTE: ReadonlySet<string> = new Set(['hdfs', 'oss', 'gs', 'http', 'https'])

/** Only what every such URI has; the file system reads the rest. Nothing is repeated: it may be a password. */
function hdfsLocation(scheme: string, rest: string): Location {
  if (/^\/\/[^/]*@/.test(rest)) {
    return { kind: 'wrong', reason: `a ${scheme}: URI has no user or password; write \`user:\` beside it` }
  }
  if (/^\/\/[^/]+\/./.test(rest)) return { kind: 'remote', uri: `${scheme}:${rest}` }
  return { kind: 'wrong', reason: `write ${scheme}://namenode:9870/path (several: nn1:9870,nn2:9870)` }
}

/** Hadoop's other names of S3 are written as the one. Nothing is repeated: it may be a secret. */
function s3Location(scheme: string, rest: string): Location {
  if (/^\/\/[^/]*[@:]/.test(rest)) {
    const reason = `a ${scheme}: URI has no keys in it; they come from the environment (AWS_ACCESS_KEY_ID …) or a profile`
    return { kind: 'wrong', reason }
  }
  if (/^\/\/[^/]/.test(rest)) return { kind: 'remote', uri: `s3:${rest}` }
  return { kind: 'wrong', reason: 'write s3://bucket/prefix' }
}

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
