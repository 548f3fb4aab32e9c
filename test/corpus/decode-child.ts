/**
 * Decodes the files named on stdin, one JSON line each on stdout, in a process of its own: what a damaged file can do
 * to memory and time ends here and not in the test. Says before each file which one comes, so that an abort has a name.
 */
import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'
import { HindcastError } from '../../src/errors.ts'
import { ParquetDecoder } from '../../src/history/parquet/index.ts'
import type { TextRow } from './oracle.ts'
import { decodeFile, rowsByDuckDb, rowsOfUnits } from './oracle.ts'

/** What became of one file. */
export interface Outcome {
  readonly path: string
  /** Error code, or null where all rows were decoded. */
  readonly code: string | null
  readonly message: string
  readonly rows: number
  /** Rows set aside. */
  readonly bad: number
  readonly hash: string
  /** Hash of the rows as DuckDB itself reads them; its error's first words where it does not. */
  readonly oracle: string
  readonly seconds: number
}

async function outcomeOf(path: string): Promise<Outcome> {
  const began = performance.now()
  const decoder = new ParquetDecoder()
  try {
    const { schema, units } = await decodeFile(decoder, path)
    const seconds = (performance.now() - began) / 1000
    const rows = rowsOfUnits(units)
    const oracle = await rowsByDuckDb(path, schema).then(hashOf, (error: Error) => error.message.slice(0, 40))
    const bad = units.reduce((sum, unit) => sum + unit.bad.length, 0)
    return { path, code: null, message: '', rows: rows.length, bad, hash: hashOf(rows), oracle, seconds }
  } catch (error) {
    const code = error instanceof HindcastError ? error.code : 'foreign'
    const seconds = (performance.now() - began) / 1000
    return { path, code, message: String(error), rows: 0, bad: 0, hash: '', oracle: '', seconds }
  } finally {
    await decoder.close()
  }
}

function hashOf(rows: readonly TextRow[]): string {
  const hash = createHash('sha256')
  for (const row of rows) hash.update(`${JSON.stringify(row)}\n`)
  return hash.digest('hex')
}

/** Canary: with this, the process ends as a native abort would end it. */
const abortOn = process.env.HINDCAST_ABORT_ON

for await (const path of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify({ path })}\n`)
  if (path === abortOn) process.kill(process.pid, 'SIGABRT')
  process.stdout.write(`${JSON.stringify(await outcomeOf(path))}\n`)
}
process.stdout.write(`${JSON.stringify({ rssMax: process.resourceUsage().maxRSS * 1024 })}\n`)
