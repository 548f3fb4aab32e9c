/**
 * The long replay must be the product's own run over later and later copies of the files: its digest is that of a run
 * over files that were really written with later times.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, it } from 'vitest'
import { ensureData } from '../../../../bench/data/make.ts'
import type { DataShape } from '../../../../bench/data/shape.ts'
import { SPAN_MS } from '../../../../bench/data/shape.ts'
import { measure } from '../../../../bench/harness/measure.ts'
import type { ReplayTask } from '../../../../bench/long/replay.ts'
import { linkSets, shiftMsOf } from '../../../../bench/long/set.ts'
import { replayText } from '../../../../bench/long-replay.ts'
import { benchJob } from '../../../../bench/peers/hindcast.ts'
import { loadJob } from '../../../../src/job/index.ts'
import { planJob, runPlan } from '../../../../src/run/index.ts'
import { withTempDirectory } from '../../../harness/index.ts'

const TINY: DataShape = {
  events: 12_288,
  files: 3,
  rowGroupsPerFile: 2,
  keys: 100,
  versionsPerKey: 4,
  seed: 1,
}
const SETS = 3
const bench = (path: string) => new URL(`../../../../bench/long/${path}`, import.meta.url)

describe('the long replay', () => {
  it('is a run over files with later times', async () => {
    await withTempDirectory(async directory => {
      const places = await ensureData(directory, TINY, () => undefined)
      const job = (name: string, files: string) => {
        const path = join(directory, `${name}.json`)
        writeFileSync(path, JSON.stringify(benchJob({ files, versions: places.versions, lanes: 1 })))
        return path
      }
      const task: ReplayTask = {
        job: job('linked', linkSets(join(directory, 'sets'), places.events, SETS)),
        directory: join(directory, 'run'),
        rowsPerSet: TINY.events,
      }
      const { code, stdout, stderr } = await measure({
        command: process.execPath,
        args: ['--import', bench('ports.ts').href, fileURLToPath(bench('replay.ts')), JSON.stringify(task)],
      })
      expect(stderr).toBe('')
      expect(code).toBe(0)
      const written = job('written', await writeSets(join(directory, 'written'), places.events))
      const plan = await planJob(await loadJob(written))
      const expected = await runPlan(plan, { directory: join(directory, 'expected'), inline: true })
      const end = JSON.parse(stdout.trim().split('\n').at(-1)!)
      expect(end).toEqual({ rows: SETS * TINY.events, digest: expected.digest, late: 0, quarantined: 0 })
    })
  }, 60_000)
})

/** The sets as files of their own, with their times written out. */
async function writeSets(directory: string, files: readonly string[]): Promise<string> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  for (let set = 0; set < SETS; set++) {
    mkdirSync(join(directory, `copy-${set}`), { recursive: true })
    for (const [f, path] of files.entries()) {
      await connection.run(`COPY (SELECT * REPLACE (event_time + ${set * SPAN_MS} AS event_time) FROM '${path}')
        TO '${directory}/copy-${set}/part-${f}.parquet' (FORMAT parquet)`)
    }
  }
  connection.closeSync()
  instance.closeSync()
  return join(directory, 'copy-*', '*.parquet')
}

describe('shiftMsOf', () => {
  it('reads the set from the folder, and leaves other files alone', () => {
    expect(shiftMsOf('/data/set-004/part-0.parquet')).toBe(4 * SPAN_MS)
    expect(shiftMsOf('/data/set-000/part-0.parquet')).toBe(0)
    expect(shiftMsOf('/data/set-004/more/part-0.parquet')).toBe(0)
    expect(shiftMsOf('/data/versions.parquet')).toBe(0)
  })
})

describe('replayText', () => {
  const line = (rows: number, cpuSeconds: number, peakBytes: number) =>
    JSON.stringify({ rows, seconds: cpuSeconds / 2, cpuSeconds, peakBytes })
  const end = (rows: number, late = 0) => JSON.stringify({ rows, digest: 'abc', late, quarantined: 0 })

  it('is content where rows are whole and sets cost the same', () => {
    const { ok, text } = replayText(
      [line(100, 9, 500), line(100, 4, 500), line(100, 4.4, 510), end(300)].join('\n'),
      300,
    )
    expect(ok).toBe(true)
    expect(text).toContain('| 3 ')
  })

  it('sees lost and late rows, and cost and memory that grow', () => {
    const lines = [line(100, 4, 500), line(100, 4, 500), line(99, 8, 900)]
    const { ok, text } = replayText([...lines, end(299, 2)].join('\n'), 300)
    expect(ok).toBe(false)
    expect(text).toMatch(/2 rows were late[\s\S]*299 rows came out[\s\S]*2\.02×[\s\S]*1\.80×/)
  })
})
