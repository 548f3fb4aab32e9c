/** Peer: Spark from PyPI, pinned, local with two threads. Java 17 or newer must be there. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PythonPackage } from '../installs/python-packages.ts'
import { ensurePython, pythonOf } from '../installs/python-packages.ts'
import { javaProblem } from './java.ts'
import type { Peer } from './peer.ts'
import { taskOf } from './peer.ts'

const SPARK: PythonPackage = {
  name: 'pyspark',
  version: '4.3.0',
  folder: 'spark',
  module: 'pyspark',
  installMs: 600_000,
}

export const spark: Peer = {
  name: 'Spark',
  note: `PyPI pyspark ${SPARK.version}, local[2], union and window, sorted; a few files, no partitions`,
  partitioned: false,
  prepare: async context => javaProblem() ?? ensurePython(context.cache, SPARK, context.say),
  command: context => {
    const scratch = join(context.output, 'scratch')
    mkdirSync(scratch, { recursive: true })
    return {
      command: pythonOf(context.cache, SPARK),
      args: [
        fileURLToPath(new URL('with_spark.py', import.meta.url)),
        JSON.stringify({ ...taskOf(context), scratch }),
      ],
      env: { PYTHONDONTWRITEBYTECODE: '1', SPARK_LOCAL_IP: '127.0.0.1' },
    }
  },
}
