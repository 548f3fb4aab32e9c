/** Waiting for servers: asked often enough to be quick, and seldom enough not to be their work. */
import { type Wait, waitFor } from '../harness/index.ts'
import { StackError } from './stack-error.ts'

/** Time between two questions. */
const ASK_MS = 100

/**
 * Asks until the answer is something truthy, and gives that. A question that throws is one that is answered later; after
 * the deadline a StackError says what was waited for, and the last reason.
 */
export async function waitPatiently<Answer>(
  ask: () => Promise<Answer>,
  wait: Wait,
  advice = 'Look at the logs of the servers.',
): Promise<NonNullable<Answer>> {
  try {
    return await waitFor(paced(ask), wait)
  } catch (cause) {
    throw new StackError(cause instanceof Error ? cause.message : String(cause), advice, { cause })
  }
}

/** Asks at most every ASK_MS, and in between gives the last reason again. */
function paced<Answer>(ask: () => Promise<Answer>): () => Promise<Answer | null> {
  let askedAt = -Infinity
  let reason: unknown
  return async () => {
    if (performance.now() - askedAt < ASK_MS) {
      if (reason !== undefined) throw reason
      return null
    }
    reason = undefined
    try {
      return await ask()
    } catch (error) {
      reason = error
      throw error
    } finally {
      askedAt = performance.now()
    }
  }
}
