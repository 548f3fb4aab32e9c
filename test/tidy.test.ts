/**
 * What a reviewer would otherwise have to look for: direction, size, names, dependencies, error codes, formatting,
 * types. The checks are in test/tidy/, each with a test that feeds it what it must find.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, type TestContext } from 'vitest'
import { ERROR_CATALOGUE } from '../src/errors.ts'
import { withTempDirectory } from './harness/index.ts'
import {
  dependencyComplaints,
  type Lock,
  lockComplaints,
  type Manifest,
  packageImportComplaints,
  undocumentedDependencies,
} from './tidy/dependencies.ts'
import { directionComplaints, purityComplaints } from './tidy/direction.ts'
import { undocumentedComplaints, unraisedComplaints, untestedComplaints } from './tidy/error-codes.ts'
import { foreignNameComplaints } from './tidy/foreign-names.ts'
import {
  headerComplaints,
  nameComplaints,
  silencedComplaints,
  sizeComplaints,
  sleepComplaints,
  unfinishedComplaints,
} from './tidy/shape.ts'
import { checkoutFiles, codeFiles } from './tidy/source-file.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const files = checkoutFiles(ROOT)
const source = codeFiles(files, 'src')
const tests = codeFiles(files, 'test')
const code = codeFiles(files, 'src', 'test', 'bench', 'scripts')
const product = files.filter(file => file.path.startsWith('src/') || file.path.startsWith('bin/'))
const manifest = readJson<Manifest>('package.json')
const codes = Object.keys(ERROR_CATALOGUE)

function readJson<Shape>(path: string): Shape {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as Shape
}

/** The README, or a skip that says so: it is written last. */
function readmeOrSkip(context: TestContext): string {
  const path = join(ROOT, 'README.md')
  if (!existsSync(path)) context.skip('README.md does not exist yet')
  return readFileSync(path, 'utf8')
}

describe('structure', () => {
  it('has files to check', () => {
    expect(source.length).toBeGreaterThan(50)
    expect(tests.map(file => file.path)).toContain('test/tidy.test.ts')
  })

  it('imports point one way, through entries, without cycles', () => {
    expect(directionComplaints(source)).toEqual([])
  })

  it('core/ is pure', () => {
    const core = source.filter(file => file.path.startsWith('src/core/'))
    expect(core.length).toBeGreaterThan(20)
    expect(purityComplaints(core)).toEqual([])
  })

  it('no file is long', () => {
    expect(sizeComplaints(code)).toEqual([])
  })

  it('every file says what it is', () => {
    expect(headerComplaints(code, files)).toEqual([])
  })

  it('every name says what is in it', () => {
    expect(nameComplaints(files)).toEqual([])
  })

  it('nothing is left unfinished or silenced', () => {
    expect([...unfinishedComplaints(files), ...silencedComplaints(code)]).toEqual([])
  })

  it('no test sleeps', () => {
    expect(sleepComplaints(tests)).toEqual([])
  })

  it('no file names a machine or a registry', () => {
    expect(foreignNameComplaints(files)).toEqual([])
  })
})

describe('dependencies', () => {
  it('are on the allow-list, in exact versions', () => {
    expect(dependencyComplaints(manifest)).toEqual([])
  })

  it('are all that the product imports', () => {
    expect(packageImportComplaints(codeFiles(files, 'src', 'bin'), manifest)).toEqual([])
  })

  it('are locked for every platform, without a registry', () => {
    expect(lockComplaints(readJson<Lock>('package-lock.json'), manifest)).toEqual([])
  })

  it('are in the README', context => {
    expect(undocumentedDependencies(manifest, readmeOrSkip(context))).toEqual([])
  })
})

describe('error codes', () => {
  it('are all raised', () => {
    expect(unraisedComplaints(codes, product)).toEqual([])
  })

  it('are all tested', () => {
    const others = tests.filter(file => !file.path.startsWith('test/tidy'))
    expect(untestedComplaints(codes, others)).toEqual([])
  })

  it('are in the README', context => {
    expect(undocumentedComplaints(codes, readmeOrSkip(context))).toEqual([])
  })
})

const TOOL_LINES_MAX = 80

/** Runs a tool of the checkout; gives (the beginning of) its output if it found something, else nothing. */
function complaintsOfTool(script: string, args: readonly string[], cwd = ROOT): string {
  const env = { ...process.env, NO_COLOR: '1' }
  const run = spawnSync(process.execPath, [join(ROOT, 'node_modules', script), ...args], {
    cwd,
    encoding: 'utf8',
    env,
  })
  if (run.error) throw run.error
  if (run.status === 0) return ''
  const lines = `${run.stdout}${run.stderr}`.split('\n')
  const more = lines.length > TOOL_LINES_MAX ? [`… and ${lines.length - TOOL_LINES_MAX} more lines`] : []
  return [...lines.slice(0, TOOL_LINES_MAX), ...more].join('\n')
}

describe('lint', () => {
  const BIOME = '@biomejs/biome/bin/biome'
  const ARGS = ['ci', '--colors=off', '--error-on-warnings', '--diagnostic-level=warn', '.']

  /** What the linter says of one file in a checkout with our settings. */
  function lintText(path: string, text: string): Promise<string> {
    return withTempDirectory(directory => {
      for (const name of ['biome.json', '.gitignore']) copyFileSync(join(ROOT, name), join(directory, name))
      mkdirSync(dirname(join(directory, path)), { recursive: true })
      writeFileSync(join(directory, path), text)
      return complaintsOfTool(BIOME, ARGS, directory)
    })
  }

  function functionOf(lines: number): string {
    return `export function a(): void {\n${'  console.log(1)\n'.repeat(lines)}}\n`
  }

  it('finds nothing in the checkout', () => {
    expect(complaintsOfTool(BIOME, ARGS)).toBe('')
  })

  it('would find an any, a long function, and what is not formatted', async () => {
    expect(await lintText('src/a.ts', functionOf(60))).toBe('')
    expect(await lintText('src/a.ts', 'export const a: any = 1\n')).toContain('noExplicitAny')
    expect(await lintText('src/a.ts', functionOf(75))).toContain('noExcessiveLinesPerFunction')
    expect(await lintText('test/a.ts', functionOf(75))).toBe('')
    expect(await lintText('src/a.ts', 'export const a = "1";\n')).toContain('format')
  })
})

describe('types', () => {
  const TSC = 'typescript/bin/tsc'

  it('hold in the checkout', () => {
    expect(complaintsOfTool(TSC, ['-p', '.', '--noEmit'])).toBe('')
  })

  it('are checked strictly', () =>
    withTempDirectory(directory => {
      copyFileSync(join(ROOT, 'tsconfig.json'), join(directory, 'tsconfig.json'))
      symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
      mkdirSync(join(directory, 'src'))
      writeFileSync(
        join(directory, 'src', 'a.ts'),
        'export function f(a) {\n  return a\n}\nexport enum E {}\n',
      )
      const complaints = complaintsOfTool(TSC, ['-p', '.', '--noEmit'], directory)
      expect(complaints).toMatch(/implicitly has an 'any' type[\s\S]*erasableSyntaxOnly/)
    }))
})
