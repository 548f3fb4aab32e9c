/** The writer process of the demo and the side that steers it. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DemoPaths } from '../../../src/demo/flights.ts'
import { demoPaths } from '../../../src/demo/flights.ts'
import { LiveFeed } from '../../../src/demo/live-feed.ts'
import { createLog, openLogSource } from '../../../src/live/index.ts'

let paths: DemoPaths

beforeEach(() => {
  paths = demoPaths(mkdtempSync(join(tmpdir(), 'hindcast-live-')))
  mkdirSync(paths.data)
  writeFileSync(
    paths.liveFeed,
    Array.from({ length: 5000 }, (_, i) => `${i}\tkey-${i % 9}\t{"n":${i}}\n`).join(''),
  )
})

afterEach(() => {
  rmSync(paths.root, { recursive: true, force: true })
})

async function logged(): Promise<number> {
  const source = await openLogSource(paths.log)
  let records = 0
  for (let partition = 0; partition < source.partitions; partition++)
    records += (await source.ends(partition)).next
  await source.close()
  return records
}

describe('the process that writes the live log', () => {
  it('appends as far as it is let, while others read, and ends when it is told', async () => {
    createLog(paths.log, { partitions: 3, key: ['k'] })
    const feed = new LiveFeed(paths)
    await feed.appendUntil(100)
    expect([feed.records, await logged()]).toEqual([100, 100])
    await feed.appendUntil(4000, 1_000_000)
    expect([feed.records, await logged()]).toEqual([4000, 4000])
    await feed.close()
    expect(await logged()).toBe(4000)
    expect(feed.failed.aborted).toBe(false)
  })

  it('goes to the end of the feed and is gone', async () => {
    createLog(paths.log, { partitions: 1, key: ['k'] })
    const feed = new LiveFeed(paths)
    await feed.appendUntil(LiveFeed.END_MS)
    await feed.close()
    expect(await logged()).toBe(5000)
  })

  it('says why it failed, and stops whoever waits for it', async () => {
    const feed = new LiveFeed(paths)
    await expect(feed.appendUntil(100)).rejects.toMatchObject({ code: 'log-invalid' })
    expect(feed.failed.reason).toMatchObject({ code: 'log-invalid' })
    await expect(feed.appendUntil(200)).rejects.toMatchObject({ code: 'log-invalid' })
    await feed.close()
  })
})
