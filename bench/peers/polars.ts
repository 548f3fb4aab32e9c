/**
 * Peer: Polars from PyPI, pinned, in a virtual environment that the benchmark makes for itself. Two variants,
 * in memory and streaming; the harness keeps the faster. Where Python or PyPI cannot be reached it is skipped.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Peer, PeerContext } from './peer.ts'
import { taskOf } from './peer.ts'

const VERSION = '2.1.0'

export const polarsInMemory = polars('in-memory')
export const polarsStreaming = polars('streaming')

function polars(engine: 'in-memory' | 'streaming'): Peer {
  return {
    name: 'Polars',
    note: `PyPI polars ${VERSION}, stable sort and join_asof, ${engine}, 2 threads; one file, no partitions`,
    partitioned: false,
    prepare: async context => install(context),
    command: context => ({
      command: pythonOf(context),
      args: [
        fileURLToPath(new URL('with_polars.py', import.meta.url)),
        JSON.stringify({ ...taskOf(context), engine }),
      ],
      env: { POLARS_MAX_THREADS: '2' },
    }),
  }
}

function environmentOf(context: PeerContext): string {
  return join(context.cache, `polars-${VERSION}`)
}

function pythonOf(context: PeerContext): string {
  return join(environmentOf(context), 'bin', 'python')
}

function install(context: PeerContext): string | null {
  const python = pythonOf(context)
  if (existsSync(python) && works(python)) return null
  const environment = environmentOf(context)
  rmSync(environment, { recursive: true, force: true })
  context.say(`installing polars ${VERSION} (once) …`)
  const steps: [string, string[]][] = [
    ['python3', ['-m', 'venv', environment]],
    [python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `polars==${VERSION}`]],
  ]
  for (const [command, args] of steps) {
    const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: 300_000 })
    if (status !== 0)
      return `${command} ${args.join(' ')} failed: ${error?.message ?? stderr.trim().split('\n').at(-1)}`
  }
  return works(python) ? null : 'the installed polars does not start'
}

function works(python: string): boolean {
  const { status, stdout } = spawnSync(python, ['-c', 'import polars; print(polars.__version__)'], {
    encoding: 'utf8',
  })
  return status === 0 && stdout.trim() === VERSION
}
