/**
 * Builds the package: src/ → dist/ as JavaScript with type declarations, and beside it every file of src/ that is
 * no TypeScript (the page of `inspect --html`), so that what the source reads next to itself is there too.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const DIST = join(ROOT, 'dist')

rmSync(DIST, { recursive: true, force: true })
const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
const compiled = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
  cwd: ROOT,
  stdio: 'inherit',
})
if (compiled.status === 0) {
  cpSync(join(ROOT, 'src'), DIST, { recursive: true, filter: path => !path.endsWith('.ts') })
} else {
  rmSync(DIST, { recursive: true, force: true })
  process.exitCode = 1
}
