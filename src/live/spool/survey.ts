/**
 * What the topic said, when the copy began, of offsets that files do not have: a seam by offset has to explain them (C3),
 * and once history is read the topic may have deleted them. A small file beside the segments:
 *
 *     explained.json    {"version":1,"first":<first offset that was held>,
 *                        "holes":[{"first":…,"last":…,"why":"control"},…],"crc32c":<of the JSON without it>}
 */

import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ExplainedHole } from '../../core/seam/index.ts'
import { HindcastError } from '../../errors.ts'
import { writeDurably } from '../../files/index.ts'
import { LIMITS } from '../../limits.ts'
import { crc32c } from '../crc32c.ts'
import { partitionFolder } from './spool-files.ts'

export interface Survey {
  /** The first offset that the topic held: of what is before it nothing can be said. */
  readonly first: number
  /** Ascending and apart. */
  readonly holes: readonly ExplainedHole[]
}

const VERSION = 1
const REASONS: readonly unknown[] = ['control', 'aborted', 'compacted'] satisfies ExplainedHole['why'][]

/** Keeps it, durably. Raises `limit-passed` for more holes than a seam takes, `disk-full`, `io-failed`. */
export function writeSurvey(folder: string, partition: number, { first, holes }: Survey): void {
  const joined = joinedHoles(holes)
  if (joined.length > LIMITS.coverageRangesMax) {
    throw new HindcastError(
      'limit-passed',
      `the topic explains offsets in more than ${LIMITS.coverageRangesMax} separate ranges (coverageRangesMax)`,
      { where: { partition }, advice: 'Use a seam `by: time`.' },
    )
  }
  const facts = { version: VERSION, first, holes: joined }
  writeDurably(pathOf(folder, partition), JSON.stringify({ ...facts, crc32c: checksumOf(facts) }))
}

/** What was kept; null where the topic was not asked yet. Raises `output-corrupt`. */
export function readSurvey(folder: string, partition: number): Survey | null {
  const path = pathOf(folder, partition)
  if (!existsSync(path)) return null
  if (statSync(path).size <= LIMITS.runFileBytesMax) {
    const survey = parsed(readFileSync(path, 'utf8'))
    if (survey !== null) return survey
  }
  throw new HindcastError('output-corrupt', 'what a topic said of its offsets cannot be read', {
    where: { uri: path, partition },
    advice:
      'Remove the file and run the same command again: the topic is asked anew for what it still holds.',
  })
}

function parsed(text: string): Survey | null {
  try {
    const { crc32c: checksum, ...survey } = JSON.parse(text) as Survey & {
      readonly version: unknown
      readonly crc32c: unknown
    }
    if (checksum !== checksumOf(survey)) return null
    const isOne = survey.version === VERSION && isOffset(survey.first) && Array.isArray(survey.holes)
    return isOne && survey.holes.every(isHole) ? { first: survey.first, holes: survey.holes } : null
  } catch {
    return null // told by the caller, with the path
  }
}

function checksumOf(facts: object): number {
  const bytes = Buffer.from(JSON.stringify(facts))
  return crc32c(bytes, 0, bytes.length)
}

function isHole(hole: Partial<ExplainedHole> | null, i: number, all: readonly ExplainedHole[]): boolean {
  if (hole === null || !isOffset(hole.first) || !isOffset(hole.last) || !REASONS.includes(hole.why))
    return false
  return hole.first <= hole.last && (i === 0 || all[i - 1]!.last < hole.first)
}

function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** Neighbours of one reason are one. */
function joinedHoles(holes: readonly ExplainedHole[]): ExplainedHole[] {
  const joined: ExplainedHole[] = []
  for (const { first, last, why } of holes) {
    const before = joined.at(-1)
    if (before !== undefined && before.why === why && before.last + 1 === first)
      joined[joined.length - 1] = { ...before, last }
    else joined.push({ first, last, why })
  }
  return joined
}

function pathOf(folder: string, partition: number): string {
  return join(partitionFolder(folder, partition), 'explained.json')
}
