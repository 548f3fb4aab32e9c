/** History replayed into a topic of a real broker, as kafkajs reads it: order, times, keys, pace, bounds, interrupts. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReplayOutcome } from '../../../src/index.ts'
import {
  type Child,
  type Ended,
  lastJsonLine,
  makeTempDirectory,
  removeTempDirectory,
  runHindcast,
  spawnHindcast,
  waitFor,
} from '../../harness/index.ts'
import { withKafka } from '../kafka/kafka-fixture.ts'
import { topicContents } from '../kafka-sink/topic-contents.ts'
import { seededRandom } from '../run/seeded-random.ts'
import {
  copyToParquet,
  HOUR,
  makeWorld,
  PARTITIONS,
  partitionOf,
  START,
  type World,
  type WorldEvent,
  writeJob,
} from '../run/world.ts'

describe('hindcast replay', () => {
  const kafka = withKafka()
  const directory = makeTempDirectory()
  let world: World
  /** Rows of history up to the seam, by partition, in C1 order. */
  let expected: readonly (readonly WorldEvent[])[]
  let topics = 0

  beforeAll(async () => {
    world = await makeWorld(directory, { seed: 20261123, historyRows: 6000, liveRows: 10 })
    expected = Array.from({ length: PARTITIONS }, (_, p) =>
      world.history.filter(event => partitionOf(event) === p).toSorted((a, b) => a.timeMs - b.timeMs),
    )
  })
  afterAll(() => removeTempDirectory(directory))

  function argsOf(topic: string, ...args: string[]): string[] {
    return [
      'replay',
      world.jobFile,
      '--to-topic',
      topic,
      '--brokers',
      kafka.cluster.addresses.join(','),
      '--json',
      ...args,
    ]
  }

  function replay(topic: string, ...args: string[]): Promise<Ended> {
    return runHindcast(argsOf(topic, ...args), { deadlineMs: 120_000 })
  }

  function newName(): string {
    return `copy-${topics++}`
  }

  /** What kafkajs finds, and what must be there. */
  async function contents(topic: string): Promise<object[][]> {
    return (await topicContents(kafka.cluster.addresses, topic)).map(records =>
      records.map(record => ({ ...record })),
    )
  }

  function recordsOf(events: readonly WorldEvent[]): object[] {
    return events.map(({ id, key, timeMs, value }, offset) => ({
      offset,
      timestampMs: timeMs,
      key,
      value: JSON.stringify({ id, k: key, t: timeMs, v: value }),
    }))
  }

  function placesOf(events: readonly (readonly WorldEvent[])[]): ReplayOutcome['partitions'] {
    return events.map((rows, partition) => ({
      partition,
      rows: rows.length,
      lastTime: rows.length === 0 ? null : new Date(rows.at(-1)!.timeMs).toISOString(),
    }))
  }

  /** Ids of the events in the topic, in its order. */
  async function idsOf(topic: string): Promise<number[][]> {
    const found = await topicContents(kafka.cluster.addresses, topic)
    return found.map(records => records.map(({ value }) => (JSON.parse(value) as { id: number }).id))
  }

  /** Resolves when a replay with `--progress json` has sent so many rows. */
  async function going(child: Child, rows: number): Promise<void> {
    await waitFor(
      () => {
        if (!child.isRunning) throw new Error(child.describe())
        return Number([...child.stderr.matchAll(/"rows":(\d+)/g)].at(-1)?.[1] ?? 0) > rows
      },
      { what: 'the replay to get going', deadlineMs: 60_000 },
    )
  }

  it('makes the topic, and writes the history up to the seam in its order, with keys and times', async () => {
    const topic = newName()
    const ended = await replay(topic, '--create')
    expect(ended.code, ended.stderr).toBe(0)
    expect(lastJsonLine<ReplayOutcome>(ended)).toEqual({
      state: 'complete',
      rows: world.history.length,
      partitions: placesOf(expected),
      quarantined: world.badRows,
      seconds: expect.any(Number) as number,
    })
    expect(await contents(topic)).toEqual(expected.map(recordsOf))
    const { resources } = await kafka.admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 2, name: topic, configNames: ['retention.ms', 'message.timestamp.type'] }],
    })
    const settings = Object.fromEntries(
      resources[0]!.configEntries.map(entry => [entry.configName, entry.configValue]),
    )
    expect(settings).toEqual({ 'retention.ms': '-1', 'message.timestamp.type': 'CreateTime' })
  })

  it('gives the part between two times', async () => {
    const topic = await kafka.newTopic(PARTITIONS, { 'retention.ms': '-1' })
    const [from, until] = [START + 10 * HOUR, START + 11 * HOUR]
    const bounds = ['--from', new Date(from).toISOString(), '--until', new Date(until).toISOString()]
    const ended = await replay(topic, ...bounds)
    expect(ended.code, ended.stderr).toBe(0)
    const part = expected.map(events => events.filter(({ timeMs }) => timeMs >= from && timeMs < until))
    expect(part.flat().length).toBeGreaterThan(20)
    expect(lastJsonLine<ReplayOutcome>(ended).partitions).toEqual(placesOf(part))
    expect(await contents(topic)).toEqual(part.map(recordsOf))
  })

  it('goes by one clock; an interrupt ends it with what is there, and --from goes on', async () => {
    const topic = await kafka.newTopic(PARTITIONS, { 'retention.ms': '-1' })
    const speed = 7200 // two hours of events a second: all of it would take 36 s
    const child = spawnHindcast(argsOf(topic, '--speed', `${speed}x`, '--progress', 'json'), {
      deadlineMs: 120_000,
    })
    await going(child, 500)
    child.kill('SIGINT')
    const ended = await child.ended
    expect(ended.code, ended.stderr).toBe(130)
    const outcome = lastJsonLine<ReplayOutcome>(ended)
    expect(outcome.state).toBe('interrupted')
    const sent = expected.map((events, p) => events.slice(0, outcome.partitions[p]!.rows))
    expect(outcome.rows).toBe(sent.flat().length)
    expect(outcome.rows).toBeLessThan(world.history.length)
    expect(outcome.partitions).toEqual(placesOf(sent))
    expect(await contents(topic)).toEqual(sent.map(recordsOf))
    // one clock: what a partition has not sent is later than all that any has, and nothing was ahead of the clock
    const newestMs = Math.max(...sent.flatMap(events => events.at(-1)!.timeMs))
    const missing = expected.flatMap((events, p) => events[sent[p]!.length] ?? [])
    for (const { timeMs } of missing) expect(timeMs).toBeGreaterThan(newestMs)
    const firstMs = Math.min(...expected.map(([event]) => event!.timeMs))
    expect(newestMs - firstMs).toBeLessThanOrEqual(speed * 1000 * outcome.seconds)

    const lastTimes = outcome.partitions.map(({ lastTime }) => lastTime!)
    const rest = await replay(topic, '--from', lastTimes.toSorted()[0]!)
    expect(rest.code, rest.stderr).toBe(0)
    // none lost, order kept; a few twice
    for (const [p, ids] of (await idsOf(topic)).entries())
      expect([...new Set(ids)]).toEqual(expected[p]!.map(({ id }) => id))
  })

  it('a broker that dies and comes back: nothing is lost, and the order is kept', async () => {
    const topic = await kafka.newTopic(PARTITIONS, { 'retention.ms': '-1' })
    const child = spawnHindcast(argsOf(topic, '--speed', '21600x', '--progress', 'json'), {
      deadlineMs: 200_000,
    })
    await going(child, 300)
    await kafka.cluster.brokers[0]!.killAndWait()
    kafka.cluster.brokers[0]!.start()
    await kafka.cluster.waitReady()
    const ended = await child.ended
    expect(ended.code, ended.stderr).toBe(0)
    expect(lastJsonLine<ReplayOutcome>(ended).partitions).toEqual(placesOf(expected))
    for (const [p, ids] of (await idsOf(topic)).entries())
      expect([...new Set(ids)]).toEqual(expected[p]!.map(({ id }) => id))
  }, 300_000)

  it('order: offset gives a topic its own order back, whatever the times say', async () => {
    const random = seededRandom(7)
    const rows = Array.from({ length: 900 }, (_, o) => {
      return { id: o, k: `k${o % 7}`, t: START + o * 1000 - Math.floor(random() * HOUR), o }
    })
    const columns = `{id: 'BIGINT', k: 'VARCHAR', t: 'BIGINT', o: 'BIGINT'}`
    for (const from of [0, 300, 600]) {
      const name = `kept+0+${String(from).padStart(10, '0')}+${String(from + 299).padStart(10, '0')}`
      await copyToParquet(directory, `kept/partition=0/${name}`, rows.slice(from, from + 300), columns, 128)
    }
    const events = {
      key: ['k'],
      time: { column: 't', unit: 'ms' },
      partitions: 1,
      order: 'offset',
      history: { files: 'kept', offsetColumn: 'o' },
    }
    const jobFile = join(directory, 'kept.json')
    writeFileSync(
      jobFile,
      JSON.stringify({ name: 'kept', streams: { events }, output: { directory: 'out' } }),
    )
    const topic = newName()
    const ended = await runHindcast([...argsOf(topic, '--create').with(1, jobFile)])
    expect(ended.code, ended.stderr).toBe(0)
    expect(await contents(topic)).toEqual([
      rows.map(row => ({
        offset: row.o,
        timestampMs: row.t,
        key: row.k,
        value: JSON.stringify({ ...row, partition: 0 }),
      })),
    ])
  })

  it.each([
    [
      'a retention shorter than the events are old',
      PARTITIONS,
      { 'retention.ms': '604800000' },
      'retention.ms=-1',
    ],
    [
      'times of its own',
      PARTITIONS,
      { 'message.timestamp.type': 'LogAppendTime' },
      'message.timestamp.type=CreateTime',
    ],
    ['another number of partitions', PARTITIONS + 1, { 'retention.ms': '-1' }, `--partitions ${PARTITIONS}`],
  ])('refuses a topic with %s, and says what to type', async (_what, partitions, settings, typed) => {
    const topic = await kafka.newTopic(partitions, { ...settings })
    for (const args of [[], ['--create']]) {
      const ended = await replay(topic, ...args)
      expect(ended.code).toBe(3)
      expect(lastJsonLine<object>(ended)).toMatchObject({
        error: { code: 'sink-refused', where: { topic }, advice: expect.stringContaining(typed) as string },
      })
    }
    expect((await contents(topic)).flat()).toEqual([])
  })

  it('ends where more rows are bad than the job allows, and says where they can be seen', async () => {
    const jobFile = writeJob(world, 'strict.json', { limits: { quarantine: '0%' } })
    const ended = await runHindcast(argsOf(newName(), '--create').with(1, jobFile))
    expect(ended.code).toBe(3)
    expect(lastJsonLine<object>(ended)).toMatchObject({
      error: {
        code: 'quarantine-limit',
        advice: expect.stringContaining('hindcast run keeps them') as string,
      },
    })
  })

  it('refuses a topic that is not there, and makes none', async () => {
    const topic = newName()
    const ended = await replay(topic)
    expect(ended.code).toBe(3)
    expect(ended.stderr).toContain('--create')
    expect(await kafka.admin.listTopics()).not.toContain(topic)
  })
})
