/** Benchmark data: the same everywhere, and as disorderly as promised. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import { ensureData } from '../../../../bench/data/make.ts'
import { type DataShape, EVENT_COLUMNS } from '../../../../bench/data/shape.ts'
import { withTempDirectory } from '../../../harness/index.ts'

const TINY: DataShape = {
  events: 12_288,
  files: 3,
  rowGroupsPerFile: 2,
  keys: 100,
  versionsPerKey: 4,
  seed: 1,
}
const silent = () => undefined

const hashOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')

describe('ensureData', () => {
  it('makes the same files for the same seed, and others for another', async () => {
    await withTempDirectory(async directory => {
      const first = await ensureData(`${directory}/a`, TINY, silent)
      const again = await ensureData(`${directory}/b`, TINY, silent)
      const other = await ensureData(`${directory}/b`, { ...TINY, seed: 2 }, silent)
      expect(again.events.map(hashOf)).toEqual(first.events.map(hashOf))
      expect(hashOf(again.versions)).toBe(hashOf(first.versions))
      expect(hashOf(other.events[0]!)).not.toBe(hashOf(first.events[0]!))
    })
  })

  it('makes rows that are out of order, in row groups and files that overlap', async () => {
    await withTempDirectory(async directory => {
      const { events } = await ensureData(directory, TINY, silent)
      const ranges: [number, number][] = []
      let total = 0
      for (const path of events) {
        const file = await asyncBufferFromFile(path)
        const { row_groups: groups } = await parquetMetadataAsync(file)
        expect(groups).toHaveLength(2)
        const rows = await parquetReadObjects({ file })
        expect(Object.keys(rows[0]!)).toEqual([...EVENT_COLUMNS])
        let start = 0
        for (const group of groups) {
          const times = rows.slice(start, start + Number(group.num_rows)).map(row => Number(row.event_time))
          expect(times.some((time, i) => i > 0 && time < times[i - 1]!)).toBe(true)
          ranges.push([Math.min(...times), Math.max(...times)])
          start += Number(group.num_rows)
        }
        total += rows.length
      }
      expect(total).toBe(TINY.events)
      expect(ranges[1]![0]).toBeLessThan(ranges[0]![1])
      expect(ranges[2]![0]).toBeGreaterThan(ranges[4]![0]) // files 1 and 2 have swapped names
    })
  })

  it('takes data that is there whole, and makes anew what is not', async () => {
    await withTempDirectory(async directory => {
      const places = await ensureData(directory, TINY, silent)
      writeFileSync(places.versions, 'marked')
      await ensureData(directory, TINY, silent)
      expect(readFileSync(places.versions, 'utf8')).toBe('marked')
      expect(existsSync(`${places.directory}.unfinished`)).toBe(false)
    })
  })
})
