import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { LoadedFeature } from '../../../src/features/index.ts'
import { estimateTableBytes, loadFeature } from '../../../src/features/index.ts'
import type { BadRow } from '../../../src/history/index.ts'
import { withTempDirectory } from '../../harness/index.ts'
import type { TwinVersion } from '../../property/asof-twin.ts'
import { featureJob, featurePlan, VERSION_FIELDS, versionFiles } from '../../property/feature-fixture.ts'

function version(key: string | null, time: number): TwinVersion {
  return { key, time, sub: 0, available: null, deleted: false, value: '1' }
}

async function load(
  rows: readonly TwinVersion[],
  spillDirectory: string,
  memoryBytes: number,
): Promise<LoadedFeature> {
  const { pinned, decoder } = versionFiles([[rows.slice(0, 2), rows.slice(2)]])
  return loadFeature({
    feature: featurePlan(featureJob({ name: 'a/b' }), pinned),
    timeline: 'ns',
    decoder,
    checkFile: () => Promise.resolve(),
    quarantine: (_file, _unit, bad: readonly BadRow[]) => Promise.reject(new Error(bad[0].reason)),
    memoryBytes,
    spillDirectory,
  })
}

describe('file features', () => {
  const rows = [version('a', 1000), version(null, 3000), version('b', 2000)]

  it('are one shared table where that fits', async () => {
    const loaded = await load(rows, '/nowhere', 1e6)
    expect(loaded).toMatchObject({ versions: 2, bad: 0, nullKeys: 1, newestMs: 2 })
    expect(loaded.shared).toMatchObject({ kind: 'table', table: { versions: 2, completeThrough: Infinity } })
  })

  it('go to disk where it does not, and are removed from there', async () => {
    await withTempDirectory(async directory => {
      const loaded = await load(rows, directory, 1)
      expect(loaded).toMatchObject({ versions: 2, bad: 0, nullKeys: 1, newestMs: 2 })
      expect(loaded.shared).toEqual({ kind: 'spilled', directory: join(directory, 'feature-a%2Fb') })
      expect(existsSync(join(directory, 'feature-a%2Fb', 'data.mdb'))).toBe(true)
      loaded.remove()
      expect(existsSync(join(directory, 'feature-a%2Fb'))).toBe(false)
    })
  })

  it('go to disk also when the table outgrows its memory while it is read', async () => {
    await withTempDirectory(async directory => {
      const many = Array.from({ length: 3000 }, (_, i) => version(`key ${i}`, i))
      const expected = estimateTableBytes(3000, [VERSION_FIELDS[0]], [VERSION_FIELDS[4], VERSION_FIELDS[5]])
      const loaded = await load(many, directory, expected)
      expect(loaded).toMatchObject({ versions: 3000, shared: { kind: 'spilled' } })
      expect((await load(many, directory, 4 * expected)).shared.kind).toBe('table')
    })
  })

  it('hand bad rows to the quarantine before anything is used', async () => {
    const far = { ...version('a', 0), time: 2 ** 53 }
    await expect(load([far], '/nowhere', 1e6)).rejects.toThrow('which is no time')
    await withTempDirectory(async directory => {
      await expect(load([far], directory, 1)).rejects.toThrow('which is no time')
      expect(readdirSync(directory)).toEqual([])
    })
  })
})
