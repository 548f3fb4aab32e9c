/**
 * Writes config/job.schema.json from the schema in src/job/schema.ts. Run it after changing that schema;
 * test/unit/job/schema.test.ts fails until it was run.
 *
 *   node scripts/write-job-schema.ts
 */

import { writeFileSync } from 'node:fs'
import { jobJsonSchema } from '../src/job/index.ts'

const file = new URL('../config/job.schema.json', import.meta.url)
writeFileSync(file, `${JSON.stringify(jobJsonSchema(), null, 2)}\n`)
