/**
 * Reads mutants in a process of its own, which may hang, crash or swell.
 *
 *   node parquet-fuzz-child.ts DIRECTORY SEED FIRST COUNT
 *
 * Writes the number of the mutant at hand into DIRECTORY/at before it is read, so that whoever finds this process dead
 * knows which one did it; prints each violation, and at the end the figures, as a line of JSON.
 */
import { openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { MutableSeed } from './parquet-mutants.ts'
import { mutableSeed, mutantOf } from './parquet-mutants.ts'
import { readAllWays } from './parquet-read-all.ts'

/** Figures of a run. */
export interface FuzzFigures {
  readonly mutants: number
  /** Read whole. */
  readonly read: number
  /** Refused, by code. */
  readonly refused: Readonly<Record<string, number>>
  readonly worstMs: number
  readonly worstMutant: number
  /** Largest resident memory, bytes. */
  readonly rssMax: number
}

export type FuzzLine =
  | { readonly mutant: number; readonly origin: string; readonly violation: string }
  | { readonly figures: FuzzFigures }

/** Bounds of one mutant: CPU time of this process, and its memory. */
export const MUTANT_MS_MAX = 2000
export const RSS_BYTES_MAX = 768 * 1024 * 1024

/** Canary of the watchdog: at this mutant the process hangs, or ends. */
const hangAt = Number(process.env.HINDCAST_FUZZ_HANG ?? -1)
const dieAt = Number(process.env.HINDCAST_FUZZ_DIE ?? -1)

/** Files of the directory that are seeds, in an order that does not depend on it. */
function seedsOf(directory: string): readonly MutableSeed[] {
  return readdirSync(directory)
    .filter(name => name.endsWith('.seed'))
    .sort()
    .map(name => mutableSeed({ name, bytes: new Uint8Array(readFileSync(join(directory, name))) }))
}

async function run(directory: string, seed: number, first: number, count: number): Promise<void> {
  const seeds = seedsOf(directory)
  const progress = openSync(join(directory, 'at'), 'w')
  const refused: Record<string, number> = {}
  let [read, worstMs, worstMutant, isSwollen] = [0, 0, first, false]
  for (let number = first; number < first + count; number++) {
    writeSync(progress, `${number}\n`.padStart(12), 0)
    if (number === hangAt) for (;;);
    if (number === dieAt) process.kill(process.pid, 'SIGKILL')
    const { origin, bytes, mustBeRefused, ranges } = mutantOf(seeds, seed, number)
    const violate = (violation: string): void => tell({ mutant: number, origin, violation })
    const began = process.cpuUsage()
    try {
      const { code } = await readAllWays(bytes, ranges)
      if (code === null) read++
      else refused[code] = (refused[code] ?? 0) + 1
      if (code === null && mustBeRefused) violate('read, though only bytes under a checksum differ')
    } catch (thrown) {
      violate(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown))
    }
    const { user, system } = process.cpuUsage(began)
    const ms = (user + system) / 1000
    if (ms > MUTANT_MS_MAX) violate(`took ${Math.round(ms)} ms`)
    if (ms > worstMs) [worstMs, worstMutant] = [ms, number]
    if (!isSwollen && process.resourceUsage().maxRSS * 1024 > RSS_BYTES_MAX) {
      isSwollen = true
      violate(`the process has ${process.resourceUsage().maxRSS} KiB`)
    }
  }
  const rssMax = process.resourceUsage().maxRSS * 1024
  tell({ figures: { mutants: count, read, refused, worstMs, worstMutant, rssMax } })
}

function tell(line: FuzzLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

if (import.meta.main) {
  const [directory, ...numbers] = process.argv.slice(2)
  const [seed, first, count] = numbers.map(Number)
  process.on('unhandledRejection', thrown => {
    tell({ mutant: -1, origin: 'unhandled rejection', violation: String(thrown) })
  })
  await run(directory!, seed!, first!, count!)
}
