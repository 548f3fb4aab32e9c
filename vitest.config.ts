/**
 * One vitest project per tier, so that `vitest --project unit` and `vitest run test/unit/job` both find the
 * bounds that the runner uses. Workers are processes: native modules and crashes stay inside one.
 */
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { EVENTS_VARIABLE } from './scripts/test/events.ts'
import { isSoak, SOAK_FACTOR, TIERS } from './scripts/test/tiers.ts'

const factor = isSoak() ? SOAK_FACTOR : 1

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: availableParallelism(),
    // A forgotten `.only` would make everything else pass by not running.
    allowOnly: process.env[EVENTS_VARIABLE] === undefined,
    passWithNoTests: false,
    projects: TIERS.map(tier => ({
      test: {
        name: tier.name,
        include: [...tier.include],
        testTimeout: tier.testMs * factor,
        hookTimeout: tier.testMs * factor,
        setupFiles: ['test/harness/check-leaks.ts'],
      },
    })),
  },
})
