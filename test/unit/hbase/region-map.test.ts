import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProtoReader, ProtoWriter } from '../../../src/hbase/proto-bytes.ts'
import { type Region, RegionMap, readServerName } from '../../../src/hbase/region-map.ts'
import { cases } from '../../property/cases.ts'

function region(start: string, end: string, server: string | null = 'one:1'): Region {
  const [startKey, endKey] = [Buffer.from(start), Buffer.from(end)]
  return { table: 't', name: `t,${start},1.`, nameBytes: Buffer.from(start), startKey, endKey, server }
}

describe('regions of a table', () => {
  it('are found as a naive search finds them, with gaps', () => {
    const keys = fc.uniqueArray(fc.stringMatching(/^[a-d]{1,3}$/), { maxLength: 6 })
    fc.assert(
      fc.property(keys, fc.array(fc.boolean()), fc.stringMatching(/^[a-e]{0,4}$/), (splits, gaps, row) => {
        const starts = ['', ...splits.sort()]
        const regions = starts
          .map((start, i) => region(start, starts[i + 1] ?? ''))
          .filter((_, i) => gaps[i] !== true)
        const naive = regions.find(
          each =>
            each.startKey.toString() <= row && (each.endKey.length === 0 || row < each.endKey.toString()),
        )
        expect(new RegionMap('t', regions.toReversed()).find(Buffer.from(row))).toBe(naive ?? null)
      }),
      cases(),
    )
  })

  it('do not overlap', () => {
    expect(() => new RegionMap('t', [region('', 'm'), region('c', '')])).toThrow(/overlap/)
    expect(() => new RegionMap('t', [region('', ''), region('c', '')])).toThrow(/overlap/)
  })

  it('move', () => {
    const map = new RegionMap('t', [region('', 'm'), region('m', '')])
    expect(map.move(region('m', ''), 'two:2')).toBe(true)
    expect(map.regions.map(each => each.server)).toEqual(['one:1', 'two:2'])
  })

  it('move by hearsay once: two servers do not send the reader to and fro', () => {
    const map = new RegionMap('t', [region('', '')])
    expect(map.move(region('', ''), 'two:2')).toBe(true)
    expect(map.move(region('', ''), 'two:2')).toBe(true)
    expect(map.move(region('', '', 'two:2'), 'one:1')).toBe(false)
    expect(map.regions[0]!.server).toBe('two:2')
    expect(map.move(region('x', ''), 'two:2')).toBe(false)
  })

  it.each(['', 'a b', '-'.repeat(3).concat('/x')])('refuse a server that is named %j', host => {
    const name = new ProtoWriter().bytes(1, host).uint(2, 16_020).finish()
    expect(() => readServerName(new ProtoReader(name))).toThrow(/is not host:port/)
  })
})
