/**
 * C4 against DuckDB's ASOF JOIN, on samples of many keys: missing keys, ties, deletes, expired, both boundaries, lag and
 * `available`; versions from files, spilled to disk, and from an embedded store. 10^5 samples, 10^6 with HINDCAST_FULL=1.
 *
 * ASOF takes one version a moment, so the oracle reduces versions first: among those readable by the same moment, the
 * one that wins by (version time, available, file, row) is the answer from there on.
 */

import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EventBatch, Schema } from '../../../src/core/batch/index.ts'
import { expectKind, i64ToNumber, isValid } from '../../../src/core/batch/index.ts'
import { eventTimes } from '../../../src/core/order/index.ts'
import type { LoadedFeature } from '../../../src/features/index.ts'
import {
  createFeatureStage,
  describeFeature,
  loadFeature,
  loadStore,
  openFeatureStore,
} from '../../../src/features/index.ts'
import { LocalFileSystem } from '../../../src/files/index.ts'
import type { Decoder } from '../../../src/history/index.ts'
import { createDecoder } from '../../../src/history/index.ts'
import type { FeatureJob } from '../../../src/job/index.ts'
import type { FeaturePlan, PinnedFile } from '../../../src/plan/index.ts'
import { mergeSchemas } from '../../../src/plan/index.ts'
import { makeTempDirectory, removeTempDirectory } from '../../harness/index.ts'
import { featureJob } from '../../property/feature-fixture.ts'

const SAMPLES = process.env.HINDCAST_FULL === '1' ? 1_000_000 : 100_000
const VERSIONS = 2 * SAMPLES
const KEYS = SAMPLES / 20
const FILES = 3
const SPAN_US = 30 * 86_400 * 1e6

const directory = makeTempDirectory()
const eventFile = join(directory, 'events.parquet')
const versionGlob = join(directory, 'versions-*.parquet')
let duckdb: DuckDBInstance
let decoder: Decoder
let events: PinnedFile
let versions: PinnedFile[]
let versionSchema: Schema

/** Deterministic: everything follows from the row's number. Times fall on 10,000 moments, so that many are equal. */
function roll(row: string, salt: number, below: number): string {
  return `(hash(${row} * 1000 + ${salt}) % ${below})::BIGINT`
}

function momentOf(row: string, salt: number): string {
  return `make_timestamp(1700000000000000 + ${roll(row, salt, 10_000)} * ${SPAN_US / 10_000})`
}

async function makeData(): Promise<void> {
  const connection = await duckdb.connect()
  await connection.run(`COPY (
    SELECT i::INTEGER AS id, CASE WHEN i % 50 = 0 THEN NULL ELSE ${roll('i', 1, 1.1 * KEYS)} END AS k, ${momentOf('i', 2)} AS t
    FROM range(${SAMPLES}) r(i) ORDER BY t) TO '${eventFile}' (ROW_GROUP_SIZE 20480)`)
  for (let file = 0; file < FILES; file++) {
    await connection.run(`COPY (
      SELECT ${roll('i', 3, KEYS)} AS k, ${momentOf('i', 4)} AS t,
        t + to_microseconds(${roll('i', 5, 5)} * ${roll('i', 6, SPAN_US / 20)}) AS seen,
        i % 17 = 0 AS gone, i::INTEGER AS v, CASE WHEN i % 5 = 0 THEN NULL ELSE 'note ' || i END AS note
      FROM range(${VERSIONS}) r(i) WHERE i % ${FILES} = ${file} ORDER BY hash(i))
      TO '${join(directory, `versions-${file}.parquet`)}' (ROW_GROUP_SIZE 20480)`)
  }
  connection.closeSync()
}

async function pin(paths: readonly string[], time: string): Promise<{ files: PinnedFile[]; schema: Schema }> {
  const { files } = await new LocalFileSystem().list(paths)
  const descriptions = await decoder.describeMany(
    files.map(file => file.path),
    time,
  )
  return {
    files: files.map((file, ordinal) => ({
      ...file,
      ordinal,
      format: 'parquet',
      units: descriptions[ordinal].units,
    })),
    schema: mergeSchemas(files.map((file, i) => ({ path: file.path, schema: descriptions[i].schema })))
      .schema,
  }
}

beforeAll(async () => {
  duckdb = await DuckDBInstance.create(':memory:', { threads: String(availableParallelism()) })
  await makeData()
  const { files } = await new LocalFileSystem().list([eventFile, versionGlob])
  decoder = createDecoder({
    files: files.map(file => ({ path: file.path, format: 'parquet' })),
    csv: { delimiter: ',', header: true, null: '' },
    declared: [],
  })
  events = (await pin([eventFile], 't')).files[0]
  const pinned = await pin([versionGlob], 't')
  versions = pinned.files
  versionSchema = pinned.schema
})

afterAll(async () => {
  await decoder?.close()
  duckdb?.closeSync()
  removeTempDirectory(directory)
})

interface Answers {
  readonly status: string[]
  readonly value: (number | null)[]
  readonly note: (string | null)[]
  readonly versionMs: (number | null)[]
}

const SOURCE = {
  kind: 'files',
  files: [],
  key: ['k'],
  time: { column: 't' },
  columns: ['v', 'note'],
  deleted: 'gone',
} as const
const EVENT_SCHEMA: Schema = [
  { name: 'id', type: { name: 'int32' } },
  { name: 'k', type: { name: 'int64' } },
  { name: 't', type: { name: 'timestamp', unit: 'us', utc: false } },
]

async function planOf(job: FeatureJob): Promise<FeaturePlan> {
  const description = await describeFeature(
    job,
    job.from.kind === 'files' ? { files: versions, schema: versionSchema } : null,
  )
  return { name: job.name, job, files: job.from.kind === 'files' ? versions : [], ...description }
}

async function hindcast(job: FeatureJob, memoryBytes: number): Promise<Answers> {
  const feature = await planOf(job)
  const loaded: LoadedFeature | null =
    job.from.kind === 'store'
      ? null
      : await loadFeature({
          feature,
          timeline: 'us',
          decoder,
          checkFile: () => Promise.resolve(),
          quarantine: (_file, _unit, bad) => Promise.reject(new Error(bad[0].reason)),
          memoryBytes,
          spillDirectory: directory,
        })
  expect(loaded?.shared.kind ?? 'store').toBe(
    job.from.kind === 'store' ? 'store' : memoryBytes === 0 ? 'spilled' : 'table',
  )
  const store = await openFeatureStore({
    feature,
    timeline: 'us',
    shared: loaded?.shared ?? null,
    now: Date.now,
  })
  const clock = { now: Date.now, sleep: () => Promise.resolve() }
  const stage = createFeatureStage({ feature, store, timeline: 'us', eventSchema: EVENT_SCHEMA, clock })
  const answers: Answers = { status: [], value: [], note: [], versionMs: [] }
  for (const unit of events.units) {
    const { batch } = await decoder.decode({ file: events, unit, fields: EVENT_SCHEMA })
    const time = eventTimes(batch.columns[2], {
      column: 't',
      type: EVENT_SCHEMA[2].type,
      unit: undefined,
      timeline: 'us',
      latest: Number.MAX_SAFE_INTEGER,
    })
    const input: EventBatch = {
      ...batch,
      stream: 0,
      partition: 0,
      time: time.time,
      sub: null,
      sourceOffset: null,
    }
    read(stage.process(input, await stage.prepare(input)), answers)
  }
  await stage.close()
  loaded?.remove()
  return answers
}

const TEXT = new TextDecoder()

function read(joined: EventBatch, answers: Answers): void {
  const id = expectKind(joined.columns[0], 'i32').values
  const value = expectKind(joined.columns[3], 'i32')
  const note = expectKind(joined.columns[4], 'bytes')
  const version = expectKind(joined.columns[5], 'i64')
  const status = expectKind(joined.columns[6], 'bytes')
  const text = (column: typeof note, row: number): string =>
    TEXT.decode(column.bytes.subarray(column.offsets[row], column.offsets[row + 1]))
  for (let row = 0; row < joined.rows; row++) {
    answers.value[id[row]] = isValid(value, row) ? value.values[row] : null
    answers.note[id[row]] = isValid(note, row) ? text(note, row) : null
    const ms = i64ToNumber(version.values[2 * row], version.values[2 * row + 1])
    answers.versionMs[id[row]] = isValid(version, row) ? ms : null
    answers.status[id[row]] = text(status, row)
  }
}

async function oracle(job: FeatureJob, withAvailable: boolean): Promise<Answers> {
  const lag = `to_milliseconds(${job.lagMs})`
  const readable = withAvailable ? `greatest(t + ${lag}, seen)` : `t + ${lag}`
  const files = versions.map(
    file =>
      `SELECT ${file.ordinal} AS file, file_row_number AS row, * FROM read_parquet('${file.path}', file_row_number = true)`,
  )
  const connection = await duckdb.connect()
  const reader = await connection.runAndReadAll(`
    WITH versions AS (${files.join(' UNION ALL ')}),
    ranked AS (
      SELECT *, ${readable} AS readable,
        row_number() OVER (PARTITION BY k ORDER BY t, ${withAvailable ? 'seen,' : ''} file, row) AS rank FROM versions),
    reduced AS (SELECT k, readable, max(rank) AS rank FROM ranked GROUP BY k, readable),
    deciding AS (
      SELECT k, readable, max(rank) OVER (PARTITION BY k ORDER BY readable) AS rank FROM reduced),
    joined AS (
      SELECT e.id, e.t, d.k, d.rank FROM '${eventFile}' e
      ASOF LEFT JOIN deciding d ON e.k = d.k AND e.t ${job.boundary === 'inclusive' ? '>=' : '>'} d.readable),
    answered AS (
      SELECT j.id, v.t AS vt, v.v, v.note, CASE
        WHEN v.v IS NULL OR v.gone THEN 'absent'
        WHEN j.t - v.t > to_milliseconds(${job.maxAgeMs ?? 1e15}) THEN 'expired' ELSE 'hit' END AS status
      FROM joined j LEFT JOIN ranked v ON v.k = j.k AND v.rank = j.rank)
    SELECT status,
      CASE WHEN status = 'hit' THEN v END, CASE WHEN status = 'hit' THEN note END,
      CASE WHEN status = 'hit' THEN epoch_ms(vt)::DOUBLE END
    FROM answered ORDER BY id`)
  const [status, value, note, versionMs] = reader.getColumnsJS()
  connection.closeSync()
  return { status, value, note, versionMs } as Answers
}

/** Comparing as a whole would print a hundred thousand lines. */
function differences(found: Answers, expected: Answers): string[] {
  const parts = ['status', 'value', 'note', 'versionMs'] as const
  const lines: string[] = []
  for (let id = 0; id < SAMPLES && lines.length < 5; id++) {
    for (const part of parts) {
      if (found[part][id] !== expected[part][id])
        lines.push(`${part} of ${id}: ${found[part][id]}, not ${expected[part][id]}`)
    }
  }
  return lines
}

const POLICIES: readonly (Partial<FeatureJob> & { readonly available: boolean })[] = [
  { boundary: 'exclusive', lagMs: 0, available: false },
  { boundary: 'inclusive', lagMs: 0, available: false, maxAgeMs: 43_200_000 },
  { boundary: 'exclusive', lagMs: 259_200, available: false, maxAgeMs: 86_400_000 },
  { boundary: 'exclusive', lagMs: 0, available: true },
  { boundary: 'inclusive', lagMs: 3_600_000, available: true, maxAgeMs: 172_800_000 },
]

describe('as-of join against DuckDB', () => {
  it.each(POLICIES)(
    '$boundary, lag $lagMs, available $available, maxAge $maxAgeMs',
    async ({ available, ...policy }) => {
      const from = available ? { ...SOURCE, available: { column: 'seen' } } : SOURCE
      const job = featureJob({ ...policy, from, on: ['k'] })
      const expected = await oracle(job, available)
      const shares = Map.groupBy(expected.status, status => status)
      const wanted = policy.maxAgeMs === undefined ? ['absent', 'hit'] : ['absent', 'expired', 'hit']
      expect([...shares.keys()].sort()).toEqual(wanted)
      for (const rows of shares.values()) expect(rows.length).toBeGreaterThan(SAMPLES / 100)
      expect(differences(await hindcast(job, 4e9), expected)).toEqual([])
      expect(differences(await hindcast(job, 0), expected)).toEqual([])
    },
  )

  it('an embedded store loaded from the same files', async () => {
    const store = join(directory, 'store')
    await loadStore({
      directory: store,
      table: 'items',
      columns: { key: ['k'], time: { column: 't' }, available: { column: 'seen' }, deleted: 'gone' },
      files: versions,
      decoder,
    })
    const policy = { boundary: 'exclusive', lagMs: 1000, maxAgeMs: 86_400_000, on: ['k'] } as const
    const job = featureJob({ ...policy, from: { kind: 'store', store, table: 'items' } })
    expect(differences(await hindcast(job, 0), await oracle(job, true))).toEqual([])
  })
})
