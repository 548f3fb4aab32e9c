/** Runs of the job of hdfs-world.ts as a user starts them, and what is compared of them. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { WebHdfsFileSystem } from '../../../src/files/webhdfs/webhdfs-files.ts'
import {
  type Ended,
  lastJsonLine,
  readJsonFile,
  runHindcast,
  type SpawnOptions,
} from '../../harness/index.ts'

/** A deadline of one run on a machine that has other work too. */
const RUN_MS = 200_000

export interface Finished {
  readonly digest: string
  readonly rows: number
  readonly quarantined: number
}

/** Runs a job to its end, whatever its exit code. */
export function runJob(job: string, run: string, options: SpawnOptions = {}): Promise<Ended> {
  return runHindcast(['run', job, '--run', run, '--json'], { deadlineMs: RUN_MS, ...options })
}

/** The result of a run that has to end well. */
export function finished(ended: Ended): Finished {
  expect(ended.code, ended.stderr).toBe(0)
  return lastJsonLine<Finished>(ended)
}

/** What a run says about itself in `report.json`. */
export function reportOf(run: string): {
  readonly peakRssBytes: number
  readonly historyBytes: number
  readonly historyFileBytes: number
} {
  return readJsonFile(run, 'report.json')
}

/** SHA-256 of each file of a run directory that is for others to read, by name; its checkpoints are not. */
export function filesHere(run: string): Map<string, string> {
  const names = readdirSync(run, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(run.length + 1))
    .filter(name => !/^(checkpoint\/|lock)/.test(name))
  return new Map(names.sort().map(name => [name, hashOf(readFileSync(join(run, name)))]))
}

/** SHA-256 of the pages of each sample file: of all that lies before its footer. */
export function samplePages(run: string): Map<string, string> {
  const names = [...filesHere(run).keys()].filter(name => name.startsWith('samples/'))
  return new Map(
    names.map(name => {
      const bytes = readFileSync(join(run, name))
      const footerBytes = bytes.readUInt32LE(bytes.length - 8)
      return [name, hashOf(bytes.subarray(0, bytes.length - 8 - footerBytes))]
    }),
  )
}

/** As `filesHere`, of a copy in HDFS: the files that a listing gives. */
export async function filesThere(files: WebHdfsFileSystem, folder: string): Promise<Map<string, string>> {
  const { files: found } = await files.list([folder])
  const hashes = new Map<string, string>()
  for (const file of found) {
    const name = file.path.slice(file.path.indexOf(`${folder}/`) + folder.length + 1)
    if (name.startsWith('checkpoint/')) continue
    const source = await files.open(file)
    hashes.set(name, hashOf(await source.read(0, source.size)))
    await source.close()
  }
  return new Map([...hashes].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
