/**
 * Set-up on any machine: installs what package-lock.json pins when it is not there yet, then hands over to the
 * pinned Node (the `node` devDependency), so that a bare clone needs nothing but some Node ≥ 18 with npm.
 *
 *   node scripts/setup.mjs                     install only
 *   node scripts/setup.mjs FILE [ARGUMENT…]    install, then run FILE on the pinned Node
 *
 * Plain JavaScript without dependencies, as all of scripts/setup/: it runs before anything is installed, on a Node
 * that is too old for the rest. It prints on stderr only, since the stdout of what it starts may be read by a
 * program. It must never leave a half-done node_modules that the next call takes for a whole one: the stamp is
 * written last.
 */
// @ts-check
import { spawnSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hasBeenInstalled, missingPackages, pinnedNode, stampedNode, writeStamp } from './setup/installed.mjs'
import { withSetupLock } from './setup/lock.mjs'
import { npmEnvironment, npmInstall, runLoudly, SetupError, say } from './setup/npm.mjs'
import { runOn } from './setup/run-on.mjs'

export { runOn, SetupError, say }

const ROOT = resolve(fileURLToPath(new URL('..', import.meta.url)))
/** The oldest Node that runs the source: type stripping, zstd. */
const NODE_MAJOR_MIN = 24

/**
 * Makes node_modules match package-lock.json and returns the Node to run on: the pinned one, or this one where
 * the pinned one cannot run (a libc that it was not built for) and this one is new enough.
 * @param {string} [root]
 * @returns {Promise<string>}
 * @throws {SetupError}
 */
export async function ensureInstalled(root = ROOT) {
  const stamped = stampedNode(root)
  if (stamped !== null) return stamped
  return withSetupLock(root, say, async () => {
    // Whoever held the lock before may have done it all.
    const node = stampedNode(root)
    if (node !== null) return node
    if (missingPackages(root).length > 0) await install(root)
    const chosen = nodeToRunOn(root)
    writeStamp(root, chosen)
    return chosen
  })
}

/**
 * `npm ci`, or `npm install` of what changed where npm has been before: that does not pull node_modules away under
 * what runs from it. Then once more with the pinned Node if needed: npm drops a native package whose `engines`
 * exclude the Node that runs it, without a word, so an old Node leaves the tree incomplete.
 * @param {string} root
 */
async function install(root) {
  say(
    'installing the packages that package-lock.json pins (about 0.5 GB on disk; a minute on a fast network) …',
  )
  const startedAt = Date.now()
  const environment = npmEnvironment(root)
  await npmInstall(hasBeenInstalled(root) ? 'install' : 'ci', root, environment)
  await fetchPinnedNode(root, environment)
  const dropped = missingPackages(root)
  if (dropped.length > 0) {
    say(`Node ${process.versions.node} left out ${namesOf(dropped)}: adding with the pinned Node …`)
    const path = [join(root, 'node_modules', 'node', 'bin'), environment.PATH].join(delimiter)
    await npmInstall('install', root, { ...environment, PATH: path })
  }
  const missing = missingPackages(root)
  if (missing.length > 0) {
    throw new SetupError(
      `npm finished, but these packages are missing: ${namesOf(missing)}.\n` +
        'They hold native code for this platform. Check that the registry at hand has them (npm view NAME), then type the same command again.',
    )
  }
  say(`installed in ${Math.round((Date.now() - startedAt) / 1000)} s`)
}

/**
 * The `node` package gets its binary by an install script, which npm may have been told not to run.
 * @param {string} root @param {NodeJS.ProcessEnv} environment
 */
async function fetchPinnedNode(root, environment) {
  const folder = join(root, 'node_modules', 'node')
  if (existsSync(pinnedNode(root)) || !existsSync(folder)) return
  say('npm did not run the install script of the pinned Node: running it …')
  const code = await runLoudly(process.execPath, ['installArchSpecificPackage.js'], folder, environment)
  if (code !== 0 || !existsSync(pinnedNode(root))) {
    throw new SetupError(
      `The pinned Node could not be fetched for ${process.platform}-${process.arch}.\n` +
        `Install Node ${NODE_MAJOR_MIN} or newer by hand, and type the same command again with it.`,
    )
  }
}

/** @param {string} root */
function nodeToRunOn(root) {
  const pinned = pinnedNode(root)
  if (spawnSync(pinned, ['--version'], { stdio: 'ignore' }).status === 0) return pinned
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) return process.execPath
  throw new SetupError(
    `The pinned Node does not run on this system, and its own Node is ${process.versions.node}.\n` +
      `Install Node ${NODE_MAJOR_MIN} or newer, and type the same command again with it.`,
  )
}

/** @param {string[]} lockPaths */
function namesOf(lockPaths) {
  return lockPaths
    .map(path => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
    .join(', ')
}

async function main() {
  const [file, ...args] = process.argv.slice(2)
  try {
    const node = await ensureInstalled()
    if (file === undefined) say('everything is installed')
    else await runOn(node, [join(ROOT, file), ...args])
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    say(error.message)
    process.exitCode = 1
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main()
