/**
 * Compiles assembly/ to WebAssembly and writes it as text into src/parquet/codec/kernels-wasm.ts. Run it after
 * changing assembly/; test/unit/scripts/build-wasm.test.ts fails until it was run.
 *
 *   npm run wasm
 *
 * Reproducible: the compiler is pinned in package-lock.json, and nothing of the machine goes into its output.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const OUTPUT = join(ROOT, 'src', 'parquet', 'codec', 'kernels-wasm.ts')
const ENTRY = 'assembly/index.ts'
const BASE64_LINE = 100

/** What we use of the compiler: its own types would bring AssemblyScript's globals into the whole project. */
type Compile = (
  options: readonly string[],
  files: {
    readonly readFile: (name: string, base: string) => string | null
    readonly writeFile: (name: string, content: Uint8Array | string) => void
    readonly listFiles: () => string[]
    readonly stderr: { readonly write: (chunk: string | Uint8Array) => void }
  },
) => Promise<{ readonly error: Error | null }>

const COMPILER: string = 'assemblyscript/asc'

/** The module as bytes. Nothing is written. */
export async function compileKernels(): Promise<Uint8Array> {
  const outputs = new Map<string, Uint8Array | string>()
  const messages: string[] = []
  const { main: compile } = (await import(COMPILER)) as { main: Compile }
  const { error } = await compile(
    [
      ENTRY,
      ...['--outFile', 'kernels.wasm', '--runtime', 'stub', '--noAssert', '--noColors'],
      ...['-O3', '--converge', '--enable', 'simd', '--enable', 'bulk-memory'],
    ],
    {
      readFile: (name, base) => readOrNull(join(base === '.' ? ROOT : base, name)),
      writeFile: (name, content) => {
        outputs.set(name, content)
      },
      listFiles: () => [],
      stderr: { write: chunk => messages.push(chunk.toString()) },
    },
  )
  const bytes = outputs.get('kernels.wasm')
  if (error !== null || bytes === undefined || typeof bytes === 'string')
    throw new Error(`assembly/ does not compile:\n${messages.join('')}`)
  return bytes
}

/** The source file that holds `bytes`. */
export function kernelsSource(bytes: Uint8Array): string {
  const base64 = Buffer.from(bytes).toString('base64')
  const lines = base64.match(new RegExp(`.{1,${BASE64_LINE}}`, 'g')) ?? []
  return `/**
 * The WebAssembly module of assembly/ (${bytes.length} bytes), in base64. Written by \`npm run wasm\`: do not edit. The test of
 * scripts/build-wasm.ts compiles it anew and compares every byte.
 */
export const KERNELS_WASM = \`
${lines.join('\n')}
\`
`
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null // the compiler tries several names for one import
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const bytes = await compileKernels()
  writeFileSync(OUTPUT, kernelsSource(bytes))
  process.stdout.write(`${OUTPUT}: ${bytes.length} bytes\n`)
}
