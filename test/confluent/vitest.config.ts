/** Its own command: `npm run test:confluent`. No tier has these tests, because the library is installed for them only. */
import { defineConfig } from 'vitest/config'

const MINUTE = 60_000

export default defineConfig({
  test: {
    name: 'confluent',
    pool: 'forks',
    fileParallelism: false,
    include: ['test/confluent/**/*.test.ts'],
    testTimeout: 4 * MINUTE,
    hookTimeout: 4 * MINUTE,
    setupFiles: ['test/harness/check-leaks.ts'],
  },
})
