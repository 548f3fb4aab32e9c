import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LineFile } from '../../../src/lanes/line-file.ts'
import { LIMITS } from '../../../src/limits.ts'
import { withTempDirectory } from '../../harness/index.ts'

const LINE = JSON.stringify({ reason: 'late', text: 'ä'.repeat(1000) })
/** Lines that go past the limit several times, and not to its end. */
const MANY = Math.floor((3.5 * LIMITS.sideLineBytes) / Buffer.byteLength(LINE))
const pathOf = (directory: string): string => join(directory, 'late/partition=0/slice.jsonl')

function add(file: LineFile, count: number): string {
  const lines = Array.from({ length: count }, (_, i) => `${LINE}${i}`)
  for (const line of lines) file.add(line)
  expect(file.count).toBe(count)
  return lines.map(line => `${line}\n`).join('')
}

describe('a file of lines', () => {
  it('is not there without a line', () =>
    withTempDirectory(directory => {
      const file = new LineFile(pathOf(directory))
      file.seal()
      file.discard()
      expect(readdirSync(directory)).toEqual([])
    }))

  it.each([1, 20, MANY])('has its %i lines in order when it is sealed, and not before', count =>
    withTempDirectory(directory => {
      const file = new LineFile(pathOf(directory))
      const text = add(file, count)
      expect(existsSync(pathOf(directory))).toBe(false)
      file.seal()
      expect(readFileSync(pathOf(directory), 'utf8')).toBe(text)
      expect(readdirSync(join(directory, 'late/partition=0'))).toEqual(['slice.jsonl'])
    }),
  )

  it('keeps no more in memory than the limit', () =>
    withTempDirectory(directory => {
      const file = new LineFile(pathOf(directory))
      const text = add(file, MANY)
      const written = readFileSync(`${pathOf(directory)}.tmp`, 'utf8')
      expect(text.startsWith(written)).toBe(true)
      expect(Buffer.byteLength(text.slice(written.length))).toBeLessThan(LIMITS.sideLineBytes)
      file.discard()
    }))

  it('leaves nothing behind when it is discarded, nor an older file of the name changed', () =>
    withTempDirectory(directory => {
      const file = new LineFile(pathOf(directory))
      add(file, MANY)
      writeFileSync(pathOf(directory), 'sealed before')
      file.discard()
      expect(readdirSync(join(directory, 'late/partition=0'))).toEqual(['slice.jsonl'])
      expect(readFileSync(pathOf(directory), 'utf8')).toBe('sealed before')
    }))

  it('begins anew over what a killed process left', () =>
    withTempDirectory(directory => {
      add(new LineFile(pathOf(directory)), MANY)
      const file = new LineFile(pathOf(directory))
      const text = add(file, MANY)
      file.seal()
      expect(readFileSync(pathOf(directory), 'utf8')).toBe(text)
    }))
})
