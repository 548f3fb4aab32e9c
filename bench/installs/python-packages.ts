/**
 * Python packages that only a benchmark needs: one pinned package with all it depends on, in a virtual environment
 * of the cache, made once.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'

export interface PythonPackage {
  /** Name of the package in its registry. */
  readonly name: string
  readonly version: string
  /** Name of the environment's folder, without the version. */
  readonly folder: string
  /** Module that must be importable. */
  readonly module: string
  readonly installMs?: number
}

const INSTALL_MS = 300_000

/** The environment's interpreter. */
export function pythonOf(cache: string, wanted: PythonPackage): string {
  return join(environmentOf(cache, wanted), 'bin', 'python')
}

/** Installs the package where it is missing; a text says why it could not. */
export function ensurePython(
  cache: string,
  wanted: PythonPackage,
  say: (text: string) => void,
): string | null {
  const python = pythonOf(cache, wanted)
  if (existsSync(python) && works(python, wanted)) return null
  const environment = environmentOf(cache, wanted)
  rmSync(environment, { recursive: true, force: true })
  const { name, version } = wanted
  say(`installing ${name} ${version} (once) …`)
  const steps: [string, string[]][] = [
    ['python3', ['-m', 'venv', environment]],
    [python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `${name}==${version}`]],
  ]
  for (const [command, args] of steps) {
    const timeout = wanted.installMs ?? INSTALL_MS
    const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout })
    if (status !== 0)
      return `${command} ${args.join(' ')} failed: ${error?.message ?? stderr.trim().split('\n').at(-1)}`
  }
  return works(python, wanted) ? null : `the installed ${name} does not start`
}

function environmentOf(cache: string, { folder, version }: PythonPackage): string {
  return join(cache, `${folder}-${version}`)
}

function works(python: string, { name, version, module }: PythonPackage): boolean {
  const script = `import importlib.metadata, ${module}; print(importlib.metadata.version('${name}'))`
  const { status, stdout } = spawnSync(python, ['-c', script], { encoding: 'utf8' })
  return status === 0 && stdout.trim().endsWith(version)
}
