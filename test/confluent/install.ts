/**
 * @confluentinc/kafka-javascript in a scratch folder, away from the repository's `node_modules`: its native part is large, is
 * fetched or built by its install script, and is needed by these tests only.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const NAME = '@confluentinc/kafka-javascript'
export const CONFLUENT_VERSION = '1.10.1'
/** A build from source, on a busy machine of two cores. */
const INSTALL_MS = 30 * 60_000

/** Path of the `node_modules` that has it. Throws where it cannot be installed, and says why. */
export function installConfluent(cache: string, say: (text: string) => void): string {
  const directory = join(cache, `${CONFLUENT_VERSION}-node${process.versions.modules}`)
  const modules = join(directory, 'node_modules')
  // Written last: an install that was interrupted is made anew.
  const stamp = join(directory, 'installed')
  if (existsSync(stamp)) return modules
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  const manifest = { private: true, allowScripts: { [NAME]: true } }
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(manifest)}\n`)
  say(`installing ${NAME} ${CONFLUENT_VERSION} (once; a build from source takes minutes) …`)
  // Headers of this very Node: those that a build finds by itself may be of another one, which it would not load into.
  const headers = `node-${process.platform}-${process.arch}`
  npm(directory, ['install', '--ignore-scripts', '--save-exact', `${headers}@${process.versions.node}`])
  npm(directory, ['install', '--ignore-scripts', '--save-exact', `${NAME}@${CONFLUENT_VERSION}`])
  npm(directory, ['rebuild', '--foreground-scripts', NAME], {
    npm_config_nodedir: join(modules, headers),
    CKJS_LINKING: 'dynamic',
  })
  const loads = spawnSync(process.execPath, ['-e', `require('${NAME}')`], {
    cwd: directory,
    encoding: 'utf8',
  })
  if (loads.status !== 0) throw new Error(`${NAME} does not load: ${endOf(loads.stderr)}`)
  writeFileSync(stamp, '')
  return modules
}

function npm(cwd: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): void {
  const { status, stdout, stderr, error } = spawnSync('npm', [...args, '--no-audit', '--no-fund'], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    maxBuffer: 256 * 1024 * 1024,
    timeout: INSTALL_MS,
  })
  if (status === 0) return
  throw new Error(`npm ${args.join(' ')} failed: ${error?.message ?? endOf(`${stdout}\n${stderr}`)}`)
}

function endOf(text: string): string {
  return text.trim().split('\n').slice(-12).join('\n')
}
