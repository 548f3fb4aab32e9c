/**
 * The test runner itself, on tiers made to go wrong: what vitest cannot report must be counted all the same.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runTier } from '../../scripts/test/run-tier.ts'
import type { Tally } from '../../scripts/test/tally.ts'
import { withTempDirectory } from '../harness/index.ts'

/** Runs a tier of the given test files; `test` and `expect` are globals in them. */
function runFiles(files: Record<string, string>, deadlineMs = 60_000): Promise<Tally> {
  return withTempDirectory(async root => {
    mkdirSync(join(root, 'tests'))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, 'tests', name), text)
    const config = join(root, 'vitest.config.mjs')
    const test = { globals: true, pool: 'forks', include: ['tests/*.test.mjs'] }
    writeFileSync(config, `export default ${JSON.stringify({ root, test })}`)
    const { signal } = new AbortController()
    return runTier({ vitestArgs: ['--config', config], deadlineMs, output: 'ignore', signal })
  })
}

const PASSING = "test('passes', () => expect(1).toBe(1))"

describe('runTier', () => {
  it('counts a tier that goes well', async () => {
    const files = { 'a.test.mjs': `${PASSING}\ntest('skips', ctx => ctx.skip('no server'))` }
    expect(await runFiles(files)).toEqual({
      passed: 1,
      failed: 0,
      skipped: 1,
      problems: [],
      skips: ['tests/a.test.mjs > skips (no server)'],
    })
  })

  it('counts failing tests, hooks and files, each once', async () => {
    const tally = await runFiles({
      'a.test.mjs': `${PASSING}\ntest('fails', () => expect(1).toBe(2))`,
      'b.test.mjs': "import './missing.mjs'",
      'c.test.mjs': `describe('suite', () => { beforeAll(() => { throw new Error('hook') }); ${PASSING} })`,
    })
    expect(tally.passed).toBe(1)
    expect(tally.problems).toEqual(
      expect.arrayContaining([
        'tests/a.test.mjs > fails',
        expect.stringMatching(/^tests\/b.test.mjs: .*missing.mjs/),
        expect.stringMatching(/^tests\/c.test.mjs > suite: hook$/),
      ]),
    )
    expect(tally.failed).toBe(3)
  })

  it('fails a tier without tests', async () => {
    expect((await runFiles({})).failed).toBeGreaterThan(0)
  })

  it('fails a tier whose process dies', async () => {
    const files = { 'a.test.mjs': `${PASSING}\ntest('dies', () => process.kill(process.pid, 'SIGKILL'))` }
    const tally = await runFiles(files)
    expect(tally.failed).toBeGreaterThan(0)
  })

  it('kills a tier that hangs where vitest cannot interrupt, and says in which file', async () => {
    const files = { 'a.test.mjs': PASSING, 'b.test.mjs': "test('spins', () => { for (;;); })" }
    const tally = await runFiles(files, 15_000)
    expect(tally).toMatchObject({ passed: 1, failed: 1 })
    expect(tally.problems[0]).toMatch(/deadline of its tier while running tests\/b.test.mjs/)
  })

  it('finds what a test left behind', async () => {
    const leaking = `
      import { spawn } from 'node:child_process'
      import { writeFileSync } from 'node:fs'
      import { tmpdir } from 'node:os'
      test('leaks', () => {
        writeFileSync(tmpdir() + '/left-over', '')
        spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' }).unref()
      })`
    const tally = await runFiles({ 'a.test.mjs': leaking })
    expect(tally.passed).toBe(1)
    expect(tally.problems).toEqual([
      expect.stringMatching(/^left processes running: .*setInterval/),
      'left files in the temporary directory: left-over',
    ])
  })
})
