/**
 * Waiting without sleeping: for a condition, or for a promise, and never for ever.
 */

const POLL_MS = 10

export interface Wait {
  /** What is waited for, for the message: `the log to hold 10 records`. */
  readonly what: string
  readonly deadlineMs: number
}

/**
 * Calls `condition` until it gives something truthy, and returns that. A condition that throws is one that does
 * not hold yet; after the deadline the error names what was waited for and why it did not come.
 */
export async function waitFor<Value>(
  condition: () => Value | Promise<Value>,
  wait: Wait,
): Promise<NonNullable<Value>> {
  const until = performance.now() + wait.deadlineMs
  let cause: unknown
  while (true) {
    try {
      const value = await withDeadline(Promise.resolve(condition()), {
        what: wait.what,
        deadlineMs: Math.max(1, until - performance.now()),
      })
      if (value) return value
      cause = undefined
    } catch (error) {
      cause = error
    }
    if (performance.now() >= until) throw tooLong(wait, cause)
    await new Promise(done => setTimeout(done, POLL_MS))
  }
}

/** The value of `promise`, or an error after the deadline. The work behind the promise is not stopped. */
export async function withDeadline<Value>(promise: Promise<Value>, wait: Wait): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(tooLong(wait, undefined)), wait.deadlineMs)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

function tooLong(wait: Wait, cause: unknown): Error {
  const reason = cause instanceof Error ? `: ${cause.message}` : ''
  return new Error(`waited ${wait.deadlineMs} ms for ${wait.what} in vain${reason}`, { cause })
}
