/**
 * Reads single values of a job whose shape is already known to be right: units, instants, locations and lists
 * of columns. What has the right shape but no meaning (30 February) is a problem of the list, and the value
 * returned then is only a stand-in: a job with problems never leaves `checkJob`.
 */

import { isAbsolute, resolve } from 'node:path'
import { readLocation } from './location.ts'
import type { JobPath, ProblemList } from './problem.ts'
import { INSTANT } from './schema-scalars.ts'
import { byteCount, durationMs, instantMs, shareOf } from './units.ts'

export class ValueReader {
  readonly list: ProblemList
  readonly #directory: string

  /** Relative paths are below `directory`. */
  constructor(list: ProblemList, directory: string) {
    this.list = list
    this.#directory = directory
  }

  duration(text: string | undefined, path: JobPath, defaultMs: number): number {
    if (text === undefined) return defaultMs
    const ms = durationMs(text)
    if (ms === null) this.list.addExpected(path, 'a whole number of milliseconds below 2^53')
    return ms ?? defaultMs
  }

  optionalDuration(text: string | undefined, path: JobPath): number | undefined {
    return text === undefined ? undefined : this.duration(text, path, 0)
  }

  instant(text: string, path: JobPath): number {
    const ms = instantMs(text)
    if (ms === null) this.list.addExpected(path, `${INSTANT} that exists, in whole milliseconds`)
    return ms ?? 0
  }

  optionalInstant(text: string | undefined, path: JobPath): number | undefined {
    return text === undefined ? undefined : this.instant(text, path)
  }

  bytes(text: string | undefined, path: JobPath, defaultBytes: number): number {
    if (text === undefined) return defaultBytes
    const bytes = byteCount(text)
    if (bytes === null) this.list.addExpected(path, 'a whole number of bytes below 2^53')
    return bytes ?? defaultBytes
  }

  share(text: string | undefined, path: JobPath, defaultShare: number): number {
    if (text === undefined) return defaultShare
    const share = shareOf(text)
    if (share === null) this.list.addExpected(path, 'a share from 0% to 100%')
    return share ?? defaultShare
  }

  /** An absolute path or a URI. Schemes that are not read were refused before, by `unsupported.ts`. */
  location(text: string, path: JobPath): string {
    const location = readLocation(text, this.#directory)
    if (location.kind === 'path') return location.path
    if (location.kind === 'remote') return location.uri
    if (location.kind === 'wrong') this.list.addExpected(path, 'a path', `${location.reason}.`)
    return text
  }

  locations(input: string | readonly string[], path: JobPath): string[] {
    if (typeof input === 'string') return [this.location(input, path)]
    return input.map((text, i) => this.location(text, [...path, i]))
  }

  /**
   * The reference to a secret as it stands in the job, its path absolute: what it stands for is in no plan. A secret that
   * is written out is a problem, and not quoted.
   */
  secret(path: JobPath, expected: string): string {
    const given = this.list.givenAt(path)
    const [, source, name] = /^\$\{(env|file):([^}]+)\}$/.exec(typeof given === 'string' ? given : '') ?? []
    if (name === undefined) {
      const advice = 'Put it into the environment or a file: jobs and plans are read by many.'
      this.list.add(path, `expected ${expected}, and nothing beside it`, advice)
      return ''
    }
    if (source === 'env' || isAbsolute(name)) return `\${${source}:${name}}`
    return `\${file:${resolve(this.#directory, name)}}`
  }

  /** Column names; one that is named twice is a problem. */
  columns(input: string | readonly string[], path: JobPath): string[] {
    if (typeof input === 'string') return [input]
    const seen = new Set<string>()
    input.forEach((column, i) => {
      if (seen.has(column)) this.list.add([...path, i], `the column "${column}" is named twice`)
      seen.add(column)
    })
    return [...input]
  }
}
