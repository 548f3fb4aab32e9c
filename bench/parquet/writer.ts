/**
 * What the writers have in common: a program each, which writes the same table to the same path again and again, first
 * as it is, then with an fsync before the clock stops.
 */

import { statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Batch } from '../../src/core/batch/index.ts'
import type { Rounds } from '../harness/rounds.ts'
import { timed, warm } from '../harness/rounds.ts'
import { makeTable } from './write-data.ts'

export type WriteCodec = 'none' | 'snappy' | 'zstd'

export interface WriteTask {
  readonly path: string
  readonly rows: number
  readonly codec: WriteCodec
  readonly batchRows: number
  readonly rounds: number
  /** Module of the packages that were installed for this writer. */
  readonly entry: string | null
}

/** Its rounds are those without fsync. */
export interface WriteFigure extends Rounds {
  readonly bytes: number
  readonly syncedSeconds: readonly number[]
}

/** Writes the table to the path of the task. */
export interface TableWriter {
  /** Whether `write` makes the file durable itself when asked to. */
  readonly syncs: boolean
  write(sync: boolean): Promise<void>
}

/** The task from the command line, the figure to standard output. `openWriter` turns the table into what is
 * written.  */
export async function runWriter(
  openWriter: (task: WriteTask, table: Batch) => Promise<TableWriter>,
): Promise<void> {
  const task = JSON.parse(process.argv[2]!) as WriteTask
  const writer = await openWriter(task, makeTable(task.rows))
  await warm(() => writer.write(false))
  const plain = await timed(() => writer.write(false), task.rounds)
  const synced = await timed(() => writeDurably(task, writer), task.rounds)
  const { size } = statSync(task.path)
  const figure: WriteFigure = { ...plain, bytes: size, syncedSeconds: synced.seconds }
  process.stdout.write(`${JSON.stringify(figure)}\n`)
}

async function writeDurably({ path }: WriteTask, writer: TableWriter): Promise<void> {
  await writer.write(true)
  if (writer.syncs) return
  const file = await open(path, 'r+')
  await file.sync()
  await file.close()
}
