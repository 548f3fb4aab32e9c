/**
 * Temporary directories that are gone when the test is: removed whether it passes, throws or times out.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const live = new Set<string>()

/** Runs `work` with a fresh empty directory and removes it, with all that is in it, afterwards. */
export async function withTempDirectory<Result>(
  work: (directory: string) => Result | Promise<Result>,
): Promise<Result> {
  const directory = makeTempDirectory()
  try {
    return await work(directory)
  } finally {
    removeTempDirectory(directory)
  }
}

/** For `beforeAll`: a directory that several tests share. Whoever makes it removes it. */
export function makeTempDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'hindcast-test-'))
  live.add(directory)
  return directory
}

/** Also removes what a killed process left half-written; a directory that is gone is no error. */
export function removeTempDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
  live.delete(directory)
}

/** Directories that were made and not removed: leaks, if the test has ended. */
export function tempDirectoriesLeft(): string[] {
  return [...live].filter(directory => existsSync(directory))
}

/** JSON file of a run directory and the like. The caller says what it holds; nothing is checked. */
export function readJsonFile<Shape>(...path: string[]): Shape {
  return JSON.parse(readFileSync(join(...path), 'utf8')) as Shape
}
