/**
 * Mutants of Parquet files, read in every way in a child process: rows, or an error of ours that names what is wrong;
 * nothing else, in bounded time and memory, and never a row of a page whose checksum does not match.
 *
 * Runs HINDCAST_CASES mutants (default 10,000), in the soak 50 times as many; the seed is printed in a failure and
 * HINDCAST_SEED replays it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isSoak } from '../../scripts/test/tiers.ts'
import { bytesSource, checkFile } from '../../src/parquet/index.ts'
import { makeTempDirectory, removeTempDirectory } from '../harness/index.ts'
import { fuzz, writeSeeds } from './parquet-fuzz-run.ts'
import { mutableSeed } from './parquet-mutants.ts'
import { putTogether } from './parquet-parts.ts'
import { readAllWays } from './parquet-read-all.ts'
import type { SeedFile } from './parquet-seeds.ts'
import { seedFiles } from './parquet-seeds.ts'

const SEED = Number(process.env.HINDCAST_SEED ?? Date.now() % 1_000_000)
const MUTANTS = Number(process.env.HINDCAST_CASES ?? 10_000) * (isSoak() ? 50 : 1)
/** A mutant takes about 1 ms, and more on a busy machine. */
const TIMEOUT_MS = Math.max(120_000, 6 * MUTANTS)
const RANGES = [
  [0.2, 0.4],
  [0.9, 1],
] as const

let directory = ''
let seeds: readonly SeedFile[] = []

beforeAll(async () => {
  directory = makeTempDirectory()
  seeds = await seedFiles(directory)
  writeSeeds(directory, seeds)
})
afterAll(() => removeTempDirectory(directory))

describe('mutants of Parquet files', () => {
  it('come from files that are read whole, also when taken apart and put together', async () => {
    for (const seed of seeds) {
      const again = putTogether(mutableSeed(seed).parts)
      for (const bytes of [seed.bytes, again]) {
        expect((await readAllWays(bytes, RANGES)).code, seed.name).toBeNull()
      }
      expect((await checkFile(bytesSource(seed.bytes))).problems, seed.name).toEqual([])
    }
  })

  it(
    'give rows or a typed error',
    async () => {
      const { figures, violations } = await fuzz({ directory, seed: SEED, mutants: MUTANTS })
      expect(violations).toEqual([])
      const [{ mutants, read, refused, worstMs, rssMax }] = figures as [(typeof figures)[0]]
      const told = Object.values(refused).reduce((sum, count) => sum + count, 0)
      const mib = Math.round(rssMax / 2 ** 20)
      console.log(
        `${mutants} mutants: ${read} read, ${told} refused; worst ${Math.round(worstMs)} ms, ${mib} MiB (seed ${SEED})`,
      )
      expect(read + told).toBe(MUTANTS)
      // Mutants of which nearly all or none are refused would prove little; a handful may be so by chance.
      if (MUTANTS < 1000) return
      expect(told / mutants).toBeGreaterThan(0.3)
      expect(told / mutants).toBeLessThan(0.9)
    },
    TIMEOUT_MS,
  )

  it('would be named where they hang or end the process, and the rest would go on', async () => {
    const env = { HINDCAST_FUZZ_DIE: '3', HINDCAST_FUZZ_HANG: '6' }
    const { figures, violations } = await fuzz({ directory, seed: 1, mutants: 10, env, hangMs: 1000 })
    expect(violations.map(line => line.slice(0, 60))).toEqual([
      expect.stringContaining('HINDCAST_SEED=1, mutant 3: the process ended (SIGKILL)'),
      expect.stringContaining('HINDCAST_SEED=1, mutant 6: no end within 1000 ms'),
    ])
    expect(figures.map(({ mutants }) => mutants)).toEqual([3])
  })
})
