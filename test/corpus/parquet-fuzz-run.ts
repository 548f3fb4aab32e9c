/**
 * Runs the fuzzer in child processes: one that hangs is ended, one that dies is followed by the next, and both name
 * the mutant at which it happened.
 *
 *     parent ── seeds, seed, first, count ─► child ── violations, figures ─►
 *        └── looks at the number of the mutant at hand; the same for HANG_MS: a hang
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Child, SpawnOptions } from '../harness/index.ts'
import { spawnProgram } from '../harness/index.ts'
import type { FuzzFigures, FuzzLine } from './parquet-fuzz-child.ts'
import type { SeedFile } from './parquet-seeds.ts'

const CHILD = fileURLToPath(new URL('./parquet-fuzz-child.ts', import.meta.url))
/** Far more than the CPU time that a mutant may take, so that a busy machine is no hang. */
const HANG_MS = 20_000
const LOOK_MS = 500
/** Children that may die before the rest is given up. */
const DEATHS_MAX = 20
const DAY_MS = 86_400_000

export interface FuzzRun {
  readonly directory: string
  readonly seed: number
  readonly mutants: number
  readonly env?: SpawnOptions['env']
  readonly hangMs?: number
}

export interface FuzzReport {
  readonly figures: readonly FuzzFigures[]
  /** Each with what replays it. */
  readonly violations: readonly string[]
}

/** Puts the seeds where children find them. */
export function writeSeeds(directory: string, seeds: readonly SeedFile[]): void {
  for (const [i, { name, bytes }] of seeds.entries()) {
    writeFileSync(join(directory, `${String(i).padStart(4, '0')}-${name}.seed`), bytes)
  }
}

/** Reads mutants 0 … `mutants` - 1 of the seeds in `directory`. */
export async function fuzz({
  directory,
  seed,
  mutants,
  env = {},
  hangMs = HANG_MS,
}: FuzzRun): Promise<FuzzReport> {
  const figures: FuzzFigures[] = []
  const violations: string[] = []
  const progress = join(directory, 'at')
  const told = (mutant: number, what: string): number =>
    violations.push(`HINDCAST_SEED=${seed}, mutant ${mutant}: ${what}`)
  for (let first = 0, deaths = 0; first < mutants && deaths <= DEATHS_MAX; deaths++) {
    writeFileSync(progress, '')
    const args = [directory, seed, first, mutants - first].map(String)
    const child = spawnProgram(CHILD, args, { env, deadlineMs: DAY_MS })
    const isHung = await watched(child, progress, hangMs)
    const { code, signal, stdout, stderr } = await child.ended
    for (const line of linesOf(stdout)) {
      if ('figures' in line) figures.push(line.figures)
      else told(line.mutant, `${line.origin}: ${line.violation}`)
    }
    if (code === 0) break
    const at = numberIn(progress)
    if (at === null) throw new Error(`the fuzzer ended before its first mutant\n${child.describe()}`)
    told(
      at,
      isHung ? `no end within ${hangMs} ms` : `the process ended (${signal ?? code}) ${stderr.slice(-500)}`,
    )
    first = at + 1
  }
  return { figures, violations }
}

/** Waits for the end of the child, and brings it about where it hangs; returns whether it did. */
async function watched(child: Child, progress: string, hangMs: number): Promise<boolean> {
  let isHung = false
  let last: number | null = null
  let since = Date.now()
  const timer = setInterval(
    () => {
      const at = numberIn(progress)
      // Until its first mutant it prepares the seeds, which is no hang.
      if (at === null || at !== last) [last, since] = [at, Date.now()]
      else if (Date.now() - since > hangMs) {
        isHung = true
        child.kill('SIGKILL')
      }
    },
    Math.min(LOOK_MS, hangMs / 4),
  )
  try {
    await child.ended
  } finally {
    clearInterval(timer)
  }
  return isHung
}

/** The mutant at hand; null before the first. */
function numberIn(progress: string): number | null {
  const text = readFileSync(progress, 'utf8').trim()
  return text === '' ? null : Number(text)
}

/** Whole lines of JSON; a torn last one, of a process that died, is left out. */
function linesOf(stdout: string): readonly FuzzLine[] {
  return stdout
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as FuzzLine)
}
