/**
 * A broker that lets us read a topic, and not see its settings: the plan says what is not known, and the certificate that
 * a hole which only compaction could explain was not explained (C3).
 */

import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } from 'kafkajs'
import { expect, it } from 'vitest'
import { loadJob, plan } from '../../../src/index.ts'
import { openLiveSource } from '../../../src/live/index.ts'
import { waitFor } from '../../harness/index.ts'
import { chunksOf, writeChunks, writeKafkaJob } from './archived-topic.ts'
import { withKafka } from './kafka-fixture.ts'
import type { KafkaTopic } from './kafka-topic.ts'

const kafka = withKafka({
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': 'true',
})

/** From now on everybody may read and write the topic, and nobody see its settings. */
async function denySettings({ admin, options }: KafkaTopic): Promise<void> {
  const { READ, WRITE, DESCRIBE, DESCRIBE_CONFIGS } = AclOperationTypes
  const { ALLOW, DENY } = AclPermissionTypes
  const rules = [
    [READ, ALLOW],
    [WRITE, ALLOW],
    [DESCRIBE, ALLOW],
    [DESCRIBE_CONFIGS, DENY],
  ] as const
  const acl = rules.map(([operation, permissionType]) => ({
    resourceType: AclResourceTypes.TOPIC,
    resourceName: options.topic,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: 'User:*',
    host: '*',
    operation,
    permissionType,
  }))
  await admin.createAcls({ acl })
}

it('tells that neither retention nor compaction is known', async () => {
  const topic = await kafka.topic('denied')
  await writeChunks(topic, chunksOf(3, 200))
  const jobFile = writeKafkaJob(kafka.directory, 'denied.yaml', topic, {
    history: null,
    seam: null,
    stream: { columns: { id: 'int64', k: 'utf8', t: 'int64', v: 'float64' } },
  })
  const { place } = (await loadJob(jobFile)).streams[0]!.live!
  const source = await openLiveSource(place)
  try {
    expect(await source.isCompacted!()).toBe(false)
    await denySettings(topic)
    await waitFor(async () => (await source.isCompacted!()) === null, {
      what: 'the broker to keep its settings to itself',
      deadlineMs: 30_000,
    })
  } finally {
    await source.close()
  }
  const { notes, streams } = await plan(await loadJob(jobFile))
  expect(streams[0]!.live).toMatchObject({ retentionMs: null, keptMs: null })
  expect(notes).toContainEqual({
    level: 'warning',
    about: 'streams.events.live',
    text: expect.stringContaining('DescribeConfigs'),
  })
})
