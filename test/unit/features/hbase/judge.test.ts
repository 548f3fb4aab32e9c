import { describe, expect, it } from 'vitest'
import { judgeFamilies, VERSIONS_UNBOUNDED } from '../../../../src/features/hbase/judge.ts'
import type { FamilySettings } from '../../../../src/hbase/index.ts'
import { LIMITS } from '../../../../src/limits.ts'

const DAY = 86_400_000
const NOW = Date.parse('2024-03-01T00:00:00Z')
const FINE: FamilySettings = {
  name: 'f',
  versions: VERSIONS_UNBOUNDED,
  versionsMin: 0,
  ttlMs: null,
  keepDeleted: 'true',
}

function judge(family: Partial<FamilySettings>, more: { maxAgeMs?: number | null; wanted?: string[] } = {}) {
  const { maxAgeMs = null, wanted = ['f'] } = more
  const findings = judgeFamilies({
    table: 't',
    families: [{ ...FINE, ...family }],
    wanted,
    fromMs: NOW - 30 * DAY,
    nowMs: NOW,
    lagMs: 0,
    maxAgeMs,
  })
  return findings.map(({ level, text, advice }) => `${level}: ${text} | ${advice}`)
}

describe('what families keep, against a replay of 30 days', () => {
  it('nothing speaks against a family that keeps all', () => {
    expect(judge({})).toEqual([])
  })

  it.each<[string, Partial<FamilySettings>, number | null, RegExp[]]>([
    ['one version', { versions: 1 }, null, [/^refuse: family f keeps one version.*VERSIONS => 100/]],
    ['few versions', { versions: 3 }, null, [/^warn: family f keeps 3 versions/]],
    ['many versions', { versions: 100 }, null, [/^info: family f keeps 100 versions/]],
    ['TTL below the range', { ttlMs: 10 * DAY }, null, [/^refuse: .*older than 10d.*before 2024-02-20/]],
    ['TTL of the very range', { ttlMs: 30 * DAY }, null, [/^refuse/]],
    [
      'TTL above it, no maxAge',
      { ttlMs: 90 * DAY },
      null,
      [/^warn: .*since 2023-12-02.*Set `maxAge`.*\d+m,/],
    ],
    ['TTL above it, maxAge within', { ttlMs: 90 * DAY }, 59 * DAY, []],
    ['TTL above it, maxAge beyond', { ttlMs: 90 * DAY }, 61 * DAY, [/^refuse: .*with maxAge those since/]],
    ['TTL that is just enough', { ttlMs: 31 * DAY + LIMITS.hbaseClockMs }, DAY, []],
    [
      'least versions',
      { ttlMs: 10 * DAY, versionsMin: 2 },
      null,
      [/^refuse: .*but for the newest 2 of a cell/],
    ],
    ['deletes', { keepDeleted: 'false' }, null, [/^warn: .*does not keep what was deleted/]],
    [
      'all of it, the worst first',
      { keepDeleted: 'false', versions: 1, ttlMs: DAY },
      null,
      [/^refuse/, /^refuse/, /^warn/],
    ],
  ])('%s', (_, family, maxAgeMs, expected) => {
    const found = judge(family, { maxAgeMs })
    expect(found).toHaveLength(expected.length)
    expected.forEach((text, i) => {
      expect(found[i]).toMatch(text)
    })
  })

  it('a family that is not there', () => {
    expect(judge({}, { wanted: ['g', 'f', 'g'] })).toEqual([
      'refuse: table t has no family g | Its families are: f. Correct `cell` of the columns.',
    ])
  })
})
