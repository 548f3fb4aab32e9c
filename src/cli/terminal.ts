/**
 * Where the command line writes: results on stdout, everything else on stderr. Commands get it handed in, so
 * that tests read what a user would see.
 */

export interface Terminal {
  /** Writes to stdout as it is; callers end their lines. */
  out(text: string): void
  err(text: string): void
  /** Whether stderr is looked at by a person. */
  readonly isTty: boolean
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
    columns: () => process.stderr.columns ?? 80,
  }
}

const watched = new WeakSet<NodeJS.WriteStream>()

function ignoreClosedPipe(stream: NodeJS.WriteStream): void {
  if (watched.has(stream)) return
  watched.add(stream)
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}
