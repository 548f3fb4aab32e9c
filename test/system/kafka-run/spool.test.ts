/**
 * `live.spool` on a real broker (C3): history is held back, the topic is copied, and then loses what live begins with. The
 * run ends as if nothing had been lost; killed anywhere it goes on; and what is lost before it was copied is named.
 */

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Certificate } from '../../../src/core/seam/index.ts'
import { loadJob, plan, type RunOutcome, run } from '../../../src/index.ts'
import { openLiveSource } from '../../../src/live/index.ts'
import { readFrameHead } from '../../../src/live/spool/frame-format.ts'
import type { StartNotes } from '../../../src/run/checkpoint.ts'
import { StreamCopy } from '../../../src/run/live-spool-copy.ts'
import { type Child, readJsonFile, spawnHindcast, waitFor } from '../../harness/index.ts'
import { START } from '../run/world.ts'
import { archive, chunksOf, writeChunks, writeKafkaJob } from './archived-topic.ts'
import { deleteBefore, placesOf, withKafka } from './kafka-fixture.ts'
import type { KafkaTopic } from './kafka-topic.ts'

const ROWS = 2000
const WAIT_MS = 60_000
const kafka = withKafka()

const at = (...names: string[]): string => join(kafka.directory, ...names)

interface Archived {
  readonly topic: KafkaTopic
  /** Jobs over the same files and topic, without a spool and with one. */
  readonly plainJob: string
  readonly spoolJob: string
}

/** A topic whose first half was archived; aborted transactions lie in, at the end of, and behind the files. */
async function archived(
  name: string,
  live: Readonly<Record<string, unknown>> = {},
  padding = 0,
): Promise<Archived> {
  const topic = await kafka.topic(name)
  const chunks = chunksOf(9, ROWS)
  await writeChunks(topic, chunks.splice(0, Math.floor(chunks.length / 2)))
  await archive(kafka.directory, name, topic, 3)
  const pad = 'x'.repeat(padding)
  for (const { kind, events } of chunks)
    await topic.write(events, kind, undefined, ({ id, key, timeMs, value }) =>
      JSON.stringify({ id, k: key, t: timeMs, v: value, pad }),
    )
  const history = { files: name }
  return {
    topic,
    plainJob: writeKafkaJob(kafka.directory, `${name}.yaml`, topic, { history, live }),
    spoolJob: writeKafkaJob(kafka.directory, `${name}-spool.yaml`, topic, {
      history,
      live: { ...live, spool: true },
    }),
  }
}

/** Starts a run whose history waits until `release`. */
function startHeld(jobFile: string, name: string): { readonly child: Child; readonly release: () => void } {
  const hold = at(`${name}.hold`)
  writeFileSync(hold, '')
  const env = { HINDCAST_FAULT: 'history-read:1:hold', HINDCAST_HOLD: hold }
  const child = spawnHindcast(['run', jobFile, '--run', at(name), '--json'], { env, deadlineMs: 120_000 })
  return { child, release: () => rmSync(hold) }
}

function spoolOf(name: string, partition: number): string {
  return at(name, 'spool', '0', String(partition))
}

function segmentsOf(name: string, partition: number): string[] {
  const folder = spoolOf(name, partition)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter(file => file.endsWith('.spool'))
    .sort()
    .map(file => join(folder, file))
}

/** Whether the copy of a partition says that it has ended. */
function hasEnded(name: string, partition: number): boolean {
  const last = segmentsOf(name, partition).at(-1)
  return last !== undefined && statSync(last).size >= 44 && readFrameHead(readFileSync(last)).isEnd
}

async function untilCopied(child: Child, name: string, partitions: readonly number[]): Promise<void> {
  await waitFor(
    () => {
      if (!child.isRunning) throw new Error(child.describe())
      return partitions.every(partition => hasEnded(name, partition))
    },
    { what: 'the topic to be copied', deadlineMs: WAIT_MS },
  )
}

async function outcomeOf(child: Child): Promise<RunOutcome> {
  const { code, stdout, stderr } = await child.ended
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as RunOutcome
}

async function killed(child: Child): Promise<void> {
  child.kill('SIGKILL')
  expect((await child.ended).signal).toBe('SIGKILL')
}

const ALL = [0, 1, 2]

describe('a topic that is spooled', () => {
  it('may lose all of it while history is read: the run ends as the undisturbed one', async () => {
    const { topic, plainJob, spoolJob } = await archived('spool-lost')
    const undisturbed = await run(await plan(await loadJob(plainJob)), {
      directory: at('lost-plain'),
      lanes: 2,
    })
    const { child, release } = startHeld(spoolJob, 'lost-run')
    await untilCopied(child, 'lost-run', ALL)
    await deleteBefore(topic, await topic.ends())
    release()
    const outcome = await outcomeOf(child)
    expect(outcome).toMatchObject({
      state: 'complete',
      rows: undisturbed.rows,
      seam: { proven: true, gaps: 0 },
    })
    expect(outcome.digest).toBe(undisturbed.digest)
    const certificate = (name: string) =>
      readJsonFile<Certificate>(kafka.directory, name, 'certificate.json').partitions
    expect(certificate('lost-run')).toEqual(certificate('lost-plain'))
    expect(existsSync(at('lost-run', 'spool'))).toBe(false)
  })

  it('is copied from the overlap on where the seam is by time; a client that has no bytes cannot', async () => {
    const { topic } = await archived('spool-time')
    const times = topic.records
      .flatMap(records => records.map(({ timeMs }) => timeMs))
      .toSorted((a, b) => a - b)
    const seamMs = times[Math.floor(ROWS / 3)]!
    const jobFile = (name: string, live: object): string =>
      writeKafkaJob(kafka.directory, `${name}.yaml`, topic, {
        history: { files: 'spool-time', offsetColumn: undefined },
        live: { ...live },
        seam: { by: 'time', at: new Date(seamMs).toISOString(), overlap: '2h' },
        stream: { identity: ['id'] },
      })
    const undisturbed = await run(await plan(await loadJob(jobFile('time-plain', {}))), {
      directory: at('time-plain'),
      lanes: 2,
    })
    const pinned = await plan(await loadJob(jobFile('time-spool', { spool: true })))
    expect(pinned.notes.map(({ about, text }) => `${about}: ${text}`)).toContainEqual(
      expect.stringMatching(
        /^streams.events.live.spool: .* copied into the run directory, [\d,]+ offsets so far/,
      ),
    )
    const { child, release } = startHeld(at('time-spool.yaml'), 'time-run')
    await untilCopied(child, 'time-run', ALL)
    await deleteBefore(topic, await topic.ends())
    release()
    expect(await outcomeOf(child)).toMatchObject({
      digest: undisturbed.digest,
      rows: undisturbed.rows,
      seam: { proven: true, doubled: undisturbed.seam!.doubled },
    })
    const { brokers, topic: name } = topic.options
    const other = jobFile('time-other', { kafka: { brokers, topic: name, client: 'kafkajs' }, spool: true })
    await expect(loadJob(other).then(job => plan(job))).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('gives the bytes of a topic'),
    })
  })

  it('killed while it copies, over the seam and in live, goes on to the same end', async () => {
    const { topic, plainJob, spoolJob } = await archived('spool-killed')
    const undisturbed = await run(await plan(await loadJob(plainJob)), {
      directory: at('killed-plain'),
      lanes: 2,
    })
    const first = startHeld(spoolJob, 'killed-run')
    await untilCopied(first.child, 'killed-run', ALL)
    await killed(first.child)
    // as a power cut may leave it: no end, and a frame that is torn
    const [frames, end] = segmentsOf('killed-run', 1)
    rmSync(end!)
    truncateSync(frames!, statSync(frames!).size - 10)
    const ends = await topic.ends()
    await deleteBefore(topic, [ends[0]!, 0, ends[2]!])
    const second = startHeld(spoolJob, 'killed-run')
    await untilCopied(second.child, 'killed-run', ALL)
    await killed(second.child)
    await deleteBefore(topic, ends)
    for (const fault of ['seam-crossed:1:kill', 'manifest-appended:1:kill', 'live-read:1:kill']) {
      const child = spawnHindcast(['run', spoolJob, '--run', at('killed-run')], {
        env: { HINDCAST_FAULT: fault },
      })
      expect((await child.ended).signal, child.stderr).toBe('SIGKILL')
    }
    const outcome = await outcomeOf(spawnHindcast(['run', spoolJob, '--run', at('killed-run'), '--json']))
    expect(outcome).toMatchObject({
      digest: undisturbed.digest,
      rows: undisturbed.rows,
      seam: { proven: true },
    })
  })

  it('and that loses what was not copied yet says which offsets are lost', async () => {
    const { topic, spoolJob } = await archived('spool-late')
    const { child } = startHeld(spoolJob, 'late-run')
    await untilCopied(child, 'late-run', ALL)
    await killed(child)
    const [frames, end] = segmentsOf('late-run', 1)
    const from = Number(/(\d+)\.spool$/.exec(frames!)![1])
    rmSync(end!)
    truncateSync(frames!, 100)
    const ends = await topic.ends()
    await deleteBefore(topic, [0, from + 7, 0])
    const gone = spawnHindcast(['run', spoolJob, '--run', at('late-run')])
    const { code, stderr } = await gone.ended
    expect(code, stderr).toBe(3)
    expect(stderr).toContain('offset-out-of-range')
    expect(stderr).toContain(`offsets [${from}, ${from + 7}) are lost`)
    expect(ends[1]).toBeGreaterThan(from + 7)

    rmSync(at('late-run', 'spool'), { recursive: true })
    const lost = await spawnHindcast(['run', spoolJob, '--run', at('late-run')]).ended
    expect(lost.code, lost.stderr).toBe(3)
    expect(lost.stderr).toContain('output-corrupt')
    expect(lost.stderr).toContain('the spool of stream events is missing')
  })

  it('is copied until lanes have caught up, and from there read itself', async () => {
    const { topic, spoolJob } = await archived('spool-on', {
      stop: new Date(
        Math.max(...chunksOf(9, ROWS).flatMap(({ events }) => events.map(e => e.timeMs))) + 1000,
      ).toISOString(),
    })
    const newest = topic.records.map(records => Math.max(...records.map(({ timeMs }) => timeMs)))
    const { child, release } = startHeld(spoolJob, 'on-run')
    const ends = await topic.ends()
    await waitFor(
      () => {
        if (!child.isRunning) throw new Error(child.describe())
        return ALL.every(p => {
          const frames = segmentsOf('on-run', p)[0]
          return frames !== undefined && lastOffset(frames) === ends[p]
        })
      },
      { what: 'the topic to be copied so far', deadlineMs: WAIT_MS },
    )
    expect(ALL.some(p => hasEnded('on-run', p))).toBe(false)
    await deleteBefore(topic, ends)
    release()
    await untilCopied(child, 'on-run', ALL)
    // behind the copies, and beyond the stop
    const late = (offsetMs: number) =>
      topic.records.map((records, p) => ({
        id: 900_000 + p + offsetMs,
        key: records[0]!.key,
        timeMs: Math.max(...newest) + offsetMs,
        value: 1,
      }))
    await topic.write(late(500))
    await topic.write(late(1_000_000))
    const outcome = await outcomeOf(child)
    expect(outcome).toMatchObject({ state: 'complete', seam: { proven: true } })
    const expected = topic.records.map(records =>
      records
        .filter(({ timeMs }) => timeMs < Math.max(...newest) + 1000)
        .toSorted((a, b) => a.timeMs - b.timeMs || a.offset - b.offset)
        .map(({ id, offset }) => `${id}@${offset}`),
    )
    expect(await placesOf(at('on-run'))).toEqual(expected)
  })

  it('is copied to its end, however close behind the copy the lanes are', async () => {
    const { topic, spoolJob } = await archived('spool-behind', {}, 8000)
    const { streams } = await loadJob(spoolJob)
    const job = streams[0]!
    const ends = await topic.ends()
    const folder = at('behind')
    mkdirSync(folder)
    const copy = await StreamCopy.open({
      job,
      source: await openLiveSource(job.live!.place),
      folder,
      partitions: ends.map(() => ({ start: { offset: 0, leaderEpoch: -1 }, stop: null, inDoubt: [] })),
      positionOf: () => Number.POSITIVE_INFINITY,
      onBytes: () => {},
      onFailure: error => expect.unreachable(error.message),
    })
    copy.endHistory()
    const lastOf = (partition: number): string[] =>
      readdirSync(join(folder, String(partition)))
        .filter(name => name.endsWith('.spool'))
        .sort()
    await waitFor(() => ALL.every(p => lastOf(p).length > 1), { what: 'the ends', deadlineMs: WAIT_MS })
    await copy.close()
    // the end is a segment of its own, named by the offset behind the last frame
    expect(ALL.map(p => Number(/(\d+)\.spool$/.exec(lastOf(p).at(-1)!)![1]))).toEqual(ends)
  })

  it('is gone when its run is complete: a run after it is told what the topic has lost since', async () => {
    const { topic, spoolJob } = await archived('spool-chain')
    const job = JSON.parse(readFileSync(spoolJob, 'utf8')) as {
      streams: { events: { live: { stop: unknown } } }
      output: { slice: string }
    }
    job.streams.events.live.stop = { 'caught-up': true, hold: true }
    job.output.slice = '1h'
    writeFileSync(spoolJob, JSON.stringify(job))
    const planned = await plan(await loadJob(spoolJob))
    const before = await run(planned, { directory: at('chain-1'), lanes: 1 })
    expect(before).toMatchObject({ state: 'complete' })
    expect(existsSync(at('chain-1', 'spool'))).toBe(false)
    const next = await plan(await loadJob(spoolJob))
    await deleteBefore(topic, await topic.ends())
    const after = run(next, { directory: at('chain-2'), lanes: 1, after: at('chain-1') })
    await expect(after).rejects.toMatchObject({
      code: 'offset-out-of-range',
      message: expect.stringMatching(/offsets \[\d+, \d+\) are lost/),
      where: { topic: 'spool-chain', stream: 'events' },
      advice: expect.stringContaining('retention.ms'),
    })
  })

  /** Records so long that fetches bring a partition in pieces. */
  it('loses its past as checkpoints go over it, and a run that was interrupted goes on with what is left', async () => {
    const stopMs = START + 86_400_000
    const { topic, spoolJob } = await archived('spool-past', { stop: new Date(stopMs).toISOString() }, 8000)
    const job = JSON.parse(readFileSync(spoolJob, 'utf8')) as { output: { slice: string } }
    job.output.slice = '1h'
    writeFileSync(spoolJob, JSON.stringify(job))
    const pinned = await plan(await loadJob(spoolJob))
    const stop = new AbortController()
    const options = { directory: at('past-run'), lanes: 2, spoolSegmentBytes: 1 }
    const running = run(pinned, { ...options, signal: stop.signal })
    const firstOf = (partition: number): number =>
      Number(/(\d+)\.spool$/.exec(segmentsOf('past-run', partition)[0] ?? '')?.[1] ?? -1)
    const starts = () =>
      readJsonFile<StartNotes>(kafka.directory, 'past-run', 'checkpoint', 'start.json').liveRanges[0]!
    const isTrimmed = () => starts().every(({ start }, partition) => firstOf(partition) > start)
    running.catch(() => {}) // told below
    await waitFor(isTrimmed, { what: 'segments to go', deadlineMs: WAIT_MS })
    stop.abort()
    expect(await running).toMatchObject({ state: 'interrupted' })
    const last = topic.records.map((records, p) => ({
      id: 900_000 + p,
      key: records[0]!.key,
      timeMs: stopMs + 1_000_000,
      value: 1,
    }))
    await topic.write(last)
    expect(await run(pinned, options)).toMatchObject({ state: 'complete', seam: { proven: true } })
    const expected = topic.records.map(records =>
      records
        .filter(({ timeMs }) => timeMs < stopMs)
        .toSorted((a, b) => a.timeMs - b.timeMs || a.offset - b.offset)
        .map(({ id, offset }) => `${id}@${offset}`),
    )
    expect(await placesOf(at('past-run'))).toEqual(expected)
  })
})

/** `offsetNext` of the last frame of a segment; −1: none is whole. */
function lastOffset(path: string): number {
  const bytes = readFileSync(path)
  let next = -1
  for (let position = 0; position + 44 <= bytes.length; ) {
    const head = readFrameHead(bytes.subarray(position))
    position += head.length
    if (position <= bytes.length) next = head.offsetNext
  }
  return next
}
