import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ManifestHeader, ManifestSlice } from '../../../src/run/manifest.ts'
import { ManifestWriter, manifestPath, readManifest, runDigest } from '../../../src/run/manifest.ts'
import { withTempDirectory } from '../../harness/index.ts'
import { partOf } from './part.ts'

const HEADER: ManifestHeader = { version: 1, plan: 'p', after: null }

function sliceOf(slice: number, ...rows: number[]): ManifestSlice {
  return { slice, endMs: slice + 10, partitions: rows.map((count, p) => partOf(p, count, slice + count)) }
}

function write(directory: string, ...slices: ManifestSlice[]): void {
  const writer = ManifestWriter.open(directory, HEADER, [])
  writer.append(slices)
  writer.close()
}

describe('the manifest', () => {
  it('is what was appended, slices that became complete together too', () =>
    withTempDirectory(directory => {
      expect(readManifest(directory)).toBeNull()
      const writer = ManifestWriter.open(directory, HEADER, [])
      writer.append([sliceOf(0, 1, 2)])
      writer.append([sliceOf(10, 3), sliceOf(20)])
      writer.close()
      const { wholeBytes, ...manifest } = readManifest(directory)!
      expect(manifest).toEqual({ header: HEADER, slices: [sliceOf(0, 1, 2), sliceOf(10, 3), sliceOf(20)] })
      expect(wholeBytes).toBe(statSync(manifestPath(directory)).size)
    }))

  it('ends with its last whole line wherever it was torn', () =>
    withTempDirectory(directory => {
      write(directory, sliceOf(0, 1), sliceOf(10, 2))
      const bytes = readFileSync(manifestPath(directory))
      const lines = bytes.toString().split('\n')
      for (let length = 0; length < bytes.length; length++) {
        writeFileSync(manifestPath(directory), bytes.subarray(0, length))
        const whole = bytes.subarray(0, length).toString().split('\n').length - 1
        const manifest = readManifest(directory)
        if (whole === 0) expect(manifest).toBeNull()
        else {
          expect(manifest!.slices).toEqual([sliceOf(0, 1), sliceOf(10, 2)].slice(0, whole - 1))
          expect(manifest!.wholeBytes).toBe(lines.slice(0, whole).join('\n').length + 1)
        }
      }
    }))

  it('goes on behind the slices that are kept, and the torn line is gone', () =>
    withTempDirectory(directory => {
      write(directory, sliceOf(0, 1), sliceOf(10, 2))
      appendFileSync(manifestPath(directory), '{"slice":20')
      const writer = ManifestWriter.open(directory, HEADER, [sliceOf(0, 1)])
      writer.append([sliceOf(10, 9)])
      writer.close()
      expect(readManifest(directory)!.slices).toEqual([sliceOf(0, 1), sliceOf(10, 9)])
    }))

  it('names the line that is damaged before the end', () =>
    withTempDirectory(directory => {
      write(directory, sliceOf(0, 1), sliceOf(10, 2))
      const lines = readFileSync(manifestPath(directory), 'utf8').split('\n')
      writeFileSync(manifestPath(directory), [lines[0], lines[1]!.slice(3), lines[2], ''].join('\n'))
      expect(() => readManifest(directory)).toThrowError(
        expect.objectContaining({ code: 'output-corrupt', where: { uri: manifestPath(directory), line: 2 } }),
      )
    }))

  it('of another version is refused', () =>
    withTempDirectory(directory => {
      writeFileSync(manifestPath(directory), `${JSON.stringify({ ...HEADER, version: 2 })}\n`)
      expect(() => readManifest(directory)).toThrowError(expect.objectContaining({ code: 'output-corrupt' }))
    }))
})

describe('the digest of a run', () => {
  const digest = runDigest([sliceOf(0, 1, 2), sliceOf(10, 3)])

  it('does not see slices and partitions without rows', () => {
    expect(runDigest([sliceOf(0, 1, 2), sliceOf(5), sliceOf(10, 3, 0, 0)])).toBe(digest)
  })

  it('sees rows, places and order', () => {
    const others = [
      [sliceOf(0, 1, 2)],
      [sliceOf(0, 2, 1), sliceOf(10, 3)],
      [sliceOf(0, 1, 2), sliceOf(20, 3)],
      [sliceOf(10, 3), sliceOf(0, 1, 2)],
    ]
    expect(new Set([digest, ...others.map(runDigest)]).size).toBe(5)
  })
})
