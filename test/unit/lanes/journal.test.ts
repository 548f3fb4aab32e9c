import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Decision } from '../../../src/core/watermark/index.ts'
import { Journal } from '../../../src/lanes/journal.ts'
import { withTempDirectory } from '../../harness/index.ts'

const decision = (consumed: number, kind: Decision['kind'] = 'idle'): Decision => ({
  consumed,
  stream: 1,
  kind,
  watermark: null,
})
const fileOf = (directory: string): string => join(directory, 'checkpoint/journal/partition-3.jsonl')

describe('the journal of a partition', () => {
  it('is not there until something is decided', () =>
    withTempDirectory(directory => {
      const journal = new Journal(directory, 3)
      expect(journal.decisions).toEqual([])
      journal.close()
      expect(existsSync(fileOf(directory))).toBe(false)
    }))

  it('has a decision on disk when append returns, and all of them when it is opened again', () =>
    withTempDirectory(directory => {
      const journal = new Journal(directory, 3)
      journal.append(decision(5))
      expect(readFileSync(fileOf(directory), 'utf8')).toBe(`${JSON.stringify(decision(5))}\n`)
      journal.append(decision(9, 'wake'))
      journal.close()
      const again = new Journal(directory, 3)
      expect(again.decisions).toEqual([decision(5), decision(9, 'wake')])
      again.append(decision(12))
      again.close()
      expect(again.decisions).toHaveLength(2)
      expect(new Journal(directory, 3).decisions).toHaveLength(3)
      expect(new Journal(directory, 2).decisions).toEqual([])
    }))

  it('forgets a torn last line, which was never acted on', () =>
    withTempDirectory(directory => {
      const journal = new Journal(directory, 3)
      journal.append(decision(5))
      journal.close()
      const torn = JSON.stringify(decision(1_000_000_000)).slice(0, 15)
      appendFileSync(fileOf(directory), torn)
      const again = new Journal(directory, 3)
      expect(again.decisions).toEqual([decision(5)])
      again.append(decision(6))
      again.close()
      expect(new Journal(directory, 3).decisions).toEqual([decision(5), decision(6)])
    }))

  it('names a damaged line', () =>
    withTempDirectory(directory => {
      const journal = new Journal(directory, 3)
      journal.append(decision(5))
      journal.append(decision(6))
      journal.close()
      writeFileSync(fileOf(directory), readFileSync(fileOf(directory), 'utf8').replace('{', '['))
      expect(() => new Journal(directory, 3)).toThrowError(
        expect.objectContaining({ code: 'output-corrupt', where: { uri: fileOf(directory), line: 1 } }),
      )
    }))
})
