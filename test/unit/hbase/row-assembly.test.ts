import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ScannedRows } from '../../../src/hbase/cells.ts'
import { ColumnIndex } from '../../../src/hbase/column-index.ts'
import { ProtoReader } from '../../../src/hbase/proto-bytes.ts'
import type { ScannedPiece } from '../../../src/hbase/region-scan.ts'
import { RowAssembly } from '../../../src/hbase/row-assembly.ts'
import { cases } from '../../property/cases.ts'
import { cellBytes } from './hostile-cluster.ts'

/** A result of a scan: times of cells of one row. */
interface Result {
  readonly row: string
  readonly times: readonly number[]
  readonly isPartial: boolean
}

function pieceOf(results: readonly Result[], moreInRegion: boolean): ScannedPiece {
  const cells = results.flatMap(({ row, times }) =>
    times.map(time => cellBytes({ row, family: 'f', qualifier: 'a', time, value: `${row}${time}` })),
  )
  const frame = Buffer.concat([Buffer.from('head'), ...cells])
  return {
    reply: { callId: 1, exception: null, frame, answer: new ProtoReader(frame, 0, 0), cellsFrom: 4 },
    scan: {
      scannerId: null,
      cells: results.map(({ times }) => times.length),
      partial: results.map(({ isPartial }) => Number(isPartial)),
      moreInRegion,
    },
  }
}

function texts({ keys, cells }: ScannedRows): [string, string[]][] {
  return Array.from({ length: keys.rows }, (_, r) => [
    Buffer.from(keys.bytes.subarray(keys.offsets[r]!, keys.offsets[r + 1]!)).toString(),
    Array.from({ length: cells.start[r + 1]! - cells.start[r]! }, (_, i) => {
      const c = cells.start[r]! + i
      return `${cells.time[c]}=${Buffer.from(cells.bytes.subarray(cells.valueFrom[c]!, cells.valueTo[c]!))}`
    }),
  ])
}

function assembly(): RowAssembly {
  return new RowAssembly(new ColumnIndex([{ family: 'f', qualifier: 'a' }]), false)
}

describe('rows of a scan', () => {
  it('are put together from pieces, however they are cut', () => {
    const scenario = fc.record({
      /** Cells of each row. */
      rows: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 }),
      /** A result ends behind a cell, and a reply behind a result, where these say so. */
      resultEnds: fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }),
      replyEnds: fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }),
      lastIsPartial: fc.boolean(),
    })
    fc.assert(
      fc.property(scenario, ({ rows, resultEnds, replyEnds, lastIsPartial }) => {
        const results: Result[] = []
        let cell = 0
        rows.forEach((count, r) => {
          let times: number[] = []
          for (let i = 1; i <= count; i++) {
            times.push(i)
            const isLast = i === count
            if (!isLast && !resultEnds[cell++ % 30]) continue
            // Servers that stop right behind the last cell of a row do not know that it was the last.
            results.push({ row: `row${r}`, times, isPartial: !isLast || lastIsPartial })
            times = []
          }
        })
        const rowsOf = assembly()
        const seen: [string, string[]][] = []
        let reply: Result[] = []
        results.forEach((result, i) => {
          reply.push(result)
          const isEnd = i === results.length - 1
          if (!isEnd && !replyEnds[i % 30]) return
          rowsOf.add(pieceOf(reply, !isEnd))
          reply = []
          const taken = rowsOf.take(isEnd)
          if (taken !== null) seen.push(...texts(taken))
        })
        expect(seen).toEqual(
          rows.map((count, r) => [
            `row${r}`,
            Array.from({ length: count }, (_, i) => `${i + 1}=row${r}${i + 1}`),
          ]),
        )
      }),
      cases(),
    )
  })

  it('start again behind the last whole one', () => {
    const rows = assembly()
    rows.add(
      pieceOf(
        [
          { row: 'a', times: [2, 1], isPartial: false },
          { row: 'b', times: [9], isPartial: true },
        ],
        true,
      ),
    )
    expect(texts(rows.take(false)!)).toEqual([['a', ['2=a2', '1=a1']]])
    rows.drop()
    expect(rows.lastKey?.toString()).toBe('a')
    rows.add(pieceOf([{ row: 'b', times: [9, 8], isPartial: false }], false))
    expect(texts(rows.take(true)!)).toEqual([['b', ['9=b9', '8=b8']]])
  })

  it.each([
    ['a row that comes again', ['a', 'a']],
    ['a row out of order', ['b', 'a']],
  ])('refuse %s', (_, keys) => {
    const rows = assembly()
    const results = keys.map(row => ({ row, times: [1], isPartial: false }))
    expect(() => rows.add(pieceOf(results, true))).toThrow(/not in order/)
  })

  it('refuse cells of no row', () => {
    const piece = pieceOf([{ row: 'a', times: [1, 2], isPartial: false }], true)
    const short = { ...piece, scan: { ...piece.scan, cells: [1] } }
    expect(() => assembly().add(short)).toThrow(/more cells than its rows/)
  })
})
