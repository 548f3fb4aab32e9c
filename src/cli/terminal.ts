/**
 * Where the command line writes: results on stdout, everything else on stderr. Commands get it handed in, so
 * that tests read what a user would see.
 */

import { once } from 'node:events'

export interface Terminal {
  /** Writes to stdout as it is; callers end their lines. */
  out(text: string): void
  err(text: string): void
  /** Whether stderr is looked at by a person. */
  readonly isTty: boolean
  /** Whether stdout is, so that a table says more than lines for a program. */
  readonly isOutTty?: boolean
  /** Width of that person's window, characters. */
  columns(): number
}

/** The terminal of this process. A reader that goes away (`| head`) ends output quietly, not with a crash. */
export function processTerminal(): Terminal {
  ignoreClosedPipe(process.stdout)
  ignoreClosedPipe(process.stderr)
  return {
    out: text => {
      process.stdout.write(text)
    },
    err: text => {
      process.stderr.write(text)
    },
    isTty: process.stderr.isTTY === true,
    isOutTty: process.stdout.isTTY === true,
    columns: () => process.stderr.columns ?? process.stdout.columns ?? 80,
  }
}

/** Waits until stdout takes more; false where its reader has gone away. */
export async function outputReady(): Promise<boolean> {
  const { stdout } = process
  if (stdout.writableNeedDrain && !stdout.destroyed) {
    await Promise.race([once(stdout, 'drain'), once(stdout, 'close')]).catch(() => {})
  }
  return !stdout.destroyed
}

const watched = new WeakSet<NodeJS.WriteStream>()

function ignoreClosedPipe(stream: NodeJS.WriteStream): void {
  if (watched.has(stream)) return
  watched.add(stream)
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}
