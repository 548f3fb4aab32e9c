/**
 * What is wrong with a job, and how it is told: path, line, what was given, what was expected, what to do.
 * All problems of a job are reported together, in one HindcastError.
 */

import { type ErrorCode, HindcastError } from '../errors.ts'

/** Keys and indexes from the root of the job to the place. */
export type JobPath = readonly (string | number)[]

export interface JobProblem {
  readonly code: Extract<ErrorCode, 'job-invalid' | 'unsupported' | 'secret-missing'>
  readonly path: JobPath
  /** What is wrong and what was expected, in words that follow "<path>: ". */
  readonly text: string
  /** What to type; empty where `text` says it all. */
  readonly advice: string
}

/** Where the job was read from: as much of it as is known. */
export interface JobPlace {
  /** Name of the file as the user gave it; absent for a job that was defined in TypeScript. */
  readonly uri?: string
  /** Line of a path, or of its nearest parent that is there. */
  readonly lineOf: (path: JobPath) => number | undefined
  /** The value at a path as the user wrote it: references to secrets are still references. */
  readonly givenAt: (path: JobPath) => unknown
}

/** Collects problems; the checks go on after one so that all are told at once. */
export class ProblemList {
  readonly problems: JobProblem[] = []
  readonly #place: JobPlace

  constructor(place: JobPlace) {
    this.#place = place
  }

  /** The value at a path as the user wrote it. */
  givenAt(path: JobPath): unknown {
    return this.#place.givenAt(path)
  }

  /** A value that is there but is not what it should be. */
  addExpected(path: JobPath, expected: string, advice = ''): void {
    this.add(path, `given ${givenText(this.givenAt(path), path)}, expected ${expected}`, advice)
  }

  add(path: JobPath, text: string, advice = ''): void {
    this.problems.push({ code: 'job-invalid', path, text, advice })
  }

  addUnsupported(path: JobPath, text: string, advice: string): void {
    this.problems.push({ code: 'unsupported', path, text, advice })
  }

  addSecretMissing(path: JobPath, text: string, advice: string): void {
    this.problems.push({ code: 'secret-missing', path, text, advice })
  }
}

const PROBLEMS_SHOWN_MAX = 20

/**
 * One error for all problems. Its code is the problems' own where they agree; else `job-invalid`. `where` is
 * that of the first in the file.
 */
export function errorOfProblems(problems: readonly JobProblem[], place: JobPlace): HindcastError {
  const sorted = problems
    .map(problem => ({ problem, line: place.lineOf(problem.path) ?? 0 }))
    .sort((a, b) => a.line - b.line)
  const first = sorted[0]!
  const code = problems.every(problem => problem.code === first.problem.code)
    ? first.problem.code
    : 'job-invalid'
  const where = {
    ...(place.uri === undefined ? {} : { uri: place.uri }),
    ...(first.line === 0 ? {} : { line: first.line }),
    path: pathText(first.problem.path),
  }
  const name = place.uri ?? 'the job'
  if (sorted.length === 1) {
    const at = place.uri === undefined ? '' : `${place.uri}:${first.line === 0 ? '' : `${first.line}:`} `
    return new HindcastError(code, at + problemText(first.problem), { where, advice: first.problem.advice })
  }
  const lines = [`${problems.length} problems in ${name}`]
  for (const { problem, line } of sorted.slice(0, PROBLEMS_SHOWN_MAX)) {
    const advice = problem.advice === '' ? '' : `. ${problem.advice}`
    lines.push(`  ${line === 0 ? '' : `line ${line}: `}${problemText(problem)}${advice}`)
  }
  if (sorted.length > PROBLEMS_SHOWN_MAX) lines.push(`  and ${sorted.length - PROBLEMS_SHOWN_MAX} more`)
  return new HindcastError(code, lines.join('\n'), { where, advice: `Change ${name} and plan again.` })
}

/** `streams.flights.history.files[0]`; odd keys are quoted; the root is `(job)`. */
export function pathText(path: JobPath): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (/^[A-Za-z_$][\w$-]*$/.test(step)) text += text === '' ? step : `.${step}`
    else text += `[${JSON.stringify(step)}]`
  }
  return text === '' ? '(job)' : text
}

/** What stands there is a secret, or was meant to be one. */
const SECRET_KEYS: ReadonlySet<unknown> = new Set(['password', 'token'])

/** A value as messages quote it: short, one line, and telling text from numbers. `path`: where it was given. */
export function givenText(value: unknown, path: JobPath = []): string {
  if (value === undefined) return 'nothing'
  if (SECRET_KEYS.has(path.at(-1))) return 'something else'
  if (value === null) return 'nothing (null)'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  if (typeof value === 'object') {
    if (!isPlain(value)) return `a ${value.constructor?.name ?? 'object'}`
    const keys = Object.keys(value)
    return keys.length === 0 ? 'an empty mapping' : `a mapping of ${shorten(keys.join(', '))}`
  }
  // what stands before the host of a URI may be a password
  if (typeof value === 'string') return shorten(JSON.stringify(value.replace(/:\/\/[^/\s]*@/g, '://…@')))
  return shorten(String(value))
}

/** Whether an object is data, and not an instance of some class (a Date, say). */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function problemText(problem: JobProblem): string {
  return `${pathText(problem.path)}: ${problem.text}`
}

function shorten(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 77)}…`
}
