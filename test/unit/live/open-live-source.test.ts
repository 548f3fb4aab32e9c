import { expect, it } from 'vitest'
import { openLiveSource } from '../../../src/live/index.ts'

it('a client that is not installed is refused before anyone is asked, with what to type', async () => {
  const place = { kind: 'kafka', topic: 'clicks', brokers: ['127.0.0.1:1'], value: { kind: 'json' } } as const
  await expect(openLiveSource({ ...place, client: 'confluent' })).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining('is not installed'),
    advice: 'Type: npm install @confluentinc/kafka-javascript@1',
  })
})
