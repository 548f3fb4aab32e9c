import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  hasCheckpoint,
  pruneCheckpoints,
  readCheckpoint,
  readStartNotes,
  writeCheckpoint,
  writeStartNotes,
} from '../../../src/run/checkpoint.ts'
import { withTempDirectory } from '../../harness/index.ts'

const FIRST = Date.UTC(2024, 0, 1)
const HOUR = 3_600_000
const SNAPSHOTS = [Uint8Array.of(1, 2, 3), new Uint8Array(0), Uint8Array.of(10)]
const pathOf = (directory: string, name: string): string => join(directory, 'checkpoint', name)

describe('a checkpoint', () => {
  it('gives back the state of each partition', () =>
    withTempDirectory(directory => {
      expect(hasCheckpoint(directory, FIRST)).toBe(false)
      writeCheckpoint(directory, 'plan', FIRST, SNAPSHOTS)
      expect(hasCheckpoint(directory, FIRST)).toBe(true)
      expect(readCheckpoint(directory, FIRST)).toEqual({ plan: 'plan', snapshots: SNAPSHOTS })
    }))

  it('is output-corrupt with any of its bytes flipped, and cut short anywhere', () =>
    withTempDirectory(directory => {
      writeCheckpoint(directory, 'plan', FIRST, SNAPSHOTS)
      const path = pathOf(directory, '2024-01-01T000000Z.ckpt')
      const bytes = readFileSync(path)
      const refused = expect.objectContaining({ code: 'output-corrupt', where: { uri: path } })
      for (let i = 0; i < bytes.length; i++) {
        const damaged = Buffer.from(bytes)
        damaged[i]! ^= 1
        writeFileSync(path, damaged)
        expect(() => readCheckpoint(directory, FIRST), `byte ${i}`).toThrowError(refused)
        writeFileSync(path, bytes.subarray(0, i))
        expect(() => readCheckpoint(directory, FIRST), `cut at ${i}`).toThrowError(refused)
      }
    }))

  it('is not taken for that of another slice, and a missing one is told', () =>
    withTempDirectory(directory => {
      writeCheckpoint(directory, 'plan', FIRST, SNAPSHOTS)
      renameSync(pathOf(directory, '2024-01-01T000000Z.ckpt'), pathOf(directory, '2024-01-01T010000Z.ckpt'))
      for (const startMs of [FIRST, FIRST + HOUR]) {
        expect(() => readCheckpoint(directory, startMs)).toThrowError(
          expect.objectContaining({ code: 'output-corrupt' }),
        )
      }
    }))

  it('is pruned to those that are kept; what was noted at the start stays', () =>
    withTempDirectory(directory => {
      writeStartNotes(directory, { startedAtMs: 1, liveRanges: {} })
      for (const hour of [0, 1, 2]) writeCheckpoint(directory, 'plan', FIRST + hour * HOUR, SNAPSHOTS)
      pruneCheckpoints(directory, [FIRST + HOUR, FIRST + 2 * HOUR])
      expect(readdirSync(join(directory, 'checkpoint')).toSorted()).toEqual([
        '2024-01-01T010000Z.ckpt',
        '2024-01-01T020000Z.ckpt',
        'start.json',
      ])
    }))
})

describe('the notes of the start', () => {
  it('are null before the first start, and then what was noted', () =>
    withTempDirectory(directory => {
      expect(readStartNotes(directory)).toBeNull()
      const notes = { startedAtMs: 5, liveRanges: { 1: [{ start: 3, overlapRetained: true, stop: null }] } }
      writeStartNotes(directory, notes)
      expect(readStartNotes(directory)).toEqual(notes)
    }))
})
