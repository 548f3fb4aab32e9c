/**
 * What the stages have in common. Each is a program of its own, so that none meets machine code that another
 * has spoilt, and prints its figures as one line of JSON.
 */

import { statSync } from 'node:fs'
import type { Schema } from '../../src/core/batch/index.ts'
import type { DecodedUnit, Decoder } from '../../src/history/index.ts'
import { createDecoder } from '../../src/history/index.ts'
import type { PinnedFile } from '../../src/plan/index.ts'
import { ensureData } from '../data/make.ts'
import type { DataShape } from '../data/shape.ts'
import { median } from '../harness/measure.ts'

export interface StageTask {
  readonly cache: string
  readonly shape: DataShape
}

export interface StageFigure {
  readonly what: string
  readonly rowsPerSecond: number
  /** The best figure known for this work, as measured before the code was written. */
  readonly best: string
}

/** Rows that a stage works on: as many as two row groups of the full data. */
export const STAGE_ROWS = 208_896
const ROUNDS = 7

/** The task from the command line, and the figures to standard output. */
export async function runStage(work: (task: StageTask) => Promise<StageFigure[]>): Promise<void> {
  const task = JSON.parse(process.argv[2]!) as StageTask
  process.stdout.write(`${JSON.stringify(await work(task))}\n`)
}

/** Median rows per second of some rounds, the first two of which only warm up. */
export async function rate(rows: number, work: () => unknown | Promise<unknown>): Promise<number> {
  const seconds: number[] = []
  for (let round = 0; round < ROUNDS + 2; round++) {
    const started = performance.now()
    await work()
    if (round >= 2) seconds.push((performance.now() - started) / 1000)
  }
  return rows / median(seconds)
}

export interface StageInput {
  readonly decoder: Decoder
  readonly files: readonly PinnedFile[]
  readonly schema: Schema
  readonly versions: PinnedFile
  readonly versionSchema: Schema
}

/** The benchmark's event and version files, described and ready to be decoded. */
export async function openInput(task: StageTask): Promise<StageInput> {
  const places = await ensureData(task.cache, task.shape, text => process.stderr.write(`${text}\n`))
  const paths = [...places.events, places.versions]
  const decoder = createDecoder({
    files: paths.map(path => ({ path, format: 'parquet' as const })),
    csv: { delimiter: ',', header: true, null: '' },
    declared: [],
  })
  const events = await decoder.describeMany(places.events, 'event_time', 'ms')
  const versions = await decoder.describe(places.versions, 'known_at', 'ms')
  return {
    decoder,
    files: places.events.map((path, ordinal) => pinned(path, ordinal, events[ordinal]!.units)),
    schema: events[0]!.schema,
    versions: pinned(places.versions, 0, versions.units),
    versionSchema: versions.schema,
  }
}

/** The first units of the events, until there are STAGE_ROWS rows. */
export async function someUnits(input: StageInput, fields: Schema = input.schema): Promise<DecodedUnit[]> {
  const units: DecodedUnit[] = []
  let rows = 0
  for (const file of input.files) {
    for (const unit of file.units) {
      if (rows >= STAGE_ROWS) return units
      const decoded = await input.decoder.decode({ file, unit, fields })
      units.push(decoded)
      rows += decoded.batch.rows
    }
  }
  return units
}

export function rowsOf(units: readonly DecodedUnit[]): number {
  return units.reduce((rows, unit) => rows + unit.batch.rows, 0)
}

function pinned(path: string, ordinal: number, units: PinnedFile['units']): PinnedFile {
  const { size, mtimeMs, ino } = statSync(path)
  return { ordinal, path, format: 'parquet', bytes: size, mtimeMs, fileId: String(ino), hive: {}, units }
}
