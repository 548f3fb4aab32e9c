/** What the runs before one in its chain have sent, and what the cluster must still have. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PartitionSlice } from '../../../src/lanes/index.ts'
import type { Plan } from '../../../src/plan/index.ts'
import { manifestText } from '../../../src/run/manifest.ts'
import { ownRunIdentity } from '../../../src/run/run-identity.ts'
import { checkAllSent, checkNotLost, identitiesBefore } from '../../../src/run/sent-chain.ts'
import { makeTempDirectory, removeTempDirectory } from '../../harness/index.ts'

let root: string

beforeEach(() => {
  root = makeTempDirectory()
})
afterEach(() => removeTempDirectory(root))

const PLAN = { job: { output: { kafka: { topic: 'samples' } } } } as unknown as Plan

/** A run of one partition with slices of so many rows; `sent`: rows of the slice that starts at 100 i. */
function runOf(name: string, after: string | null, rows: readonly number[], sent: readonly number[]): string {
  const directory = join(root, name)
  mkdirSync(directory)
  const slices = rows.map((count, i) => ({
    slice: 100 * i,
    endMs: 100 * i + 100,
    partitions: [{ partition: 0, rows: count, digest: 'd', path: null } as PartitionSlice],
  }))
  writeFileSync(join(directory, 'manifest.json'), manifestText({ version: 1, plan: 'p', after }, slices))
  const notes = sent.map((count, i) =>
    JSON.stringify({ partition: 0, slice: 100 * i, rows: count, of: rows[i], first: 0, last: count - 1 }),
  )
  writeFileSync(join(directory, 'sent.jsonl'), notes.map(note => `${note}\n`).join(''))
  return directory
}

describe('a chain of runs', () => {
  it('knows who has sent before, a run that sent nothing included', () => {
    const first = runOf('first', null, [1], [1])
    const second = runOf('second', first, [], [])
    const identities = [second, first].map(ownRunIdentity)
    expect(identitiesBefore(second)).toEqual(identities)
    expect(identitiesBefore(null)).toEqual([])
  })

  it('is not gone on with while samples of the run before are not in the topic', () => {
    const before = runOf('before', null, [3, 5, 0], [3])
    const run = ownRunIdentity(before)
    expect(() => checkAllSent(before, PLAN, 0, null)).toThrowError(
      expect.objectContaining({
        code: 'run-mismatch',
        advice: expect.stringContaining('hindcast run --plan'),
      }),
    )
    const position = (rows: number) => ({ run, slice: 100, rows, of: 5 })
    expect(() => checkAllSent(before, PLAN, 0, position(4))).toThrowError(/has not sent its slice/)
    expect(() => checkAllSent(before, PLAN, 0, position(5))).not.toThrow()
    expect(() => checkAllSent(before, PLAN, 0, { ...position(5), run: 'other' })).toThrowError()
  })

  it('goes on where all was sent, and where nothing was to be sent', () => {
    for (const directory of [runOf('all', null, [3, 5], [3, 5]), runOf('none', null, [0, 0], [])]) {
      ownRunIdentity(directory)
      expect(() => checkAllSent(directory, PLAN, 0, null)).not.toThrow()
    }
  })
})

describe('what was committed', () => {
  const noted = { partition: 0, slice: 100, rows: 4, of: 9, first: 0, last: 3 }

  it.each([
    ['nothing', null],
    ['an earlier slice', { slice: 0, rows: 9 }],
    ['fewer rows', { slice: 100, rows: 3 }],
  ])('is gone where the cluster has %s', (_, own) => {
    expect(() => checkNotLost('samples', noted, own)).toThrowError(
      expect.objectContaining({ code: 'run-mismatch' }),
    )
  })

  it.each([
    ['as much', { slice: 100, rows: 4 }],
    ['more, as the note of a commit was not written', { slice: 200, rows: 1 }],
  ])('is there where the cluster has %s', (_, own) => {
    expect(() => checkNotLost('samples', noted, own)).not.toThrow()
    expect(() => checkNotLost('samples', null, null)).not.toThrow()
  })
})
