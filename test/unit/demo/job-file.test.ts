/** The demo's job file means what the demo says. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { CALENDAR, demoPaths, FLIGHTS } from '../../../src/demo/flights.ts'
import { demoJobText } from '../../../src/demo/job-file.ts'
import { loadJob } from '../../../src/job/index.ts'

const paths = demoPaths(mkdtempSync(join(tmpdir(), 'hindcast-job-')))

afterAll(() => {
  rmSync(paths.root, { recursive: true, force: true })
})

describe("the demo's job file", () => {
  it.each([true, false])('is a valid job (history only: %s)', async historyOnly => {
    writeFileSync(paths.job, demoJobText(paths, { historyOnly }))
    const job = await loadJob(paths.job)
    const [stream] = job.streams
    expect(job.output.directory).toBe(paths.run)
    expect(stream).toMatchObject({
      partitions: FLIGHTS.partitions,
      disorderMs: 300_000,
      identity: ['flight_id'],
    })
    expect(stream?.history?.files).toEqual([`${paths.history}/*.parquet`])
    expect(job.features[0]).toMatchObject({ name: 'airport', boundary: 'exclusive', maxAgeMs: 86_400_000 })
    if (historyOnly) {
      expect(stream?.live).toBeUndefined()
      expect(stream?.seam).toBeUndefined()
      return
    }
    expect(stream?.live).toMatchObject({
      place: { kind: 'log', directory: paths.log },
      stop: { kind: 'instant', atMs: CALENDAR.stopMs },
    })
    expect(stream?.seam).toMatchObject({ by: 'time', atMs: CALENDAR.seamMs, overlapMs: FLIGHTS.overlapMs })
  })
})
