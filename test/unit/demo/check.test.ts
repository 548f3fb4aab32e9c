/** The check of the demo can fail: every kind of wrong sample is found, and right ones are not. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { DemoCheck } from '../../../src/demo/check.ts'
import { checkDemo, isClean } from '../../../src/demo/check.ts'
import { CALENDAR, demoPaths, FLIGHTS, flightsFile } from '../../../src/demo/flights.ts'
import type { DemoData } from '../../../src/demo/make-data.ts'
import { makeDemoData } from '../../../src/demo/make-data.ts'
import { writeFakeRun } from './fake-run.ts'

const paths = demoPaths(mkdtempSync(join(tmpdir(), 'hindcast-check-')))
/** A thin copy of the real flights, so that each case reads thousands of rows and not millions. */
const source = join(paths.root, 'flights.parquet')
let made: DemoData

beforeAll(async () => {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(
    `COPY (FROM read_parquet('${flightsFile()}') USING SAMPLE 20000 ROWS (reservoir, 7)) TO '${source}'`,
  )
  connection.closeSync()
  instance.closeSync()
  made = (await makeDemoData({ source, paths, rows: FLIGHTS.rowsMax })).data
})

afterEach(() => {
  rmSync(paths.run, { recursive: true, force: true })
})

afterAll(() => {
  rmSync(paths.root, { recursive: true, force: true })
})

async function checked(spoil?: string, late?: readonly number[]): Promise<DemoCheck> {
  await writeFakeRun(paths, source, made.oneOf, {
    ...(spoil === undefined ? {} : { spoil }),
    ...(late === undefined ? {} : { late }),
  })
  return checkDemo({ source, oneOf: made.oneOf, run: paths.run, untilMs: CALENDAR.stopMs })
}

/** The flight of the sample at this place, as SQL. */
const FLIGHT = '(SELECT flight_id FROM samples ORDER BY flight_id LIMIT 1 OFFSET 9000)'

describe('the check of the demo', () => {
  it('is clean for what another join engine makes of the same data', async () => {
    const check = await checked()
    expect(check).toMatchObject({
      missing: 0,
      surplus: 0,
      outOfOrder: 0,
      leaks: 0,
      differing: 0,
      example: null,
    })
    expect(check.samples).toBeGreaterThan(19_000)
    expect(check.samples).toBeLessThan(20_000)
    expect(check.recomputed).toBeGreaterThan(2000)
    expect(isClean(check)).toBe(true)
  })

  it('takes a flight in late/ as accounted for', async () => {
    const id = 15_000
    const check = await checked(undefined, [id])
    expect(check).toMatchObject({ late: 1, missing: 0 })
    expect(isClean(check)).toBe(true)
  })

  it.each([
    ['a lost flight', `DELETE FROM samples WHERE flight_id = ${FLIGHT}`, { missing: 1 }],
    [
      'a doubled flight',
      `INSERT INTO samples SELECT * REPLACE (_offset + 1000000 AS _offset) FROM samples WHERE flight_id = ${FLIGHT}`,
      { surplus: 1 },
    ],
    [
      'a flight of nowhere',
      'INSERT INTO samples SELECT * REPLACE (7 AS flight_id, 9999999 AS _offset) FROM samples LIMIT 1',
      { surplus: 1 },
    ],
    [
      'a wrong order',
      'UPDATE samples SET _offset = 1 - _offset WHERE _partition = 2 AND _offset < 2',
      { outOfOrder: 1 },
    ],
    [
      'a version of the same moment',
      `UPDATE samples SET airport__version = scheduled WHERE flight_id = ${FLIGHT}`,
      { leaks: 1 },
    ],
  ])('finds %s', async (_, spoil, found) => {
    const check = await checked(spoil)
    expect(check).toMatchObject(found)
    expect(isClean(check)).toBe(false)
  })

  it('sees a leaked future version in its numbers, whatever time it claims', async () => {
    const check = await checked('UPDATE samples SET airport__flights_so_far = airport__flights_so_far + 3')
    expect(check.leaks).toBeGreaterThan(500)
    expect(check.differing).toBeGreaterThan(500)
    expect(check.example).toMatch(/^flight \d+: hit of version \d+ with \d+ flights, expected hit/)
  })

  it.each([
    [
      'a stale version',
      "UPDATE samples SET airport__version = airport__version - 3600000 WHERE airport__status = 'hit'",
    ],
    ['a status', "UPDATE samples SET airport__status = 'absent' WHERE airport__status = 'expired'"],
    ['a mean', 'UPDATE samples SET airport__mean_delay = airport__mean_delay + 0.001'],
    ['a forgotten value', 'UPDATE samples SET airport__mean_delay = NULL'],
  ])('finds a wrong value: %s', async (_, spoil) => {
    const check = await checked(spoil)
    expect(check.differing).toBeGreaterThan(100)
    expect(check.leaks).toBe(0)
  })

  it('names samples that cannot be read', async () => {
    await expect(checkDemo({ source, oneOf: 1, run: paths.run, untilMs: 0 })).rejects.toMatchObject({
      code: 'output-corrupt',
    })
  })
})
