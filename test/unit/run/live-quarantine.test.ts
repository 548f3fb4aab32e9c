/** How many live records may be bad (C9): by stream, over its partitions, and over the runs of a chain. */
import { describe, expect, it } from 'vitest'
import { defineJob } from '../../../src/job/index.ts'
import type { BadRecords, LiveCount } from '../../../src/lanes/index.ts'
import { encodeSnapshot } from '../../../src/lanes/snapshot.ts'
import { LIMITS } from '../../../src/limits.ts'
import type { Plan } from '../../../src/plan/index.ts'
import { LiveQuarantine } from '../../../src/run/live-quarantine.ts'

const FAIR = LIMITS.quarantineFairRecords

function planOf(quarantine: string): Plan {
  const stream = {
    key: 'k',
    time: { column: 't', unit: 'ms' },
    partitions: 2,
    columns: { k: 'utf8', t: 'int64' },
    live: { kafka: { brokers: ['b:1'], topic: 'clicks' } },
  }
  const form = { name: 'j', streams: { s: stream }, limits: { quarantine } }
  const job = defineJob(form as unknown as Parameters<typeof defineJob>[0])
  return { job, streams: [{ name: 's', ordinal: 0 }] } as unknown as Plan
}

/** One bad record that is the `records`th of its partition, behind `badBefore` bad ones. */
function oneBad(badBefore: number, records: number): BadRecords {
  return {
    badBefore,
    offsets: Float64Array.of(70 + records),
    reasons: ['no JSON'],
    recordsUpTo: Float64Array.of(records),
  }
}

const positionOf = (partition: number, count: LiveCount) => {
  return { stream: 0, partition, offset: 0, endOffset: null, count }
}
const stateOf = (count: LiveCount): Uint8Array =>
  encodeSnapshot({ offsetNext: 0, feed: null, epochs: [], counts: [count], stages: [] })

describe('bad records of live', () => {
  it('among the first ones are judged as if a fair number of records were there', () => {
    const quarantine = new LiveQuarantine(planOf('0.1%'), [null, null])
    const allowed = FAIR / 1000
    for (let i = 0; i < allowed; i++)
      quarantine.sawBad({ stream: 0, partition: i % 2, bad: oneBad(Math.floor(i / 2), 10 + i) })
    const last = { stream: 0, partition: 0, bad: oneBad(allowed / 2, 30) }
    expect(() => quarantine.sawBad(last)).toThrowError(
      expect.objectContaining({
        code: 'quarantine-limit',
        message: expect.stringContaining(`${allowed + 1} of 49 live records of s cannot be used`),
        where: { topic: 'clicks', stream: 's', partition: 0, offset: 100 },
      }),
    )
  })

  it('are a share of all records of the stream, of partitions without bad ones too', () => {
    const quarantine = new LiveQuarantine(planOf('0.1%'), [null, null])
    quarantine.sawPositions([positionOf(1, { records: 50_000, bad: 0 })])
    for (let i = 0; i < 60; i++) quarantine.sawBad({ stream: 0, partition: 0, bad: oneBad(i, 10_000 + i) })
    const next = { stream: 0, partition: 0, bad: oneBad(60, 10_999) }
    expect(() => quarantine.sawBad(next)).toThrowError(
      expect.objectContaining({ message: expect.stringMatching(/^61 of 60,999 .*0\.1 % of 60,999/) }),
    )
    quarantine.sawBad({ ...next, bad: oneBad(60, 11_000) })
  })

  it('count on where a run is gone on with', () => {
    const quarantine = new LiveQuarantine(planOf('0.1%'), [
      stateOf({ records: 9, bad: 4 }),
      new Uint8Array(0),
    ])
    for (let i = 0; i < 6; i++) quarantine.sawBad({ stream: 0, partition: 1, bad: oneBad(i, 1 + i) })
    expect(() => quarantine.sawBad({ stream: 0, partition: 1, bad: oneBad(6, 7) })).toThrow('11 of 16')
  })

  it('end a run with the first, where none is allowed', () => {
    const quarantine = new LiveQuarantine(planOf('0%'), [null, null])
    expect(() => quarantine.sawBad({ stream: 0, partition: 0, bad: oneBad(0, 1) })).toThrow(
      '1 of 1 live record',
    )
  })
})
