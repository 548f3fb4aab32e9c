/**
 * Dependencies: what the product needs at run time, each with its reason; exact versions; a lock that installs on
 * every platform and names no registry.
 */
import { missingEntries } from '../../scripts/complete-lock.mjs'
import { importsOf } from './import-graph.ts'
import { placeOf, type SourceFile } from './source-file.ts'

/** Every runtime dependency and why it is not written here. A new one needs a line, here and in the README. */
export const RUNTIME_DEPENDENCIES: Readonly<Record<string, string>> = {
  '@duckdb/node-api': 'the demo: makes its data from the flights, and recomputes samples in plain SQL',
  commander: 'parses the command line and writes its help',
  hyparquet: 'reads lists, maps and structs of Parquet files as JSON (`parquet head`, `nested: json`)',
  lmdb: 'holds the embedded feature store: many readers, one writer, survives kill -9',
  piscina: 'runs one-shot work (the digests of verify) on worker threads',
  uplot: 'draws the plots of inspect --html',
  yaml: 'reads job files and tells the line of a mistake',
  zod: 'checks jobs and plans and gives their types',
}

export interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly allowScripts?: Readonly<Record<string, boolean>>
}

export interface Lock {
  readonly packages: Readonly<Record<string, LockEntry>>
}

interface LockEntry extends Manifest {
  readonly version?: string
  readonly resolved?: string
  readonly dev?: boolean
  readonly hasInstallScript?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

export function dependencyComplaints(manifest: Manifest, reasons = RUNTIME_DEPENDENCIES): string[] {
  const present = Object.keys(manifest.dependencies ?? {})
  const all = { ...manifest.dependencies, ...manifest.devDependencies }
  return [
    ...present
      .filter(name => !(name in reasons))
      .map(name => `${name}: a runtime dependency without a reason`),
    ...Object.keys(reasons)
      .filter(name => !present.includes(name))
      .map(name => `${name}: on the allow-list, but no dependency`),
    ...Object.entries(all)
      .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
      .map(([name, version]) => `${name}@${version}: not an exact version`),
  ]
}

/** Packages that the product imports and that would not be there once it is installed. */
export function packageImportComplaints(files: readonly SourceFile[], manifest: Manifest): string[] {
  return files.flatMap(importsOf).flatMap(edge => {
    if (edge.target !== null || edge.specifier.startsWith('node:')) return []
    const name = edge.specifier
      .split('/')
      .slice(0, edge.specifier.startsWith('@') ? 2 : 1)
      .join('/')
    return name in (manifest.dependencies ?? {})
      ? []
      : [`${placeOf(edge.from, edge.at)}: imports ${name}, which is no runtime dependency`]
  })
}

/** Dependencies without a row in the README's table. */
export function undocumentedDependencies(manifest: Manifest, readme: string): string[] {
  return Object.keys(manifest.dependencies ?? {})
    .filter(name => !readme.split('\n').some(line => line.startsWith('|') && line.includes(`\`${name}\``)))
    .map(name => `${name}: README.md has no row for it in its dependency table`)
}

export function lockComplaints(lock: Lock, manifest: Manifest): string[] {
  const entries = Object.entries(lock.packages)
  const root = lock.packages[''] ?? {}
  const isOutdated =
    JSON.stringify([root.dependencies, root.devDependencies]) !==
    JSON.stringify([manifest.dependencies, manifest.devDependencies])
  return [
    ...(isOutdated ? ['package-lock.json is not of this package.json: npm install --package-lock-only'] : []),
    ...entries
      .filter(([, entry]) => entry.resolved !== undefined)
      .map(([path]) => `package-lock.json: ${path} has "resolved", which names a registry`),
    ...Object.keys(missingEntries(lock)).map(
      path => `package-lock.json lacks ${path}: node scripts/complete-lock.mjs`,
    ),
    ...entries
      .filter(([, entry]) => entry.hasInstallScript)
      .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
      .filter(name => !(name in (manifest.allowScripts ?? {})))
      .map(
        name =>
          `package.json: allowScripts says neither yes nor no to ${name} (by bare name, see CONTRIBUTING.md)`,
      ),
  ]
}
