/**
 * The parts of the set-up that do not need a registry: telling whole from incomplete, the lock, running on
 * another Node, completing package-lock.json. (That a bare clone sets itself up is seen by doing so in CI.)
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { missingEntries } from '../../../scripts/complete-lock.mjs'
import { missingPackages } from '../../../scripts/setup/installed.mjs'
import { type Child, spawnProgram, withTempDirectory } from '../../harness/index.ts'

const SCRIPTS = fileURLToPath(new URL('../../../scripts/', import.meta.url))

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

describe('missingPackages', () => {
  const here = { os: [process.platform], cpu: [process.arch] }
  const locked = {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/native-here': { version: '1.0.0', optional: true, ...here },
    'node_modules/native-there': { version: '1.0.0', optional: true, os: ['none'], cpu: [process.arch] },
    'node_modules/part-of-there': { version: '1.0.0', optional: true },
  }

  async function missingAfter(installed: Record<string, { version: string }>): Promise<string[]> {
    return withTempDirectory(root => {
      write(join(root, 'package-lock.json'), JSON.stringify({ packages: locked }))
      write(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: installed }))
      write(join(root, 'node_modules', 'node', 'bin', 'node'), '')
      for (const path of Object.keys(installed)) mkdirSync(join(root, path), { recursive: true })
      return missingPackages(root)
    })
  }

  const version = '1.0.0'

  it('finds a whole tree whole, without what other platforms need', async () => {
    expect(
      await missingAfter({ 'node_modules/a': { version }, 'node_modules/native-here': { version } }),
    ).toEqual([])
  })

  it('finds a package that is missing, of another version, or native and left out', async () => {
    expect(await missingAfter({})).toEqual(['node_modules/a', 'node_modules/native-here'])
    expect(await missingAfter({ 'node_modules/a': { version: '1.0.1' } })).toContain('node_modules/a')
    expect(await missingAfter({ 'node_modules/a': { version } })).toEqual(['node_modules/native-here'])
  })

  it('finds everything missing where nothing was ever installed', () =>
    withTempDirectory(root => {
      write(join(root, 'package-lock.json'), JSON.stringify({ packages: { 'node_modules/a': { version } } }))
      expect(missingPackages(root)).toEqual(['node_modules/a', 'node_modules/node/bin/node'])
    }))
})

describe('the lock of the set-up', () => {
  /** A program that holds the lock of `root`, and writes `in` and `out` to a file while it does. */
  function contender(root: string, name: string): Child {
    const program = join(root, `${name}.mjs`)
    write(
      program,
      `import { appendFileSync } from 'node:fs'
       import { withSetupLock } from ${JSON.stringify(join(SCRIPTS, 'setup/lock.mjs'))}
       const note = word => appendFileSync(${JSON.stringify(join(root, 'notes'))}, word + '\\n')
       await withSetupLock(${JSON.stringify(root)}, () => {}, async () => {
         note('in')
         for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
         note('out')
       })`,
    )
    return spawnProgram(program, [])
  }

  it('lets one in at a time, also past the lock of a process that died', () =>
    withTempDirectory(async root => {
      // No process has this id: it is above the largest that Linux and macOS give.
      write(join(root, '.hindcast', 'setup.lock'), '99999999')
      const contenders = ['a', 'b', 'c', 'd'].map(name => contender(root, name))
      const codes = await Promise.all(contenders.map(async child => (await child.ended).code))
      expect(codes).toEqual([0, 0, 0, 0])
      expect(readFileSync(join(root, 'notes'), 'utf8')).toBe('in\nout\n'.repeat(4))
      expect(readdirSync(join(root, '.hindcast'))).toEqual([])
    }))
})

describe('runOn', () => {
  /** Runs `code` through `runOn`, with or without a Node that can replace itself. */
  async function through(
    code: string,
    canReplaceItself: boolean,
    use: (child: Child) => Promise<void>,
  ): Promise<void> {
    await withTempDirectory(async directory => {
      const program = join(directory, 'program.mjs')
      const wrapper = join(directory, 'wrapper.mjs')
      write(program, code)
      write(
        wrapper,
        `import { runOn } from ${JSON.stringify(join(SCRIPTS, 'setup/run-on.mjs'))}
         ${canReplaceItself ? '' : 'process.execve = undefined'}
         await runOn(process.execPath, [${JSON.stringify(program)}, 'argument'])`,
      )
      await use(spawnProgram(wrapper, []))
    })
  }

  describe.each([
    ['replacing itself', true],
    ['with a child', false],
  ])('%s', (_, canReplaceItself) => {
    it('passes arguments and the exit code', () =>
      through('console.log(process.argv[2]); process.exitCode = 75', canReplaceItself, async child => {
        expect(await child.ended).toMatchObject({ code: 75, stdout: 'argument\n' })
      }))

    it('passes signals on, and the exit code that the program makes of them', () =>
      through(
        "process.on('SIGTERM', () => process.exit(143)); setInterval(() => {}, 1000); console.log('ready')",
        canReplaceItself,
        async child => {
          await child.untilStdout(/ready/)
          child.kill('SIGTERM')
          expect(await child.ended).toMatchObject({ code: 143, signal: null })
        },
      ))

    it('ends by the signal that ended the program', () =>
      through("process.kill(process.pid, 'SIGKILL')", canReplaceItself, async child => {
        expect(await child.ended).toMatchObject({ code: null, signal: 'SIGKILL' })
      }))
  })
})

describe('missingEntries of a lock', () => {
  it('rebuilds what a registry did not have, with its platform', () => {
    const optionalDependencies = {
      '@x/y-linux-arm64-musl': '1.2.3',
      'z-darwin-x64': '1.2.3-r.1',
      present: '^1.0.0',
    }
    const lock = {
      packages: { 'node_modules/p': { dev: true, optionalDependencies }, 'node_modules/present': {} },
    }
    expect(missingEntries(lock)).toEqual({
      'node_modules/@x/y-linux-arm64-musl': {
        version: '1.2.3',
        dev: true,
        optional: true,
        os: ['linux'],
        cpu: ['arm64'],
        libc: ['musl'],
      },
      'node_modules/z-darwin-x64': {
        version: '1.2.3-r.1',
        dev: true,
        optional: true,
        os: ['darwin'],
        cpu: ['x64'],
      },
    })
  })

  it('refuses to guess', () => {
    const lockOf = (name: string, range: string) => ({
      packages: { 'node_modules/p': { optionalDependencies: { [name]: range } } },
    })
    expect(() => missingEntries(lockOf('a-linux-x64', '^1.0.0'))).toThrow(/range/)
    expect(() => missingEntries(lockOf('a-fast', '1.0.0'))).toThrow(/platform of a-fast/)
  })
})
