import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defineJob, type Plan, plan as planOf } from '../../../src/index.ts'
import { encodeSnapshot } from '../../../src/lanes/snapshot.ts'
import { writeCheckpoint } from '../../../src/run/checkpoint.ts'
import type { ManifestSlice } from '../../../src/run/manifest.ts'
import { ManifestWriter, readManifest } from '../../../src/run/manifest.ts'
import type { ResumePoint } from '../../../src/run/run-state.ts'
import { openRunState, resumeOffsets } from '../../../src/run/run-state.ts'
import { makeTempDirectory, removeTempDirectory } from '../../harness/index.ts'
import { partOf } from './part.ts'

const HOUR = 3_600_000
const START = Date.UTC(2024, 0, 1)
let directory: string
let run: string
let plan: Plan

beforeEach(async () => {
  directory = makeTempDirectory()
  run = join(directory, 'run')
  mkdirSync(run)
  plan = await makePlan('a')
})
afterEach(() => removeTempDirectory(directory))

function makePlan(key: string): Promise<Plan> {
  writeFileSync(join(directory, 'e.jsonl'), '{"t":"2024-01-01T00:00:00Z","a":"a","b":1}\n')
  const columns = { t: 'timestamp[ms, UTC]', a: 'utf8', b: 'int64' }
  const stream = { key: [key], time: { column: 't' }, partitions: 2, columns, history: { files: 'e.jsonl' } }
  return planOf(defineJob({ name: 'j', streams: { s: stream }, output: { slice: '1h' } }, { directory }))
}

function open(of = plan, after: string | null = null): ResumePoint {
  const point = openRunState(of, run, after)
  point.manifest.close()
  return point
}

const sliceOf = (hour: number): ManifestSlice => ({
  slice: START + hour * HOUR,
  endMs: START + (hour + 1) * HOUR,
  partitions: [0, 1].map(partition => ({ ...partOf(partition, 1, hour + 1), path: pathOf(partition, hour) })),
})

const pathOf = (partition: number, hour: number): string =>
  `samples/partition=${partition}/2024-01-01T0${hour}0000Z.parquet`

/** State of two partitions behind an hour; the second one has not begun. */
function checkpoint(hour: number, of = plan): void {
  const snapshot = encodeSnapshot({
    offsetNext: hour + 1,
    feed: Uint8Array.of(hour),
    epochs: [],
    counts: [],
    stages: [],
  })
  writeCheckpoint(run, of.hash, START + hour * HOUR, [snapshot, new Uint8Array(0)])
}

/** A run that was killed: slices as sealed, checkpoints as written, and the files of all of them. */
function killedRun(sealed: readonly number[], checkpoints: readonly number[], files = sealed): void {
  open()
  const writer = ManifestWriter.open(run, { version: 1, plan: plan.hash, after: null }, [])
  writer.append(sealed.map(sliceOf))
  writer.close()
  for (const hour of checkpoints) checkpoint(hour)
  for (const hour of files) {
    for (const partition of [0, 1]) {
      mkdirSync(join(run, `samples/partition=${partition}`), { recursive: true })
      writeFileSync(join(run, pathOf(partition, hour)), 'rows')
    }
  }
}

const refused = (code: string): unknown => expect.objectContaining({ code })

describe('the state of a run directory', () => {
  it('that is empty is a run at its beginning', () => {
    const point = open()
    expect(point).toMatchObject({ sliceStartMs: null, snapshots: [null, null], slices: [], chain: null })
    expect(resumeOffsets(point).map(({ offsetNext }) => offsetNext)).toEqual([0, 0])
    expect(JSON.parse(readFileSync(join(run, 'plan.json'), 'utf8'))).toEqual(plan)
    expect(readManifest(run)).toMatchObject({ header: { plan: plan.hash, after: null }, slices: [] })
    expect(open()).toMatchObject({ sliceStartMs: null, slices: [] })
  })

  it('of a killed run is the newest sealed slice, and what lies behind it is gone', () => {
    killedRun([0, 1], [0, 1], [0, 1, 2])
    writeFileSync(join(run, `${pathOf(0, 1)}.tmp`), 'half')
    const point = open()
    expect(point.sliceStartMs).toBe(START + 2 * HOUR)
    expect(point.slices).toEqual([sliceOf(0), sliceOf(1)])
    expect(resumeOffsets(point).map(({ offsetNext }) => offsetNext)).toEqual([2, 0])
    expect(readdirSync(join(run, 'samples/partition=0'))).toEqual(
      [0, 1].map(hour => pathOf(0, hour).split('/')[2]),
    )
  })

  it('whose last lines lost their common checkpoint to a power cut is that of the newest one left', () => {
    killedRun([0, 1, 2, 3], [1])
    const point = open()
    expect(point.sliceStartMs).toBe(START + 2 * HOUR)
    expect(point.slices).toEqual([sliceOf(0), sliceOf(1)])
    expect(readManifest(run)!.slices).toEqual([sliceOf(0), sliceOf(1)])
    expect(existsSync(join(run, pathOf(0, 2)))).toBe(false)
  })

  it('with sealed slices and no checkpoint, or a damaged one, is output-corrupt and left as it is', () => {
    killedRun([0, 1], [])
    expect(() => open()).toThrowError(refused('output-corrupt'))
    checkpoint(1, { ...plan, hash: 'another' })
    expect(() => open()).toThrowError(refused('output-corrupt'))
    writeFileSync(join(run, 'checkpoint/2024-01-01T010000Z.ckpt'), '{}\n')
    expect(() => open()).toThrowError(refused('output-corrupt'))
    expect(readManifest(run)!.slices).toEqual([sliceOf(0), sliceOf(1)])
    expect(existsSync(join(run, pathOf(1, 1)))).toBe(true)
  })

  it('with a report is complete', () => {
    killedRun([0], [0])
    writeFileSync(join(run, 'report.json'), '{"state":"complete"}')
    expect(() => open()).toThrowError(refused('nothing-to-do'))
    writeFileSync(join(run, 'report.json'), '{"sta')
    expect(() => open()).toThrowError(refused('output-corrupt'))
    rmSync(join(run, 'report.json'))
    expect(open().slices).toHaveLength(1)
  })

  it('of another plan is refused, with and without a manifest', async () => {
    open()
    const other = await makePlan('b')
    expect(() => open(other)).toThrowError(refused('run-mismatch'))
    rmSync(join(run, 'manifest.json'))
    expect(() => open(other)).toThrowError(refused('run-mismatch'))
    expect(JSON.parse(readFileSync(join(run, 'plan.json'), 'utf8'))).toEqual(plan)
    expect(open().slices).toEqual([])
  })

  it('that goes on from nothing stays unwritten', () => {
    expect(() => open(plan, join(directory, 'none'))).toThrowError(refused('run-mismatch'))
    expect(() => open(plan, run)).toThrowError(refused('argument-invalid'))
    expect(readdirSync(run)).toEqual([])
  })
})
