/**
 * The directory of a server: `setup.json`, which is what it remembers from one start to the next (ports, size), and its
 * configuration, which is written anew from that each time.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { StackError } from './stack-error.ts'

const SETUP = 'setup.json'

/** What the server of this directory was set up with; null in a new one. The caller says what it holds. */
export function readSetup<Setup>(directory: string): Setup | null {
  const file = join(directory, SETUP)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Setup) : null
}

export function writeSetup(directory: string, setup: object): void {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, SETUP), `${JSON.stringify(setup, null, 2)}\n`)
}

/** Text by path; null is an empty folder. */
export type ServerFiles = ReadonlyMap<string, string | null>

/** Writes files, with the folders they are in. */
export function writeServerFiles(files: ServerFiles): void {
  for (const [path, text] of files) {
    mkdirSync(text === null ? path : dirname(path), { recursive: true })
    if (text !== null) writeFileSync(path, text)
  }
}

/** Throws StackError where a server would get smaller: what runs on the part that goes would be forgotten. */
export function refuseFewer(what: string, asked: number, before: number | undefined): void {
  if (before === undefined || asked >= before) return
  throw new StackError(
    `${asked} ${what} are asked for where there are ${before} already`,
    'Take the server down with --remove, or name another --directory.',
    { exitCode: 2 },
  )
}
