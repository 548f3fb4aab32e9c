/**
 * Peer: Polars from PyPI, pinned, in a virtual environment that the benchmark makes for itself. Two variants,
 * in memory and streaming; the harness keeps the faster. Where Python or PyPI cannot be reached it is skipped.
 */

import { fileURLToPath } from 'node:url'
import type { PythonPackage } from '../installs/python-packages.ts'
import { ensurePython, pythonOf } from '../installs/python-packages.ts'
import type { Peer } from './peer.ts'
import { taskOf } from './peer.ts'

const POLARS: PythonPackage = { name: 'polars', version: '2.1.0', folder: 'polars', module: 'polars' }

export const polarsInMemory = polars('in-memory')
export const polarsStreaming = polars('streaming')

function polars(engine: 'in-memory' | 'streaming'): Peer {
  return {
    name: 'Polars',
    note: `PyPI polars ${POLARS.version}, stable sort and join_asof, ${engine}, 2 threads; one file, no partitions`,
    partitioned: false,
    prepare: async context => ensurePython(context.cache, POLARS, context.say),
    command: context => ({
      command: pythonOf(context.cache, POLARS),
      args: [
        fileURLToPath(new URL('with_polars.py', import.meta.url)),
        JSON.stringify({ ...taskOf(context), engine }),
      ],
      env: { POLARS_MAX_THREADS: '2' },
    }),
  }
}
