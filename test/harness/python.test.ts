/** Python of the tests: made once, kept, and a reason where there is none. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, type TestContext, vi } from 'vitest'
import { pythonWith, withTempDirectory } from './index.ts'

/** Whatever `need` does to the context. */
function skipsOf(python: { need(context: TestContext): void }): string[] {
  const reasons: string[] = []
  const context = { skip: (reason?: string) => reasons.push(reason ?? '') }
  python.need(context as unknown as TestContext)
  return reasons
}

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('a Python that cannot be had', () => {
  it('skips, with the reason, and leaves nothing that looks installed', () =>
    withTempDirectory(async cache => {
      vi.stubEnv('CI', '')
      const python = await pythonWith(['nothing==1.0.0'], 'no-such-python', cache)
      expect(skipsOf(python).join()).toMatch(/no Python with nothing==1\.0\.0: .*no-such-python/)
      const again = await pythonWith(['nothing==1.0.0'], 'no-such-python', cache)
      expect(skipsOf(again)).toHaveLength(1)
    }))

  it('fails in CI', () =>
    withTempDirectory(async cache => {
      vi.stubEnv('CI', 'true')
      await expect(pythonWith([], 'no-such-python', cache)).rejects.toThrow('no-such-python')
    }))
})

describe('a Python that can', () => {
  it('runs scripts, and says what a failing one printed', context =>
    withTempDirectory(async cache => {
      if (process.platform === 'win32') context.skip('no shell')
      // Stands in for an interpreter: the virtual environment's `python` is what matters here.
      const base = join(cache, 'base')
      writeFileSync(
        base,
        '#!/bin/sh\nmkdir -p "$3/bin"\nprintf \'#!/bin/sh\\n[ "$1" = -m ] && exit 0\\necho "ran $2" && exit $2\' > "$3/bin/python"\nchmod +x "$3/bin/python"\n',
        { mode: 0o755 },
      )
      const python = await pythonWith(['a==1'], base, cache)
      expect(skipsOf(python)).toEqual([])
      expect((await python.run('script', ['0'])).stdout).toBe('ran 0\n')
      await expect(python.run('script', ['3'])).rejects.toThrow(/ended with 3[\s\S]*ran 3/)
      // kept: a base that is not there is not asked for
      expect(skipsOf(await pythonWith(['a==1'], 'no-such-python', cache))).toEqual([])
    }))
})
