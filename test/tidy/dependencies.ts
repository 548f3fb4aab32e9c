/**
 * Dependencies: what the product needs at run time, each with its reason; exact versions; a lock that installs on
 * every platform and names no registry.
 */
import { missingEntries } from '../../scripts/complete-lock.mjs'
import { CONFLUENT_VERSION } from '../confluent/install.ts'
import { importsOf } from './import-graph.ts'
import { placeOf, type SourceFile } from './source-file.ts'

/**
 * Every runtime dependency and why it is not written here, optional ones (peers that only some users install) included.
 * A new one needs a line, here and in the README.
 */
export const RUNTIME_DEPENDENCIES: Readonly<Record<string, string>> = {
  '@aws-sdk/client-s3': 'optional, for those who use `s3:`: signs requests and finds credentials',
  '@duckdb/node-api': 'the demo: makes its data from the flights, and recomputes samples in plain SQL',
  '@platformatic/kafka':
    'encodes questions to brokers (metadata, offsets, topics, transactions) and reads their answers; connections and records are ours',
  '@confluentinc/kafka-javascript':
    'optional, for those who write `client: confluent`: fetches and decodes records by librdkafka, in a process of its own',
  commander: 'parses the command line and writes its help',
  hyparquet: 'reads lists, maps and structs of Parquet files as JSON (`parquet head`, `nested: json`)',
  kafkajs:
    'optional, for those who write `client: kafkajs`: connects to brokers, fetches and decodes records',
  lmdb: 'holds the embedded feature store: many readers, one writer, survives kill -9',
  piscina: 'runs one-shot work (the digests of verify) on worker threads',
  'prom-client': 'writes the metrics of `run --metrics` in the form that Prometheus reads',
  protobufjs: 'parses .proto files; values are decoded here',
  undici: 'speaks HTTP to NameNodes and DataNodes: pools of connections, keep-alive, time limits',
  uplot: 'draws the plots of inspect --html',
  yaml: 'reads job files and tells the line of a mistake',
  zod: 'checks jobs and plans and gives their types',
}

/** Peers that a command of their own installs and tests, and the version that it does so with. */
const TESTED_APART: Readonly<Record<string, string>> = { '@confluentinc/kafka-javascript': CONFLUENT_VERSION }

export interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
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
  const peers = manifest.peerDependencies ?? {}
  const present = [...Object.keys(manifest.dependencies ?? {}), ...Object.keys(peers)]
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
    // a user's own copy may be newer, never older than what the tests run with
    ...Object.entries(peers)
      .filter(([name, range]) => range !== `^${manifest.devDependencies?.[name] ?? TESTED_APART[name]}`)
      .map(([name, range]) => `${name}@${range}: a peer is ^ of the version in devDependencies`),
    ...Object.keys(peers)
      .filter(name => manifest.peerDependenciesMeta?.[name]?.optional !== true)
      .map(name => `${name}: a peer that is not optional belongs into dependencies`),
  ]
}

/**
 * Packages that the product imports and that would not be there once it is installed. Optional ones may only be imported
 * as types, or when they are needed: `import('…')`.
 */
export function packageImportComplaints(files: readonly SourceFile[], manifest: Manifest): string[] {
  return files.flatMap(importsOf).flatMap(edge => {
    if (edge.target !== null || edge.specifier.startsWith('node:')) return []
    const name = edge.specifier
      .split('/')
      .slice(0, edge.specifier.startsWith('@') ? 2 : 1)
      .join('/')
    if (name in (manifest.dependencies ?? {})) return []
    const isLazy = edge.isTypeOnly || /^import\s*\(/.test(edge.from.text.slice(edge.at))
    if (name in (manifest.peerDependencies ?? {}) && isLazy) return []
    return [`${placeOf(edge.from, edge.at)}: imports ${name}, which is no runtime dependency`]
  })
}

/** Dependencies without a row in the README's table. */
export function undocumentedDependencies(manifest: Manifest, readme: string): string[] {
  return Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
    .filter(name => !readme.split('\n').some(line => line.startsWith('|') && line.includes(`\`${name}\``)))
    .map(name => `${name}: README.md has no row for it in its dependency table`)
}

export function lockComplaints(lock: Lock, manifest: Manifest): string[] {
  const entries = Object.entries(lock.packages)
  const root = lock.packages[''] ?? {}
  const isOutdated =
    JSON.stringify([root.dependencies, root.devDependencies, root.peerDependencies]) !==
    JSON.stringify([manifest.dependencies, manifest.devDependencies, manifest.peerDependencies])
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
