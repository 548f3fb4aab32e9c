import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { main } from '../../../src/cli/index.ts'
import { batchOf, bytesSource, readParquetFile, type Schema } from '../../../src/parquet/index.ts'
import { duckDbFile, EVERY_TYPE } from '../parquet/format/duckdb-file.ts'
import { exampleBatch, exampleFile, SCHEMA, writtenFile } from '../parquet/inspect/forged-file.ts'
import { record, runMain } from './recorder.ts'

let directory = ''
const path = (name: string): string => join(directory, name)

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'hindcast-parquet-'))
  writeFileSync(path('good.parquet'), await exampleFile({ metadata: { note: 'x'.repeat(500), job: 'j' } }))
  const damaged = await exampleFile()
  const { metadata } = await readParquetFile(bytesSource(damaged))
  const { dataPagePosition } = metadata.rowGroups[1]!.columns[2]!
  damaged.fill(0xff, dataPagePosition, dataPagePosition + 4)
  writeFileSync(path('bad.parquet'), damaged)
  writeFileSync(path('all.parquet'), (await duckDbFile(EVERY_TYPE)).bytes)
  const disordered = [exampleBatch(100), exampleBatch(100, 50)]
  writeFileSync(path('disorder.parquet'), await writtenFile(SCHEMA, disordered, { rowGroupRows: 100 }))
  const hostile: Schema = [{ name: '<b>\u001b[2J</b>', type: { name: 'utf8' } }]
  const batch = batchOf(hostile, { [hostile[0]!.name]: ['<script>alert(1)</script>\u001b[31m'] })
  writeFileSync(path('hostile.parquet'), await writtenFile(hostile, [batch], { createdBy: '\u001b[2J' }))
})

afterAll(() => {
  rmSync(directory, { recursive: true })
})

describe('parquet inspect', () => {
  it('prints what the footer has, within 100 columns', async () => {
    for (const name of ['good', 'all', 'disorder', 'hostile']) {
      const { code, stdout } = await runMain(['parquet', 'inspect', path(`${name}.parquet`)])
      expect(code).toBe(0)
      const lines = stdout.split('\n').filter(line => !line.startsWith('file '))
      expect(lines.filter(line => line.length > 100)).toEqual([])
    }
    const { stdout } = await runMain(['parquet', 'inspect', path('good.parquet')])
    expect(stdout).toMatch(/rows {8}400 in 2 row groups/)
    expect(stdout).toMatch(/metadata {4}note: x+… \(500 characters\)/)
    expect(stdout).toMatch(/at +timestamp\[ms, UTC\] +INT64 OPTIONAL TIMESTAMP\(ms, UTC\)/)
    expect(stdout).toMatch(/0 +200 +[\d.]+ KiB +[\d.]+× +2023-11-14 22:13:20Z … 2023-11-14 22:16:39Z/)
    expect(stdout).toMatch(/s +[\d.]+ \w+ +[\d.]+ % +[\d.]+× +snappy +dictionary plain +index/)
    expect(stdout).toMatch(/n +57 +0 +399/)
    expect(stdout).toMatch(/row groups +in order/)
    expect(stdout).toMatch(/not read: --deep/)
  })

  it('says why a column is not read', async () => {
    const { stdout } = await runMain(['parquet', 'inspect', path('all.parquet')])
    expect(stdout).toMatch(/z_interval +not read: interval is not a t/)
  })

  it('tells disorder, of the rows too with --deep', async () => {
    const { stdout } = await runMain(['parquet', 'inspect', path('disorder.parquet'), '--deep'])
    expect(stdout).toContain('1 of 2 begin before an earlier one has ended, by up to 49 s')
    expect(stdout).toContain('2 row groups at most may hold one moment')
    expect(stdout).toContain('49 (24.5 %) behind the largest time so far, by up to 49 s (row 100)')
  })

  it('prints JSON with --json', async () => {
    const { stdout } = await runMain(['parquet', 'inspect', path('good.parquet'), '--json', '--time', 'n:ms'])
    expect(JSON.parse(stdout)).toMatchObject({ rows: 400, columns: [{}, {}, {}], disorder: { column: 'n' } })
  })

  it('tells the columns of one row group', async () => {
    const ended = await runMain(['parquet', 'inspect', path('good.parquet'), '--row-group', '1'])
    expect(ended.stdout).toMatch(/columns of row group 1, by values\n.*\n.*\n +n +28 +200 +399/)
    const none = await runMain(['parquet', 'inspect', path('good.parquet'), '--row-group', '2'])
    expect(none).toMatchObject({ code: 2 })
    expect(none.stderr).toContain('Its row groups are 0…1.')
  })

  it('writes a page that needs nothing but itself and cannot be injected into', async () => {
    for (const name of ['disorder', 'hostile']) {
      const ended = await runMain([
        'parquet',
        'inspect',
        path(`${name}.parquet`),
        '--html',
        path('page.html'),
      ])
      expect(ended.code).toBe(0)
      const page = readFileSync(path('page.html'), 'utf8')
      expect(page).toContain("default-src 'none'")
      expect(page).not.toMatch(/<script|https?:|<b>/)
      expect(page).toContain('</html>')
      if (name === 'disorder') expect(page).toMatch(/margin-left:33\.\d+%;width:max\(2px,66\.\d+%\)/)
    }
  })

  it('never sends what is in a file to the terminal as it is', async () => {
    const { stdout } = await runMain(['parquet', 'inspect', path('hostile.parquet')])
    const head = await runMain(['parquet', 'head', path('hostile.parquet'), '--table'])
    expect(stdout + head.stdout).toContain('\\u{1b}[2J')
    expect(stdout + head.stdout).not.toContain('\u001b')
  })

  it('refuses what is no Parquet file, with exit 3', async () => {
    writeFileSync(path('text.parquet'), 'not a Parquet file at all')
    const ended = await runMain(['parquet', 'inspect', path('text.parquet')])
    expect(ended).toMatchObject({ code: 3, stdout: '' })
    expect(ended.stderr).toMatch(/^error file-corrupt: the file does not end with PAR1/)
  })
})

describe('parquet head', () => {
  it('prints JSON lines', async () => {
    const { code, stdout } = await runMain([
      'parquet',
      'head',
      path('good.parquet'),
      '-n',
      '4',
      '--columns',
      'n,s',
    ])
    expect(code).toBe(0)
    expect(
      stdout
        .trim()
        .split('\n')
        .map(line => JSON.parse(line)),
    ).toEqual([
      { n: 0, s: 's0' },
      { n: 1, s: 's1' },
      { n: 2, s: 's2' },
      { n: null, s: 's3' },
    ])
    expect((await runMain(['parquet', 'head', path('good.parquet')])).stdout.trim().split('\n')).toHaveLength(
      10,
    )
    expect(await runMain(['parquet', 'head', path('good.parquet'), '-n', '0'])).toMatchObject({
      code: 0,
      stdout: '',
    })
  })

  it('prints nested columns too, as what they are', async () => {
    const { bytes } = await duckDbFile("SELECT 7 AS id, [1, NULL] AS l, {'a': 'x'} AS t")
    writeFileSync(path('nested.parquet'), bytes)
    const all = await runMain(['parquet', 'head', path('nested.parquet')])
    expect(all.stdout).toBe('{"id":7,"l":[1,null],"t":{"a":"x"}}\n')
    const one = await runMain(['parquet', 'head', path('nested.parquet'), '--columns', 't', '--table'])
    expect(one.stdout).toBe('t\n{"a":"x"}\n')
  })

  it('prints a table on a terminal', async () => {
    const terminal = { ...record(), isOutTty: true, columns: () => 30 }
    expect(await main(['parquet', 'head', path('good.parquet'), '-n', '2'], { terminal })).toBe(0)
    expect(terminal.stdout).toBe(
      [
        'at                        n',
        '2023-11-14T22:13:20.000Z  0',
        '2023-11-14T22:13:21.000Z  1',
        'not shown: s (--columns)',
        '',
      ].join('\n'),
    )
  })

  it('refuses a column that is not there', async () => {
    const ended = await runMain(['parquet', 'head', path('good.parquet'), '--columns', 'x'])
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toMatch(/^error column-missing: the file has no column 'x'/)
  })
})

describe('parquet check', () => {
  it('ends with 0 where nothing is wrong', async () => {
    const ended = await runMain(['parquet', 'check', path('good.parquet'), path('all.parquet')])
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(ended.stdout).toMatch(
      /^ok .*good\.parquet {2}400 rows, 2 row groups, 3 columns, \d+ pages \(\d+ with a checksum\)\nok /,
    )
    expect(ended.stdout).toMatch(/not read: column z_interval: interval is not a type of ours/)
  })

  it('ends with 3 and says what is wrong where; the other files are checked', async () => {
    const files = [path('none.parquet'), path('bad.parquet'), path('good.parquet')]
    const ended = await runMain(['parquet', 'check', ...files])
    expect(ended.code).toBe(3)
    expect(ended.stdout).toMatch(
      /BAD .*none\.parquet.*\n +file: the file cannot be read: .*\(file-unreadable\)/,
    )
    expect(ended.stdout).toMatch(/BAD .*bad\.parquet.*\n +row group 1, column s, page 1: /)
    expect(ended.stdout).toMatch(/ok .*good\.parquet/)
    expect(ended.stderr).toMatch(/^error file-unreadable: 2 problems in 2 of 3 files, the first: /)
  })

  it('prints reports as JSON, with so many problems', async () => {
    const ended = await runMain(['parquet', 'check', path('bad.parquet'), '--json', '--problems', '1'])
    expect(ended.code).toBe(3)
    const report = JSON.parse(ended.stdout) as { files: { problems: unknown[] }[] }
    expect(report).toMatchObject({ ok: false, files: [{ ok: false, problemCount: 1 }] })
    expect(report.files[0]!.problems).toMatchObject([
      { code: 'file-corrupt', rowGroup: 1, column: 's', page: 1 },
    ])
    expect(ended.stderr).toMatch(/where +.*bad\.parquet, row group 1, column s, page 1/)
  })

  it('ends with 2 where a file is encrypted, and nothing else is wrong', async () => {
    const encrypted = (await exampleFile()).slice()
    encrypted.set(new TextEncoder().encode('PARE'), encrypted.length - 4)
    writeFileSync(path('encrypted.parquet'), encrypted)
    expect(await runMain(['parquet', 'check', path('encrypted.parquet')])).toMatchObject({ code: 2 })
    const both = await runMain(['parquet', 'check', path('encrypted.parquet'), path('bad.parquet')])
    expect(both).toMatchObject({ code: 3 })
  })
})
