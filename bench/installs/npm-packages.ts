/**
 * npm packages that only a benchmark needs: exact versions in a scratch folder of the cache, installed once, never
 * in the repository's `node_modules`. An import of `entry` reaches them all, whatever they export and how.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const INSTALL_MS = 300_000
/** Written last: an install that was interrupted is made anew. */
const ENTRY = 'entry.mjs'

export interface NpmPackages {
  /** Name of the scratch folder. */
  readonly name: string
  /** What `entry` exports, by the name it has there: package name and exact version. */
  readonly exports: Readonly<Record<string, readonly [name: string, version: string]>>
  /** Packages that are needed but not imported, e.g. a native part that npm would not choose itself. */
  readonly extra?: readonly (readonly [name: string, version: string])[]
}

/** Path of the module that exports the packages as namespaces. */
export function npmEntry(cache: string, packages: NpmPackages): string {
  return join(directoryOf(cache, packages), ENTRY)
}

/** Loads what `ensureNpm` installed. */
export function importNpm<Exports>(entry: string): Promise<Exports> {
  return import(pathToFileURL(entry).href) as Promise<Exports>
}

/** Installs what is missing; a text says why it could not. */
export function ensureNpm(cache: string, packages: NpmPackages, say: (text: string) => void): string | null {
  const directory = directoryOf(cache, packages)
  const entry = join(directory, ENTRY)
  if (existsSync(entry)) return null
  const wanted = [...Object.values(packages.exports), ...(packages.extra ?? [])].map(
    ([name, version]) => `${name}@${version}`,
  )
  say(`installing ${wanted.join(', ')} (once) …`)
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'package.json'), '{ "private": true, "type": "module" }\n')
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--save-exact', ...wanted]
  const { status, stderr, error } = spawnSync('npm', args, {
    cwd: directory,
    encoding: 'utf8',
    timeout: INSTALL_MS,
  })
  if (status !== 0) return `npm install ${wanted.join(' ')} failed: ${error?.message ?? lastLine(stderr)}`
  const lines = Object.entries(packages.exports).map(([as, [name]]) => `export * as ${as} from '${name}'\n`)
  writeFileSync(entry, lines.join(''))
  return null
}

function directoryOf(cache: string, packages: NpmPackages): string {
  const versions = Object.values(packages.exports).map(([, version]) => version)
  return join(cache, `npm-${packages.name}-${versions.join('-')}`)
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
