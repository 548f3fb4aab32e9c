import { describe, expect, it } from 'vitest'
import { nearest } from '../../../src/job/nearest.ts'

describe('nearest', () => {
  it.each([
    ['histroy', ['history', 'identity', 'live'], 'history'],
    ['max_age', ['maxAge', 'lag'], 'maxAge'],
    ['MaxAge', ['maxAge', 'lag'], 'maxAge'],
    ['stream', ['streams', 'samples'], 'streams'],
    ['parquets', ['parquet', 'csv'], 'parquet'],
    ['nx', ['ms', 'us', 'ns'], 'ns'],
    ['m', ['s', 'ms'], 'ms'],
    ['lga', ['lag', 'log'], 'lag'],
  ])('%s means one of %j: %s', (given, candidates, expected) => {
    expect(nearest(given, candidates)).toBe(expected)
  })

  it.each([
    ['zebra', ['history', 'live']],
    ['', ['key', 'time']],
    ['live', ['live']],
    ['anything', []],
  ])('%s means none of %j', (given, candidates) => {
    expect(nearest(given, candidates)).toBeNull()
  })

  it('is quick on absurd input', () => {
    expect(nearest('x'.repeat(1_000_000), ['key'])).toBeNull()
  })
})
