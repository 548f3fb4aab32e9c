/** Files by Polars: all its types × codecs, read equal by us. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTempDirectory, type Python, removeTempDirectory } from '../../harness/index.ts'
import { examineFolder, pythonWithArrow, scriptPath } from './tools.ts'

let python: Python
let folder: string

beforeAll(async () => {
  folder = makeTempDirectory()
  python = await pythonWithArrow()
})

afterAll(() => removeTempDirectory(folder))

describe('files by Polars', () => {
  it('of every type, codec and nullability are read equal', async context => {
    python.need(context)
    await python.run(scriptPath('write_polars.py'), [folder])
    const { complaints, coverage, files } = await examineFolder(folder)
    expect(complaints).toEqual([])
    expect(files).toBe(22)
    expect(new Set(coverage.map(chunk => chunk.codec)).size).toBe(6)
    expect(coverage.filter(chunk => chunk.pages > 1).length).toBeGreaterThan(100)
  })
})
