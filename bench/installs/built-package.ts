/**
 * Hindcast as users install it: built, beside its dependencies and away from its source, which `bin/hindcast` would
 * rather run. Built once for each run of the benchmark.
 */

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Below the checkout, so that the packages it needs are found. */
const PACKAGE = join(ROOT, 'out', 'package')

let isBuilt = false

/** Path of the command. */
export function builtHindcast(): string {
  const command = join(PACKAGE, 'bin', 'hindcast')
  if (isBuilt) return command
  const build = spawnSync(process.execPath, [join(ROOT, 'scripts', 'build.ts')], { stdio: 'inherit' })
  if (build.status !== 0) throw new Error('the package could not be built')
  rmSync(PACKAGE, { recursive: true, force: true })
  mkdirSync(PACKAGE, { recursive: true })
  for (const name of ['bin', 'dist', 'package.json'])
    cpSync(join(ROOT, name), join(PACKAGE, name), { recursive: true })
  isBuilt = true
  return command
}
