import { describe, expect, it } from 'vitest'
import type { Batch, EventBatch, Schema } from '../../../../src/core/batch/index.ts'
import type { HistoryEmission } from '../../../../src/history/index.ts'
import { EventPace } from '../../../../src/run/replay/event-pace.ts'
import { PacedSending } from '../../../../src/run/replay/paced-sending.ts'
import { PartitionRows } from '../../../../src/run/replay/partition-rows.ts'
import type { Delivery, SampleEncoder, SampleRecords } from '../../../../src/sinks/index.ts'

const SCHEMA: Schema = [{ name: 't', type: { name: 'float64' } }]

function eventsOf(partition: number, times: readonly number[]): EventBatch {
  const time = Float64Array.from(times)
  return {
    schema: SCHEMA,
    rows: times.length,
    columns: [{ kind: 'f64', values: time, valid: null }],
    stream: 0,
    partition,
    time,
    sub: null,
    sourceOffset: null,
  }
}

function emissionOf(shares: readonly (readonly number[])[]): HistoryEmission {
  return {
    upTo: Number.POSITIVE_INFINITY,
    shares: shares.map((times, p) => ({
      events: eventsOf(p, times),
      starts: Int32Array.of(0, times.length),
    })),
  }
}

/** Gives the times of the rows back as timestamps. */
const ENCODER = {
  encode: (batch: Batch): Partial<SampleRecords> => ({
    rows: batch.rows,
    timestampMs: (batch.columns[0] as { values: Float64Array }).values.slice(0, batch.rows),
  }),
} as unknown as SampleEncoder

interface Sent {
  readonly partition: number
  readonly time: number
  /** When, ms of the clock since the start. */
  readonly at: number
}

class World {
  readonly sent: Sent[] = []
  readonly begun: number[] = []
  readonly abort = new AbortController()
  readonly partitions: readonly PartitionRows[]
  readonly sending: PacedSending
  readonly steps: number[] = []
  /** How long a delivery takes, ms; and what happens to it. */
  latencyMs = 0
  fail: (partition: number, delivery: Delivery) => Error | null = () => null

  /** A clock that goes on when somebody waits. */
  nowMs = 1000
  onWait: () => void = () => {}

  constructor(partitions: number, speed: number) {
    const startedAt = this.nowMs
    const clock = {
      now: () => this.nowMs,
      wait: async (ms: number): Promise<void> => {
        expect(ms).toBeGreaterThan(0)
        this.nowMs += ms
        this.onWait()
      },
    }
    this.partitions = Array.from({ length: partitions }, (_, partition) => {
      const senderFor = (onAcknowledged: (rows: number) => void) => ({
        deliver: async (delivery: Delivery): Promise<void> => {
          this.nowMs += this.latencyMs
          const failure = this.fail(partition, delivery)
          let rows = 0
          for await (const { timestampMs } of delivery.rowsFrom(0)) {
            for (const time of timestampMs) {
              if (failure !== null && rows === 1) throw failure
              this.sent.push({ partition, time, at: this.nowMs - startedAt })
              onAcknowledged(++rows)
            }
          }
          expect(rows).toBe(delivery.of)
        },
      })
      const begin = async (): Promise<void> => {
        this.begun.push(partition)
      }
      return new PartitionRows(partition, { begin, senderFor })
    })
    this.sending = new PacedSending({
      partitions: this.partitions,
      timeline: 'ms',
      pace: new EventPace(speed),
      clock,
      createEncoder: () => ENCODER,
      signal: this.abort.signal,
      onStep: sentMs => this.steps.push(sentMs),
    })
  }

  timesOf(partition: number): number[] {
    return this.sent.filter(sent => sent.partition === partition).map(({ time }) => time)
  }
}

describe('paced sending', () => {
  it('partitions go by one clock; none is ahead of it, and none far behind', async () => {
    const world = new World(2, 10)
    const shares = [
      [0, 0, 1000, 5000],
      [2000, 4000, 4000, 9000],
    ]
    await world.sending.history(0, emissionOf(shares))
    for (const p of [0, 1]) expect(world.timesOf(p)).toEqual(shares[p])
    for (const { time, at } of world.sent) {
      expect(at).toBeGreaterThanOrEqual(time / 10)
      expect(at).toBeLessThan(time / 10 + 30)
    }
    // across partitions in the order of the clock
    expect(world.sent.map(({ time }) => time)).toEqual([0, 0, 1000, 2000, 4000, 4000, 5000, 9000])
    expect(world.begun.toSorted()).toEqual([0, 1])
  })

  it('goes on from emission to emission by the same clock, and catches up after a slow broker', async () => {
    const world = new World(1, 1)
    await world.sending.history(0, emissionOf([[0, 100]]))
    world.latencyMs = 500
    await world.sending.history(0, emissionOf([[200, 250, 300]]))
    world.latencyMs = 0
    await world.sending.history(0, emissionOf([[400, 2000]]))
    const at = new Map(world.sent.map(sent => [sent.time, sent.at]))
    expect(at.get(400)).toBeLessThan(1300) // was due long ago
    expect(at.get(2000)).toBeGreaterThanOrEqual(2000)
    expect(at.get(2000)).toBeLessThan(2030)
  })

  it('sends all at once at max, nothing of an empty partition, and rows that go back in time where they stand', async () => {
    const world = new World(3, Number.POSITIVE_INFINITY)
    await world.sending.history(0, emissionOf([[5, 3, 9, 1], [], [4]]))
    expect(world.timesOf(0)).toEqual([5, 3, 9, 1])
    expect(world.partitions.map(({ rows, lastMs }) => [rows, lastMs])).toEqual([
      [4, 9],
      [0, null],
      [1, 4],
    ])
    expect(world.begun.toSorted()).toEqual([0, 2])
    expect(world.steps).toEqual([Number.POSITIVE_INFINITY])
  })

  it('rows that go back in time wait for the newest before them: order: offset', async () => {
    const world = new World(1, 1)
    await world.sending.history(0, emissionOf([[0, 300, 10, 400]]))
    expect(world.timesOf(0)).toEqual([0, 300, 10, 400])
    expect(world.sent[2]!.at).toBeGreaterThanOrEqual(300)
  })

  it('an abort ends it, and it says how far it is', async () => {
    const world = new World(2, 1)
    world.onWait = () => {
      if (world.sent.length === 3) world.abort.abort()
    }
    await world.sending.history(0, emissionOf([[0, 50, 1e9], [20]]))
    expect(world.partitions.map(({ rows, lastMs }) => [rows, lastMs])).toEqual([
      [2, 50],
      [1, 20],
    ])
    await world.sending.history(0, emissionOf([[2e9], []]))
    expect(world.sent).toHaveLength(3)
  })

  it('a failure ends it, with what is known to be there and what is not', async () => {
    const world = new World(2, Number.POSITIVE_INFINITY)
    const failure = new Error('gone')
    world.fail = partition => (partition === 1 ? failure : null)
    await expect(
      world.sending.history(
        0,
        emissionOf([
          [1, 2],
          [3, 4, 5],
        ]),
      ),
    ).rejects.toBe(failure)
    expect(world.partitions.map(({ rows, missingMs }) => [rows, missingMs])).toEqual([
      [2, Number.POSITIVE_INFINITY],
      [1, 4],
    ])
  })
})
