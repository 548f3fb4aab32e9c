/**
 * Vitest set-up file of the tiers that start processes: after each test file, whatever it left running or on
 * disk is removed and fails that file by name. (The runner looks once more, at the end of the tier.)
 */
import { afterAll } from 'vitest'
import { clearLeaks } from './leaks.ts'

afterAll(async () => {
  const leaks = await clearLeaks()
  if (leaks.length > 0) throw new Error(`tests of this file left behind:\n${leaks.join('\n')}`)
})
