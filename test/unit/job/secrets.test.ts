/** References to values kept elsewhere. */

import { describe, expect, it } from 'vitest'
import { loadJob } from '../../../src/job/index.ts'
import { describeRefusals, GOOD, refusal, useDirectory } from './refusal.ts'

const directory = useDirectory()

describe('references', () => {
  it('come from the environment and from files', async () => {
    directory.write('below\r\n', 'secret.txt')
    const job = await loadJob(directory.write(GOOD.replace('data/', `\${env:ROOT}/\${file:secret.txt}/`)), {
      env: {
        ROOT: '/root-of-data',
      },
    })
    expect(job.streams[0]!.history!.files).toEqual(['/root-of-data/below/*.parquet'])
  })

  it('are never quoted', async () => {
    const text = `${GOOD}limits: { memory: "\${env:MEMORY}" }\n`
    const error = await refusal(loadJob(directory.write(text), { env: { MEMORY: 'hunter2' } }))
    expect(error.message).toMatch(/given "\$\{env:MEMORY\}", expected a size/)
    expect(JSON.stringify(error.toData())).not.toContain('hunter2')
  })
})

describeRefusals('secret-missing', [
  [
    'an environment variable that is not set',
    GOOD.replace('data/', `\${env:NOPE}/`),
    'streams.s.history.files:6',
    /"\$\{env:NOPE\}": the environment variable NOPE is not set/,
    /export NOPE=/,
  ],
  [
    'an environment variable that is empty',
    GOOD.replace('data/', `\${env:EMPTY}/`),
    'streams.s.history.files:6',
    /EMPTY is empty/,
    /export EMPTY=/,
  ],
  [
    'a secret file that is missing',
    GOOD.replace('data/', `\${file:nope.txt}/`),
    'streams.s.history.files:6',
    /"\$\{file:nope.txt\}": ENOENT/,
    /relative to the job file/,
  ],
])

describeRefusals('job-invalid', [
  [
    'a reference of another kind',
    GOOD.replace('data/', `\${vault:x}/`),
    'streams.s.history.files:6',
    /"\$\{vault:x\}", expected \$\{env:NAME\} or \$\{file:path\}/,
  ],
])
