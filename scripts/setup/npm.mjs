/**
 * Calls of npm, with the settings that the machine has for it, and the words of the set-up around them.
 */
// @ts-check
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { delimiter, resolve } from 'node:path'

/** How often a log hears that npm is still at work, ms. */
const HEARTBEAT_MS = 15_000
const QUIET = ['--no-audit', '--no-fund', '--loglevel=error', '--engine-strict=false']
const EVERYTHING = ['--include=dev', '--include=optional']

/** A failure of the set-up with advice: shown without a stack trace. */
export class SetupError extends Error {}

/** @param {string} message */
export function say(message) {
  process.stderr.write(`set-up: ${message}\n`)
}

/**
 * Environment for npm: the machine's own Node (the pinned one is about to be replaced), and the place of npm's
 * global settings, which name a company's registry or certificates; npm looks for them beside its Node.
 * @param {string} root
 * @returns {NodeJS.ProcessEnv}
 */
export function npmEnvironment(root) {
  const own = realpathSync(root)
  const folders = (process.env.PATH || '').split(delimiter).filter(folder => !isInside(folder, own))
  const environment = { ...process.env, PATH: folders.join(delimiter), npm_config_update_notifier: 'false' }
  const asked = spawnSync('npm', ['config', 'get', 'globalconfig'], {
    cwd: own,
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

/**
 * `npm ci` or `npm install --no-save` of everything that the lock pins.
 * @param {'ci' | 'install'} command @param {string} root @param {NodeJS.ProcessEnv} environment
 */
export async function npmInstall(command, root, environment) {
  say(`npm ${command}`)
  const args = [command, ...(command === 'install' ? ['--no-save'] : []), ...EVERYTHING, ...QUIET]
  const code = await runLoudly('npm', args, root, environment)
  if (code !== 0) {
    throw new SetupError(
      `npm ${command} failed with exit code ${code}; npm's own lines above say why.\n` +
        'Usual reasons: no way to the registry (npm config set registry …, proxy …), a full disk, or a package-lock.json that does not\n' +
        'match package.json (npm install, then node scripts/complete-lock.mjs). Then type the same command again.',
    )
  }
}

/**
 * Runs a command with its output on our stderr, and says every now and then that it still runs.
 * @param {string} command @param {string[]} args @param {string} cwd @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} exit code; 1 for a signal
 */
export function runLoudly(command, args, cwd, env) {
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
    child.on('close', code => {
      clearInterval(heartbeat)
      done(code === null ? 1 : code)
    })
  })
}

/** @param {string} folder @param {string} root */
function isInside(folder, root) {
  const path = resolve(folder)
  const real = existsSync(path) ? realpathSync(path) : path
  return [path, real].some(each => each === root || each.startsWith(`${root}/`))
}
