/** Runs that send to a topic, as their user sees them: plans that are refused, other runs, verify, late events. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadJob } from '../../../src/job/index.ts'
import { planJob, verifyRun } from '../../../src/run/index.ts'
import type { Child, Ended } from '../../harness/index.ts'
import {
  killAt,
  makeTempDirectory,
  removeTempDirectory,
  runHindcast,
  runWithKills,
  spawnHindcast,
  waitFor,
} from '../../harness/index.ts'
import { withKafka } from '../kafka/kafka-fixture.ts'
import { makeTopic } from '../kafka/make-topic.ts'
import { readLines } from '../run/samples.ts'
import { PARTITIONS } from '../run/world.ts'
import { makeSinkWorld, type SinkWorld, valuesOf, writeSinkJob } from './sink-world.ts'
import { topicContents } from './topic-contents.ts'

describe('a run to a topic', () => {
  const kafka = withKafka()
  const directory = makeTempDirectory()
  let made: SinkWorld
  let jobs = 0

  beforeAll(async () => {
    made = await makeSinkWorld(directory, { historyRows: 4000, liveRows: 1000, lateRows: 40 })
  })
  afterAll(() => removeTempDirectory(directory))

  function job(topic: string, keys: Readonly<Record<string, unknown>> = {}, output = {}): string {
    return writeSinkJob(
      made.world,
      `job-${jobs++}.json`,
      { brokers: [...kafka.cluster.addresses], topic, ...keys },
      output,
    )
  }

  async function contents(topic: string): Promise<Record<string, unknown>[][]> {
    return valuesOf(await topicContents(kafka.cluster.addresses, topic))
  }

  async function done(path: string, name: string, ...args: string[]): Promise<string> {
    const run = join(directory, name)
    const ended = await runHindcast(['run', path, '--run', run, ...args])
    expect(ended.code, ended.stderr).toBe(0)
    return run
  }

  it.each([
    ['retention.ms', '604800000', 'retention.ms=-1'],
    ['message.timestamp.type', 'LogAppendTime', 'message.timestamp.type=CreateTime'],
    ['message.timestamp.before.max.ms', '86400000', 'message.timestamp.before.max.ms=9223372036854775807'],
    ['cleanup.policy', 'compact', 'cleanup.policy=delete'],
  ])('%s of %s is refused by the plan, with what to type', async (setting, value, typed) => {
    const topic = await kafka.newTopic(PARTITIONS, { [setting]: value })
    await expect(planJob(await loadJob(job(topic)))).rejects.toMatchObject({
      code: 'sink-refused',
      message: expect.stringContaining(setting) as string,
      advice: expect.stringContaining(typed) as string,
      where: { topic },
    })
  })

  it('a topic of the positions that is not compacted is refused, with what to type', async () => {
    const topic = await kafka.newTopic(PARTITIONS)
    const name = `${topic}.hindcast`
    await makeTopic(kafka.admin, { topic: name, numPartitions: PARTITIONS })
    await expect(planJob(await loadJob(job(topic)))).rejects.toMatchObject({
      code: 'sink-refused',
      advice: expect.stringContaining(`--entity-name ${name} --add-config cleanup.policy=compact`) as string,
      where: { topic: name },
    })
  })

  it('a topic with other partitions, none at all, and samples without their key are refused by the plan', async () => {
    const topic = await kafka.newTopic(PARTITIONS + 1)
    const refused = (text: string) => ({
      code: 'sink-refused',
      message: expect.stringContaining(text) as string,
    })
    await expect(planJob(await loadJob(job(topic)))).rejects.toMatchObject(
      refused(`${PARTITIONS + 1} partitions`),
    )
    await expect(planJob(await loadJob(job('not-there')))).rejects.toMatchObject(
      refused('no topic not-there'),
    )
    const good = await kafka.newTopic(PARTITIONS)
    await expect(planJob(await loadJob(job(good, {}, { columns: ['id', 't'] })))).rejects.toMatchObject({
      code: 'column-missing',
      where: { column: 'k' },
    })
    expect(await kafka.admin.listTopics()).not.toContain(`${good}.hindcast`)
  })

  it('verifies from the topic, and says which row of another run differs', async () => {
    const topic = await kafka.newTopic(PARTITIONS)
    const run = await done(job(topic), 'verified')
    const equal = { equal: true, digest: made.digest, rows: made.expected.flat().length }
    expect(await verifyRun(run)).toMatchObject(equal)
    expect(await verifyRun(run, join(directory, 'base'))).toMatchObject(equal)
    const other = await done(
      job(await kafka.newTopic(PARTITIONS), {}, { columns: ['k', 'id', 't', 'v'] }),
      'verified-other',
    )
    expect(await verifyRun(run, other)).toMatchObject({ equal: false })
    expect((await runHindcast(['inspect', run])).code).toBe(0)
    // a canary: one row less than was noted is found
    const [notes, lines] = [join(run, 'sent.jsonl'), readFileSync(join(run, 'sent.jsonl'), 'utf8')]
    writeFileSync(
      notes,
      lines.replace(/"last":(\d+)/, (_, last) => `"last":${Number(last) - 1}`),
    )
    expect(await verifyRun(run)).toMatchObject({
      equal: false,
      difference: { text: expect.stringContaining('rows, but the manifest promises') as string },
    })
  })

  it('sends late events to their topic, too', async () => {
    const [topic, late] = [await kafka.newTopic(PARTITIONS), await kafka.newTopic(PARTITIONS)]
    const run = await done(job(topic, { late }), 'late')
    const lines = readLines(run, 'late').map(line => JSON.parse(line) as unknown)
    expect(lines.length).toBeGreaterThan(5)
    const found = (await contents(late)).flat()
    expect(found.length).toBe(lines.length)
    expect(new Set(found.map(line => JSON.stringify(line)))).toEqual(
      new Set(lines.map(line => JSON.stringify(line))),
    )
    expect(await contents(topic)).toEqual(made.expected)
  })

  it('at least once: the same samples; a kill may double some, and loses none', async () => {
    const topic = await kafka.newTopic(PARTITIONS)
    const path = job(topic, { delivery: 'at-least-once' })
    const points = [
      { name: 'kafka-committed', nth: 2 },
      { name: 'kafka-begun', nth: 3 },
    ]
    const run = join(directory, 'at-least-once')
    expect((await runWithKills(path, points, { directory: run })).killed).toEqual(points)
    for (const [p, samples] of (await contents(topic)).entries()) {
      const texts = samples.map(sample => JSON.stringify(sample))
      expect([...new Set(texts)]).toEqual(made.expected[p]!.map(sample => JSON.stringify(sample)))
    }
    expect(await kafka.admin.listTopics()).not.toContain(`${topic}.hindcast`)
    expect(await verifyRun(run)).toMatchObject({ equal: true, digest: made.digest })
  })

  it('another run is refused, before it has sent anything; with append its samples stand behind', async () => {
    const topic = await kafka.newTopic(PARTITIONS)
    await done(job(topic), 'first')
    const refused = await runHindcast(['run', job(topic), '--run', join(directory, 'refused')])
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('run-mismatch')
    await done(job(topic, { append: true }), 'appended')
    expect(await contents(topic)).toEqual(made.expected.map(samples => [...samples, ...samples]))
  })

  it('a directory that is older than the topic is refused', async () => {
    const topic = await kafka.newTopic(PARTITIONS)
    const path = job(topic)
    const run = join(directory, 'older')
    const killed = await runHindcast(['run', path, '--run', run], { env: killAt('kafka-noted', 9) })
    expect(killed.signal).toBe('SIGKILL')
    const identity = readFileSync(join(run, 'sink.json'))
    const restored = join(directory, 'restored')
    mkdirSync(restored)
    writeFileSync(join(restored, 'sink.json'), identity)
    const refused = await runHindcast(['run', path, '--run', restored])
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('does not know')
  })

  it('the newer run takes the topic from one that is still at it, which ends and writes nothing more', async () => {
    const topic = await kafka.newTopic(PARTITIONS)
    const path = job(topic, { append: true })
    const older = spawnHindcast(['run', path, '--run', join(directory, 'fenced')], {
      env: { HINDCAST_FAULT: 'kafka-produced:6:stop' },
    })
    await stopped(older)
    const newer = await done(path, 'fencing')
    process.kill(older.pid, 'SIGCONT')
    const ended = await older.ended
    expect(ended.code, ended.stderr).toBe(75)
    expect(ended.stderr).toContain('sink-fenced')
    const found = await contents(topic)
    for (const [p, samples] of found.entries()) {
      const before = samples.slice(0, samples.length - made.expected[p]!.length)
      expect(samples.slice(before.length)).toEqual(made.expected[p])
      expect(before).toEqual(made.expected[p]!.slice(0, before.length))
    }
    expect(readdirSync(newer)).toContain('report.json')
  })
})

/** Resolves when the process has stopped itself. */
async function stopped(child: Child): Promise<void> {
  const early: Ended[] = []
  void child.ended.then(ended => early.push(ended))
  await waitFor(
    () => {
      if (early.length > 0) throw new Error(early[0]!.stderr)
      return / T /.test(readFileSync(`/proc/${child.pid}/stat`, 'utf8').replace(/^.*\)/, ')'))
    },
    { what: 'the run to stop itself', deadlineMs: 60_000 },
  )
}
