/** What goes wrong with the servers of a stack: what happened, what to do about it, and how the command ends. */

/** Exit codes of `npm run stack`: 1 a server failed, 2 the arguments or this machine do not allow it. */
export type StackExitCode = 1 | 2

export class StackError extends Error {
  override readonly name = 'StackError'
  /** What to do, in one sentence. */
  readonly advice: string
  readonly exitCode: StackExitCode

  constructor(message: string, advice: string, options: { exitCode?: StackExitCode; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.advice = advice
    this.exitCode = options.exitCode ?? 1
  }
}
