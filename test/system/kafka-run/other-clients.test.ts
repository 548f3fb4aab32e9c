/**
 * Whole runs whose live side another client reads: what comes out is what the native reader gives, and a job that needs
 * more than the client can is refused by the plan.
 */
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadJob, plan, run, verify } from '../../../src/index.ts'
import { readJsonFile, runWithKills } from '../../harness/index.ts'
import { archive, chunksOf, writeChunks, writeKafkaJob } from './archived-topic.ts'
import { placesOf, withKafka } from './kafka-fixture.ts'
import type { KafkaTopic } from './kafka-topic.ts'

const ROWS = 3000
const kafka = withKafka()
const at = (name: string): string => join(kafka.directory, name)

describe('a run that reads through kafkajs', () => {
  let topic: KafkaTopic
  let seamMs: number

  beforeAll(async () => {
    topic = await kafka.topic('clients')
    const chunks = chunksOf(21, ROWS)
    await writeChunks(topic, chunks)
    seamMs = chunks[Math.floor(chunks.length / 2)]!.events[0]!.timeMs
    await archive(kafka.directory, 'clients', topic, 2, ({ timeMs }) => timeMs < seamMs)
  })

  const jobOf = (client: string, seam?: Readonly<Record<string, unknown>>, live = {}): string =>
    writeKafkaJob(kafka.directory, `${client}.yaml`, topic, {
      history: { files: 'clients', ...(seam === undefined ? { offsetColumn: undefined } : {}) },
      live: { kafka: { brokers: topic.options.brokers, topic: topic.options.topic, client }, ...live },
      seam: seam ?? { by: 'time', at: new Date(seamMs).toISOString(), overlap: '30m' },
      stream: { identity: ['id'] },
    })

  it('goes over a seam by time with the digests of the native reader, killed or not', async () => {
    for (const client of ['native', 'kafkajs']) {
      const outcome = await run(await plan(await loadJob(jobOf(client))), { directory: at(client), lanes: 2 })
      expect(outcome).toMatchObject({ state: 'complete', rows: ROWS, late: 0, seam: { proven: true } })
    }
    expect(await verify(at('kafkajs'), at('native'))).toMatchObject({ equal: true })
    const certificateOf = (name: string) => readJsonFile(kafka.directory, name, 'certificate.json')
    expect(certificateOf('kafkajs')).toEqual(certificateOf('native'))
    expect(await placesOf(at('kafkajs'))).toEqual(await placesOf(at('native')))
    const points = ['live-read', 'seam-crossed'].map(name => ({ name, nth: 1 }))
    const { killed } = await runWithKills(jobOf('kafkajs'), points, { directory: at('killed') })
    expect(killed.length).toBeGreaterThan(0)
    expect(await verify(at('killed'), at('native'))).toMatchObject({ equal: true })
  })

  it('is refused by the plan where it needs more than kafkajs can', async () => {
    const planOf = async (jobFile: string): Promise<unknown> => plan(await loadJob(jobFile))
    await expect(planOf(jobOf('kafkajs', { by: 'offset' }))).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('`client: kafkajs` cannot'),
      where: { topic: 'clients', stream: 'events' },
      advice: expect.stringContaining('by: time'),
    })
    await expect(planOf(jobOf('native', { by: 'offset' }))).resolves.toBeTruthy()
    await expect(planOf(jobOf('kafkajs', undefined, { spool: true }))).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('live.spool'),
    })
  })
})
