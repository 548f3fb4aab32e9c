/**
 * `npm run test:confluent`: installs @confluentinc/kafka-javascript into a scratch folder, once, and runs the tests beside
 * this file with it. Not part of `npm test`: where its prebuilt part cannot be fetched, it is built from source, for which a
 * machine needs a compiler and the headers of OpenSSL, SASL, zlib, LZ4, zstd and curl, and some minutes.
 *
 *   node test/confluent/main.ts [VITEST ARGUMENT…]
 */
import { spawnSync } from 'node:child_process'
import { delimiter, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installConfluent } from './install.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CACHE = resolve(ROOT, process.env.HINDCAST_CONFLUENT_DIR ?? 'out/confluent')

const modules = installConfluent(CACHE, text => console.error(text))
const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
const config = fileURLToPath(new URL('vitest.config.ts', import.meta.url))
const paths = [modules, process.env.NODE_PATH].filter(path => path !== undefined && path !== '')
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--config', config, ...process.argv.slice(2)],
  {
    cwd: ROOT,
    env: { ...process.env, NODE_PATH: paths.join(delimiter) },
    stdio: 'inherit',
  },
)
process.exitCode = status ?? 1
