/** How fast is the replay digest of samples? */

import { createDigest } from '../../src/core/digest/index.ts'
import { createSha256 } from '../../src/lanes/sha256.ts'
import { openInput, rate, rowsOf, runStage, someUnits } from './stage.ts'

await runStage(async task => {
  const input = await openInput(task)
  const units = await someUnits(input)
  await input.decoder.close()
  const digestAll = () => {
    const digest = createDigest(input.schema, createSha256)
    for (const { batch } of units) digest.add(batch)
    return digest.finish()
  }
  return [{ what: '15 columns, SHA-256', rowsPerSecond: await rate(rowsOf(units), digestAll), best: '–' }]
})
