/**
 * Completes package-lock.json after `npm install`: `npm ci` refuses a lock that lacks an entry for an optional
 * platform package (`…-darwin-arm64`, `…-linux-x64-musl`), and npm leaves such an entry out when the registry
 * it talked to did not have that package. The entry is rebuilt from the exact version its parent asks for and
 * the platform that its name tells. It has no `integrity`, which npm accepts; no registry host is written.
 *
 * Usage: node scripts/complete-lock.mjs [--check]
 */
// @ts-check
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'sunos', 'win32']
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64']

/**
 * Entries that the lock lacks.
 * @param {{ packages: Record<string, { version?: string, dev?: boolean, optionalDependencies?: Record<string, string> }> }} lock
 * @returns {Record<string, object>} lock path → entry
 */
export function missingEntries(lock) {
  /** @type {Record<string, object>} */
  const missing = {}
  for (const [parent, entry] of Object.entries(lock.packages)) {
    if (parent === '') continue
    for (const [name, range] of Object.entries(entry.optionalDependencies || {})) {
      const hoisted = `node_modules/${name}`
      if (lock.packages[`${parent}/${hoisted}`] || lock.packages[hoisted]) continue
      missing[hoisted] = {
        version: exactVersion(name, range),
        ...(entry.dev ? { dev: true } : {}),
        optional: true,
        ...platformOf(name),
      }
    }
  }
  return missing
}

/** @param {string} name @param {string} range */
function exactVersion(name, range) {
  if (/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(range)) return range
  throw new Error(
    `package-lock.json lacks ${name}@${range}, and a range cannot be completed by hand: run npm install again`,
  )
}

/** @param {string} name */
function platformOf(name) {
  const words = name.split(/[-/]/)
  const os = SYSTEMS.filter(system => words.includes(system))
  const cpu = PROCESSORS.filter(processor => words.includes(processor))
  if (os.length !== 1 || cpu.length !== 1)
    throw new Error(`cannot tell the platform of ${name} from its name: add its entry by hand`)
  return { os, cpu, ...(words.includes('musl') ? { libc: ['musl'] } : {}) }
}

/** @param {string} file @param {boolean} checkOnly */
function main(file, checkOnly) {
  const lock = JSON.parse(readFileSync(file, 'utf8'))
  const missing = missingEntries(lock)
  const names = Object.keys(missing).map(path => path.replace('node_modules/', ''))
  if (names.length === 0) return console.log('package-lock.json is complete')
  if (checkOnly) {
    console.error(`package-lock.json lacks ${names.join(', ')}: run node scripts/complete-lock.mjs`)
    process.exitCode = 1
    return
  }
  const { '': root, ...rest } = { ...lock.packages, ...missing }
  const sorted = Object.keys(rest).sort((a, b) => a.localeCompare(b, 'en'))
  lock.packages = { '': root, ...Object.fromEntries(sorted.map(path => [path, rest[path]])) }
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(`package-lock.json completed with ${names.join(', ')}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main(
    join(fileURLToPath(new URL('..', import.meta.url)), 'package-lock.json'),
    process.argv.includes('--check'),
  )
}
