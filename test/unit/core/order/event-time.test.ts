import { describe, expect, it } from 'vitest'
import type { Column, ColumnType } from '../../../../src/core/batch/index.ts'
import { eventTimes, timeUnitOf } from '../../../../src/core/order/index.ts'
import type { Timeline, TimeUnit } from '../../../../src/core/time.ts'
import { float64Column, int32Column, int64Column } from '../../../property/history-fixture.ts'

const INT64 = { name: 'int64' } as const
const DATE = { name: 'date' } as const

function times(
  column: Column,
  type: ColumnType,
  unit: TimeUnit | undefined,
  timeline: Timeline,
  latest = 1e15,
) {
  return eventTimes(column, { column: 't', type, unit, timeline, latest })
}

describe('event times', () => {
  it.each<[string, Column, ColumnType, TimeUnit | undefined, Timeline, number[]]>([
    ['seconds on ms', int64Column([2, -1]), INT64, 's', 'ms', [2000, -1000]],
    ['ms on us', int64Column([2]), INT64, 'ms', 'us', [2000]],
    ['us on us', int64Column([1_700_000_000_000_001]), INT64, 'us', 'us', [1_700_000_000_000_001]],
    ['date on ms', int32Column([1]), DATE, undefined, 'ms', [86_400_000]],
    ['timestamp[s]', int64Column([3]), { name: 'timestamp', unit: 's', utc: false }, undefined, 'ms', [3000]],
    [
      'fraction of a second, rounded down to the tick',
      float64Column([1.0015, -0.0001]),
      { name: 'float64' },
      's',
      'ms',
      [1001, -1],
    ],
  ])('%s', (_, column, type, unit, timeline, expected) => {
    const result = times(column, type, unit, timeline, 1e17)
    expect([...result.time]).toEqual(expected)
    expect(result.bad).toEqual([])
  })

  it('splits nanoseconds into ticks and the rest, also before the epoch', () => {
    const values = new Int32Array(new BigInt64Array([1_700_000_000_123_456_789n, -1n]).buffer)
    const result = times({ kind: 'i64', values, valid: null }, INT64, 'ns', 'ns', Number.MAX_SAFE_INTEGER)
    expect([...result.time]).toEqual([1_700_000_000_123_456, -1])
    expect([...result.sub!]).toEqual([789, 999])
  })

  it('names null, absurd and too late times, and keeps their rows apart', () => {
    const result = times(int64Column([5, null, 2000]), INT64, 'ms', 'ms', 1000)
    expect(result.bad.map(bad => bad.row)).toEqual([1, 2])
    expect(result.bad[0]!.reason).toContain('is null')
    expect(result.bad[1]!.reason).toContain('later than')
    expect(times(float64Column([Number.NaN]), { name: 'float64' }, 's', 'ms').bad[0]!.reason).toContain(
      'no time',
    )
  })

  it('asks for a unit where the type has none, and refuses one where it has', () => {
    expect(() => timeUnitOf('t', INT64, undefined)).toThrow(/needs a unit/)
    expect(() => timeUnitOf('t', DATE, 'ms')).toThrow(/has its own unit/)
    expect(() => timeUnitOf('t', { name: 'utf8' }, 'ms')).toThrow(/utf8/)
  })
})
