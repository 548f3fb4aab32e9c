/** `hindcast files ls | stat | check` on a folder of good, damaged and hidden files. */

import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTempDirectory, removeTempDirectory } from '../../harness/index.ts'
import { exampleFile } from '../parquet/inspect/forged-file.ts'
import { runMain } from './recorder.ts'

let directory = ''
const at = (name: string): string => join(directory, name)

beforeAll(async () => {
  directory = makeTempDirectory()
  mkdirSync(at('dt=2026-01-01'))
  const good = await exampleFile()
  writeFileSync(at('dt=2026-01-01/good.parquet'), good)
  writeFileSync(at('cut.parquet'), good.subarray(0, good.length - 10))
  writeFileSync(at('a.jsonl'), '{"n":1}\n{"n":2}\nnone\n')
  writeFileSync(at('b.csv'), 'n,s\n1,x\n2,y\n')
  writeFileSync(at('c.bin'), 'anything')
  writeFileSync(at('empty.parquet'), '')
  mkdirSync(at('_temporary'))
  writeFileSync(at('_temporary/part.parquet'), good)
})
afterAll(() => removeTempDirectory(directory))

describe('files ls', () => {
  it('lists what a job would read, with totals and what is left out', async () => {
    const { code, stdout } = await runMain(['files', 'ls', directory])
    expect(code).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    expect(lines.slice(0, -1).map(line => line.split('/').at(-1))).toEqual([
      'a.jsonl',
      'b.csv',
      'c.bin',
      'cut.parquet',
      'good.parquet',
    ])
    expect(lines.at(-1)).toMatch(/^5 files, .*; left out: 1 hidden, 1 of zero bytes$/)
  })

  it('prints the listing as JSON, Hive folders included', async () => {
    const { stdout } = await runMain(['files', 'ls', at('dt=*/*.parquet'), '--json'])
    const { files } = JSON.parse(stdout) as { files: readonly Record<string, unknown>[] }
    expect(files).toMatchObject([{ path: at('dt=2026-01-01/good.parquet'), hive: { dt: '2026-01-01' } }])
  })

  it('ends with 2 where nothing matches', async () => {
    expect(await runMain(['files', 'ls', at('*.orc')])).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('files stat', () => {
  it('tells what pins a file', async () => {
    const { mtimeMs, ino, size } = statSync(at('b.csv'), { bigint: false })
    const { stdout } = await runMain(['files', 'stat', at('b.csv'), '--json'])
    const pin = JSON.parse(stdout) as { mtimeMs: number }
    expect(pin).toMatchObject({ path: at('b.csv'), bytes: size, fileId: String(ino) })
    expect(pin.mtimeMs).toBeCloseTo(mtimeMs, 0)
  })

  it('ends with 3 where there is no such file', async () => {
    expect(await runMain(['files', 'stat', at('none.csv')])).toMatchObject({ code: 3 })
  })
})

describe('files check', () => {
  it('reads all files to their end and says what is wrong with which', async () => {
    const { code, stdout, stderr } = await runMain(['files', 'check', directory])
    expect(code).toBe(3)
    expect(stdout).toMatch(/^BAD {2}\S+a\.jsonl {2}21 B, 2 rows\n {5}line 3: .* \(row-bad\)$/m)
    expect(stdout).toMatch(/^ok {3}\S+b\.csv {2}12 B, 2 rows$/m)
    expect(stdout).toMatch(/^ok {3}\S+c\.bin {2}8 B$/m)
    expect(stdout).toMatch(/^BAD {2}\S+cut\.parquet .*\n.*\(file-corrupt\)$/m)
    expect(stdout).toMatch(/^ok {3}\S+good\.parquet .*400 rows$/m)
    expect(stderr).toContain('2 files are not well')
  })

  it('ends with 0 where all is well', async () => {
    const { code, stdout } = await runMain(['files', 'check', at('b.csv'), at('dt=2026-01-01'), '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject([
      { rows: 2, problemCount: 0, format: 'csv' },
      { rows: 400, problemCount: 0, format: 'parquet' },
    ])
  })
})
