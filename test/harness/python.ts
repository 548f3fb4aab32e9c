/**
 * Python with packages, for the tests that compare with tools of its world: a virtual environment in `out/`, made
 * once and kept. Two environments never share packages, so that one tool's pins do not move another's.
 *
 * Where Python or its registry cannot be reached a test is skipped, with the reason; in CI it fails.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestContext } from 'vitest'
import type { Ended, SpawnOptions } from './child.ts'
import { spawnCommand } from './child.ts'

const CACHE = fileURLToPath(new URL('../../out/test', import.meta.url))
const INSTALL_MS = 200_000

export interface Python {
  /** Runs a script to its end; rejects, with what it printed, unless it exits 0. */
  run(script: string, args: readonly string[], options?: SpawnOptions): Promise<Ended>
  /** Skips the test where there is no such Python. */
  need(context: TestContext): void
}

/** Python with these packages (`name==version`), installed if they are not yet. */
export async function pythonWith(
  packages: readonly string[],
  base = 'python3',
  cache = CACHE,
): Promise<Python> {
  const key = createHash('sha256').update(packages.join(' ')).digest('hex').slice(0, 12)
  const directory = join(cache, `python-${key}`)
  const missing = await install(directory, packages, base)
  if (missing !== null && process.env.CI === 'true') throw new Error(missing)
  const python = join(directory, 'bin', 'python')
  return {
    // No byte code beside the scripts, which are in the repository.
    run: (script, args, options = {}) =>
      succeed(python, [script, ...args], {
        ...options,
        env: { ...options.env, PYTHONDONTWRITEBYTECODE: '1' },
      }),
    need: context => {
      if (missing !== null) context.skip(missing)
    },
  }
}

/** Null when all is there; else why it is not. */
async function install(directory: string, packages: readonly string[], base: string): Promise<string | null> {
  const done = join(directory, 'installed')
  if (existsSync(done)) return null
  rmSync(directory, { recursive: true, force: true }) // an install that was interrupted
  const python = join(directory, 'bin', 'python')
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages]
  try {
    mkdirSync(directory, { recursive: true })
    await succeed(base, ['-m', 'venv', directory], { deadlineMs: INSTALL_MS })
    await succeed(python, pip, { deadlineMs: INSTALL_MS })
    writeFileSync(done, `${packages.join('\n')}\n`)
    return null
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return `no Python with ${packages.join(', ')}: ${reason}`
  }
}

async function succeed(command: string, args: readonly string[], options: SpawnOptions): Promise<Ended> {
  const child = spawnCommand(command, args, options)
  const ended = await child.ended
  if (ended.code === 0) return ended
  throw new Error(`it ended with ${ended.code ?? ended.signal}\n${child.describe()}`)
}
