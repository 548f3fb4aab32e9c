/**
 * The package as others get it: packed, installed into an empty folder, run, imported and type-checked there. And
 * the command itself: from a checkout, installed, and on a Node that is too old.
 */
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { npmEnvironment } from '../../scripts/setup/npm.mjs'
import {
  type Ended,
  HINDCAST,
  lastJsonLine,
  makeTempDirectory,
  removeTempDirectory,
  runHindcast,
  spawnProgram,
} from '../harness/index.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const VERSION = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version
/** What a build and a pack need of the checkout. */
const PACKED = [
  'package.json',
  'package-lock.json',
  'README.md',
  'LICENSE',
  'tsconfig.json',
  'tsconfig.build.json',
  'bin',
  'config',
  'scripts',
  'src',
]

/** They are run and type-checked as somebody else's code. */
const EXAMPLES = join(ROOT, 'examples', 'parquet')

const run = promisify(execFile)

/** npm as the machine has it, so with its registry; programs find the Node of the tests. */
const npmEnv = npmEnvironment(ROOT)
const binEnv = { ...npmEnv, PATH: [dirname(process.execPath), npmEnv.PATH].join(delimiter) }

describe('the installed package', () => {
  let folder = ''
  let consumer = ''

  beforeAll(async () => {
    folder = makeTempDirectory()
    const copy = join(folder, 'copy')
    consumer = join(folder, 'consumer')
    mkdirSync(consumer, { recursive: true })
    for (const name of PACKED.filter(name => existsSync(join(ROOT, name))))
      cpSync(join(ROOT, name), join(copy, name), { recursive: true, force: true })
    cpSync(EXAMPLES, join(consumer, 'parquet'), { recursive: true })
    // The build needs the tools, and set-up sees that they are there.
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
    await run('npm', ['pack', '--pack-destination', folder], { cwd: copy, env: npmEnv })
    writeFileSync(join(consumer, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }')
    const tarball = join(folder, `hindcast-${VERSION}.tgz`)
    await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], {
      cwd: consumer,
      env: npmEnv,
    })
  })

  afterAll(() => removeTempDirectory(folder))

  function hindcast(...args: string[]): Promise<Ended> {
    return spawnProgram(join(consumer, 'node_modules', '.bin', 'hindcast'), args, {
      cwd: consumer,
      env: binEnv,
    }).ended
  }

  it('gives its version, by npx too', async () => {
    expect(await hindcast('--version')).toMatchObject({ code: 0, stdout: `${VERSION}\n` })
    const byNpx = await run('npx', ['--no-install', 'hindcast', '--version'], { cwd: consumer, env: binEnv })
    expect(byNpx.stdout).toBe(`${VERSION}\n`)
  })

  it('holds what it needs and nothing else', async () => {
    const { stdout } = await run('tar', ['-tzf', join(folder, `hindcast-${VERSION}.tgz`)])
    const names = stdout
      .trim()
      .split('\n')
      .map(path => path.split('/')[1] ?? '')
    expect([...new Set(names)].sort()).toEqual([
      'LICENSE',
      'README.md',
      'bin',
      'config',
      'dist',
      'package.json',
    ])
    expect(stdout).not.toMatch(/\.test\.|(?<!\.d)\.ts$/m)
  })

  it('runs a job on two lanes', async () => {
    await writeEvents(join(consumer, 'events.parquet'))
    writeFileSync(
      join(consumer, 'job.yaml'),
      `name: smoke
streams:
  clicks:
    key: [user]
    time: { column: at, unit: ms }
    partitions: 2
    history: { files: events.parquet }
output: { directory: out }
limits: { lanes: 2 }
`,
    )
    const ended = await hindcast('run', 'job.yaml', '--json')
    expect(ended.stderr).toBe('')
    expect(ended.code).toBe(0)
    expect(lastJsonLine(ended)).toMatchObject({ rows: 1000 })
    expect(await hindcast('verify', 'out')).toMatchObject({ code: 0 })
    const page = await hindcast('inspect', 'out', '--html', 'page.html')
    expect(page.code).toBe(0)
    expect(readFileSync(join(consumer, 'page.html'), 'utf8')).toContain('</html>')
  })

  it('is imported as a module', async () => {
    const program = join(consumer, 'import.js')
    writeFileSync(
      program,
      "import * as hindcast from 'hindcast'\nconsole.log(Object.keys(hindcast).join(' '))\n",
    )
    const ended = await spawnProgram(program, []).ended
    expect(ended.stderr).toBe('')
    expect(ended.stdout.trim().split(' ')).toEqual(
      expect.arrayContaining(['defineJob', 'plan', 'run', 'stream', 'verify']),
    )
  })

  it('has the Parquet core by itself', async () => {
    const example = (name: string): Promise<Ended> =>
      spawnProgram(join(consumer, 'parquet', name), [join(consumer, 'orders.parquet')]).ended
    expect(await example('write.ts')).toMatchObject({ code: 0, stdout: '100002 rows, written\n', stderr: '' })
    expect((await example('plan.ts')).stdout).toMatch(/3600 rows of that hour\n$/)
    expect(await hindcast('parquet', 'check', 'orders.parquet')).toMatchObject({ code: 0, stderr: '' })
    const page = await hindcast('parquet', 'inspect', 'orders.parquet', '--html', 'orders.html')
    expect(page).toMatchObject({ code: 0, stderr: '' })
    expect(readFileSync(join(consumer, 'orders.html'), 'utf8')).toContain('</html>')
  })

  it('has types that hold in a strict project', async () => {
    const program = `import { defineJob, plan, run } from 'hindcast'
const job = defineJob({
  name: 'typed',
  streams: { clicks: { key: ['user'], time: { column: 'at', unit: 'ms' }, history: { files: 'events.parquet' } } },
})
const outcome = await run(await plan(job), { directory: 'typed' })
console.log(outcome)
`
    writeFileSync(join(consumer, 'typed.ts'), program)
    // Whoever writes TypeScript for Node has these types.
    mkdirSync(join(consumer, 'node_modules', '@types'), { recursive: true })
    symlinkSync(
      join(ROOT, 'node_modules', '@types', 'node'),
      join(consumer, 'node_modules', '@types', 'node'),
    )
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2024',
      strict: true,
      noEmit: true,
      types: ['node'],
    }
    const examples = readdirSync(EXAMPLES).map(name => `parquet/${name}`)
    expect(examples).toHaveLength(4)
    writeFileSync(
      join(consumer, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['typed.ts', ...examples] }),
    )
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
    const right = await spawnProgram(tsc, ['-p', consumer]).ended
    expect(right).toMatchObject({ code: 0, stdout: '' })
    writeFileSync(join(consumer, 'typed.ts'), program.replace("unit: 'ms'", "unit: 'minutes'"))
    expect((await spawnProgram(tsc, ['-p', consumer]).ended).stdout).toContain('typed.ts(4,')
  })

  it('says what to type on a Node that is too old', async () => {
    const command = join(consumer, 'node_modules', 'hindcast', 'bin', 'hindcast')
    const old = join(folder, 'old.cjs')
    writeFileSync(old, "Object.defineProperty(process.versions, 'node', { value: '20.19.0' })")
    const ended = await spawnProgram(command, ['--version'], { env: { NODE_OPTIONS: `--require ${old}` } })
      .ended
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toMatch(
      /^error node-too-old: .*Node 24 or newer; this is Node 20\.19\.0[\s\S]*npm install node@24/,
    )
  })
})

describe('the command of the checkout', () => {
  it('runs the source, also through a link', async () => {
    expect(await runHindcast(['--version'])).toMatchObject({ code: 0, stdout: `${VERSION}\n`, stderr: '' })
    const folder = makeTempDirectory()
    symlinkSync(HINDCAST, join(folder, 'hindcast'))
    const linked = await spawnProgram(join(folder, 'hindcast'), ['--version'], { cwd: folder }).ended
    expect(linked).toMatchObject({ code: 0, stdout: `${VERSION}\n` })
    removeTempDirectory(folder)
  })

  it('hands its exit code on', async () => {
    expect((await runHindcast(['run', 'no-such-job.yaml'])).code).toBe(2)
  })
})

/** 1,000 events of 50 users over a day, not in order. */
async function writeEvents(path: string): Promise<void> {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  try {
    await connection.run(
      `COPY (SELECT (i * 7919) % 86400000 AS at, 'user' || (i % 50) AS user, i AS clicks FROM range(1000) r(i))
       TO '${path}' (FORMAT parquet)`,
    )
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
