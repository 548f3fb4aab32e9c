/** Files that appear whole or not at all. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  makeDirectoryFor,
  publish,
  removeTemporary,
  TEMPORARY_SUFFIX,
} from '../../../src/sinks/durable-file.ts'
import { withTempDirectory } from '../../harness/index.ts'

describe('durable files', () => {
  it('appear under their final name, replacing an older one, and nothing is left', async () => {
    await withTempDirectory(async directory => {
      const path = join(directory, 'a/b/c.parquet')
      await makeDirectoryFor(path)
      await makeDirectoryFor(path)
      expect(statSync(join(directory, 'a/b')).isDirectory()).toBe(true)
      for (const text of ['old', 'newer']) {
        writeFileSync(path + TEMPORARY_SUFFIX, text)
        expect(await publish(path)).toBe(text.length)
        expect(readFileSync(path, 'utf8')).toBe(text)
      }
      expect(readdirSync(join(directory, 'a/b'))).toEqual(['c.parquet'])
    })
  })

  it('raise io-failed where there is nothing to publish or no place for a directory', async () => {
    await withTempDirectory(async directory => {
      writeFileSync(join(directory, 'file'), '')
      await expect(publish(join(directory, 'absent'))).rejects.toMatchObject({ code: 'io-failed' })
      await expect(makeDirectoryFor(join(directory, 'file/x/y'))).rejects.toMatchObject({ code: 'io-failed' })
    })
  })

  it('can be given up, also twice', async () => {
    await withTempDirectory(async directory => {
      const path = join(directory, 'a')
      writeFileSync(path + TEMPORARY_SUFFIX, 'torn')
      await removeTemporary(path)
      await removeTemporary(path)
      expect(existsSync(path + TEMPORARY_SUFFIX)).toBe(false)
    })
  })
})
