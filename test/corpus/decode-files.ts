/**
 * Decodes files in child processes (decode-child.ts): a file that takes the process down is an outcome like any other,
 * and the rest goes on in a fresh one.
 */
import { fileURLToPath } from 'node:url'
import { spawnProgram } from '../harness/index.ts'
import type { Outcome } from './decode-child.ts'

const CHILD = fileURLToPath(new URL('./decode-child.ts', import.meta.url))
const START_MS = 20_000
const FILE_MS = 1000

export interface Decoded {
  readonly outcomes: readonly Outcome[]
  /** Files that ended the process: native aborts. */
  readonly aborted: readonly string[]
  /** Largest resident memory of a child, bytes. */
  readonly rssMax: number
}

type Line = Outcome | { readonly path: string } | { readonly rssMax: number }

/** `abortOn` is the canary: the file at which the child is to end as if by a native abort. */
export async function decodeFiles(paths: readonly string[], abortOn?: string): Promise<Decoded> {
  const outcomes: Outcome[] = []
  const aborted: string[] = []
  let rssMax = 0
  let left = paths
  while (left.length > 0) {
    const child = spawnProgram(CHILD, [], {
      input: left.join('\n'),
      env: { HINDCAST_ABORT_ON: abortOn },
      deadlineMs: START_MS + FILE_MS * left.length,
    })
    const ended = await child.ended
    const lines = ended.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Line)
    const found = lines.filter((line): line is Outcome => 'code' in line)
    outcomes.push(...found)
    const last = lines.at(-1)!
    if ('rssMax' in last) rssMax = Math.max(rssMax, last.rssMax)
    if (ended.code === 0) break
    if (!('path' in last)) throw new Error(`the child ended before its first file\n${child.describe()}`)
    aborted.push(last.path)
    left = left.slice(left.indexOf(last.path) + 1)
  }
  return { outcomes, aborted, rssMax }
}
