/** `inspect`: what it says of complete, unfinished and damaged run directories. */

import { existsSync, mkdtempSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { takeOwnerLock } from '../../../../src/files/index.ts'
import { inspectionWords, inspectRun, inspectRunPage } from '../../../../src/run/inspect/index.ts'
import { writeRunFixture } from './run-fixture.ts'

let directory = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hindcast-inspect-'))
})

afterEach(() => {
  rmSync(directory, { recursive: true, force: true })
})

describe('inspectRun', () => {
  it('sums up a complete run', async () => {
    const slices = writeRunFixture(directory)
    const inspection = await inspectRun(directory)
    const rows = slices.flatMap(slice => slice.partitions).reduce((sum, part) => sum + part.rows, 0)
    expect(inspection).toMatchObject({
      job: 'flight-samples',
      state: 'complete',
      rows,
      partitions: 4,
      seconds: 18.4,
      slicesPlanned: 151,
      late: { rows: 23, reasons: { 'behind-watermark': 23 } },
      quarantined: { rows: 2, reasons: { 'time is null': 2 } },
      problems: [],
    })
    expect(inspection.slices).toHaveLength(180 * 4)
    expect(inspection.seams.map(seam => seam.proven)).toEqual([true, true, true, true])
    expect(inspection.watermarksMs).toHaveLength(4)
    expect(inspection.features.airport?.hit).toBe(
      rows - inspection.features.airport!.absent - inspection.features.airport!.expired,
    )
    expect(inspection.lateness.at(-1)).toEqual({ untilMs: null, rows: 0 })
  })

  it('says what there is of an unfinished run, and that its manifest is torn', async () => {
    writeRunFixture(directory, { unfinished: true })
    const inspection = await inspectRun(directory)
    expect(inspection.state).toBe('unfinished')
    expect(inspection.seconds).toBeNull()
    expect(inspection.slices).toHaveLength(40 * 4)
    expect(inspection.watermarksMs).toEqual(new Array(4).fill(Date.UTC(2001, 1, 10)))
    expect(inspection.seams).toEqual([])
    expect(inspection.problems).toEqual([expect.stringContaining('middle of a line')])
    expect(inspectionWords(inspection)).toContain('unfinished')
  })

  it('tells a run that is going on from one that was killed, by its lock', async () => {
    writeRunFixture(directory, { unfinished: true })
    const lock = takeOwnerLock(join(directory, 'lock'))
    if (!lock.held) throw new Error('the lock is free')
    const running = await inspectRun(directory)
    expect(running).toMatchObject({ state: 'running', runningPid: process.pid })
    expect(inspectionWords(running)).toContain(`running, in process ${process.pid}`)
    expect(await inspectRunPage(directory)).toContain('running')
    lock.release()
    writeFileSync(join(directory, 'lock.1-killed'), JSON.stringify({ pid: process.pid, started: '1' }))
    const killed = await inspectRun(directory)
    expect(killed).toMatchObject({ state: 'unfinished', runningPid: null })
    expect(inspectionWords(killed)).toContain('no process is running it')
    expect(existsSync(join(directory, 'lock.1-killed'))).toBe(true) // only looked at
  })

  it('works on a run that has only a plan', async () => {
    writeRunFixture(directory, { unfinished: true })
    rmSync(join(directory, 'manifest.json'))
    rmSync(join(directory, 'late'), { recursive: true })
    const inspection = await inspectRun(directory)
    expect(inspection).toMatchObject({ state: 'unfinished', rows: 0, slices: [], late: { rows: 0 } })
    expect(inspectionWords(inspection)).toContain('no slice is sealed yet')
    expect(await inspectRunPage(directory)).toContain('unfinished')
  })

  it('names sealed files that are gone or have another length', async () => {
    writeRunFixture(directory)
    unlinkSync(join(directory, 'samples/partition=0/2001-01-02.parquet'))
    truncateSync(join(directory, 'samples/partition=3/2001-02-03.parquet'), 1)
    const { problems } = await inspectRun(directory)
    expect(problems).toHaveLength(2)
    expect(problems[0]).toContain('samples/partition=0/2001-01-02.parquet is sealed')
    expect(problems[1]).toContain('samples/partition=3/2001-02-03.parquet has 1 bytes')
  })

  it('counts a put-aside line without a reason, never leaves it out', async () => {
    writeRunFixture(directory)
    writeFileSync(
      join(directory, 'late/partition=3.jsonl'),
      '{"reason":"before-seam"}\n{"torn\nnull\n{"reason":7}\n',
    )
    expect((await inspectRun(directory)).late).toEqual({
      rows: 27,
      reasons: { 'behind-watermark': 23, unreadable: 3, 'before-seam': 1 },
    })
  })

  it('refuses a directory that holds no run, and damaged parts', async () => {
    await expect(inspectRun(directory)).rejects.toMatchObject({ code: 'run-mismatch' })
    writeRunFixture(directory)
    writeFileSync(join(directory, 'report.json'), '{"version":')
    await expect(inspectRun(directory)).rejects.toMatchObject({ code: 'output-corrupt' })
  })
})

describe('inspectionWords', () => {
  it('tells state, seam, watermarks, features, late and quarantine', async () => {
    writeRunFixture(directory, { proven: false })
    const words = inspectionWords(await inspectRun(directory))
    expect(words).toContain('state       complete in 18.4 s (')
    expect(words).toContain(
      'seam        flights by time: NOT proven in 1 partition over 4 partitions; 53 events on both sides',
    )
    expect(words).toContain('partition 2 is not proven: 1 event of the overlap is only in live')
    expect(words).toContain('partition 3: 2001-06-29 23:56:00Z, 4 min behind the newest')
    expect(words).toMatch(/features {4}airport: .* hit \([\d,]+\)/)
    expect(words).toContain('late        23 rows in late/: 23 behind-watermark')
    expect(words).toContain('quarantine  2 rows in quarantine/: 2 time is null')
  })
})

describe('the page', () => {
  it('is self-contained and escapes what users name', async () => {
    writeRunFixture(directory, { job: '</script><img src=x onerror=alert(1)>' })
    const page = await inspectRunPage(directory)
    expect(page).not.toContain('<img')
    expect(page).toContain('&lt;/script&gt;&lt;img src=x')
    // Three scripts of ours, three ends: nothing inside one of them ends it early.
    expect(page.match(/<script/g)).toHaveLength(3)
    expect(page.match(/<\/script>/g)).toHaveLength(3)
    expect(page).not.toMatch(/(src|href)="(?!data:)/)
  })
})
