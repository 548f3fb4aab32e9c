/**
 * Copies a run's directory to another file system while the run goes on (C6), under the same names:
 *
 *     slice committed here ─► its samples, late and quarantine files ─► checkpoint ─► manifest.json      there
 *     run complete here    ─► certificate and all that is left       ─► report.json
 *
 * Each file is written under a temporary name and renamed, so a slice counts there, too, once it is in the manifest
 * there. What is here decides: a run that was killed goes on from here and copies what is missing. Fetched whole, the
 * copy is a run directory to go on from.
 */

import { createReadStream, existsSync, linkSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { HindcastError } from '../errors.ts'
import { FileSystems, type WritableFileSystem } from '../files/index.ts'
import { LIMITS } from '../limits.ts'
import type { Plan } from '../plan/index.ts'
import { sliceName } from '../plan/index.ts'
import type { ManifestHeader, ManifestSlice } from './manifest.ts'
import { manifestText, parseManifest } from './manifest.ts'
import { filesBelow } from './run-tree.ts'
import type { SliceTarget } from './slice-target.ts'

/** Files that are copied at the same time. */
const FILES_AT_ONCE = 4
/** Where checkpoints wait to be copied: links, since the run removes all but the newest two. */
const WAITING = 'checkpoint/publishing'
/** What only the process that runs needs, and what is copied in an order of its own. */
const NOT_COPIED = /^(spill\/|lock\.|(plan|manifest|report)\.json$|checkpoint\/|.*\.tmp$)/

export interface PublishOptions {
  readonly plan: Plan
  readonly directory: string
  readonly header: ManifestHeader
  /** Slices that are committed here. */
  readonly slices: readonly ManifestSlice[]
  /** Told what goes wrong while nobody waits. */
  readonly onFailure: (error: unknown) => void
}

export class Publisher implements SliceTarget {
  readonly #options: PublishOptions
  readonly #uri: string
  readonly #files: FileSystems
  readonly #target: WritableFileSystem
  /** Slices that are in the manifest there. */
  readonly #published: ManifestSlice[]
  /** Names below the checkpoint folder there. */
  #checkpoints: string[] = []
  #work: Promise<void> = Promise.resolve()
  #waiting = 0

  private constructor(
    options: PublishOptions,
    files: FileSystems,
    target: WritableFileSystem,
    published: readonly ManifestSlice[],
  ) {
    this.#options = options
    this.#uri = options.plan.job.output.publish!.uri
    this.#files = files
    this.#target = target
    this.#published = [...published]
    const last = published.at(-1)
    if (last !== undefined) this.#checkpoints = [`${sliceName(last.slice)}.ckpt`]
  }

  /**
   * Null where the job publishes nothing. Raises `run-mismatch` where another run is there, or more of this one than
   * the directory here knows.
   */
  static async open(options: PublishOptions): Promise<Publisher | null> {
    const { publish } = options.plan.job.output
    if (publish === undefined) return null
    const files = new FileSystems(publish.access)
    try {
      const there = await readManifestThere(files, publish.uri)
      checkSameRun(there, options, publish.uri)
      const target = await files.writable(publish.uri)
      const publisher = new Publisher(options, files, target, there?.slices ?? [])
      rmSync(join(options.directory, WAITING), { recursive: true, force: true })
      if (there === null) await publisher.#copy('plan.json')
      if (options.slices.length > publisher.#published.length)
        publisher.committed(options.slices.slice(publisher.#published.length))
      return publisher
    } catch (error) {
      await files.close()
      throw error
    }
  }

  /** Copies slices that have just been committed, after those before them. */
  committed(slices: readonly ManifestSlice[]): void {
    const checkpoints = this.#linkCheckpoints(slices.at(-1)!)
    this.#work = this.#work.then(() => this.#publish(slices, checkpoints))
    this.#work.catch(this.#options.onFailure)
  }

  /** Ends when all that was committed is there. */
  async settled(): Promise<void> {
    await this.#work
  }

  /** All of a run that is complete but for its report is there, which `report` copies when it is written. */
  async finish(): Promise<void> {
    await this.#work
    const { directory, slices } = this.#options
    const inSlices = new Set(slices.flatMap(slice => this.#filesOf(slice)))
    const rest = filesBelow(directory).filter(name => !NOT_COPIED.test(name) && !inSlices.has(name))
    await this.#copyAll(rest)
  }

  async report(): Promise<void> {
    await this.#copy('report.json')
  }

  async close(): Promise<void> {
    await this.#work.catch(() => undefined) // told by onFailure
    rmSync(join(this.#options.directory, WAITING), { recursive: true, force: true })
    await this.#files.close()
  }

  async #publish(slices: readonly ManifestSlice[], { folder, names }: Checkpoints): Promise<void> {
    await this.#copyAll(slices.flatMap(slice => this.#filesOf(slice)))
    for (const name of names) await this.#copy(join(folder, name), `checkpoint/${name}`)
    this.#published.push(...slices)
    const text = Buffer.from(manifestText(this.#options.header, this.#published))
    await this.#target.writeFile(`${this.#uri}/manifest.json`, () => oneChunk(text), { overwrite: true })
    for (const name of this.#checkpoints)
      if (!names.includes(name)) await this.#target.remove(`${this.#uri}/checkpoint/${name}`)
    this.#checkpoints = [...names]
    rmSync(join(this.#options.directory, folder), { recursive: true, force: true })
  }

  /** Files of a slice that are there: samples, and what was set aside in it. */
  #filesOf({ slice, partitions }: ManifestSlice): string[] {
    const names: string[] = []
    for (const { partition, path } of partitions) {
      if (path !== null) names.push(path)
      for (const folder of ['late', 'quarantine']) {
        const aside = `${folder}/partition=${partition}/${sliceName(slice)}.jsonl`
        if (existsSync(join(this.#options.directory, aside))) names.push(aside)
      }
    }
    return names
  }

  /** The run is about to remove what is older than its two newest checkpoints. */
  #linkCheckpoints(last: ManifestSlice): Checkpoints {
    const { directory } = this.#options
    const folder = join(WAITING, String(this.#waiting++))
    const from = join(directory, 'checkpoint')
    const names = filesBelow(from).filter(
      name => name === `${sliceName(last.slice)}.ckpt` || name === 'start.json' || name.startsWith('held/'),
    )
    for (const name of names) {
      const to = join(directory, folder, name)
      mkdirSync(join(to, '..'), { recursive: true })
      linkSync(join(from, name), to)
    }
    return { folder, names }
  }

  async #copyAll(names: readonly string[]): Promise<void> {
    let next = 0
    const work = async (): Promise<void> => {
      while (next < names.length) await this.#copy(names[next++]!)
    }
    await Promise.all(Array.from({ length: Math.min(FILES_AT_ONCE, names.length) }, work))
  }

  async #copy(name: string, as = name): Promise<void> {
    const path = join(this.#options.directory, name)
    const bytes = (): AsyncIterable<Uint8Array> => createReadStream(path, { highWaterMark: 1024 * 1024 })
    await this.#target.writeFile(`${this.#uri}/${as}`, bytes, { overwrite: true })
  }
}

/** Links of what a checkpoint is made of, below the run's directory. */
interface Checkpoints {
  readonly folder: string
  readonly names: readonly string[]
}

/** Copies what is left of a run that is complete; does nothing where the report is there, which is copied last. */
export async function publishComplete(options: PublishOptions): Promise<void> {
  const { publish } = options.plan.job.output
  if (publish === undefined) return
  const files = new FileSystems(publish.access)
  const here = readFileSync(join(options.directory, 'report.json'))
  const there = await files
    .readFile(`${publish.uri}/report.json`, LIMITS.runFileBytesMax)
    .finally(() => files.close())
  if (there !== null && here.equals(there)) return
  const publisher = await Publisher.open(options)
  try {
    await publisher!.finish()
    await publisher!.report()
  } finally {
    await publisher!.close()
  }
}

async function readManifestThere(
  files: FileSystems,
  uri: string,
): Promise<{ readonly header: ManifestHeader; readonly slices: readonly ManifestSlice[] } | null> {
  const path = `${uri}/manifest.json`
  const bytes = await files.readFile(path, LIMITS.runFileBytesMax)
  if (bytes === null) return null
  const manifest = parseManifest(Buffer.from(bytes), path)
  if (manifest !== null) return manifest
  throw new HindcastError('run-mismatch', `${path} is there and is no manifest of a run`, {
    where: { uri: path },
    advice: 'Choose another `output.directory`.',
  })
}

function checkSameRun(
  there: { readonly header: ManifestHeader; readonly slices: readonly ManifestSlice[] } | null,
  { header, slices }: PublishOptions,
  uri: string,
): void {
  if (there === null) return
  const isSame =
    there.header.plan === header.plan &&
    there.slices.length <= slices.length &&
    there.slices.every((slice, i) => JSON.stringify(slice) === JSON.stringify(slices[i]))
  if (isSame) return
  const what =
    there.header.plan === header.plan
      ? 'slices of this plan that the run directory here does not have'
      : 'a run of another plan'
  throw new HindcastError('run-mismatch', `${uri} holds ${what}`, {
    where: { uri },
    advice: 'Choose another `output.directory`; or fetch it into a directory here and go on with --run.',
  })
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
