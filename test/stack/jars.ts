/**
 * The jars of a server: what its pom names, copied by Maven into one folder that all stacks of a checkout share. The
 * folder's name has the digest of the pom, so that other versions are another folder; it appears whole or not at all.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { stackMissing } from './java.ts'
import { withLock } from './lock.ts'
import { StackError } from './stack-error.ts'

/** The servers that there are. */
export const SERVER_NAMES = ['hdfs', 'kafka', 'hbase'] as const
export type ServerName = (typeof SERVER_NAMES)[number]

/** What Maven fetches: a folder of maven/ each. */
export type JarSet = ServerName | 'httpfs' | 's3proxy' | 'kafka-tools'

/** Where jars are kept; HINDCAST_STACK_JARS names another place. */
const CACHE = fileURLToPath(new URL('../../out/stack-jars', import.meta.url))
const DOWNLOAD_MS = 15 * 60_000
/** A line of progress after so many files. */
const FILES_A_LINE = 25
/** Lines of Maven's complaint that are shown. */
const COMPLAINT_LINES = 12

export interface JarsOptions {
  readonly say?: (line: string) => void
  readonly cache?: string
}

/** Folder with the jars of one set, downloaded if they are not there yet. Throws StackError. */
export async function ensureJars(set: JarSet, options: JarsOptions = {}): Promise<string> {
  const cache = resolve(options.cache ?? process.env.HINDCAST_STACK_JARS ?? CACHE)
  const pom = pomOf(set)
  const digest = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12)
  const folder = join(cache, `${set}-${digest}`)
  if (existsSync(folder)) return folder
  const missing = stackMissing()
  if (missing !== null) {
    throw new StackError(missing, 'The servers are Java programs that Maven fetches.', { exitCode: 2 })
  }
  const say = options.say ?? (() => undefined)
  // One lock for all sets: Maven’s own store is not made for two at once.
  const lock = { what: 'fetches jars', say, deadlineMs: DOWNLOAD_MS }
  await withLock(join(cache, 'maven.lock'), lock, async () => {
    if (existsSync(folder)) return
    const unfinished = `${folder}.unfinished`
    rmSync(unfinished, { recursive: true, force: true }) // of a process that was killed
    mkdirSync(unfinished, { recursive: true })
    await fetchJars(set, { pom, folder: unfinished, say })
    renameSync(unfinished, folder)
  })
  return folder
}

/** What Maven is asked for. */
export function pomOf(set: JarSet): string {
  return fileURLToPath(new URL(`maven/${set}/pom.xml`, import.meta.url))
}

interface Fetch {
  readonly pom: string
  readonly folder: string
  readonly say: (line: string) => void
}

async function fetchJars(set: JarSet, { pom, folder, say }: Fetch): Promise<void> {
  say(`${set}: fetching its jars with Maven (once; up to a minute) …`)
  const startedAt = performance.now()
  const maven = spawn(
    'mvn',
    [
      '--batch-mode',
      '-Dstyle.color=never',
      ...['-f', pom, 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${folder}`],
    ],
    { stdio: ['ignore', 'pipe', 'ignore'], timeout: DOWNLOAD_MS }, // it reports errors on stdout
  )
  const end = () => maven.kill()
  process.once('exit', end)
  try {
    await follow(maven, line => say(`${set}: ${line}`))
  } finally {
    process.removeListener('exit', end)
  }
  const jars = readdirSync(folder)
  const bytes = jars.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
  const seconds = (performance.now() - startedAt) / 1000
  say(`${set}: ${jars.length} jars, ${Math.round(bytes / 1e6)} MB, in ${seconds.toFixed(0)} s`)
}

/** Counts what Maven says that it has downloaded, and ends with its end. */
async function follow(maven: ChildProcess, say: (line: string) => void): Promise<void> {
  const ended = Promise.withResolvers<number | null>()
  maven.on('error', ended.reject).on('close', ended.resolve)
  const complaints: string[] = []
  let files = 0
  createInterface({ input: maven.stdout! }).on('line', line => {
    if (line.includes('[ERROR]')) complaints.push(line.replace('[ERROR] ', ''))
    if (/\bDownloaded from\b/.test(line) && ++files % FILES_A_LINE === 0) say(`${files} files downloaded …`)
  })
  if ((await ended.promise) === 0) return
  throw new StackError(
    `Maven could not fetch the jars:\n${complaints.slice(0, COMPLAINT_LINES).join('\n') || 'it said nothing, or was ended'}`,
    'Check that this machine reaches Maven Central, or a mirror that Maven’s settings.xml names, and try again.',
  )
}
