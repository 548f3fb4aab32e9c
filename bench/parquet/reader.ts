/**
 * What the readers have in common: a program each, with one way to read a file, which is run once for checksums and
 * then, warm, against the clock.
 */

import type { Rounds } from '../harness/rounds.ts'
import { timed, warm } from '../harness/rounds.ts'
import { FileChecksums } from './checksum.ts'

export interface ReadTask {
  readonly files: readonly string[]
  /** Columns to read; null: all. */
  readonly columns: readonly string[] | null
  /** Of those, instants in milliseconds, which DuckDB would otherwise read as microseconds. */
  readonly instantsMs?: readonly string[]
  readonly rounds: number
  /** Module of the packages that were installed for this reader. */
  readonly entry: string | null
}

export interface ReadFigure extends Rounds {
  readonly rows: number
  /** Rows and hash of every column, see checksum.ts. */
  readonly checksums: Readonly<Record<string, string>>
}

/** Reads all files of the task and returns their rows; tells `checksums` of every value where it is not null. */
export type ReadFiles = (task: ReadTask, checksums: FileChecksums | null) => Promise<number>

/** The task from the command line, the figure to standard output. */
export async function runReader(read: ReadFiles): Promise<void> {
  const task = JSON.parse(process.argv[2]!) as ReadTask
  const checksums = new FileChecksums()
  const rows = await read(task, checksums)
  const again = () => read(task, null)
  if (task.rounds > 0) await warm(again)
  const figure: ReadFigure = {
    rows,
    checksums: checksums.toJSON(),
    ...(await timed(again, task.rounds)),
  }
  process.stdout.write(`${JSON.stringify(figure)}\n`)
}
