/**
 * What a topic of a real broker can do to a plan: delete what live begins with, before and while history is replayed; be
 * made anew; get more partitions; compact. Each ends with what was lost, by name.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Certificate } from '../../../src/core/seam/index.ts'
import { loadJob, type Plan, plan, run } from '../../../src/index.ts'
import { openLiveSource } from '../../../src/live/index.ts'
import { explainHoles } from '../../../src/run/explain-holes.ts'
import { type Ended, readJsonFile, spawnHindcast, waitFor } from '../../harness/index.ts'
import { setCleanupPolicy } from '../kafka/make-topic.ts'
import { archive, chunksOf, writeChunks, writeKafkaJob } from './archived-topic.ts'
import { deleteBefore, placesOf, withKafka } from './kafka-fixture.ts'
import type { KafkaTopic } from './kafka-topic.ts'

const ROWS = 600
const kafka = withKafka()

const at = (name: string): string => join(kafka.directory, name)
const certificateOf = (name: string): Certificate =>
  readJsonFile<Certificate>(kafka.directory, name, 'certificate.json')

interface Archived {
  readonly topic: KafkaTopic
  readonly jobFile: string
  /** Last offset of the files, by partition. */
  readonly lasts: readonly number[]
}

/** A topic whose first half was archived. */
async function archived(name: string): Promise<Archived> {
  const topic = await kafka.topic(name)
  const chunks = chunksOf(8, ROWS)
  await writeChunks(topic, chunks.splice(0, Math.floor(chunks.length / 2)))
  await archive(kafka.directory, name, topic, 2)
  const lasts = topic.records.map(records => records.at(-1)!.offset)
  await writeChunks(topic, chunks)
  const jobFile = writeKafkaJob(kafka.directory, `${name}.yaml`, topic, { history: { files: name } })
  return { topic, jobFile, lasts }
}

describe('what live begins with is deleted', () => {
  it('before the run: the lost range is named, and with leave live begins behind it', async () => {
    const { topic, jobFile, lasts } = await archived('lost-before')
    await deleteBefore(
      topic,
      lasts.map(last => last + 6),
    )
    const pinned = await plan(await loadJob(jobFile))
    await expect(run(pinned, { directory: at('lost-a'), lanes: 2 })).rejects.toMatchObject({
      code: 'seam-unproven',
    })
    const { partitions, reason } = certificateOf('lost-a')
    const failed = partitions.find(({ proven }) => !proven)!
    const last = lasts[failed.partition]!
    expect(failed.gaps.at(-1)).toEqual({ first: last + 1, last: last + 5 })
    expect(reason).toContain(`the topic, which begins at offset ${last + 6}, can no longer explain it`)
    const outcome = await run(pinned, { directory: at('lost-b'), lanes: 2, allowUnprovenSeam: true })
    expect(outcome.seam).toMatchObject({ proven: false })
    const left = topic.records.flatMap((records, p) =>
      records.filter(({ offset }) => offset <= lasts[p]! || offset > lasts[p]! + 5),
    )
    expect((await placesOf(at('lost-b'))).flat().sort()).toEqual(
      left.map(({ id, offset }) => `${id}@${offset}`).sort(),
    )
  })

  it('while history is replayed: found at the hand-over, exit 4', async () => {
    const { topic, jobFile, lasts } = await archived('lost-meanwhile')
    const child = spawnHindcast(['run', jobFile, '--run', at('lost-c')], {
      env: { HINDCAST_FAULT: 'history-read:1:stop' },
    })
    await waitFor(() => existsSync(join(at('lost-c'), 'checkpoint', 'start.json')), {
      what: 'live to be noted',
      deadlineMs: 30_000,
    })
    await deleteBefore(
      topic,
      lasts.map(last => last + 3),
    )
    // each thread stops at its own first read
    let ended: Ended | null = null
    void child.ended.then(end => {
      ended = end
    })
    await waitFor(
      () => {
        if (ended === null) child.kill('SIGCONT')
        return ended !== null
      },
      { what: 'the run to end', deadlineMs: 50_000 },
    )
    const { code, stderr } = await child.ended
    expect(code, stderr).toBe(4)
    expect(stderr).toContain('seam-unproven')
    const failed = certificateOf('lost-c').partitions.find(({ proven }) => !proven)!
    const last = lasts[failed.partition]!
    expect(failed.gaps).toContainEqual({ first: last + 1, last: last + 2 })
  })

  it('of the overlap of a seam by time: unproven for that reason', async () => {
    const { topic } = await archived('lost-overlap')
    const seamMs = Math.max(...topic.records.flat().map(({ timeMs }) => timeMs)) - 3_600_000
    const jobFile = writeKafkaJob(kafka.directory, 'lost-overlap.yaml', topic, {
      history: { files: 'lost-overlap', offsetColumn: undefined },
      seam: { by: 'time', at: new Date(seamMs).toISOString(), overlap: '5h' },
      stream: { identity: ['id'] },
    })
    const pinned = await plan(await loadJob(jobFile))
    const kept = topic.records.map(records => records.find(({ timeMs }) => timeMs >= seamMs - 3_600_000)!)
    await deleteBefore(
      topic,
      kept.map(({ offset }) => offset),
    )
    await expect(run(pinned, { directory: at('lost-d'), lanes: 2 })).rejects.toMatchObject({
      code: 'seam-unproven',
      message: expect.stringContaining('no longer holds the whole overlap'),
    })
  })

  it('by a retention that is shorter than history takes: the plan refuses', async () => {
    const { topic, jobFile } = await archived('short')
    await topic.admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: 2, name: 'short', configEntries: [{ name: 'retention.ms', value: '3600000' }] }],
    })
    await expect(loadJob(jobFile).then(job => plan(job))).rejects.toMatchObject({
      code: 'retention-short',
      message: expect.stringContaining('1h'),
      where: { topic: 'short', stream: 'events' },
    })
  })
})

describe('a topic that is not the one of the plan', () => {
  let pinned: Plan
  let topic: KafkaTopic

  beforeAll(async () => {
    if (kafka.cluster === null) return
    const { jobFile, topic: made } = await archived('changed')
    topic = made
    pinned = await plan(await loadJob(jobFile))
  })

  it('as it got more partitions, stops the run', async () => {
    const { jobFile, topic: grown } = await archived('grown')
    const before = await plan(await loadJob(jobFile))
    await grown.admin.createPartitions({ topicPartitions: [{ topic: 'grown', count: 5 }] })
    await expect(run(before, { directory: at('grown-run'), lanes: 1 })).rejects.toMatchObject({
      code: 'topic-grown',
      message: expect.stringContaining('topic grown has 5 partitions'),
    })
  })

  it('as it was made anew, stops the run', async () => {
    await topic.recreate()
    await expect(run(pinned, { directory: at('changed-run'), lanes: 1 })).rejects.toMatchObject({
      code: 'file-changed',
      message: expect.stringContaining('topic changed was made anew'),
    })
  })
})

describe('a compacted topic', () => {
  it('has holes where the files have gaps, and they are explained', async () => {
    const topic = await kafka.topic('compacted', {
      partitions: 3,
      config: {
        'cleanup.policy': 'compact',
        'segment.ms': '100',
        'min.cleanable.dirty.ratio': '0.001',
        'min.compaction.lag.ms': '0',
      },
    })
    const chunks = chunksOf(11, ROWS).filter(({ kind }) => kind !== 'aborted')
    for (const { events } of chunks) await topic.write(events)
    const { place } = (await loadJob(writeKafkaJob(kafka.directory, 'c.yaml', topic, {}))).streams[0]!.live!
    const holesOf = async (): Promise<Set<string>> => {
      const source = await openLiveSource(place)
      const gone = new Set<string>()
      for (const partition of [0, 1, 2]) {
        const last = topic.records[partition]!.at(-1)!.offset
        const { holes } = await explainHoles(source, { partition, ranges: [{ first: 0, last }] })
        for (const { first, last: end } of holes)
          for (let offset = first; offset <= end; offset++) gone.add(`${partition}/${offset}`)
      }
      await source.close()
      return gone
    }
    let tick = 0
    let gone = new Set<string>()
    await waitFor(
      async () => {
        // a segment is closed by the next record, and only closed ones are cleaned
        const timeMs = chunks.at(-1)!.events.at(-1)!.timeMs + ++tick
        const keys = topic.records.map(records => records[0]!.key)
        await topic.write(keys.map((key, i) => ({ id: 1_000_000 + 10 * tick + i, key, timeMs, value: tick })))
        gone = await holesOf()
        return new Set([...gone].map(place => place[0])).size === 3
      },
      { what: 'the topic to be compacted', deadlineMs: 60_000 },
    )
    const half = topic.records.map(records => records.at(-1)!.offset - 3)
    await archive(
      kafka.directory,
      'compacted',
      topic,
      1,
      ({ partition, offset }) => offset <= half[partition]! && !gone.has(`${partition}/${offset}`),
    )
    const jobFile = writeKafkaJob(kafka.directory, 'compacted.yaml', topic, {
      history: { files: 'compacted' },
    })
    await run(await plan(await loadJob(jobFile)), { directory: at('compacted-run'), lanes: 1 })
    const { partitions, proven } = certificateOf('compacted-run')
    expect(proven).toBe(true)
    for (const { holes } of partitions) expect(holes.some(({ why }) => why === 'compacted')).toBe(true)

    // The same holes in a topic that is not compacted were lost, whoever says what it was before.
    await setCleanupPolicy(topic.admin, topic.options.topic, 'delete')
    const again = plan(await loadJob(jobFile)).then(planned =>
      run(planned, { directory: at('not-compacted') }),
    )
    await expect(again).rejects.toMatchObject({ code: 'seam-unproven' })
    const { reason } = certificateOf('not-compacted')
    expect(reason).toMatch(/in no file, and the topic has no record there either, though it is not compacted/)
  })
})
