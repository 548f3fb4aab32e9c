/**
 * Reads bombs in a process of its own, a line of JSON each:
 *
 *   node parquet-bombs.ts LIST
 */
import { HindcastError } from '../../src/errors.ts'
import {
  bytesSource,
  keepsTimes,
  planRead,
  RowReader,
  readableColumns,
  readParquetFile,
  rowsToRead,
} from '../../src/parquet/index.ts'
import type { Bomb } from './parquet-bomb.ts'
import { INDEX_BOMBS } from './parquet-bombs-indexes.ts'
import { CODEC_BOMBS, ENCODING_BOMBS, RUN_BOMBS } from './parquet-bombs-pages.ts'
import { FOOTER_BOMBS, HEADER_BOMBS, MEMORY_BOMBS } from './parquet-bombs-structure.ts'

const MIB = 1024 * 1024

/** Bombs that are read in one process, and the memory that it may have at most. */
export const BOMB_LISTS: Readonly<
  Record<string, { readonly bombs: readonly Bomb[]; readonly rssMax: number }>
> = {
  runs: { bombs: RUN_BOMBS, rssMax: 512 * MIB },
  encodings: { bombs: ENCODING_BOMBS, rssMax: 512 * MIB },
  codecs: { bombs: CODEC_BOMBS, rssMax: 512 * MIB },
  footers: { bombs: FOOTER_BOMBS, rssMax: 512 * MIB },
  headers: { bombs: HEADER_BOMBS, rssMax: 512 * MIB },
  indexes: { bombs: INDEX_BOMBS, rssMax: 512 * MIB },
  memory: { bombs: MEMORY_BOMBS, rssMax: 1536 * MIB },
}

/** What became of a bomb. */
export interface BombOutcome {
  readonly name: string
  /** Code of the error, null for rows; `foreign` for an error that is not ours. */
  readonly code: string | null
  readonly message: string
  /** CPU time of reading it. */
  readonly ms: number
  /** Largest resident memory of the process so far, bytes. */
  readonly rssMax: number
}

const ROWS_AT_ONCE = 4096
/** From here on, where only rows of the middle are wanted. */
const PART_FROM = 140

async function read(bytes: Uint8Array, { isPart = false, isPruned = false }: Bomb): Promise<void> {
  const source = bytesSource(bytes)
  const file = await readParquetFile(source)
  const leaves = [...readableColumns(file).values()]
  const rows = { from: isPart || isPruned ? PART_FROM : 0, to: file.metadata.rows }
  if (isPruned) {
    const keep = keepsTimes({ leaf: leaves[0]!, unit: 'ns', fromMs: 0, untilMs: 2 ** 53 })
    await rowsToRead(source, file, 0, leaves[0]!, rows, keep)
  }
  const reader = new RowReader(source, planRead(file, leaves, rows), leaves)
  while (reader.rowsLeft > 0) await reader.read(Math.min(ROWS_AT_ONCE, reader.rowsLeft))
}

async function outcomeOf(bomb: Bomb): Promise<BombOutcome> {
  const bytes = bomb.make()
  const began = process.cpuUsage()
  let code: string | null = null
  let message = ''
  try {
    await read(bytes, bomb)
  } catch (thrown) {
    code = thrown instanceof HindcastError ? thrown.code : 'foreign'
    message = String(thrown)
  }
  const { user, system } = process.cpuUsage(began)
  return {
    name: bomb.name,
    code,
    message,
    ms: (user + system) / 1000,
    rssMax: process.resourceUsage().maxRSS * 1024,
  }
}

if (import.meta.main) {
  const { bombs } = BOMB_LISTS[process.argv[2]!]!
  for (const bomb of bombs) console.log(JSON.stringify(await outcomeOf(bomb)))
}
