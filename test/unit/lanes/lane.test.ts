import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EventBatch } from '../../../src/core/batch/index.ts'
import { defineJob, type Plan, plan as planOf } from '../../../src/index.ts'
import type { FromLane, LaneParts, LaneSetup, ToLane } from '../../../src/lanes/index.ts'
import { Lane } from '../../../src/lanes/index.ts'
import type { SampleSink } from '../../../src/sinks/index.ts'
import { makeTempDirectory, removeTempDirectory, waitFor } from '../../harness/index.ts'

const HOUR = 3_600_000
let directory: string
let plan: Plan
let lane: Lane
let said: FromLane[]

beforeEach(async () => {
  directory = makeTempDirectory()
  writeFileSync(join(directory, 'e.jsonl'), '{"t":0,"k":"a"}\n')
  const columns = { t: 'timestamp[ms, UTC]', k: 'utf8' }
  const stream = { key: ['k'], time: { column: 't' }, columns, history: { files: 'e.jsonl' } }
  plan = await planOf(
    defineJob({ name: 'j', streams: { s: stream }, output: { slice: '1h' } }, { directory }),
  )
  said = []
})
afterEach(async () => {
  await lane.close()
  removeTempDirectory(directory)
})

/** A sink that writes nothing; `seal` waits for `mayTake`. */
function sinkOf(mayTake: Promise<void>, append: () => void = () => {}): SampleSink {
  return {
    open: ({ path }) => ({
      append,
      complete: async () => {},
      seal: async () => {
        await mayTake
        return { path, rows: 1, bytes: 1 }
      },
      discard: async () => {},
    }),
    close: async () => {},
  }
}

const NO_SPANS: Pick<LaneParts, 'openSpan' | 'takeHistoryBytes' | 'closeHistory'> = {
  openSpan: () => Promise.reject(new Error('no span is read here')),
  takeHistoryBytes: () => 0,
  closeHistory: async () => {},
}

function start(sink: SampleSink, withTables = true): void {
  const parts: LaneParts = { openStages: () => [], sink, live: new Map(), ...NO_SPANS }
  lane = new Lane(
    async () => parts,
    message => said.push(message),
  )
  lane.receive({ type: 'start', setup: setupOf() })
  if (withTables) lane.receive({ type: 'tables', tables: {} })
}

function setupOf(): LaneSetup {
  return {
    lane: 0,
    plan,
    partitionFirst: 0,
    partitionEnd: 1,
    directory,
    sliceStartMs: 0,
    snapshots: [null],
    liveRanges: {},
    allowUnprovenSeam: false,
    lanes: 1,
    memory: { sink: 2 ** 20, reorder: 2 ** 20, preload: 2 ** 20, history: 2 ** 20 },
  }
}

/** One event in each hour of a range, all in one message. */
function history(fromHour: number, untilHour: number): ToLane {
  const times = Array.from({ length: untilHour - fromHour }, (_, i) => (fromHour + i) * HOUR)
  const offsets = Int32Array.from({ length: times.length + 1 }, (_, i) => i)
  const milliseconds = new Int32Array(2 * times.length)
  for (const [i, time] of times.entries()) milliseconds.set([time | 0, Math.floor(time / 2 ** 32)], 2 * i)
  const events: EventBatch = {
    schema: plan.streams[0]!.reads,
    rows: times.length,
    columns: plan.streams[0]!.reads.map(field =>
      field.name === 't'
        ? { kind: 'i64', values: milliseconds, valid: null }
        : { kind: 'bytes', offsets, bytes: new Uint8Array(times.length).fill(97), valid: null },
    ),
    stream: 0,
    partition: 0,
    time: Float64Array.from(times),
    sub: null,
    sourceOffset: null,
  }
  return {
    type: 'history',
    stream: 0,
    events,
    starts: Int32Array.of(0, times.length),
    upTo: untilHour * HOUR,
  }
}

const count = (type: FromLane['type']): number => said.filter(message => message.type === type).length
const until = (holds: () => boolean, what: string): Promise<unknown> =>
  waitFor(holds, { what, deadlineMs: 5000 })

describe('a lane', () => {
  it('gives no credit back for history that it still holds, however many slices it has sealed of it', async () => {
    let appended = 0
    const blocked = Promise.withResolvers<void>()
    start(sinkOf(blocked.promise, () => appended++))
    for (let message = 0; message < 4; message++) lane.receive(history(10 * message, 10 * (message + 1)))
    await until(() => appended > 0, 'the first event to be written')
    expect(count('credit')).toBe(0)
    blocked.resolve()
    lane.receive({ type: 'history-end', stream: 0 })
    await until(() => count('finished') === 1, 'the lane to finish')
    expect(count('sealed')).toBe(40)
    expect(count('credit')).toBe(4)
  })

  it('that throws says once what it was reading, and seals nothing more', async () => {
    const broken = (): never => {
      throw new Error('out of order')
    }
    start(sinkOf(Promise.resolve(), broken))
    lane.receive(history(0, 3))
    await until(() => count('failed') > 0, 'the lane to fail')
    lane.receive(history(3, 6))
    lane.receive({ type: 'stop' })
    await until(() => count('stopped') === 1, 'the lane to stop')
    expect(said.find(message => message.type === 'failed')).toMatchObject({
      error: {
        code: 'lane-failed',
        message:
          'lane 0, partition 0, reading history of s up to 1970-01-01T03:00:00.000Z, failed: out of order',
        where: { stream: 's', partition: 0 },
      },
    })
    expect([count('failed'), count('sealed')]).toEqual([1, 0])
  })

  it('that is asked to stop does, in the middle of waiting', async () => {
    start(sinkOf(Promise.resolve()))
    lane.receive(history(0, 2))
    await until(() => count('sealed') === 2, 'two slices to be sealed')
    lane.receive({ type: 'stop' })
    await until(() => count('stopped') === 1, 'the lane to stop')
    expect([count('failed'), count('finished')]).toEqual([0, 0])
  })

  /** A lane with a span of three hours, each an emission of its own, before the feature tables are there. */
  function startSpan(memory: Partial<LaneSetup['memory']> = {}) {
    const seen = { asked: 0, appended: 0 }
    const emissions = [history(0, 1), history(1, 2), history(2, 3)]
    const parts: LaneParts = {
      ...NO_SPANS,
      openStages: () => [],
      sink: sinkOf(Promise.resolve(), () => seen.appended++),
      live: new Map(),
      openSpan: async () => ({
        next: async () => {
          const emission = emissions[seen.asked++]
          if (emission?.type !== 'history') return null
          const { events, starts, upTo } = emission
          return { events, starts, upTo, release: () => {} }
        },
        close: async () => {},
      }),
    }
    lane = new Lane(
      async () => parts,
      message => said.push(message),
    )
    const setup = setupOf()
    lane.receive({ type: 'spans', setup: { ...setup, memory: { ...setup.memory, ...memory } } })
    lane.receive({ type: 'span', span: { index: 0, fromMs: 0, untilMs: 3 * HOUR } })
    lane.receive({ type: 'number', span: 0, offsets: [0] })
    return seen
  }

  it.each([
    ['all of a small span', {}, 4],
    ['as much as the sink may hold', { sink: 1 }, 1],
  ])('reads %s while the features are being loaded, and writes nothing', async (_, memory, reads) => {
    const seen = startSpan(memory)
    await until(() => seen.asked === reads, 'the span to be read ahead')
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate) // enough for all of it
    expect(seen).toEqual({ asked: reads, appended: 0 })
    lane.receive({ type: 'tables', tables: {} })
    await until(() => count('sealed') === 3, 'the slices to be sealed')
    expect(seen.appended).toBe(3)
    expect(said.find(message => message.type === 'span-read')).toMatchObject({ span: 0, rows: [3] })
  })

  it('that is asked to stop while the features are being loaded does so', async () => {
    start(sinkOf(Promise.resolve()), false)
    lane.receive(history(0, 3))
    lane.receive({ type: 'stop' })
    await until(() => count('stopped') === 1, 'the lane to stop')
    expect(count('sealed')).toBe(0)
    expect(count('failed')).toBe(0)
  })

  it('waits while there is no room for more slices, and goes on when there is', async () => {
    start(sinkOf(Promise.resolve()))
    lane.receive({ type: 'pace', hasRoom: false })
    lane.receive(history(0, 4))
    lane.receive({ type: 'history-end', stream: 0 })
    await until(() => count('ready') === 1, 'the lane to be ready')
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate) // enough for all of it
    expect(count('sealed')).toBe(0)
    lane.receive({ type: 'pace', hasRoom: true })
    await until(() => count('finished') === 1, 'the lane to finish')
    expect(count('sealed')).toBe(4)
  })

  it('that is asked to stop while there is no room does so', async () => {
    start(sinkOf(Promise.resolve()))
    lane.receive({ type: 'pace', hasRoom: false })
    lane.receive(history(0, 2))
    await until(() => count('ready') === 1, 'the lane to be ready')
    lane.receive({ type: 'stop' })
    await until(() => count('stopped') === 1, 'the lane to stop')
    expect(count('failed')).toBe(0)
  })
})
