/**
 * The examples of `hindcast/parquet`, run as they stand; only the name of the package is that of the source.
 */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTempDirectory, removeTempDirectory, spawnProgram } from '../../harness/index.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const EXAMPLES = join(ROOT, 'examples', 'parquet')

describe('examples/parquet', () => {
  let folder = ''

  beforeAll(async () => {
    folder = makeTempDirectory()
    cpSync(EXAMPLES, folder, { recursive: true })
    const entry = new URL('../../../src/parquet/index.ts', import.meta.url).href
    for (const name of readdirSync(folder)) {
      const text = readFileSync(join(folder, name), 'utf8')
      expect(text).toContain("from 'hindcast/parquet'")
      writeFileSync(join(folder, name), text.replace("'hindcast/parquet'", `'${entry}'`))
    }
    expect(await run('write.ts')).toBe('100002 rows, written\n')
  })

  afterAll(() => removeTempDirectory(folder))

  async function run(name: string): Promise<string> {
    const ended = await spawnProgram(join(folder, name), [join(folder, 'orders.parquet')]).ended
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    return ended.stdout
  }

  it('are all run here', () => {
    expect(readdirSync(EXAMPLES).sort()).toEqual(['check.ts', 'plan.ts', 'read.ts', 'write.ts'])
  })

  it('read', async () => {
    expect(await run('read.ts')).toBe(
      'total 450029.5\n' +
        '{"at":"2024-05-01T12:00:00.000Z","shop":"north","amount":9.5}\n' +
        '{"at":"2024-05-01T12:00:01.000Z","shop":null,"amount":20}\n',
    )
  })

  it('plan and execute', async () => {
    const stdout = await run('plan.ts')
    expect(stdout).toMatch(/^\d+ of 100002 rows in 1 of 2 row groups\n3600 rows of that hour\n$/)
    expect(Number(/^\d+/.exec(stdout)![0])).toBeLessThan(50_000)
  })

  it('check', async () => {
    expect(await run('check.ts')).toBe(
      'at timestamp[ms, UTC]: 2024-05-01T12:00:00.000Z to 2024-05-03T03:46:39.000Z, 0 nulls\n' +
        'shop utf8: north to south, 1 nulls\n' +
        'amount float64: 0 to 20, 0 nulls\n' +
        'row groups that overlap in time: 0\n' +
        'all pages checked, all is well\n',
    )
  })
})
