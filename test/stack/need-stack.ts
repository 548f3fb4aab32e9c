/** Tests that need the real servers say aloud why they do not run, where they cannot. */
import { beforeEach } from 'vitest'
import { stackMissing } from './java.ts'

/**
 * For the top of a test file or a `describe`: skips each of its tests, with the reason, where Java or Maven is missing.
 * Gives false there, so that `beforeAll` starts nothing.
 */
export function needStack(): boolean {
  const missing = stackMissing()
  beforeEach(context => {
    if (missing !== null) context.skip(missing)
  })
  return missing === null
}
