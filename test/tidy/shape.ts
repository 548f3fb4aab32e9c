/**
 * The shape of files: size, header, name, unfinished work, silenced checks, sleeps.
 */
import { blankText } from './blank.ts'
import { placeOf, type SourceFile } from './source-file.ts'

export const LINES_MAX = 400

export function sizeComplaints(files: readonly SourceFile[]): string[] {
  return files.flatMap(file => {
    const lines = file.text.split('\n').length - 1
    return lines > LINES_MAX ? [`${file.path}: ${lines} lines, more than ${LINES_MAX}`] : []
  })
}

/**
 * Every file says on top what it is, in a comment of at least one sentence. A unit test that mirrors a file
 * (of src/, bench/ or scripts/) needs none: it is the test of that file. `files` are all, to find the mirrored one.
 */
export function headerComplaints(code: readonly SourceFile[], files: readonly SourceFile[]): string[] {
  const paths = new Set(files.map(file => file.path))
  return code.flatMap(file => {
    const mirrored = /^test\/unit\/(.+)\.test\.ts$/.exec(file.path)?.[1]
    if (mirrored !== undefined && (paths.has(`src/${mirrored}.ts`) || paths.has(`${mirrored}.ts`))) return []
    const text = file.text.replace(/^#!.*\n/, '')
    const header = /^(\/\*\*?[\s\S]*?\*\/|(\/\/.*\n)+)/.exec(text)
    const words = (header?.[0] ?? '').match(/[\p{L}]{2,}/gu) ?? []
    return words.length < 4 ? [`${file.path}: no header comment that says what it is`] : []
  })
}

/** Names that say what kind of thing a file is, or nothing, instead of which idea is in it. */
const EMPTY_NAMES =
  /^(types?|common|misc|stuff|temp|tmp|foo|untitled|copy|scratch|old|new|backup)$|(^|[-.])(utils?|helpers?|manager|handler)$/

const LEFTOVERS = /(~|\.(orig|rej|bak|swp|log|pyc|tmp)|\.DS_Store|Thumbs\.db)$/

export function nameComplaints(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path }) => {
    const name = path.slice(path.lastIndexOf('/') + 1)
    if (LEFTOVERS.test(name)) return [`${path}: looks like a leftover`]
    if (!/\.(ts|mjs|js)$/.test(name)) return []
    const stem = name.replace(/(\.test|\.config|\.d)?\.(ts|mjs|js)$/, '')
    if (EMPTY_NAMES.test(stem)) return [`${path}: the name does not say which idea is in it`]
    return /^[a-z0-9]+(-[a-z0-9]+)*$/.test(stem) ? [] : [`${path}: not a kebab-case name`]
  })
}

/** Built from halves, so that this file does not find itself. */
const UNFINISHED = new RegExp(
  `\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`,
  'g',
)

export function unfinishedComplaints(files: readonly SourceFile[]): string[] {
  return files.flatMap(file =>
    [...file.text.matchAll(UNFINISHED)].map(match => `${placeOf(file, match.index)}: ${match[0]}`),
  )
}

/** A silenced type error or a silenced `any` is as bad as the thing itself. */
const SILENCED = new RegExp(
  `@ts-${'ignore'}|@ts-${'expect-error'}|@ts-${'nocheck'}|biome-${'ignore'}-all|biome-${'ignore'} lint/suspicious/noExplicitAny`,
  'g',
)

export function silencedComplaints(files: readonly SourceFile[]): string[] {
  return files.flatMap(file =>
    [...file.text.matchAll(SILENCED)].map(match => `${placeOf(file, match.index)}: ${match[0]}`),
  )
}

/** Tests wait for conditions (test/harness/wait.ts), never for time to pass. */
export function sleepComplaints(testFiles: readonly SourceFile[]): string[] {
  return testFiles
    .filter(file => file.path !== 'test/harness/wait.ts')
    .flatMap(file =>
      [...blankText(file.text).matchAll(/\bsetTimeout\b/g)].map(
        match => `${placeOf(file, match.index)}: waits for time to pass; use waitFor of the harness`,
      ),
    )
}
