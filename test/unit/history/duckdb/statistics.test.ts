import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ColumnType } from '../../../../src/core/batch/index.ts'
import type { TimeUnit } from '../../../../src/core/time.ts'
import { timeRange } from '../../../../src/history/duckdb/statistics.ts'

const TIMESTAMP: ColumnType = { name: 'timestamp', unit: 'us', utc: false }
const INT64: ColumnType = { name: 'int64' }
const NOTHING = { minMs: null, maxMs: null }

describe('timeRange', () => {
  it.each<[ColumnType, TimeUnit | undefined, string | null, string | null, number | null, number | null]>([
    [TIMESTAMP, undefined, '1970-01-01 00:00:00', '1970-01-01 00:00:01', 0, 1000],
    [TIMESTAMP, undefined, '1969-12-31 23:59:59.999999', '1970-01-01 00:00:00.000001', -1, 1],
    [
      TIMESTAMP,
      undefined,
      '2001-02-03 04:05:06.789+00',
      '2001-02-03 04:05:06.789+00',
      981173106789,
      981173106789,
    ],
    [TIMESTAMP, undefined, '0044-03-15 (BC) 12:00:00', '1970-01-01 00:00:00', Date.UTC(-43, 2, 15, 12), 0],
    [
      TIMESTAMP,
      undefined,
      '290309-12-22 (BC) 00:00:00',
      '294247-01-10 04:00:54.775806',
      -9223372022400002,
      9223372036854780,
    ],
    [
      TIMESTAMP,
      undefined,
      '2262-04-11 23:47:16.854775807',
      '2262-04-11 23:47:16.854775807',
      9223372036854,
      9223372036855,
    ],
    [TIMESTAMP, undefined, '-infinity', 'infinity', null, null],
    [{ name: 'date' }, undefined, '1970-01-02', '2024-02-29', 86400000, Date.UTC(2024, 1, 29)],
    [INT64, 's', '-1', '5', -1000, 5000],
    [INT64, 'ms', '-1', '5', -1, 5],
    [INT64, 'us', '-1', '1001', -1, 2],
    [INT64, 'ns', '999999', '1000001', 0, 2],
    [INT64, undefined, '1', '2', null, null],
    [INT64, 'ms', null, '2', null, null],
    [INT64, 'ms', '3', '2', null, null],
    [INT64, 'ms', 'x', '2', null, null],
    [{ name: 'float64' }, 's', '0.5', '1.5e3', 500, 1500001],
    [{ name: 'utf8' }, 'ms', '1', '2', null, null],
    [{ name: 'bool' }, undefined, 'false', 'true', null, null],
  ])('%j %s: %s … %s', (type, unit, min, max, minMs, maxMs) => {
    const range = timeRange(type, unit, min, max)
    expect(range).toEqual(minMs === null ? NOTHING : { minMs, maxMs })
  })

  it('agrees with Date where Date reaches', () => {
    const date = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T00:00:00Z'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(date, value => {
        const text = value.toISOString().replace('T', ' ').replace('Z', '')
        const range = timeRange(TIMESTAMP, undefined, text, text)
        return range.minMs === value.getTime() && range.maxMs === value.getTime()
      }),
      { numRuns: Number(process.env.HINDCAST_CASES ?? 1000) },
    )
  })

  it('never rounds inward where numbers are too large to be exact', () => {
    const wide = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    fc.assert(
      fc.property(wide, fc.constantFrom<TimeUnit>('s', 'ms', 'us', 'ns'), (value, unit) => {
        const { minMs, maxMs } = timeRange(INT64, unit, String(value), String(value))
        const perMs = { s: 1, ms: 1, us: 1000, ns: 1_000_000 }[unit]
        const exact = unit === 's' ? value * 1000n : value
        return (
          BigInt(Math.floor(minMs!)) * BigInt(perMs) <= exact &&
          exact <= BigInt(Math.ceil(maxMs!)) * BigInt(perMs)
        )
      }),
      { numRuns: Number(process.env.HINDCAST_CASES ?? 1000) },
    )
  })
})
