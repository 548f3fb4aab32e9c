/**
 * Writes the tables of README.md that the code knows best: error codes, bounds, runtime dependencies. Each stands
 * between `<!-- name -->` and `<!-- /name -->`; a unit test checks that they are current.
 *
 *     node scripts/write-readme-tables.ts
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ERROR_CATALOGUE, type ErrorCode, exitCodeOf, HindcastError } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import { RUNTIME_DEPENDENCIES } from '../test/tidy/dependencies.ts'

const README = new URL('../README.md', import.meta.url)
const LIMITS_SOURCE = new URL('../src/limits.ts', import.meta.url)

/** The README with its tables made anew. */
export function withTables(readme: string): string {
  const tables = { errors: errorTable(), limits: limitTable(), dependencies: dependencyTable() }
  return Object.entries(tables).reduce((text, [name, table]) => {
    const between = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(<!-- /${name} -->)`)
    return text.replace(between, (_, open: string, close: string) => `${open}${table}\n${close}`)
  }, readme)
}

function errorTable(): string {
  const rows = Object.entries(ERROR_CATALOGUE).map(([code, { kind, meaning }]) => {
    const exit = exitCodeOf(new HindcastError(code as ErrorCode, ''))
    return `| \`${code}\` | ${kind} | ${code === 'interrupted' ? '130/143' : exit} | ${meaning} |`
  })
  return ['| code | kind | exit | when |', '|---|---|---|---|', ...rows].join('\n')
}

/** Names, values and reasons (the comment above each) of src/limits.ts. */
function limitTable(): string {
  const text = readFileSync(LIMITS_SOURCE, 'utf8')
  const source = text.slice(text.indexOf('export const'))
  const reasons = [...source.matchAll(/\/\*\*([\s\S]*?)\*\/\s*(\w+):/g)]
  const reasonOf = new Map(
    reasons.map(([, comment, name]) => [name, comment!.replaceAll(/\s*\n\s*\*?\s*/g, ' ').trim()]),
  )
  const rows = Object.entries(LIMITS).map(
    ([name, value]) => `| \`${name}\` | ${valueText(name, value)} | ${reasonOf.get(name) ?? ''} |`,
  )
  return ['| bound | value | why |', '|---|---|---|', ...rows].join('\n')
}

function valueText(name: string, value: number): string {
  if (!/bytes/i.test(name)) return value.toLocaleString('en')
  const units: [number, string][] = [
    [1024 ** 3, 'GiB'],
    [1024 ** 2, 'MiB'],
    [1024, 'KiB'],
  ]
  const unit = units.find(([size]) => value >= size && value % size === 0)
  return unit === undefined ? value.toLocaleString('en') : `${value / unit[0]} ${unit[1]}`
}

function dependencyTable(): string {
  const rows = Object.entries(RUNTIME_DEPENDENCIES).map(([name, reason]) => `| \`${name}\` | ${reason} |`)
  return ['| package | why |', '|---|---|', ...rows].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(README, withTables(readFileSync(README, 'utf8')))
