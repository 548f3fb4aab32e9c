/**
 * Builds the package: src/ → dist/, as type declarations, few files of JavaScript, and every file of src/ that is no
 * TypeScript (the page of `inspect --html`).
 *
 *     dist/<entry>.js     re-exports chunks/<entry>.js
 *     dist/chunks/        what the entries are made of; what several of them need is in chunks of its own
 *
 * Few files, because threads load their code each for itself: a lane of three hundred modules needed a second to start.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Plugin, rolldown } from 'rolldown'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SRC = join(ROOT, 'src')
const DIST = join(ROOT, 'dist')
const CHUNKS = join(DIST, 'chunks')

/** What is imported from outside: by users, by `bin/hindcast`, by threads and processes that are started. */
const ENTRIES = [
  'index',
  'parquet/index',
  'cli/main',
  'run/lane-entry',
  'run/digest-task',
  'demo/live-writer',
  'live/confluent/reader-process',
]

/** A module finds what lies beside it (`import.meta.url`) where it would be if it were built by itself. */
const placesOfModules: Plugin = {
  name: 'places-of-modules',
  transform(code, id) {
    if (!code.includes('import.meta.url')) return null
    const place = relative(CHUNKS, join(DIST, relative(SRC, id))).replace(/\.ts$/, '.js')
    return code.replaceAll('import.meta.url', `new URL('${place}', import.meta.url).href`)
  },
}

async function bundle(): Promise<void> {
  const build = await rolldown({
    input: Object.fromEntries(ENTRIES.map(entry => [entry.replaceAll('/', '-'), join(SRC, `${entry}.ts`)])),
    platform: 'node',
    external: id => !id.startsWith('.') && !id.startsWith('/'),
    // No module of ours does anything by being imported, but the entries.
    treeshake: { moduleSideEffects: false },
    plugins: [placesOfModules],
  })
  const names = { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' }
  const { output } = await build.write({ dir: CHUNKS, ...names })
  await build.close()
  for (const entry of ENTRIES) {
    const name = `${entry.replaceAll('/', '-')}.js`
    const chunk = output.find(({ fileName }) => fileName === name)
    const path = join(DIST, `${entry}.js`)
    mkdirSync(dirname(path), { recursive: true })
    const from = `${'../'.repeat(entry.split('/').length - 1) || './'}chunks/${name}`
    // A star leaves the default out.
    const hasDefault = chunk?.type === 'chunk' && chunk.exports.includes('default')
    writeFileSync(path, `export * from '${from}'\n${hasDefault ? `export { default } from '${from}'\n` : ''}`)
  }
}

rmSync(DIST, { recursive: true, force: true })
const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
const typed = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' })
if (typed.status === 0) {
  await bundle()
  cpSync(SRC, DIST, { recursive: true, filter: path => !path.endsWith('.ts') })
} else {
  rmSync(DIST, { recursive: true, force: true })
  process.exitCode = 1
}
