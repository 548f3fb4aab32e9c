/**
 * Each tidy check is fed what it is there to find: a check that cannot fail is a defect. The good example beside
 * it must pass, so that a check that always fails is seen too.
 */
import { describe, expect, it } from 'vitest'
import * as dependencies from './dependencies.ts'
import { directionComplaints, purityComplaints } from './direction.ts'
import { undocumentedComplaints, unraisedComplaints, untestedComplaints } from './error-codes.ts'
import { foreignNameComplaints } from './foreign-names.ts'
import * as shape from './shape.ts'
import { ignoreRules, type SourceFile } from './source-file.ts'

function file(path: string, text: string): SourceFile {
  return { path, text }
}

describe('direction', () => {
  const complaintsOf = (path: string, text: string): string[] => directionComplaints([file(path, text)])

  it.each([
    [
      'src/core/batch/a.ts',
      "import { b } from '../../plan/index.ts'",
      /:1: imports src\/plan\/index.ts, against/,
    ],
    ['src/job/a.ts', "\nexport * from '../run/index.ts'", /:2: .* against the direction/],
    ['src/job/a.ts', "import type { B } from '../run/index.ts'", /against the direction/],
    ['src/job/a.ts', "const b = await import('../cli/index.ts')", /against the direction/],
    ['src/errors.ts', "import { b } from './limits.ts'", /of its own layer/],
    ['src/history/a.ts', "import { b } from '../sinks/index.ts'", /of its own layer/],
    ['src/history/a.ts', "new Worker(new URL('../lanes/index.ts', import.meta.url))", /of its own layer/],
    ['src/run/a.ts', "import { b } from '../plan/b.ts'", /past the entry src\/plan\/index.ts/],
    ['src/run/a.ts', "import type { B } from '../plan/b.ts'", /past the entry/],
    ['src/core/order/a.ts', "import { b } from '../batch/b.ts'", /past the entry src\/core\/batch\/index.ts/],
    ['src/surprise/a.ts', '', /no place in LAYERS/],
  ])('%s: %s', (path, text, complaint) => {
    expect(complaintsOf(path, text)).toEqual([expect.stringMatching(complaint)])
  })

  it.each([
    ['src/run/a.ts', "import { b } from '../plan/index.ts'"],
    ['src/run/a.ts', "import { b } from '../errors.ts'"],
    ['src/run/a.ts', "import { b } from './inspect/b.ts'"],
    ['src/core/order/a.ts', "import { b } from '../batch/index.ts'"],
    ['src/core/order/a.ts', "import { b } from '../time.ts'"],
    ['src/features/a.ts', "import type { B } from '../history/index.ts'"],
    ['src/core/a.ts', "// import { b } from '../run/index.ts'"],
    ['src/core/a.ts', "const text = `import { b } from '../run/index.ts'`"],
  ])('passes %s: %s', (path, text) => {
    expect(complaintsOf(path, text)).toEqual([])
  })

  it('finds a cycle, and not one of types only', () => {
    const cycle = [
      file('src/run/a.ts', "import { b } from './b.ts'"),
      file('src/run/b.ts', "import {\n  c,\n} from './c.ts'"),
      file('src/run/c.ts', "import { a } from './a.ts'"),
    ]
    expect(directionComplaints(cycle)).toEqual([
      'import cycle: src/run/a.ts → src/run/b.ts → src/run/c.ts → src/run/a.ts',
    ])
    const typed = [...cycle.slice(0, 2), file('src/run/c.ts', "import type { A } from './a.ts'")]
    expect(directionComplaints(typed)).toEqual([])
  })
})

describe('purity of core', () => {
  it.each([
    ["import { readFileSync } from 'node:fs'", /core\/ imports node:fs/],
    ["import yaml from 'yaml'", /core\/ imports yaml/],
    ["import 'polyfill'", /core\/ imports polyfill/],
    ['const now = Date.now()', /core\/ uses Date\.now/],
    ['const now = new Date()', /core\/ uses new Date\(\)/],
    ['const x = Math.random()', /core\/ uses Math\.random/],
    ['export async function f() {}', /core\/ uses async/],
    ['const pid = process.pid', /core\/ uses process\./],
    ["const b = Buffer.from('')", /core\/ uses Buffer/],
  ])('%s', (text, complaint) => {
    expect(purityComplaints([file('src/core/a.ts', text)])).toEqual([expect.stringMatching(complaint)])
  })

  it('passes pure code, and words in comments and strings', () => {
    const text =
      "// async\nimport { b } from '../errors.ts'\nexport const day = new Date(0)\nconst s = 'Date.now()'\n"
    expect(purityComplaints([file('src/core/a.ts', text)])).toEqual([])
  })
})

describe('shape', () => {
  it('size', () => {
    const lines = (count: number): SourceFile => file('src/a.ts', 'x\n'.repeat(count))
    expect(shape.sizeComplaints([lines(400)])).toEqual([])
    expect(shape.sizeComplaints([lines(401)])).toEqual(['src/a.ts: 401 lines, more than 400'])
  })

  it('header', () => {
    const complain = (text: string): number => shape.headerComplaints([file('src/a.ts', text)], []).length
    expect(complain('/** What this file is for. */\nexport {}')).toBe(0)
    expect(complain('#!/usr/bin/env node\n// What this file is for.\n')).toBe(0)
    expect(complain('import a from "a"\n/** What this file is for. */')).toBe(1)
    expect(complain('/** A file */')).toBe(1)
    expect(complain('')).toBe(1)
    const test = file('test/unit/a.test.ts', '')
    expect(shape.headerComplaints([test], [file('src/a.ts', '')])).toEqual([])
    expect(shape.headerComplaints([test], [file('a.ts', '')])).toEqual([])
    expect(shape.headerComplaints([test], [file('src/b.ts', '')])).toHaveLength(1)
  })

  it.each([
    'utils.ts',
    'string-helpers.ts',
    'lane-manager.ts',
    'types.ts',
    'Lane.ts',
    'a_b.ts',
    'a.ts.orig',
    'a.ts~',
  ])('name %s', name => {
    expect(shape.nameComplaints([file(`src/run/${name}`, '')])).toHaveLength(1)
  })

  it.each([
    'lane.ts',
    'key-type.ts',
    'run-lock.test.ts',
    'vitest.config.ts',
    'page.css',
    'README.md',
    'reorder-buffer.ts',
  ])('passes name %s', name => {
    expect(shape.nameComplaints([file(`src/run/${name}`, '')])).toEqual([])
  })

  it('unfinished work', () => {
    const text = `a\n// ${'TO'}DO: b\n`
    expect(shape.unfinishedComplaints([file('src/a.ts', text)])).toEqual([`src/a.ts:2: ${'TO'}DO`])
    expect(shape.unfinishedComplaints([file('src/a.ts', 'mastodon, to do')])).toEqual([])
  })

  it('silenced checks', () => {
    const texts = [`// @ts-${'expect-error'} why`, `// biome-${'ignore'} lint/suspicious/noExplicitAny: why`]
    for (const text of texts) expect(shape.silencedComplaints([file('src/a.ts', text)])).toHaveLength(1)
    const other = `// biome-${'ignore'} lint/suspicious/noControlCharactersInRegex: they are what is looked for`
    expect(shape.silencedComplaints([file('src/a.ts', other)])).toEqual([])
  })

  it('sleeps', () => {
    const sleeping = 'await new Promise(done => setTimeout(done, 100))'
    expect(shape.sleepComplaints([file('test/unit/a.test.ts', sleeping)])).toHaveLength(1)
    expect(shape.sleepComplaints([file('test/unit/a.test.ts', "it('does not setTimeout')")])).toEqual([])
  })
})

describe('error codes', () => {
  const codes = ['file-corrupt']

  it('raised', () => {
    const raising = file('src/run/a.ts', "throw new HindcastError('file-corrupt', 'x')")
    expect(unraisedComplaints(codes, [raising])).toEqual([])
    expect(
      unraisedComplaints(codes, [file('src/errors.ts', "  'file-corrupt': { kind: 'data' }")]),
    ).toHaveLength(1)
  })

  it('tested', () => {
    const naming = file('test/a.test.ts', "expect(error.code).toBe('file-corrupt')")
    expect(untestedComplaints(codes, [naming], [])).toEqual([])
    expect(untestedComplaints(codes, [file('test/a.test.ts', '/x: file-corrupt/.test(y)')], [])).toEqual([])
    for (const text of [
      "// 'file-corrupt'",
      "/* it's file-corrupt */",
      "toBe('no-file-corrupt')",
      'file-corrupt',
    ]) {
      expect(untestedComplaints(codes, [file('test/a.test.ts', text)], [])).toHaveLength(1)
    }
  })

  it('ratchet only gets smaller', () => {
    const naming = file('test/a.test.ts', "toBe('file-corrupt')")
    expect(untestedComplaints(codes, [], codes)).toEqual([])
    expect(untestedComplaints(codes, [naming], codes)).toEqual([expect.stringMatching(/take it out/)])
    expect(untestedComplaints([], [], ['gone'])).toEqual([expect.stringMatching(/take it out/)])
  })

  it('documented', () => {
    expect(undocumentedComplaints(codes, '# x\n\n| `file-corrupt` | data | … |\n')).toEqual([])
    expect(undocumentedComplaints(codes, 'The code `file-corrupt` is … | `other` |')).toHaveLength(1)
  })
})

describe('dependencies', () => {
  it('allow-list', () => {
    const reasons = { yaml: 'reads job files' }
    expect(dependencies.dependencyComplaints({ dependencies: { yaml: '1.0.0' } }, reasons)).toEqual([])
    const complaints = dependencies.dependencyComplaints({ dependencies: { left: '^1.0.0' } }, reasons)
    expect(complaints).toEqual([
      'left: a runtime dependency without a reason',
      'yaml: on the allow-list, but no dependency',
      'left@^1.0.0: not an exact version',
    ])
  })

  it('optional peers', () => {
    const reasons = { a: 'for some' }
    const manifest = { peerDependencies: { a: '^1.2.0' }, devDependencies: { a: '1.2.0' } }
    const optional = { ...manifest, peerDependenciesMeta: { a: { optional: true } } }
    expect(dependencies.dependencyComplaints(optional, reasons)).toEqual([])
    expect(dependencies.dependencyComplaints(manifest, reasons)).toEqual([
      'a: a peer that is not optional belongs into dependencies',
    ])
    expect(dependencies.dependencyComplaints({ ...optional, devDependencies: {} }, reasons)).toEqual([
      'a@^1.2.0: a peer is ^ of the version in devDependencies',
    ])
    const complaintsOf = (text: string): string[] =>
      dependencies.packageImportComplaints([file('src/a.ts', text)], optional)
    expect(complaintsOf("import type { A } from 'a'\nconst a = () => import('a')")).toEqual([])
    expect(complaintsOf("import { A } from 'a'")).toHaveLength(1)
    expect(dependencies.undocumentedDependencies(optional, '')).toHaveLength(1)
  })

  it('imports of packages', () => {
    const complaintsOf = (text: string): string[] =>
      dependencies.packageImportComplaints([file('src/a.ts', text)], {
        dependencies: { '@scope/a': '1.0.0', b: '1.0.0' },
        devDependencies: { c: '1.0.0' },
      })
    expect(complaintsOf("import a from '@scope/a/x'\nimport b from 'b'\nimport fs from 'node:fs'")).toEqual(
      [],
    )
    expect(complaintsOf("import { c } from 'c'")).toEqual([
      'src/a.ts:1: imports c, which is no runtime dependency',
    ])
  })

  it('README table', () => {
    const manifest = { dependencies: { yaml: '1.0.0' } }
    expect(dependencies.undocumentedDependencies(manifest, '| `yaml` | reads job files |')).toEqual([])
    expect(dependencies.undocumentedDependencies(manifest, 'We use `yaml`.')).toHaveLength(1)
  })

  it('lock', () => {
    const manifest = { dependencies: { a: '1.0.0' }, allowScripts: { a: true } }
    const root = { dependencies: { a: '1.0.0' } }
    const good = { version: '1.0.0', hasInstallScript: true }
    expect(dependencies.lockComplaints({ packages: { '': root, 'node_modules/a': good } }, manifest)).toEqual(
      [],
    )
    const bad = {
      '': {},
      'node_modules/a': { ...good, resolved: 'somewhere', optionalDependencies: { 'a-linux-x64': '1.0.0' } },
      'node_modules/b': good,
    }
    expect(dependencies.lockComplaints({ packages: bad }, manifest)).toEqual([
      expect.stringMatching(/not of this package.json/),
      expect.stringMatching(/node_modules\/a has "resolved"/),
      expect.stringMatching(/lacks node_modules\/a-linux-x64/),
      expect.stringMatching(/allowScripts says neither yes nor no to b/),
    ])
  })
})

describe('foreign names', () => {
  it.each([
    `cd /${'work'}/main`,
    `'/${'root'}/.cache'`,
    `"/${'home'}/ann/data"`,
    `https://${'registry'}.npmjs.org/x`,
    `pip install -i https://${'pypi'}.org/simple`,
  ])('%s', text => {
    expect(foreignNameComplaints([file('a.md', text)])).toHaveLength(1)
  })

  it.each(['src/work/main.ts', '/var/lib/x', 'a registry of packages', 'the /home page', '${HOME}/x'])(
    'passes %s',
    text => {
      expect(foreignNameComplaints([file('a.md', text)])).toEqual([])
    },
  )
})

describe('.gitignore', () => {
  it('rules', () => {
    const ignored = ignoreRules('# c\nnode_modules/\n/data/\n*.tgz\n')
    expect(['a/node_modules', 'data', 'x/y.tgz'].map(ignored)).toEqual([true, true, true])
    expect(['src/data', 'node_modules.ts', 'tgz'].map(ignored)).toEqual([false, false, false])
    expect(() => ignoreRules('a/**/b')).toThrow('does not know')
  })
})
