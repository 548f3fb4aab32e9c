/**
 * Set-up on any machine: installs what package-lock.json pins when it is not there yet, then hands over to the
 * pinned Node (the `node` devDependency), so that a bare clone needs nothing but some Node ≥ 18 with npm.
 *
 *   node scripts/setup.mjs                     install only
 *   node scripts/setup.mjs FILE [ARGUMENT…]    install, then run FILE on the pinned Node
 *
 * Plain JavaScript without dependencies: it runs before anything is installed, on a Node that is too old for the
 * rest. It prints on stderr only, since the stdout of what it starts may be read by a program. It must never
 * leave a half-done node_modules that the next call takes for a whole one: the stamp is written last.
 */
// @ts-check
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runOn } from './run-on.mjs'
import { withSetupLock } from './setup-lock.mjs'

export const ROOT = resolve(fileURLToPath(new URL('..', import.meta.url)))
const STAMP = join('node_modules', '.hindcast-setup')
/** The oldest Node that runs the source: type stripping, zstd. */
const NODE_MAJOR_MIN = 24
/** How often a terminal-less log hears that the installation goes on, ms. */
const HEARTBEAT_MS = 15_000

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, os?: string[], cpu?: string[], libc?: string[] }} LockEntry */

/** A failure with advice: printed without a stack trace. */
export class SetupError extends Error {}

/**
 * Makes node_modules match package-lock.json and returns the Node to run on: the pinned one, or this one where
 * the pinned one cannot run (a libc that it was not built for) and this one is new enough.
 * @param {string} [root]
 * @returns {Promise<string>}
 */
export async function ensureInstalled(root = ROOT) {
  if (!stampHolds(root)) {
    await withSetupLock(root, say, async () => {
      if (!stampHolds(root)) await installAndCheck(root)
    })
  }
  return readFileSync(join(root, STAMP), 'utf8').split('\n')[1]
}

/**
 * Lock paths that this platform needs and node_modules does not have in the locked version.
 * @param {string} root
 * @returns {string[]}
 */
export function missingPackages(root) {
  /** @type {Record<string, LockEntry>} */
  const wanted = readJson(join(root, 'package-lock.json')).packages
  const hidden = join(root, 'node_modules', '.package-lock.json')
  /** @type {Record<string, LockEntry>} */
  const present = existsSync(hidden) ? readJson(hidden).packages : {}
  const missing = Object.keys(wanted).filter(path => {
    if (path === '' || !neededHere(wanted[path])) return false
    return !present[path] || present[path].version !== wanted[path].version || !existsSync(join(root, path))
  })
  return existsSync(pinnedNode(root)) ? missing : [...missing, 'node_modules/node/bin/node']
}

/** @param {string} root */
export function pinnedNode(root) {
  return join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
}

/**
 * An optional package without a platform hangs on one that has (the parts of a WASM fallback): never needed.
 * @param {LockEntry} entry
 */
function neededHere(entry) {
  if (!entry.optional) return true
  if (!entry.os || !entry.cpu) return false
  if (!entry.os.includes(process.platform) || !entry.cpu.includes(process.arch)) return false
  return !entry.libc || entry.libc.includes(libcHere())
}

/** @type {string | undefined} */
let libc

function libcHere() {
  if (libc === undefined) {
    const report = process.report
    // Without this the report would look up host names.
    if ('excludeNetwork' in report) report.excludeNetwork = true
    const header = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (
      /** @type {unknown} */ (report.getReport())
    ).header
    libc = header.glibcVersionRuntime ? 'glibc' : 'musl'
  }
  return libc
}

/** @param {string} root */
async function installAndCheck(root) {
  if (missingPackages(root).length > 0) {
    say(
      'installing the packages that package-lock.json pins (about 0.5 GB on disk; less than a minute on a fast network) …',
    )
    const startedAt = Date.now()
    await install(root)
    say(`installed in ${Math.round((Date.now() - startedAt) / 1000)} s`)
  }
  writeFileSync(join(root, STAMP), `${stampOf(root)}\n${nodeToRunOn(root)}\n`)
}

/**
 * `npm ci` with the Node at hand, and once more with the pinned one: npm drops native packages whose `engines`
 * exclude the Node that runs it, without a word, so an old Node leaves the tree incomplete.
 * @param {string} root
 */
async function install(root) {
  const environment = npmEnvironment(root)
  await npm(root, environment, [
    'ci',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--engine-strict=false',
  ])
  await fetchPinnedNode(root, environment)
  const dropped = missingPackages(root)
  if (dropped.length === 0) return
  say(
    `Node ${process.versions.node} left out ${dropped.map(packageName).join(', ')}: adding with the pinned Node …`,
  )
  const withPinned = {
    ...environment,
    PATH: [join(root, 'node_modules', '.bin'), environment.PATH].join(delimiter),
  }
  await npm(root, withPinned, [
    'install',
    '--no-save',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ])
  const missing = missingPackages(root)
  if (missing.length > 0) {
    throw new SetupError(
      `npm finished, but these packages are missing: ${missing.map(packageName).join(', ')}.\n` +
        'They hold native code for this platform. Check that the registry at hand has them (npm view NAME), then type the same command again.',
    )
  }
}

/**
 * The `node` package gets its binary by an install script, which npm may be told not to run.
 * @param {string} root @param {NodeJS.ProcessEnv} environment
 */
async function fetchPinnedNode(root, environment) {
  if (existsSync(pinnedNode(root)) || !existsSync(join(root, 'node_modules', 'node'))) return
  say('npm did not run the install script of the pinned Node: running it …')
  const folder = join(root, 'node_modules', 'node')
  const code = await runQuietly(process.execPath, ['installArchSpecificPackage.js'], folder, {
    ...environment,
    npm_config_ignore_scripts: 'true',
  })
  if (code !== 0 || !existsSync(pinnedNode(root))) {
    throw new SetupError(
      `The pinned Node could not be fetched for ${process.platform}-${process.arch}.\n` +
        `Install Node ${NODE_MAJOR_MIN} or newer by hand and use it for this checkout.`,
    )
  }
}

/**
 * npm is run on the machine's own Node: the pinned one is about to be replaced, and looks for npm's global
 * settings (a company's registry or certificates) beside itself, so their place is passed on.
 * @param {string} root
 * @returns {NodeJS.ProcessEnv}
 */
export function npmEnvironment(root) {
  const own = realpathSync(root)
  const path = (process.env.PATH || '')
    .split(delimiter)
    .filter(folder => !isInside(folder, own))
    .join(delimiter)
  const environment = { ...process.env, PATH: path }
  const asked = spawnSync('npm', ['config', 'get', 'globalconfig'], {
    cwd: root,
    env: environment,
    encoding: 'utf8',
  })
  if (asked.error) {
    throw new SetupError(
      'npm was not found on PATH, and packages have to be installed.\nInstall Node 24 with npm, then type the same command again.',
    )
  }
  const globalConfig = asked.stdout.trim()
  return globalConfig === '' ? environment : { ...environment, npm_config_globalconfig: globalConfig }
}

/** @param {string} folder @param {string} root */
function isInside(folder, root) {
  const path = resolve(folder)
  const real = existsSync(path) ? realpathSync(path) : path
  return real === root || real.startsWith(`${root}/`) || path.startsWith(`${root}/`)
}

/** @param {string} root @param {NodeJS.ProcessEnv} environment @param {string[]} args */
async function npm(root, environment, args) {
  say(`npm ${args[0]}`)
  const code = await runQuietly('npm', args, root, environment)
  if (code !== 0) {
    throw new SetupError(
      `npm ${args[0]} failed with exit code ${code}; npm's own lines above say why.\n` +
        'Usual reasons: no way to the registry (npm config set registry …, proxy …), a full disk, or a package-lock.json that does not\n' +
        'match package.json (npm install, then node scripts/complete-lock.mjs). Then type the same command again.',
    )
  }
}

/**
 * Runs a command with its output on our stderr and says every now and then that it still runs.
 * @param {string} command @param {string[]} args @param {string} cwd @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>}
 */
function runQuietly(command, args, cwd, env) {
  return new Promise((done, fail) => {
    const startedAt = Date.now()
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 2, 2] })
    const heartbeat = setInterval(
      () => say(`still at it (${Math.round((Date.now() - startedAt) / 1000)} s) …`),
      HEARTBEAT_MS,
    )
    child.on('error', error => {
      clearInterval(heartbeat)
      fail(new SetupError(`${command} could not be started: ${error.message}`))
    })
    child.on('close', (code, signal) => {
      clearInterval(heartbeat)
      done(signal ? 1 : code === null ? 1 : code)
    })
  })
}

/** @param {string} root */
function nodeToRunOn(root) {
  const pinned = pinnedNode(root)
  if (spawnSync(pinned, ['--version'], { stdio: 'ignore' }).status === 0) return pinned
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) return process.execPath
  throw new SetupError(
    `The pinned Node does not run on this system, and its own Node is ${process.versions.node}.\n` +
      `Install Node ${NODE_MAJOR_MIN} or newer and type the same command again.`,
  )
}

/**
 * The stamp names the lock it was made for and the Node to run on; it dies with node_modules.
 * @param {string} root
 */
function stampHolds(root) {
  const file = join(root, STAMP)
  if (!existsSync(file)) return false
  const [stamp, node] = readFileSync(file, 'utf8').split('\n')
  return stamp === stampOf(root) && existsSync(node)
}

/** @param {string} root */
function stampOf(root) {
  const lock = readFileSync(join(root, 'package-lock.json'))
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}`
}

/** @param {string} path */
function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

/** @param {string} lockPath */
function packageName(lockPath) {
  return lockPath.slice(lockPath.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

/** @param {string} message */
function say(message) {
  process.stderr.write(`set-up: ${message}\n`)
}

async function main() {
  const [file, ...args] = process.argv.slice(2)
  try {
    const node = await ensureInstalled()
    if (file === undefined) return say('everything is installed')
    await runOn(node, [join(ROOT, file), ...args])
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    say(error.message)
    process.exitCode = 1
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main()
