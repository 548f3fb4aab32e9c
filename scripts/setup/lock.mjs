/**
 * One set-up at a time in a checkout: `npm test` and `npm run demo` may be typed in two terminals at once.
 * The lock is a file with the holder's process id; a holder that is gone loses it.
 */
// @ts-check
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const POLL_MS = 250

/**
 * @template Result
 * @param {string} root checkout
 * @param {(message: string) => void} say
 * @param {() => Promise<Result>} work runs while this process holds the lock
 * @returns {Promise<Result>}
 */
export async function withSetupLock(root, say, work) {
  const folder = join(root, '.hindcast')
  const file = join(folder, 'setup.lock')
  mkdirSync(folder, { recursive: true })
  let told = false
  while (!tryAcquire(file)) {
    const holder = holderOf(file)
    if (holder === 0) continue
    if (!isAlive(holder)) {
      takeAway(file, holder)
      continue
    }
    if (!told) say(`process ${holder} is installing already: waiting for it …`)
    told = true
    await new Promise(done => setTimeout(done, POLL_MS))
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}

/**
 * A link appears with its content, so that nobody sees a lock without a holder.
 * @param {string} file
 */
function tryAcquire(file) {
  const own = `${file}.${process.pid}`
  writeFileSync(own, String(process.pid))
  try {
    linkSync(own, file)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    rmSync(own, { force: true })
  }
}

/**
 * Removes the lock of a dead holder. Another waiter may have done so and acquired it meanwhile: what was moved
 * away is looked at again, and put back if it was not the dead one's.
 * @param {string} file @param {number} deadPid
 */
function takeAway(file, deadPid) {
  const aside = `${file}.stale.${process.pid}`
  try {
    renameSync(file, aside)
    if (holderOf(aside) !== deadPid) linkSync(aside, file)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

/**
 * 0 when there is no lock.
 * @param {string} file
 */
function holderOf(file) {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0
    throw error
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {NodeJS.ErrnoException} */ (error).code
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}
