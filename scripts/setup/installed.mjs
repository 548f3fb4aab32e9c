/**
 * Whether node_modules is what package-lock.json pins, for this platform.
 *
 * npm's own record of what it installed (node_modules/.package-lock.json) is compared with the lock once; a stamp
 * then remembers the answer, so that the usual start costs one hash of the lock.
 */
// @ts-check
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const STAMP = join('node_modules', '.hindcast-setup')
const RECORD = join('node_modules', '.package-lock.json')

/** @typedef {{ version?: string, optional?: boolean, os?: string[], cpu?: string[], libc?: string[] }} LockEntry */

/**
 * Lock paths that this platform needs and node_modules does not have in the locked version.
 * @param {string} root
 * @returns {string[]}
 */
export function missingPackages(root) {
  /** @type {Record<string, LockEntry>} */
  const wanted = readJson(join(root, 'package-lock.json')).packages
  /** @type {Record<string, LockEntry>} */
  const present = hasBeenInstalled(root) ? readJson(join(root, RECORD)).packages : {}
  const missing = Object.keys(wanted).filter(path => {
    if (path === '' || !neededHere(wanted[path])) return false
    return !present[path] || present[path].version !== wanted[path].version || !existsSync(join(root, path))
  })
  return existsSync(pinnedNode(root)) ? missing : [...missing, 'node_modules/node/bin/node']
}

/** @param {string} root */
export function hasBeenInstalled(root) {
  return existsSync(join(root, RECORD))
}

/** @param {string} root */
export function pinnedNode(root) {
  return join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
}

/**
 * The Node to run on, if the stamp is of this lock and platform; else null.
 * @param {string} root
 * @returns {string | null}
 */
export function stampedNode(root) {
  const file = join(root, STAMP)
  if (!existsSync(file)) return null
  const [stamp, node] = readFileSync(file, 'utf8').split('\n')
  return stamp === stampOf(root) && existsSync(node) ? node : null
}

/**
 * Says that everything is there, and which Node to run on. The stamp dies with node_modules.
 * @param {string} root @param {string} node
 */
export function writeStamp(root, node) {
  writeFileSync(join(root, STAMP), `${stampOf(root)}\n${node}\n`)
}

/** @param {string} root */
function stampOf(root) {
  const lock = readFileSync(join(root, 'package-lock.json'))
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}`
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
    const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (
      /** @type {unknown} */ (report.getReport())
    )
    libc = header.glibcVersionRuntime ? 'glibc' : 'musl'
  }
  return libc
}

/** @param {string} path */
function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}
