import { describe, expect, it } from 'vitest'
import type { FileUnit } from '../../../src/plan/index.ts'
import { historyTotals, shareInRange } from '../../../src/run/plan-totals.ts'
import { streamJob } from '../../property/history-fixture.ts'

type Job = Parameters<typeof historyTotals>[0]
type Stream = Parameters<typeof historyTotals>[1][number]

const unit = (timeMinMs: number | null, timeMaxMs: number | null, rows = 100): FileUnit => ({
  rowFirst: 0,
  rows,
  bytes: rows,
  timeMinMs,
  timeMaxMs,
})

function totalsOf(files: readonly (readonly FileUnit[])[], part: Parameters<typeof streamJob>[0]) {
  const job = { streams: [streamJob(part)] } as unknown as Job
  const stream = { ordinal: 0, files: files.map(units => ({ bytes: 1000, units })) } as unknown as Stream
  return historyTotals(job, [stream])
}

const history = { files: [], csv: { delimiter: ',', header: true, null: '' }, badRows: 'quarantine' } as const

describe('totals of a plan', () => {
  it.each([
    [unit(0, 99), { fromMs: 0, untilMs: 100 }, 1],
    [unit(0, 99), { fromMs: 50, untilMs: 1000 }, 0.5],
    [unit(0, 99), { fromMs: -10, untilMs: 25 }, 0.25],
    [unit(0, 99), { fromMs: 100, untilMs: 200 }, 0],
    [unit(0, 99), { fromMs: -50, untilMs: 0 }, 0],
    [unit(7, 7), { fromMs: 7, untilMs: 8 }, 1],
    [unit(null, null), { fromMs: 0, untilMs: 1 }, 1],
  ])('take of a unit what lies in the range (%#)', (of, range, share) => {
    expect(shareInRange(of, range)).toBe(share)
  })

  it('leave out files that are not read, and count rows inside from and until', () => {
    const files = [[unit(0, 99)], [unit(100, 199), unit(200, 299, 300)], [unit(300, 399)]]
    expect(totalsOf(files, { history })).toMatchObject({ files: 3, rows: 600, bytes: 3000 })
    const bounded = { ...history, fromMs: 150, untilMs: 300 }
    expect(totalsOf(files, { history: bounded })).toMatchObject({ files: 1, rows: 350, bytes: 1000 })
    expect(totalsOf(files, { history: { ...history, fromMs: 250 } })).toMatchObject({
      files: 2,
      rows: 250,
      bytes: 1750,
    })
  })

  it('end at a seam by time, and not at one by offset', () => {
    const files = [[unit(0, 99)], [unit(100, 199)]]
    const place = { kind: 'log', directory: 'l' } as const
    const live = { place, spool: false, stop: { kind: 'instant', atMs: 100 } } as const
    const byTime = { by: 'time', atMs: 50, overlapMs: 0, beforeSeam: 'side' } as const
    expect(totalsOf(files, { history, live, seam: byTime })).toMatchObject({ files: 1, rows: 50 })
    expect(totalsOf(files, { history, live, seam: { by: 'offset' } })).toMatchObject({ files: 2, rows: 200 })
    expect(totalsOf(files, {})).toMatchObject({ files: 2, rows: 200 })
  })

  it('count a file without units', () => {
    expect(totalsOf([[]], { history })).toEqual({ files: 1, rows: 0, bytes: 1000, secondsEstimated: 0 })
  })
})
